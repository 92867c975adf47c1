/** A seeded stream of random numbers, so that a run of accidents can be had again. */
export type Random = {
  /** From 0 to below 1. */
  next(): number;
  between(least: number, most: number): number;
  pick<T>(list: readonly T[]): T;
  /** Time to the next of events that come `meanMs` apart on average, at random. */
  waitMs(meanMs: number): number;
};

/** mulberry32: 32 bits of state, good enough to choose instants with. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (least, most) => least + next() * (most - least),
    pick: (list) => list[Math.floor(next() * list.length)] as (typeof list)[number],
    waitMs: (meanMs) => -Math.log(1 - next()) * meanMs,
  };
}
