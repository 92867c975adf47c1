/** What all shows' ladders share: the budget of cores, and who gives way when the machine is too slow. */
import { availableParallelism } from 'node:os';
import { type Budget, createBudget } from './budget.ts';
import { AUTO_SHORT_SIDES } from './rules.ts';
import { createShedder, type RungSpeed } from './shedding.ts';

const TICK_MS = 1000;
/** Room that becomes free is kept so long for the encoder that left it, since it often returns, milliseconds. */
const FREE_FOR_MS = 30_000;

/** A show's ladder as the machine sees it. */
export type Member = {
  /** Renditions that have a source and cores now. Measures them, too. */
  running(nowMs: number): readonly RungSpeed[];
  shed(id: string): void;
  recover(id: string): void;
  /** Cores that the next rendition of this show would take, by its place from below; null: none is wanted. */
  next(): { readonly place: number; readonly cost: number } | null;
  /** Makes the next rendition; false where the budget has no room for it. */
  grow(): boolean;
};

export type Machine = {
  /** Short sides of the renditions that shows may have, pixels. */
  readonly wanted: readonly number[];
  readonly cores: number;
  readonly budget: Budget;
  join(member: Member): void;
  leave(member: Member): void;
  stop(): void;
};

export type MachineOptions = {
  readonly ladder: 'auto' | readonly number[];
  /** Cores for transcoding; null: half of the machine's with `auto`, no bound with a list. */
  readonly ladderCores: number | null;
};

/** Begins to watch over transcoding. `stop` ends that, not the encoders. */
export function startMachine({ ladder, ladderCores }: MachineOptions): Machine {
  const cores = availableParallelism();
  const members = new Set<Member>();
  const budget = createBudget(ladderCores ?? (ladder === 'auto' ? cores / 2 : Number.POSITIVE_INFINITY));
  const shedder = createShedder();
  let used = 0;
  let changedMs = performance.now();

  function shedOrRecover(nowMs: number): void {
    const owners = new Map<string, Member>();
    const rungs: RungSpeed[] = [];
    for (const member of members) {
      for (const rung of member.running(nowMs)) {
        rungs.push(rung);
        owners.set(rung.id, member);
      }
    }
    const decision = shedder.decide(rungs, nowMs);
    if (decision) owners.get(decision.id)?.[decision.act](decision.id);
  }

  /** Gives free cores to those who were refused: lowest renditions first, oldest shows first. */
  function growOne(nowMs: number): void {
    if (budget.used !== used) {
      used = budget.used;
      changedMs = nowMs;
    }
    if (nowMs - changedMs < FREE_FOR_MS) return;
    let best: { member: Member; place: number } | null = null;
    for (const member of members) {
      const next = member.next();
      if (next && budget.fits(next.cost) && next.place < (best?.place ?? Number.POSITIVE_INFINITY))
        best = { member, place: next.place };
    }
    best?.member.grow();
  }

  const timer = setInterval(() => {
    const nowMs = performance.now();
    shedOrRecover(nowMs);
    growOne(nowMs);
  }, TICK_MS);
  timer.unref();
  return {
    wanted: ladder === 'auto' ? AUTO_SHORT_SIDES : ladder,
    cores,
    budget,
    join: (member) => void members.add(member),
    leave: (member) => void members.delete(member),
    stop: () => clearInterval(timer),
  };
}
