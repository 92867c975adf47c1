/**
 * Is a process level? Within one life of it, the median of the last quarter beside the median of the
 * second: the first quarter is warming up, medians forget single peaks. Lives shorter than a sixth of
 * the soak are not judged. Level is at most a tenth and 4 MB more memory, and at most 8 more descriptors.
 */
import { median } from '../lib/stats.ts';

const JUDGED_SHARE = 1 / 6;
const GROWTH = 1.1;
const MORE_MEGABYTES = 4;
const MORE_DESCRIPTORS = 8;

export type Measure = { readonly atMs: number; readonly megabytes: number; readonly descriptors: number };
type Quarters = { readonly second: number; readonly last: number };
export type LifeReport = { readonly megabytes: Quarters; readonly descriptors: Quarters; readonly level: boolean };

function quarters(life: readonly Measure[], value: (one: Measure) => number): Quarters {
  const quarter = Math.floor(life.length / 4);
  return {
    second: median(life.slice(quarter, 2 * quarter).map(value)),
    last: median(life.slice(-quarter).map(value)),
  };
}

/** Null for a life too short to be judged. */
export function judge(life: readonly Measure[], soakMs: number): LifeReport | null {
  const [first, last] = [life[0], life.at(-1)];
  if (!first || !last || life.length < 8 || last.atMs - first.atMs < soakMs * JUDGED_SHARE) return null;
  const megabytes = quarters(life, (one) => one.megabytes);
  const descriptors = quarters(life, (one) => one.descriptors);
  const level =
    megabytes.last <= megabytes.second * GROWTH + MORE_MEGABYTES &&
    descriptors.last <= descriptors.second + MORE_DESCRIPTORS;
  return { megabytes, descriptors, level };
}

/** The life that grew most, relative to what it had. */
export function worst(lives: readonly LifeReport[]): LifeReport | null {
  const growth = ({ megabytes }: LifeReport) => megabytes.last / megabytes.second;
  return lives.reduce<LifeReport | null>((most, one) => (most && growth(most) >= growth(one) ? most : one), null);
}
