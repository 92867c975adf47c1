/** Collects the frames of one rendition and hands finished parts to it. */
import { Arena } from './arena.ts';
import { initSegment } from './boxes.ts';
import { fragmentHead, type StoredFrame } from './fragment.ts';
import type { Rendition, RenditionInfo } from './rendition.ts';
import { LEAST_PART_MS } from './rules.ts';
import type { AudioFrame, Boundary, Tracks, VideoFrame } from './samples.ts';
import type { NewPart } from './segments.ts';

/** Audio waits for the picture this long, milliseconds; older frames are given up. */
const MAX_AUDIO_LEAD_MS = 10_000;

export class Assembler {
  readonly #rendition: Rendition;
  readonly #tracks: Tracks;
  readonly #bandwidth: number | null;
  readonly #arena = new Arena();
  #video: StoredFrame[] = [];
  #audio: AudioFrame[] = [];
  #sequence = 1;
  #initWritten = false;
  #segmentOpen = false;
  #partStartMs = 0;
  #runStartMs: number | null = null;
  #segmentStartMs = 0;

  /** `bandwidth` is the promised peak in bits a second, or null where it is measured. */
  constructor(rendition: Rendition, tracks: Tracks, bandwidth: number | null) {
    this.#rendition = rendition;
    this.#tracks = tracks;
    this.#bandwidth = bandwidth;
  }

  /** The open segment's place, or null between segments. */
  get open(): { segmentStartMs: number; partStartMs: number } | null {
    return this.#segmentOpen ? { segmentStartMs: this.#segmentStartMs, partStartMs: this.#partStartMs } : null;
  }

  openSegment(boundary: Boundary, startMs: number): void {
    if (!this.#initWritten) {
      this.#rendition.init(boundary.msn, initSegment(this.#tracks), this.#info());
      this.#initWritten = true;
      if (this.#tracks.video) this.#runStartMs = startMs;
      this.#audio = this.#audio.filter((frame) => !this.#isEarly(frame));
    }
    this.#rendition.openSegment(boundary);
    this.#segmentOpen = true;
    this.#segmentStartMs = startMs;
    this.#partStartMs = startMs;
  }

  video({ dtsMs, ptsMs, key, data }: VideoFrame): void {
    this.#arena.add(data);
    this.#video.push({ dtsMs, ptsMs, key, bytes: data.length });
  }

  audio(frame: AudioFrame): void {
    if (this.#isEarly(frame)) return;
    this.#audio.push(frame);
    const first = this.#audio[0];
    if (first && this.#audioMs(frame) - this.#audioMs(first) > MAX_AUDIO_LEAD_MS) this.#audio.shift();
  }

  /** Ends the part at `endMs`, where its last video frame ends. */
  closePart(endMs: number): void {
    const part = this.#take(endMs, this.#takeAudio(endMs));
    if (part) this.#rendition.addPart(part);
  }

  /** `hintNext`: another follows at once. `soundEndMs`: up to where sound belongs to it, where that differs. */
  closeSegment(endMs: number, hintNext: boolean, soundEndMs = endMs): void {
    if (!this.#segmentOpen) return;
    this.#rendition.closeSegment(hintNext, this.#take(endMs, this.#takeAudio(soundEndMs)));
    this.#segmentOpen = false;
  }

  /** Makes a part of what is there; null where that is nothing. */
  #take(wantedEndMs: number, audio: AudioFrame[]): NewPart | null {
    const video = this.#video;
    this.#video = [];
    if (video.length === 0 && audio.length === 0) return null;
    const audioFrameTicks = this.#tracks.audio?.frameSamples ?? 0;
    const lastMs = Math.max(this.#partStartMs, video.at(-1)?.dtsMs ?? 0);
    const endMs = Math.max(wantedEndMs, lastMs + LEAST_PART_MS);
    for (const { data } of audio) this.#arena.add(data);
    const head = fragmentHead({ sequence: this.#sequence, video, videoEndMs: endMs, audio, audioFrameTicks });
    this.#sequence += 1;
    const independent = this.#tracks.video ? video[0]?.key === true : true;
    const durationMs = endMs - this.#partStartMs;
    this.#partStartMs = endMs;
    return { content: this.#arena.finish(head), durationMs, independent };
  }

  /** Sound from before the first picture has nothing to be heard with, however late it comes. */
  #isEarly(frame: AudioFrame): boolean {
    return this.#runStartMs !== null && this.#audioMs(frame) < this.#runStartMs;
  }

  #audioMs(frame: AudioFrame): number {
    return (frame.ticks * 1000) / (this.#tracks.audio?.rate ?? 1);
  }

  #takeAudio(endMs: number): AudioFrame[] {
    const endTicks = (endMs * (this.#tracks.audio?.rate ?? 0)) / 1000;
    let count = this.#audio.findIndex((frame) => frame.ticks >= endTicks);
    if (count < 0) count = this.#audio.length;
    return this.#audio.splice(0, count);
  }

  #info(): RenditionInfo {
    const { video, audio } = this.#tracks;
    const codecs = [video?.codec, audio?.codec].filter((codec) => codec !== undefined).join(',');
    const { width = null, height = null, fps = null } = video ?? {};
    return { codecs, width, height, fps, bandwidth: this.#bandwidth };
  }
}
