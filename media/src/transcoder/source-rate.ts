/** How many bits a second a show's source is taken to have: what its encoder announces, as long as it keeps to that. */
import type { VideoFrame } from '../packager/samples.ts';

/** Nobody sends video with less; whoever announces less is not believed, bits a second. */
export const LEAST_SOURCE_BITS = 200_000;
/** Judged over so much of the stream, so that one lively scene is no breach, milliseconds. */
const WINDOW_MS = 20_000;
/** This many times what was announced shows that it was wrong. */
const BREACH = 1.5;

export class SourceRate {
  #announced: number | null = null;
  #bits: number | null = null;
  #startMs: number | null = null;
  #bytes = 0;

  /** null: not known. Only an announcement can say it: a quiet beginning would make a whole show poor. */
  get bits(): number | null {
    return this.#bits;
  }

  /** A run of pictures begins. `announced`: bits a second, as the encoder says. */
  begin(announced: number | null): void {
    this.#startMs = null;
    // An encoder that comes back with the same words is still believed no more than before.
    if (announced === this.#announced) return;
    this.#announced = announced;
    this.#bits = announced !== null && announced >= LEAST_SOURCE_BITS ? announced : null;
  }

  /** Takes the next picture. True where far more comes than was thought; `bits` is what comes then. */
  add({ dtsMs, data }: VideoFrame): boolean {
    if (this.#bits === null) return false;
    if (this.#startMs === null) this.#restart(dtsMs);
    const spanMs = dtsMs - (this.#startMs ?? dtsMs);
    if (spanMs < WINDOW_MS) {
      this.#bytes += data.length;
      return false;
    }
    const bits = (this.#bytes * 8000) / spanMs;
    this.#restart(dtsMs);
    this.#bytes = data.length;
    // Less is no breach: the picture may be a still one now, and lively later.
    if (bits <= this.#bits * BREACH) return false;
    this.#bits = bits;
    return true;
  }

  #restart(dtsMs: number): void {
    this.#startMs = dtsMs;
    this.#bytes = 0;
  }
}
