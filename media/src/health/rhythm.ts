/** Pure rules of frame rates and of bitrate that swings. */

/** So much of all spacings has to lie near the middle one, or the rhythm is not steady. */
const STEADY_SHARE = 0.8;
const NEAR = 0.2;
/** Timestamps are whole milliseconds. */
const ROUNDING_MS = 1;
const MIN_SPACINGS = 20;

/** Frames a second by the spacing of timestamps, or null where it is not steady. `spacings`: milliseconds, any order. */
export function steadyRate(spacings: Uint16Array): number | null {
  if (spacings.length < MIN_SPACINGS) return null;
  const middle = spacings.slice().sort()[spacings.length >> 1] ?? 0;
  const room = Math.max(ROUNDING_MS, middle * NEAR);
  let count = 0;
  let total = 0;
  for (const spacing of spacings) {
    if (Math.abs(spacing - middle) > room) continue;
    count += 1;
    total += spacing;
  }
  return total > 0 && count >= spacings.length * STEADY_SHARE ? (count * 1000) / total : null;
}

/** A rate is another one where they differ by more than this. */
const SAME_RATE = 0.05;
/** A promise that was never kept, not even nearly, was a mistake of the encoder's. */
const NEVER_REACHED = 0.75;
/** A stream that promises nothing may take up a slower rhythm for good, milliseconds. */
const NEW_RHYTHM_MS = 30_000;

export type RateFacts = {
  /** By the SPS. */
  readonly promisedFps: number | null;
  /** By the spacing of timestamps, where that is steady. */
  readonly spacingFps: number | null;
  /** The fastest that this run ever was. */
  readonly fastestFps: number;
  /** The answer so far. */
  readonly before: number | null;
  readonly slowerForMs: number;
};

const same = (one: number, other: number) => Math.abs(one - other) <= other * SAME_RATE;

/** The frame rate that a stream is measured against. */
export function nominalRate({ promisedFps, spacingFps, fastestFps, before, slowerForMs }: RateFacts): number | null {
  if (spacingFps === null) return before ?? promisedFps;
  if (promisedFps === null) {
    const slower = before !== null && spacingFps < before * 0.98;
    return slower && slowerForMs < NEW_RHYTHM_MS ? before : spacingFps;
  }
  if (spacingFps > promisedFps * (1 + SAME_RATE)) return spacingFps;
  // Some encoders count fields, and so promise twice the frames.
  const half = same(spacingFps, promisedFps / 2) && fastestFps < promisedFps * NEVER_REACHED;
  return half ? spacingFps : promisedFps;
}

/** A rise is by this factor and by so many kilobits a second from one trough to the next peak. */
const RISE_FACTOR = 4;
const RISE_KILOBITS = 1500;

/** How often the bitrate rises out of a trough. `seconds`: kilobits of each second, oldest first. */
export function bitrateRises(seconds: readonly number[]): number {
  let rises = 0;
  let high = false;
  let turn = seconds[0] ?? 0;
  for (const kilobits of seconds) {
    if (high) {
      turn = Math.max(turn, kilobits);
      if (kilobits * RISE_FACTOR > turn) continue;
      high = false;
      turn = kilobits;
    } else {
      turn = Math.min(turn, kilobits);
      if (kilobits < turn * RISE_FACTOR || kilobits < turn + RISE_KILOBITS) continue;
      high = true;
      turn = kilobits;
      rises += 1;
    }
  }
  return rises;
}
