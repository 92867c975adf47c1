/** How far a stream's arrival falls behind its timestamps. */

/** Against the best moment of this long, seconds, the question is: is it falling behind now? */
const WINDOW_S = 60;
/** A step beyond this is another clock and no lateness, milliseconds. */
const JUMP_FORWARD_MS = 3000;
const JUMP_BACKWARD_MS = 500;

/** Fed with each frame's timestamp and time of arrival; read once a second. */
export class Arrival {
  /** Best lateness of each of the last seconds. */
  readonly #best = new Float64Array(WINDOW_S).fill(Number.POSITIVE_INFINITY);
  #second = 0;
  #bestNow = Number.POSITIVE_INFINITY;
  #bestEver = Number.POSITIVE_INFINITY;
  #newestMs: number | null = null;

  frame(timestampMs: number, nowMs: number): void {
    const newest = this.#newestMs;
    const step = newest === null ? 0 : timestampMs - newest;
    if (step > JUMP_FORWARD_MS || step < -JUMP_BACKWARD_MS) this.#restart(timestampMs);
    else if (newest === null || step > 0) this.#newestMs = timestampMs;
    const late = nowMs - timestampMs;
    if (late < this.#bestNow) this.#bestNow = late;
  }

  /**
   * Milliseconds by which arrival is behind at `nowMs`: since the beginning, and since the best moment of the
   * last minute. A stream that is late by a constant time is not falling behind any more.
   */
  read(nowMs: number): { behindMs: number; fallingMs: number } {
    if (this.#newestMs === null) return { behindMs: 0, fallingMs: 0 };
    this.#best[this.#second % WINDOW_S] = this.#bestNow;
    this.#second += 1;
    this.#bestEver = Math.min(this.#bestEver, this.#bestNow);
    this.#bestNow = Number.POSITIVE_INFINITY;
    let recent = Number.POSITIVE_INFINITY;
    for (const best of this.#best) if (best < recent) recent = best;
    const late = nowMs - this.#newestMs;
    // Where nothing came for a whole minute, the beginning is all there is to compare with.
    const from = recent === Number.POSITIVE_INFINITY ? this.#bestEver : recent;
    return { behindMs: Math.max(0, late - this.#bestEver), fallingMs: Math.max(0, late - from) };
  }

  #restart(timestampMs: number): void {
    this.#best.fill(Number.POSITIVE_INFINITY);
    this.#bestNow = Number.POSITIVE_INFINITY;
    this.#bestEver = Number.POSITIVE_INFINITY;
    this.#newestMs = timestampMs;
  }
}
