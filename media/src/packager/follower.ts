/** Packages a transcoded rendition along the source's cuts; what does not arrive in time becomes a gap. */
import { Assembler } from './assembler.ts';
import type { Rendition } from './rendition.ts';
import { ASSUMED_FRAME_MS, cutBefore } from './rules.ts';
import type { AudioFrame, Boundary, Tracks, VideoFrame } from './samples.ts';

/** The encoder may be this many segments behind the source before the oldest is given up. */
const MAX_LAG_SEGMENTS = 3;
/** Timestamps of one picture may differ this much after encoding; well below the distance of two at 120 a second. */
const MATCH_MS = 3;
/** Sound kept for frames that are still being encoded: about 10 s. */
const MAX_WAITING_AUDIO = 600;

export type FollowerOptions = { readonly rendition: Rendition; readonly partMs: number };

export class Follower {
  readonly #options: FollowerOptions;
  /** Cuts of the source that this rendition has not reached. */
  #ahead: Boundary[] = [];
  #current: Boundary | null = null;
  #assembler: Assembler | null = null;
  #make: (() => Assembler) | null = null;
  #bandwidth = 0;
  /** Where a segment begins whose rest never comes; how long it is, the source's next cut tells. */
  #torn: Boundary | null = null;
  #audioRate = 0;
  /** Handed on as far as the pictures have come, so that a new encoder finds its sound here. */
  #audio: AudioFrame[] = [];
  #lastStartMs: number | null = null;
  /** How long a frame is shown; known once two came, and kept from segment to segment: the last one may hold only one. */
  #frameMs = ASSUMED_FRAME_MS;
  #suspended = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Begins a run of frames with these tracks; `bandwidth`: what is promised of them, bits a second. */
  begin(tracks: Tracks, bandwidth: number): void {
    this.#tear();
    this.#audioRate = tracks.audio?.rate ?? 0;
    this.#frameMs = ASSUMED_FRAME_MS;
    this.#bandwidth = bandwidth;
    this.#make = () => new Assembler(this.#options.rendition, tracks, this.#bandwidth);
    this.#assembler = this.#make();
  }

  /** From now on this is promised, bits a second; what is being made goes on. */
  promise(bandwidth: number): void {
    const { rendition } = this.#options;
    this.#bandwidth = bandwidth;
    if (rendition.info) rendition.info = { ...rendition.info, bandwidth };
    if (!this.#current) this.#assembler = this.#make?.() ?? null;
  }

  /** The source has opened a segment. */
  boundary(boundary: Boundary): void {
    this.#ahead.push(boundary);
    this.#mend(boundary.startMs);
    while (this.#ahead.length > (this.#suspended ? 1 : MAX_LAG_SEGMENTS)) {
      this.#tear();
      this.#skip();
    }
  }

  audio(frame: AudioFrame): void {
    this.#audio.push(frame);
    if (this.#audio.length > MAX_WAITING_AUDIO) this.#audio.shift();
  }

  video(frame: VideoFrame): void {
    const assembler = this.#assembler;
    if (!assembler) return;
    const next = this.#ahead[0];
    if (next && frame.ptsMs >= next.ptsMs - MATCH_MS) this.#reach(frame);
    else if (this.#current) this.#cutPart(frame, assembler);
    if (!this.#current) return;
    if (this.#lastStartMs !== null) this.#frameMs = frame.dtsMs - this.#lastStartMs;
    this.#lastStartMs = frame.dtsMs;
    assembler.video(frame);
  }

  /** Frames are missing from here on: the open segment is given up, the next begins at one of the source's cuts. */
  interrupt(): void {
    this.#tear();
  }

  /** Nobody encodes: each segment is listed as missing as soon as it is known how long it is. */
  suspend(): void {
    this.#tear();
    this.#suspended = true;
    while (this.#ahead.length > 1) this.#skip();
  }

  /** Somebody encodes again. */
  resume(): void {
    this.#suspended = false;
  }

  /** No frame comes any more from this broadcast (`endMs`: where the source ended): the rest is missing. */
  finish(endMs: number): void {
    this.#mend(endMs);
    this.#close();
    while (this.#ahead.length > 0) this.#skip(endMs);
    this.#assembler = null;
    this.#audio = [];
  }

  #reach(frame: VideoFrame): void {
    const running = this.#current !== null;
    const [next, second] = this.#ahead;
    const misses = next && second && frame.ptsMs >= second.ptsMs - MATCH_MS;
    // What is open ends where the source has cut, also where no picture is there to say so.
    this.#close(misses ? next.ptsMs + frame.dtsMs - frame.ptsMs : frame.dtsMs);
    // Cuts that lie wholly before this frame were missed.
    while (this.#ahead[1] && frame.ptsMs >= this.#ahead[1].ptsMs - MATCH_MS) this.#skip();
    const boundary = this.#ahead[0];
    if (!boundary) return;
    // The source may cut without a keyframe; then this rendition may too, if it has been decodable so far.
    const fits = running || (frame.key && frame.ptsMs <= boundary.ptsMs + MATCH_MS);
    if (!fits) return;
    this.#ahead.shift();
    this.#current = boundary;
    // Sound of what is missing has nothing to be heard with.
    if (!running) this.#takeAudio(frame.dtsMs);
    this.#assembler?.openSegment(boundary, frame.dtsMs);
  }

  #cutPart(frame: VideoFrame, assembler: Assembler): void {
    if (!assembler.open || this.#lastStartMs === null) return;
    const next = { startMs: frame.dtsMs, frameMs: frame.dtsMs - this.#lastStartMs, key: false };
    if (cutBefore(next, assembler.open, this.#options.partMs) !== 'part') return;
    for (const sound of this.#takeAudio(frame.dtsMs)) assembler.audio(sound);
    assembler.closePart(frame.dtsMs);
  }

  #close(endMs?: number): void {
    if (this.#current && this.#lastStartMs !== null) {
      const until = endMs ?? this.#lastStartMs + this.#frameMs;
      for (const sound of this.#takeAudio(until)) this.#assembler?.audio(sound);
      this.#assembler?.closeSegment(until, endMs !== undefined);
    }
    this.#current = null;
    this.#lastStartMs = null;
  }

  #tear(): void {
    if (!this.#current) return;
    this.#torn = this.#current;
    this.#current = null;
    this.#lastStartMs = null;
    // Without the frames that wait for the rest of their part.
    this.#assembler = this.#make?.() ?? null;
    if (this.#ahead[0]) this.#mend(this.#ahead[0].startMs);
  }

  #mend(endMs: number): void {
    if (this.#torn) this.#options.rendition.tearSegment(Math.max(1, endMs - this.#torn.startMs));
    this.#torn = null;
  }

  /** The sound that begins before `endMs`. */
  #takeAudio(endMs: number): AudioFrame[] {
    const endTicks = (endMs * this.#audioRate) / 1000;
    const count = this.#audio.findIndex((frame) => frame.ticks >= endTicks);
    return this.#audio.splice(0, count < 0 ? this.#audio.length : count);
  }

  #skip(endMs?: number): void {
    const missed = this.#ahead.shift();
    if (!missed) return;
    const until = this.#ahead[0]?.startMs ?? endMs ?? missed.startMs;
    this.#options.rendition.addGap(missed, Math.max(1, until - missed.startMs));
  }
}
