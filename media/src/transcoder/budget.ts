/** The cores that transcoding may use on the whole, shared by all shows. */

/** Sums of costs are compared with this slack: a tenth and two tenths are not three tenths. */
const SLACK = 1e-9;

export type Budget = {
  /** Takes `cost` cores for `id`, which has none yet; false, and nothing taken, where they are not there. */
  take(id: string, cost: number): boolean;
  /** Gives back what `id` took; harmless where it took nothing. */
  give(id: string): void;
  fits(cost: number): boolean;
  readonly used: number;
};

/** `cores` may be `Infinity`: then everything is granted. */
export function createBudget(cores: number): Budget {
  const taken = new Map<string, number>();
  const used = () => [...taken.values()].reduce((sum, cost) => sum + cost, 0);
  const fits = (cost: number) => used() + cost <= cores + SLACK;
  return {
    take(id, cost) {
      if (!fits(cost)) return false;
      taken.set(id, cost);
      return true;
    },
    give: (id) => void taken.delete(id),
    fits,
    get used() {
      return used();
    },
  };
}
