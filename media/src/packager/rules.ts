/** Pure rules of packaging: where to cut, and how source timestamps become the show's. */

/** EXT-X-TARGETDURATION of every show: a constant, since it may never change, seconds. */
export const TARGET_DURATION_S = 6;
/** A segment ends at the first keyframe after this long … */
export const MIN_SEGMENT_MS = 2000;
/** … less what millisecond timestamps and odd frame rates may miss it by … */
const KEYFRAME_SLACK_MS = 50;
/** … or after this long without a keyframe. */
export const MAX_SEGMENT_MS = TARGET_DURATION_S * 1000;

/** Frame length assumed until two frames are known, milliseconds. */
export const ASSUMED_FRAME_MS = 33;
/** No part lasts less: a segment without length divides by zero, in players and here, milliseconds. */
export const LEAST_PART_MS = 1;

export type Cut = 'segment' | 'part' | 'none';

/**
 * Decides what ends before the next frame. A part ends with the number of frames that comes nearest
 * to `partMs`, so that parts of a steady stream are equally long at any frame rate.
 */
export function cutBefore(
  next: { startMs: number; key: boolean; frameMs: number },
  open: { segmentStartMs: number; partStartMs: number },
  partMs: number,
): Cut {
  const inSegment = next.startMs - open.segmentStartMs;
  if (next.key && inSegment >= MIN_SEGMENT_MS - KEYFRAME_SLACK_MS) return 'segment';
  // The next frame belongs to a new segment where it would begin at or end past the longest length.
  if (inSegment >= MAX_SEGMENT_MS) return 'segment';
  return next.startMs - open.partStartMs >= partMs - next.frameMs / 2 ? 'part' : 'none';
}

/** Further forward, or backward, than this is not a gap but another clock, milliseconds. */
const JUMP_FORWARD_MS = 3000;
const JUMP_BACKWARD_MS = 500;
/** After a new anchor, packets of the other track that still have the old clock are dropped for this long. */
const SETTLE_MS = 1000;

export type Verdict = 'fits' | 'jump' | 'stale';

/**
 * Judges a timestamp against the last one of its track. One that is far ahead of it is no jump where the
 * other track has come just as far: then its own was only silent for a while.
 */
export function judgeTimestamp(
  showMs: number,
  lastMs: number | null,
  otherMs: number | null,
  sinceAnchorMs: number,
): Verdict {
  const fits = (fromMs: number) => showMs - fromMs <= JUMP_FORWARD_MS && showMs - fromMs >= -JUMP_BACKWARD_MS;
  const nearMs = lastMs ?? otherMs;
  if (nearMs === null || fits(nearMs)) return 'fits';
  if (otherMs !== null && showMs > nearMs && fits(otherMs)) return 'fits';
  return sinceAnchorMs < SETTLE_MS ? 'stale' : 'jump';
}

/** Audio may stray this far from its running counter, for this many frames in a row, before the counter moves. */
export const AUDIO_DRIFT_MS = 40;
const AUDIO_DRIFT_FRAMES = 8;
/** Beyond this it moves at once: sound is missing, not late. */
const AUDIO_HOLE_MS = 120;

/**
 * Places audio frames by counting samples, because RTMP's milliseconds jitter. Where counter and
 * timestamps part for good, it leaves a hole, or drops frames until both agree.
 */
export class AudioClock {
  readonly #rate: number;
  readonly #frameSamples: number;
  #next: number | null = null;
  #strayed = 0;

  constructor(rate: number, frameSamples: number) {
    this.#rate = rate;
    this.#frameSamples = frameSamples;
  }

  /** Returns the frame's place in ticks, or null where it has to be dropped. */
  place(showMs: number): number | null {
    const wanted = Math.round((showMs * this.#rate) / 1000);
    if (this.#next === null) return this.#take(wanted);
    const driftMs = ((wanted - this.#next) * 1000) / this.#rate;
    this.#strayed = Math.abs(driftMs) > AUDIO_DRIFT_MS ? this.#strayed + 1 : 0;
    const moves = this.#strayed >= AUDIO_DRIFT_FRAMES || Math.abs(driftMs) > AUDIO_HOLE_MS;
    if (!moves) return this.#take(this.#next);
    if (driftMs < 0) return null;
    this.#strayed = 0;
    return this.#take(wanted);
  }

  /** Where the next frame belongs, in ticks; null before the first. */
  get next(): number | null {
    return this.#next;
  }

  /** Takes the places of frames that end before `untilMs` and did not come. Sound begins at `fromMs` at the earliest. */
  *missing(fromMs: number, untilMs: number): Generator<number> {
    let next = this.#next ?? Math.round((fromMs * this.#rate) / 1000);
    while (((next + this.#frameSamples) * 1000) / this.#rate <= untilMs) {
      yield this.#take(next);
      next += this.#frameSamples;
    }
  }

  #take(ticks: number): number {
    this.#next = ticks + this.#frameSamples;
    return ticks;
  }
}
