/** The source's last pictures, so that an encoder that is started again misses nothing. */
import type { VideoFrame } from '../packager/samples.ts';

/** How far back an encoder may begin again, milliseconds; a group of pictures is kept whole. */
const KEEP_MS = 4000;
/** Kept at most, bytes. */
const MAX_BYTES = 8 * 1024 * 1024;

export class History {
  #frames: VideoFrame[] = [];
  #bytes = 0;

  /** Takes the next picture in decoding order. */
  add(frame: VideoFrame): void {
    if (this.#frames.length === 0 && !frame.key) return;
    this.#frames.push(frame);
    this.#bytes += frame.data.length;
    if (frame.key) this.#dropBefore(this.#lastKey((key) => key.dtsMs <= frame.dtsMs - KEEP_MS));
    while (this.#bytes > MAX_BYTES) {
      const next = this.#frames.findIndex((one, index) => index > 0 && one.key);
      this.#dropBefore(next < 0 ? this.#frames.length : next);
    }
  }

  clear(): void {
    this.#dropBefore(this.#frames.length);
  }

  /** From the last keyframe on that is shown at `ptsMs` or before; empty where that is forgotten. */
  since(ptsMs: number): readonly VideoFrame[] {
    const from = this.#lastKey((key) => key.ptsMs <= ptsMs);
    return from < 0 ? [] : this.#frames.slice(from);
  }

  /** From the last keyframe on. */
  newest(): readonly VideoFrame[] {
    return this.since(Number.POSITIVE_INFINITY);
  }

  #lastKey(fits: (frame: VideoFrame) => boolean): number {
    return this.#frames.findLastIndex((frame) => frame.key && fits(frame));
  }

  #dropBefore(index: number): void {
    if (index <= 0) return;
    for (const frame of this.#frames.splice(0, index)) this.#bytes -= frame.data.length;
  }
}
