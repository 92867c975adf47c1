/** Packages the source rendition and decides where the show's segments begin. */
import type { Assembler } from './assembler.ts';
import { ASSUMED_FRAME_MS, cutBefore, LEAST_PART_MS } from './rules.ts';
import type { AudioConfig, AudioFrame, Boundary, VideoFrame } from './samples.ts';

export type LeaderOptions = {
  readonly assembler: Assembler;
  readonly partMs: number;
  /** Where there is a picture, it decides the cuts. */
  readonly hasVideo: boolean;
  readonly audio: Pick<AudioConfig, 'rate'>;
  /** Gives the next segment its number. */
  readonly nextBoundary: (startMs: number, ptsMs: number) => Boundary;
};

/** Sound alone goes on when the picture stands still for this long, milliseconds. */
const STILL_MS = 1000;
/** How far a picture's time of display may move the end of a broadcast, milliseconds. */
const MAX_REORDER_MS = 2000;

export class Leader {
  readonly #options: LeaderOptions;
  #last: { startMs: number; frameMs: number } | null = null;
  #largestPtsMs = 0;

  constructor(options: LeaderOptions) {
    this.#options = options;
  }

  /** Takes the next frame in decoding order. Frames before the first keyframe are dropped. */
  video(frame: VideoFrame): void {
    if (!this.#cut(frame.dtsMs, frame.ptsMs, frame.key)) return;
    this.#largestPtsMs = Math.max(this.#largestPtsMs, frame.ptsMs);
    this.#options.assembler.video(frame);
  }

  audio(frame: AudioFrame): void {
    const { audio, hasVideo, assembler } = this.#options;
    const startMs = (frame.ticks * 1000) / audio.rate;
    if (!hasVideo) this.#cut(startMs, startMs, true);
    // The last picture stays on; its part ends here, so that the playlist does not wait for the next one.
    else if (this.#last && startMs - this.#last.startMs > STILL_MS) {
      const at = Math.round(startMs);
      this.#cut(at, at, false);
    }
    assembler.audio(frame);
  }

  /** Ends everything that is open. Returns where the broadcast's timeline ends, or null if nothing was made. */
  finish(): number | null {
    if (!this.#last) return null;
    // A picture that comes later than the sound which went on without it ends before its part begins.
    const leastMs = (this.#options.assembler.open?.partStartMs ?? 0) + LEAST_PART_MS;
    const endMs = Math.max(this.#last.startMs + this.#last.frameMs, leastMs);
    // Nothing follows, so the sound that is ahead of the picture belongs here too.
    this.#options.assembler.closeSegment(endMs, false, Number.POSITIVE_INFINITY);
    this.#last = null;
    return Math.max(endMs, Math.min(this.#largestPtsMs, endMs + MAX_REORDER_MS));
  }

  /** Ends what ends before this frame. Returns false where the frame cannot be used. */
  #cut(startMs: number, ptsMs: number, key: boolean): boolean {
    const { assembler, partMs, nextBoundary } = this.#options;
    const { open } = assembler;
    const frameMs = this.#last ? startMs - this.#last.startMs : ASSUMED_FRAME_MS;
    if (!open && !key) return false;
    const cut = open ? cutBefore({ startMs, key, frameMs }, open, partMs) : 'segment';
    if (cut === 'part') assembler.closePart(startMs);
    if (cut === 'segment') {
      assembler.closeSegment(startMs, true);
      assembler.openSegment(nextBoundary(startMs, ptsMs), startMs);
    }
    this.#last = { startMs, frameMs };
    return true;
  }
}
