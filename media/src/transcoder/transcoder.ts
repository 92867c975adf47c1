/** Keeps an encoder running for one rendition, and puts its pictures on the show's timeline again. */
import { parseVideoTag } from '../packager/flv.ts';
import type { Follower } from '../packager/follower.ts';
import type { Tracks, VideoConfig, VideoFrame } from '../packager/samples.ts';
import { readAvcConfig } from '../packager/sps.ts';
import type { MediaPacket } from '../types.ts';
import { transcodeArguments } from './args.ts';
import type { History } from './history.ts';
import { type Encoder, startEncoder } from './process.ts';
import { fpsOf, promisedBits, type RungPlan } from './rules.ts';
import { SpeedMeter } from './speed.ts';

/** Takes the source's pictures and gives smaller ones to a follower. Never makes the source wait. */
export type Transcoder = {
  /** Begins a run of pictures, which the history will hold too. */
  begin(plan: RungPlan, tracks: Tracks): void;
  /** Goes on by another plan of the same size and rate of pictures; none is lost. */
  replan(plan: RungPlan): void;
  /** The history has this picture already. */
  video(frame: VideoFrame): void;
  finish(): void;
  /** Gives pictures now. */
  readonly on: boolean;
  /** Monotonic milliseconds since which it is, or is not, on. */
  readonly sinceMs: number;
  /** Measures; to be called about once a second. */
  measure(nowMs: number): void;
  /** 1 is real time; null: not known. */
  readonly speed: number | null;
};

/** An encoder that crashed is replaced at once; one that crashed young only after a growing pause. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** An encoder that gave pictures for so long was healthy. */
const HEALTHY_MS = 1000;
/** Further behind the source than this, what it gives is of no use any more: it begins anew at the newest. */
const MAX_LAG_MS = 6000;
/** Room below zero for pictures shown before the first decoded one, milliseconds. */
const TIMESTAMP_ROOM_MS = 1000;

export type TranscoderOptions = {
  readonly pidDir: string;
  readonly follower: Follower;
  readonly history: History;
  readonly log: { warn(data: object, message: string): void };
  readonly showId: string;
};

/** The five bytes before an AVC access unit in a video tag. */
function tagHead(key: boolean, packetType: 0 | 1, compositionMs: number): Buffer {
  const head = Buffer.from([key ? 0x17 : 0x27, packetType, 0, 0, 0]);
  head.writeIntBE(compositionMs, 2, 3);
  return head;
}

/** One run: a plan, tracks, and the encoders that follow each other on them. */
class Run {
  readonly #options: TranscoderOptions;
  #plan: RungPlan;
  readonly #tracks: Tracks;
  readonly meter: SpeedMeter;
  #encoder: Encoder | null = null;
  #output: VideoConfig | null = null;
  #baseMs = 0;
  #inputMs = 0;
  /** Display time of the last picture that came back. */
  #outputMs: number | null = null;
  #pauseMs = 0;
  #notBefore = 0;
  on = false;
  sinceMs = performance.now();

  constructor(options: TranscoderOptions, plan: RungPlan, tracks: Tracks, meter: SpeedMeter) {
    this.#options = options;
    this.#plan = plan;
    this.#tracks = tracks;
    this.meter = meter;
  }

  video(frame: VideoFrame): void {
    const { video } = this.#tracks;
    if (!video) return;
    this.#inputMs = frame.ptsMs;
    if (this.#lagMs() > MAX_LAG_MS && this.#encoder) this.#fallBack();
    if (this.#encoder) this.#feed(frame);
    else if (performance.now() >= this.#notBefore) this.#start(video);
  }

  /** The next encoder, which takes up where this one is, works by `plan`. */
  replan(plan: RungPlan): void {
    this.#plan = plan;
    // Before a bit of it is there.
    if (this.#output) this.#options.follower.promise(promisedBits(plan));
    this.stop();
  }

  stop(): void {
    this.#encoder?.stop();
    this.#encoder = null;
  }

  measure(nowMs: number): void {
    if (this.#outputMs !== null) this.meter.sample(nowMs, this.#inputMs, this.#outputMs);
  }

  #lagMs(): number {
    return this.#outputMs === null ? 0 : this.#inputMs - this.#outputMs;
  }

  #fallBack(): void {
    const { log, showId } = this.#options;
    log.warn({ showId, rendition: this.#plan.name, lagMs: this.#lagMs() }, 'a transcoder fell behind; it skips');
    this.stop();
    this.#turn(false);
    this.#outputMs = null;
  }

  #start(config: VideoConfig): void {
    const { history, pidDir, follower } = this.#options;
    const missing = this.#outputMs === null ? [] : history.since(this.#outputMs);
    const frames = missing.length > 0 ? missing : history.newest();
    const [first] = frames;
    if (!first) return;
    this.#baseMs = first.dtsMs - TIMESTAMP_ROOM_MS;
    let afterMs: number | null = null;
    if (missing.length > 0 && this.#outputMs !== null) afterMs = this.#outputMs - this.#baseMs;
    else {
      follower.interrupt();
      this.meter.restart();
      this.#outputMs = null;
    }
    this.#turn(false);
    this.#encoder = startEncoder({
      argv: transcodeArguments(this.#plan, afterMs),
      pidDir,
      onPacket: (packet) => this.#onPacket(packet),
      onExit: (why) => this.#onExit(why),
    });
    this.#encoder.video(TIMESTAMP_ROOM_MS, tagHead(true, 0, 0), config.avcc);
    for (const frame of frames) this.#feed(frame);
  }

  #feed({ dtsMs, ptsMs, key, data }: VideoFrame): void {
    this.#encoder?.video(dtsMs - this.#baseMs, tagHead(key, 1, ptsMs - dtsMs), data);
  }

  #onPacket({ kind, payload, timestampMs }: MediaPacket): void {
    const { follower } = this.#options;
    const tag = kind === 'video' ? parseVideoTag(payload) : null;
    if (tag?.kind === 'config') {
      const config = readAvcConfig(tag.avcc);
      // The same settings again: the pictures go on where the last encoder left off.
      if (!config || this.#output?.avcc.equals(config.avcc)) return;
      this.#output = config;
      const tracks = { video: { ...config, fps: fpsOf(this.#plan) }, audio: this.#tracks.audio };
      follower.begin(tracks, promisedBits(this.#plan));
    }
    if (tag?.kind !== 'frame' || !this.#output) return;
    this.#turn(true);
    const dtsMs = timestampMs + this.#baseMs;
    const ptsMs = dtsMs + tag.compositionMs;
    this.#outputMs = ptsMs;
    follower.video({ dtsMs, ptsMs, key: tag.key, data: tag.data });
  }

  #onExit(why: string): void {
    const { log, showId } = this.#options;
    const healthy = this.on && performance.now() - this.sinceMs > HEALTHY_MS;
    this.#encoder = null;
    this.#turn(false);
    this.#pauseMs = healthy ? 0 : Math.min(Math.max(this.#pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    this.#notBefore = performance.now() + this.#pauseMs;
    const { name } = this.#plan;
    log.warn(
      { showId, rendition: name, why, pauseMs: this.#pauseMs },
      'a transcoder stopped; it will be started again',
    );
  }

  #turn(on: boolean): void {
    if (this.on === on) return;
    this.on = on;
    this.sinceMs = performance.now();
  }
}

export function createTranscoder(options: TranscoderOptions): Transcoder {
  const meter = new SpeedMeter();
  let run: Run | null = null;
  return {
    begin(plan, tracks) {
      run?.stop();
      run = new Run(options, plan, tracks, meter);
    },
    replan: (plan) => run?.replan(plan),
    video: (frame) => run?.video(frame),
    finish() {
      run?.stop();
      run = null;
      meter.reset();
    },
    get on() {
      return run?.on ?? false;
    },
    get sinceMs() {
      return run?.sinceMs ?? 0;
    },
    measure: (nowMs) => run?.measure(nowMs),
    get speed() {
      return meter.speed;
    },
  };
}
