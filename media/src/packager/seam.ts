/**
 * A change of tracks in mid-stream. Sound and picture seldom change in the same packet, and a player
 * decodes nothing of a new run before its first keyframe. So a change waits for two things: the new
 * run begins with a keyframe, and the sound has reached it. Until then the old run goes on.
 */
import type { MediaPacket } from '../types.ts';
import type { AudioConfig, Tracks, VideoConfig } from './samples.ts';

/** How far the picture may be ahead of the sound before nobody waits for it, milliseconds of stream. */
const WAIT_FOR_SOUND_MS = 500;
/** Packets held at most. */
const MAX_HELD = 500;

/** One frame of AAC-LC silence, 1024 samples, by channels. */
const SILENCE: Record<number, Buffer> = {
  1: Buffer.from([0x00, 0xc8, 0x00, 0x80, 0x23, 0x80]),
  2: Buffer.from([0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80]),
};

/** A packet whose bytes stay. */
export const keptPacket = (packet: MediaPacket): MediaPacket => ({ ...packet, payload: Buffer.from(packet.payload) });

/** A frame without sound for a track, or null where none is known. */
export function silentFrame(audio: AudioConfig | null): Buffer | null {
  if (audio?.codec !== 'mp4a.40.2' || audio.frameSamples !== 1024) return null;
  return SILENCE[audio.channels] ?? null;
}

export class Seam {
  /** What comes after the seam, in the order in which it came. */
  readonly held: MediaPacket[] = [];
  readonly #before: Tracks;
  #video: VideoConfig | null = null;
  #audio: AudioConfig | null = null;
  #atMs: number | null = null;
  #latestMs = 0;
  #soundReached = false;

  constructor(before: Tracks) {
    this.#before = before;
  }

  /** The tracks after the seam. */
  get tracks(): Tracks {
    return { video: this.#video ?? this.#before.video, audio: this.#audio ?? this.#before.audio };
  }

  /** Source timestamp of the first picture after it; null while that is unknown. */
  get atMs(): number | null {
    return this.#atMs;
  }

  /** True where frames with another configuration of this track are held already. */
  get changesVideo(): boolean {
    return this.#video !== null;
  }

  get changesAudio(): boolean {
    return this.#audio !== null;
  }

  changeVideo(config: VideoConfig): void {
    this.#video = config;
  }

  changeAudio(config: AudioConfig): void {
    this.#audio = config;
  }

  /** Keeps a frame that belongs behind the seam; false: it belongs to the old run. */
  holds(packet: MediaPacket, key: boolean): boolean {
    const { kind, timestampMs } = packet;
    this.#latestMs = Math.max(this.#latestMs, timestampMs);
    if (kind === 'video' && (this.#video || (this.#audio && key))) this.#atMs ??= timestampMs;
    // Where there is no picture the sound goes over by itself.
    const alone = !this.#before.video && !this.#video;
    if (kind === 'audio' && this.#audio && alone) this.#atMs ??= timestampMs;
    const behind = this.#atMs !== null && timestampMs >= this.#atMs;
    if (kind === 'audio' && behind) this.#soundReached = true;
    if (!behind && !(kind === 'audio' && this.#audio)) return false;
    this.held.push(keptPacket(packet));
    return true;
  }

  /** True once the new run can begin. */
  get ready(): boolean {
    const { video, audio } = this.#before;
    if (this.held.length >= MAX_HELD) return true;
    // Nothing to lose: the sound cannot be bridged until the next keyframe.
    if (this.#audio && !this.#video && video && audio && !silentFrame(audio)) return true;
    if (this.#atMs === null) return false;
    return !audio || this.#audio !== null || this.#soundReached || this.#latestMs - this.#atMs >= WAIT_FOR_SOUND_MS;
  }
}
