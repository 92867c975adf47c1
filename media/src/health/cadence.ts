/** The picture's rhythm by its timestamps: frame rate, missing frames, keyframes, order, and how its size swings. */
import type { VideoFrame } from '../packager/samples.ts';
import { bitrateRises, nominalRate, steadyRate } from './rhythm.ts';

/** Whole seconds of the stream that are looked back on. */
const SECONDS = 12;
/** The frame rate is an average over so many of them. */
const RATE_SECONDS = 3;
/** Spacings of so many frames tell the frame rate. */
const SPACINGS = 64;
const GAP_SECONDS = 60;
/** Frames out of order count for this long, milliseconds. */
const REORDER_MS = 5000;
/** From this spacing on, in frames, a frame is missing. */
const GAP_FROM = 1.5;

/** Constant tracks, steady timestamps: one run of frames. Nothing is allocated for a frame. */
export class Cadence {
  readonly #promisedFps: number | null;
  readonly #frames = new Uint16Array(SECONDS);
  readonly #kilobits = new Float64Array(SECONDS);
  readonly #spacings = new Uint16Array(SPACINGS);
  readonly #gaps = new Uint16Array(GAP_SECONDS);
  #spacing = 0;
  #gapSecond = 0;
  #missing = 0;
  /** Number of the running second, and how many are whole; the first one of a run never is. */
  #second: number | null = null;
  #whole = -1;
  #frameCount = 0;
  #bytes = 0;
  #dtsMs: number | null = null;
  #ptsMs = Number.NEGATIVE_INFINITY;
  #keyMs: number | null = null;
  #keyIntervalMs: number | null = null;
  #reorderedMs: number | null = null;
  #nominalFps: number | null = null;
  #fastestFps = 0;
  #slowerSinceMs: number | null = null;

  constructor(promisedFps: number | null) {
    this.#promisedFps = promisedFps;
  }

  frame({ dtsMs, ptsMs, key, data }: VideoFrame): void {
    this.#countSecond(Math.floor(dtsMs / 1000));
    this.#frameCount += 1;
    // A keyframe's size says how large the picture is, not how much of it moves.
    if (!key) this.#bytes += data.length;
    if (ptsMs < this.#ptsMs) this.#reorderedMs = dtsMs;
    this.#ptsMs = ptsMs;
    if (key) {
      if (this.#keyMs !== null) this.#keyIntervalMs = dtsMs - this.#keyMs;
      this.#keyMs = dtsMs;
    }
    const last = this.#dtsMs;
    this.#dtsMs = dtsMs;
    if (last === null) return;
    const spacing = dtsMs - last;
    this.#spacings[this.#spacing % SPACINGS] = Math.min(spacing, 65_535);
    this.#spacing += 1;
    const frames = this.#nominalFps === null ? 1 : (spacing * this.#nominalFps) / 1000;
    if (frames > GAP_FROM) this.#missing += Math.round(frames) - 1;
  }

  /** Once a second. `clockMs` is monotonic. */
  read(clockMs: number) {
    const { fps, kilobits, spacingFps } = this.#rates();
    if (fps !== null && fps > this.#fastestFps) this.#fastestFps = fps;
    this.#settleNominal(spacingFps, clockMs);
    this.#gaps[this.#gapSecond % GAP_SECONDS] = this.#missing;
    this.#gapSecond += 1;
    this.#missing = 0;
    const { gaps, bFrames } = { gaps: sum(this.#gaps), bFrames: this.#reordersNow() };
    return {
      fps,
      /** Kilobits a second between the keyframes: how much moves. */
      movingKilobits: kilobits,
      nominalFps: this.#nominalFps,
      gaps,
      bFrames,
      keyframeIntervalMs: this.#keyframeInterval(),
      bitrateRises: bitrateRises(this.#lastSeconds()),
    };
  }

  #rates(): { fps: number | null; kilobits: number | null; spacingFps: number | null } {
    const known = Math.min(this.#spacing, SPACINGS);
    const spacingFps = steadyRate(this.#spacings.subarray(0, known));
    if (this.#whole < RATE_SECONDS) return { fps: null, kilobits: null, spacingFps };
    let [frames, kilobits] = [0, 0];
    for (let back = 1; back <= RATE_SECONDS; back += 1) {
      frames += this.#frames[(this.#whole - back) % SECONDS] ?? 0;
      kilobits += this.#kilobits[(this.#whole - back) % SECONDS] ?? 0;
    }
    return { fps: frames / RATE_SECONDS, kilobits: kilobits / RATE_SECONDS, spacingFps };
  }

  #settleNominal(spacingFps: number | null, clockMs: number): void {
    const slower = spacingFps !== null && this.#nominalFps !== null && spacingFps < this.#nominalFps * 0.98;
    this.#slowerSinceMs = slower ? (this.#slowerSinceMs ?? clockMs) : null;
    this.#nominalFps = nominalRate({
      promisedFps: this.#promisedFps,
      spacingFps,
      fastestFps: this.#fastestFps,
      before: this.#nominalFps,
      slowerForMs: this.#slowerSinceMs === null ? 0 : clockMs - this.#slowerSinceMs,
    });
  }

  #countSecond(second: number): void {
    if (this.#second === null) this.#second = second;
    // Seconds without a frame are seconds too; what is longer than we look back is soon forgotten.
    for (let from = Math.max(this.#second, second - SECONDS); from < second; from += 1) {
      if (this.#whole >= 0) {
        this.#frames[this.#whole % SECONDS] = this.#frameCount;
        this.#kilobits[this.#whole % SECONDS] = (this.#bytes * 8) / 1000;
      }
      this.#whole += 1;
      this.#frameCount = 0;
      this.#bytes = 0;
    }
    this.#second = second;
  }

  /** Kilobits between the keyframes, oldest second first. */
  #lastSeconds(): number[] {
    const count = Math.min(Math.max(this.#whole, 0), SECONDS);
    return Array.from({ length: count }, (_, i) => this.#kilobits[(this.#whole - count + i) % SECONDS] ?? 0);
  }

  /** The last interval, or the time without a keyframe so far where that is longer. */
  #keyframeInterval(): number | null {
    if (this.#dtsMs === null) return null;
    const sinceMs = this.#keyMs === null ? null : this.#dtsMs - this.#keyMs;
    if (sinceMs === null || this.#keyIntervalMs === null) return sinceMs;
    return Math.max(this.#keyIntervalMs, sinceMs);
  }

  #reordersNow(): boolean {
    return this.#reorderedMs !== null && (this.#dtsMs ?? 0) - this.#reorderedMs < REORDER_MS;
  }
}

function sum(values: Uint16Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
