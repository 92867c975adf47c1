/** Packages a transcoded rendition along the source's cuts; what does not arrive in time becomes a gap. */
import { Assembler } from './assembler.ts';
import type { Rendition } from './rendition.ts';
import { cutBefore } from './rules.ts';
import type { AudioFrame, Boundary, Tracks, VideoFrame } from './samples.ts';

/** The encoder may be this many segments behind the source before the oldest is given up. */
const MAX_LAG_SEGMENTS = 3;
/** Millisecond timestamps of one picture may differ this much after encoding. */
const MATCH_MS = 20;
/** Sound kept for frames that are still being encoded: about 10 s. */
const MAX_WAITING_AUDIO = 600;

export type FollowerOptions = { readonly rendition: Rendition; readonly partMs: number; readonly bandwidth: number };

export class Follower {
  readonly #options: FollowerOptions;
  /** Cuts of the source that this rendition has not reached. */
  #ahead: Boundary[] = [];
  #current: Boundary | null = null;
  #assembler: Assembler | null = null;
  #waitingAudio: AudioFrame[] = [];
  #last: { startMs: number; frameMs: number } | null = null;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Begins a run of frames with these tracks: a new broadcast, or an encoder that was started again. */
  begin(tracks: Tracks): void {
    this.#close();
    this.#assembler = new Assembler(this.#options.rendition, tracks, this.#options.bandwidth);
    for (const frame of this.#waitingAudio) this.#assembler.audio(frame);
    this.#waitingAudio = [];
  }

  /** The source has opened a segment. */
  boundary(boundary: Boundary): void {
    this.#ahead.push(boundary);
    while (this.#ahead.length > MAX_LAG_SEGMENTS) {
      this.#close();
      this.#skip();
    }
  }

  audio(frame: AudioFrame): void {
    if (this.#assembler) {
      this.#assembler.audio(frame);
      return;
    }
    this.#waitingAudio.push(frame);
    if (this.#waitingAudio.length > MAX_WAITING_AUDIO) this.#waitingAudio.shift();
  }

  video(frame: VideoFrame): void {
    const assembler = this.#assembler;
    if (!assembler) return;
    const next = this.#ahead[0];
    if (next && frame.ptsMs >= next.ptsMs - MATCH_MS) this.#reach(frame);
    else if (this.#current && this.#last) this.#cutPart(frame, assembler);
    if (!this.#current) return;
    this.#last = { startMs: frame.dtsMs, frameMs: this.#last ? frame.dtsMs - this.#last.startMs : 0 };
    assembler.video(frame);
  }

  /** No frame comes any more from this broadcast (`endMs`: where the source ended): the rest is missing. */
  finish(endMs: number): void {
    this.#close();
    while (this.#ahead.length > 0) this.#skip(endMs);
    this.#assembler = null;
    this.#waitingAudio = [];
  }

  #reach(frame: VideoFrame): void {
    const running = this.#current !== null;
    this.#close(frame.dtsMs);
    // Cuts that lie wholly before this frame were missed.
    while (this.#ahead[1] && frame.ptsMs >= this.#ahead[1].ptsMs - MATCH_MS) this.#skip();
    const boundary = this.#ahead[0];
    if (!boundary) return;
    // The source may cut without a keyframe; then this rendition may too, if it has been decodable so far.
    const fits = running || (frame.key && frame.ptsMs <= boundary.ptsMs + MATCH_MS);
    if (!fits) return;
    this.#ahead.shift();
    this.#current = boundary;
    this.#assembler?.openSegment(boundary, frame.dtsMs);
  }

  #cutPart(frame: VideoFrame, assembler: Assembler): void {
    if (!assembler.open || !this.#last) return;
    const next = { startMs: frame.dtsMs, frameMs: frame.dtsMs - this.#last.startMs, key: false };
    if (cutBefore(next, assembler.open, this.#options.partMs) === 'part') assembler.closePart(frame.dtsMs);
  }

  #close(endMs?: number): void {
    if (this.#current && this.#last) {
      this.#assembler?.closeSegment(endMs ?? this.#last.startMs + this.#last.frameMs, endMs !== undefined);
    }
    this.#current = null;
    this.#last = null;
  }

  #skip(endMs?: number): void {
    const missed = this.#ahead.shift();
    if (!missed) return;
    const until = this.#ahead[0]?.startMs ?? endMs ?? missed.startMs;
    this.#options.rendition.addGap(missed, Math.max(1, until - missed.startMs));
  }
}
