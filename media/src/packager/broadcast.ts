/**
 * One broadcast's way from RTMP packets to frames on the show's timeline: finds the tracks, maps
 * timestamps, and begins a new run of frames wherever a player has to start afresh.
 */
import type { MediaPacket } from '../types.ts';
import { readAacConfig } from './aac.ts';
import { readAnnouncedBits } from './announced.ts';
import { parseAudioTag, parseVideoTag } from './flv.ts';
import { AudioClock, judgeTimestamp } from './rules.ts';
import type { AudioConfig, AudioFrame, Tracks, VideoConfig, VideoFrame } from './samples.ts';
import { keptPacket, Seam, silentFrame } from './seam.ts';
import { readAvcConfig } from './sps.ts';

/** How long the other track's header may come after the first, milliseconds of stream. */
const HEADER_WAIT_MS = 500;
/** Packets kept meanwhile. */
const MAX_PENDING = 500;
/** Sound that is further behind the picture than this is taken for missing, milliseconds. */
const MAX_SOUND_LAG_MS = 1000;

/** Receives frames in runs; each run has constant tracks and steady timestamps. */
export type FrameSink = {
  /** `announcedBits`: the rate of the picture that the encoder announced, bits a second; null: none. */
  begin(tracks: Tracks, announcedBits: number | null): void;
  video(frame: VideoFrame): void;
  audio(frame: AudioFrame): void;
  /** The run is over; a new one begins with a discontinuity. Returns where it ended; null: nothing was made of it. */
  finish(): number | null;
  unsupported(codec: string): void;
};

export type BroadcastOptions = {
  readonly sink: FrameSink;
  /** Where on the show's timeline something that arrives now belongs; never goes back. */
  readonly anchorMs: () => number;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
};

type Kind = 'audio' | 'video';

export class Broadcast {
  readonly #options: BroadcastOptions;
  #video: VideoConfig | null = null;
  #audio: AudioConfig | null = null;
  #audioClock: AudioClock | null = null;
  #announcedBits: number | null = null;
  #running = false;
  #pending: MediaPacket[] = [];
  #offsetMs: number | null = null;
  #startMs = 0;
  #anchoredAt = 0;
  #last: Record<Kind, number | null> = { audio: null, video: null };
  #seam: Seam | null = null;
  /** Where the picture of this run begins. */
  #firstMs: number | null = null;

  constructor(options: BroadcastOptions) {
    this.#options = options;
  }

  packet(packet: MediaPacket): void {
    if (packet.kind === 'data') this.#announcedBits = readAnnouncedBits(packet.payload) ?? this.#announcedBits;
    else if (this.#running) this.#take(packet);
    else this.#wait(packet);
  }

  /** Keeps packets until the tracks are known. */
  #wait(packet: MediaPacket): void {
    this.#pending.push(keptPacket(packet));
    this.#readHeader(packet);
    const waitedMs = packet.timestampMs - (this.#pending[0]?.timestampMs ?? 0);
    const complete = this.#video !== null && this.#audio !== null;
    const enough = waitedMs >= HEADER_WAIT_MS || waitedMs < 0 || this.#pending.length >= MAX_PENDING;
    if (!complete && !enough) return;
    const pending = this.#pending;
    this.#pending = [];
    if (!this.#video && !this.#audio) return;
    this.#begin();
    for (const waiting of pending) this.#take(waiting);
  }

  /** The connection is gone. */
  close(): void {
    const pending = this.#pending;
    this.#pending = [];
    if (!this.#running && (this.#video || this.#audio)) {
      this.#begin();
      for (const waiting of pending) this.#take(waiting);
    }
    this.#cross();
    this.#end();
  }

  #begin(): void {
    this.#running = true;
    this.#offsetMs = null;
    this.#last = { audio: null, video: null };
    this.#firstMs = null;
    this.#audioClock = this.#audio ? new AudioClock(this.#audio.rate, this.#audio.frameSamples) : null;
    this.#options.sink.begin({ video: this.#video, audio: this.#audio }, this.#announcedBits);
  }

  #end(): number | null {
    const endMs = this.#running ? this.#options.sink.finish() : null;
    this.#running = false;
    return endMs;
  }

  /** Takes a header that came before the run began. */
  #readHeader({ kind, payload }: MediaPacket): void {
    const tag = kind === 'video' ? parseVideoTag(payload) : parseAudioTag(payload);
    if (tag.kind === 'unsupported') this.#options.sink.unsupported(tag.codec);
    if (tag.kind !== 'config') return;
    if ('avcc' in tag) this.#video = readAvcConfig(tag.avcc) ?? this.#video;
    else this.#audio = readAacConfig(tag.asc) ?? this.#audio;
  }

  #take(packet: MediaPacket): void {
    if (packet.kind === 'video') this.#takeVideo(packet);
    else this.#takeAudio(packet);
  }

  #takeVideo(packet: MediaPacket): void {
    const { payload, timestampMs } = packet;
    const tag = parseVideoTag(payload);
    if (tag.kind === 'unsupported') this.#options.sink.unsupported(tag.codec);
    if (tag.kind === 'config' && !(this.#seam?.tracks.video ?? this.#video)?.avcc.equals(tag.avcc)) {
      const config = readAvcConfig(tag.avcc);
      if (config)
        this.#change(
          (seam) => seam.changesVideo,
          (seam) => seam.changeVideo(config),
        );
    }
    if (tag.kind !== 'frame') return;
    if (this.#seam?.holds(packet, tag.key)) {
      this.#crossWhenReady();
      return;
    }
    if (!this.#video) return;
    const showMs = this.#place('video', timestampMs);
    if (showMs === null) return;
    const last = this.#last.video;
    const dtsMs = last !== null && showMs <= last ? last + 1 : showMs;
    this.#last.video = dtsMs;
    this.#firstMs ??= showMs;
    this.#fillWithSilence(this.#seam?.changesAudio ? showMs : showMs - MAX_SOUND_LAG_MS);
    this.#options.sink.video({ dtsMs, ptsMs: showMs + tag.compositionMs, key: tag.key, data: tag.data });
  }

  #takeAudio(packet: MediaPacket): void {
    const { payload, timestampMs } = packet;
    const tag = parseAudioTag(payload);
    if (tag.kind === 'unsupported') this.#options.sink.unsupported(tag.codec);
    if (tag.kind === 'config' && !(this.#seam?.tracks.audio ?? this.#audio)?.asc.equals(tag.asc)) {
      const config = readAacConfig(tag.asc);
      if (config)
        this.#change(
          (seam) => seam.changesAudio,
          (seam) => seam.changeAudio(config),
        );
    }
    if (tag.kind !== 'frame') return;
    if (this.#seam?.holds(packet, false)) {
      this.#crossWhenReady();
      return;
    }
    if (!this.#audioClock) return;
    const showMs = this.#place('audio', timestampMs);
    if (showMs === null) return;
    this.#last.audio = showMs;
    const { next } = this.#audioClock;
    const ticks = this.#audioClock.place(showMs);
    if (ticks === null) return;
    this.#bridge(next ?? ticks, ticks);
    this.#options.sink.audio({ ticks, data: Buffer.from(tag.data) });
  }

  /** A track has another configuration from here on. `changed`: the same track has changed before, and waits. */
  #change(changed: (seam: Seam) => boolean, apply: (seam: Seam) => void): void {
    if (this.#seam && changed(this.#seam)) this.#cross();
    this.#seam ??= new Seam({ video: this.#video, audio: this.#audio });
    apply(this.#seam);
    this.#crossWhenReady();
  }

  #crossWhenReady(): void {
    if (this.#seam?.ready) this.#cross();
  }

  /** Ends the old run, and begins the new one with what was held for it. */
  #cross(): void {
    const seam = this.#seam;
    this.#seam = null;
    if (!seam) return;
    if (seam.atMs !== null && this.#offsetMs !== null) this.#fillWithSilence(seam.atMs + this.#offsetMs);
    this.#restart(seam.tracks, seam.atMs);
    for (const packet of seam.held) this.#take(packet);
  }

  /**
   * A player drops the picture up to the next keyframe where sound in the same buffer jumps, and stops
   * where it is missing. So missing sound becomes silence, as far as a frame of it is known.
   */
  #bridge(fromTicks: number, untilTicks: number): void {
    const data = silentFrame(this.#audio);
    const step = this.#audio?.frameSamples ?? 0;
    if (!data || step === 0) return;
    for (let ticks = fromTicks; ticks + step <= untilTicks; ticks += step) this.#options.sink.audio({ ticks, data });
  }

  #fillWithSilence(untilMs: number): void {
    const data = silentFrame(this.#audio);
    if (!data || !this.#audioClock || this.#firstMs === null) return;
    for (const ticks of this.#audioClock.missing(this.#firstMs, untilMs)) this.#options.sink.audio({ ticks, data });
  }

  /**
   * Players cannot change tracks in mid-run: a new init segment and a discontinuity. Where the source's
   * timestamps go on at `timestampMs`, so does the timeline: an encoder that is late leaves no hole.
   */
  #restart(tracks: Tracks, timestampMs: number | null = null): void {
    const last = this.#last;
    const offsetMs = this.#offsetMs;
    const endMs = this.#end() ?? 0;
    this.#video = tracks.video;
    this.#audio = tracks.audio;
    this.#begin();
    if (timestampMs === null || offsetMs === null) return;
    const lastMs = last.video ?? last.audio;
    if (judgeTimestamp(timestampMs + offsetMs, lastMs, null, Number.POSITIVE_INFINITY) !== 'fits') return;
    this.#offsetMs = Math.max(offsetMs, endMs - timestampMs);
    this.#last = last;
  }

  /** Maps a source timestamp onto the show's timeline; null where the packet has to be dropped. */
  #place(kind: Kind, timestampMs: number): number | null {
    const now = this.#options.clock();
    if (this.#offsetMs === null) this.#anchor(timestampMs, now);
    const showMs = timestampMs + (this.#offsetMs ?? 0);
    const other = kind === 'video' ? 'audio' : 'video';
    const verdict = judgeTimestamp(showMs, this.#last[kind], this.#last[other], now - this.#anchoredAt);
    if (verdict === 'fits') return Math.max(this.#startMs, showMs);
    if (verdict === 'stale') return null;
    this.#restart(this.#seam?.tracks ?? { video: this.#video, audio: this.#audio });
    this.#seam = null;
    this.#anchor(timestampMs, now);
    return timestampMs + (this.#offsetMs ?? 0);
  }

  #anchor(timestampMs: number, now: number): void {
    // A packet that was sent late may be from before; nothing of a run stands before its start.
    this.#startMs = Math.ceil(this.#options.anchorMs());
    this.#offsetMs = this.#startMs - timestampMs;
    this.#anchoredAt = now;
  }
}
