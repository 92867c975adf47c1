/** How fast an encoder is: its output's timestamps against its input's, over a sliding window. */

const WINDOW_MS = 10_000;
/** Below this there is too little to judge by, milliseconds. */
const LEAST_MS = 3000;

type Sample = { readonly atMs: number; readonly inMs: number; readonly outMs: number };

export class SpeedMeter {
  #samples: Sample[] = [];
  #speed: number | null = null;

  /** 1 is real time. null: not known, or nothing comes in. */
  get speed(): number | null {
    return this.#speed;
  }

  /** Notes the newest timestamps that went in and came out, at `atMs` on a monotonic clock. */
  sample(atMs: number, inMs: number, outMs: number): void {
    const samples = this.#samples;
    samples.push({ atMs, inMs, outMs });
    while ((samples[1]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs - WINDOW_MS) samples.shift();
    const first = samples[0];
    if (!first || atMs - first.atMs < LEAST_MS) return;
    const came = inMs - first.inMs;
    // An upload that is slow, or stands still, is not this machine's fault.
    this.#speed = came >= LEAST_MS / 2 ? (outMs - first.outMs) / came : null;
  }

  /** Output begins somewhere else; until enough is known again, the last figure stands. */
  restart(): void {
    this.#samples = [];
  }

  reset(): void {
    this.restart();
    this.#speed = null;
  }
}
