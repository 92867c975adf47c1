import type { ReportedShow } from '#contract/media-port.ts';
import type { Tracks, VideoFrame } from '../packager/samples.ts';

type Input = NonNullable<ReportedShow['input']>;

const BITRATE_WINDOW_MS = 2000;

/** Measures what an encoder sends. */
export class InputMeter {
  readonly #encoder: string;
  #tracks: Tracks = { video: null, audio: null };
  #windowStartMs: number;
  #windowBytes = 0;
  #windowFrames = 0;
  #kilobitsPerSecond: number | null = null;
  #fps: number | null = null;
  #lastKeyMs: number | null = null;
  #keyframeIntervalMs: number | null = null;

  constructor(encoder: string, nowMs: number) {
    this.#encoder = encoder.slice(0, 200);
    this.#windowStartMs = nowMs;
  }

  tracks(tracks: Tracks): void {
    this.#tracks = tracks;
    this.#lastKeyMs = null;
  }

  bytes(count: number, nowMs: number): void {
    const elapsed = nowMs - this.#windowStartMs;
    if (elapsed >= BITRATE_WINDOW_MS) {
      this.#kilobitsPerSecond = Math.round((this.#windowBytes * 8) / elapsed);
      this.#fps = Math.round((this.#windowFrames * 10_000) / elapsed) / 10;
      this.#windowStartMs = nowMs;
      this.#windowBytes = 0;
      this.#windowFrames = 0;
    }
    this.#windowBytes += count;
  }

  frame(frame: VideoFrame): void {
    this.#windowFrames += 1;
    if (!frame.key) return;
    if (this.#lastKeyMs !== null) this.#keyframeIntervalMs = frame.dtsMs - this.#lastKeyMs;
    this.#lastKeyMs = frame.dtsMs;
  }

  /** What is measured by the second. */
  figures() {
    const { video } = this.#tracks;
    return {
      fps: video ? (this.#fps ?? video.fps) : null,
      kilobitsPerSecond: this.#kilobitsPerSecond,
      keyframeIntervalMs: this.#keyframeIntervalMs,
    };
  }

  /** What changes seldom. */
  report(): Input {
    const { video, audio } = this.#tracks;
    return {
      encoder: this.#encoder,
      videoCodec: video?.codec ?? null,
      audioCodec: audio?.codec ?? null,
      width: video?.width ?? null,
      height: video?.height ?? null,
    };
  }
}
