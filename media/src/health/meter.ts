/** Measures what one encoder sends: counted by the packet, read once a second. */
import type { ReportedShow } from '#contract/media-port.ts';
import type { Tracks, VideoFrame } from '../packager/samples.ts';
import type { MediaPacket } from '../types.ts';
import { Arrival } from './arrival.ts';
import { Cadence } from './cadence.ts';
import { aacFrameStart, isVideoFrame } from './packets.ts';
import { isSilentAac } from './silence.ts';

type Input = NonNullable<ReportedShow['input']>;
export type Sound = 'none' | 'silent' | 'sound';

/** A track counts as there for this long after its last frame, milliseconds. */
const TRACK_GONE_MS = 3000;
/** No picture for this long is a pause and no gap, milliseconds of the stream. */
const PAUSE_MS = 3000;
/** Longest name of an encoder that is handed on. */
const MAX_NAME_CHARS = 200;

/** One second of an encoder's stream; times in milliseconds. */
export type InputReading = Input & {
  /** Since the first frame of this broadcast. */
  readonly runningMs: number;
  readonly sinceVideoMs: number;
  readonly sinceAudioMs: number;
  readonly kilobitsPerSecond: number;
  readonly audioKilobitsPerSecond: number;
  /** Frames that arrived, a second. */
  readonly arrivedFps: number;
  /** Frame rate by the timestamps, over the last whole seconds of the stream. */
  readonly fps: number | null;
  readonly nominalFps: number | null;
  /** Between the keyframes, over the same seconds. */
  readonly movingKilobits: number | null;
  readonly keyframeIntervalMs: number | null;
  readonly bFrames: boolean;
  readonly bitrateRises: number;
  readonly gaps: number;
  readonly audio: Sound;
  readonly behindMs: number;
  readonly fallingMs: number;
};

/** Of one publisher. Nothing is allocated for a packet, but for one look into a sound frame while all is silent. */
export class InputMeter {
  readonly #encoder: string;
  readonly #arrival = new Arrival();
  #tracks: Tracks = { video: null, audio: null };
  #cadence = new Cadence(null);
  #readAtMs: number;
  #startedMs: number | null = null;
  #lastPacketMs: number;
  #videoMs: number;
  #audioMs: number;
  #videoDtsMs = 0;
  #bytes = 0;
  #audioBytes = 0;
  #frames = 0;
  /** What the sound frames since the last reading were; `none` where there were none. */
  #heard: Sound = 'none';
  #sound: Sound = 'none';

  /** `nowMs` is monotonic, here and in every call. */
  constructor(encoder: string, nowMs: number) {
    this.#encoder = encoder.slice(0, MAX_NAME_CHARS);
    this.#readAtMs = nowMs;
    this.#lastPacketMs = nowMs;
    this.#videoMs = nowMs;
    this.#audioMs = nowMs;
  }

  /** A run of frames with these tracks begins. */
  tracks(tracks: Tracks): void {
    this.#tracks = tracks;
    this.#cadence = new Cadence(tracks.video?.fps ?? null);
  }

  packet({ kind, payload, timestampMs }: MediaPacket, nowMs: number): void {
    this.#lastPacketMs = nowMs;
    this.#bytes += payload.length;
    if (kind === 'audio') this.#audioPacket(payload, timestampMs, nowMs);
    else if (kind === 'video' && isVideoFrame(payload)) {
      this.#videoMs = nowMs;
      this.#frames += 1;
      this.#frame(timestampMs, nowMs);
    }
  }

  video(frame: VideoFrame): void {
    // What came before a long pause says nothing of the rhythm after it.
    if (frame.dtsMs - this.#videoDtsMs > PAUSE_MS) this.#cadence = new Cadence(this.#tracks.video?.fps ?? null);
    this.#videoDtsMs = frame.dtsMs;
    this.#cadence.frame(frame);
  }

  /** How long nothing has come, milliseconds. */
  silentForMs(nowMs: number): number {
    return nowMs - this.#lastPacketMs;
  }

  /** Once a second: the figures since the last reading. */
  read(nowMs: number): InputReading {
    const elapsedMs = Math.max(1, nowMs - this.#readAtMs);
    const { behindMs, fallingMs } = this.#arrival.read(nowMs);
    const sinceAudioMs = nowMs - this.#audioMs;
    if (this.#heard !== 'none') this.#sound = this.#heard;
    else if (sinceAudioMs >= TRACK_GONE_MS) this.#sound = 'none';
    const reading = {
      ...this.report(),
      ...this.#cadence.read(nowMs),
      runningMs: this.#startedMs === null ? 0 : nowMs - this.#startedMs,
      sinceVideoMs: nowMs - this.#videoMs,
      sinceAudioMs,
      kilobitsPerSecond: (this.#bytes * 8) / elapsedMs,
      audioKilobitsPerSecond: (this.#audioBytes * 8) / elapsedMs,
      arrivedFps: (this.#frames * 1000) / elapsedMs,
      audio: this.#sound,
      behindMs,
      fallingMs,
    };
    this.#readAtMs = nowMs;
    this.#bytes = 0;
    this.#audioBytes = 0;
    this.#frames = 0;
    this.#heard = 'none';
    return reading;
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

  #audioPacket(payload: Buffer, timestampMs: number, nowMs: number): void {
    this.#audioBytes += payload.length;
    const start = aacFrameStart(payload);
    if (start === null) return;
    this.#audioMs = nowMs;
    this.#frame(timestampMs, nowMs);
    // One sound in a second is enough to hear it.
    if (this.#heard !== 'sound') this.#heard = isSilentAac(payload.subarray(start)) ? 'silent' : 'sound';
  }

  #frame(timestampMs: number, nowMs: number): void {
    this.#startedMs ??= nowMs;
    this.#arrival.frame(timestampMs, nowMs);
  }
}
