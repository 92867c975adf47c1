/** One transcoded rendition of a show: what it is fed with, whether it runs, and what is known of it. */
import type { RungState } from '#contract/health.ts';
import { Follower } from '../packager/follower.ts';
import type { Rendition } from '../packager/rendition.ts';
import type { AudioFrame, Boundary, Tracks, VideoFrame } from '../packager/samples.ts';
import type { History } from './history.ts';
import type { RungPlan, Size } from './rules.ts';
import { createTranscoder, type Transcoder, type TranscoderOptions } from './transcoder.ts';

/** A rendition whose encoder has not come (back) within this is not offered, milliseconds. */
const OFFER_STARTING_MS = 5000;

export type RungReport = {
  readonly name: string;
  /** Of its frame, pixels. */
  readonly height: number;
  readonly state: RungState;
  /** 1 is real time; null: not known. */
  readonly speed: number | null;
};

export type RungOptions = {
  readonly rendition: Rendition;
  readonly frame: Size;
  readonly partMs: number;
  readonly history: History;
} & Pick<TranscoderOptions, 'pidDir' | 'log' | 'showId'>;

export class Rung {
  readonly rendition: Rendition;
  readonly #frame: Size;
  readonly #follower: Follower;
  readonly #transcoder: Transcoder;
  #run: { plan: RungPlan; tracks: Tracks } | null = null;
  #shed = false;

  constructor({ rendition, frame, partMs, history, pidDir, log, showId }: RungOptions) {
    this.rendition = rendition;
    this.#frame = frame;
    this.#follower = new Follower({ rendition, partMs });
    this.#follower.suspend();
    this.#transcoder = createTranscoder({ pidDir, log, showId, history, follower: this.#follower });
  }

  /** It has a source and cores, whether it is shed or not. */
  get plan(): RungPlan | null {
    return this.#run?.plan ?? null;
  }

  get shed(): boolean {
    return this.#shed;
  }

  get speed(): number | null {
    return this.#transcoder.speed;
  }

  /** May a new player be sent here? */
  get offered(): boolean {
    const { on, sinceMs } = this.#transcoder;
    return this.#run !== null && !this.#shed && (on || performance.now() - sinceMs < OFFER_STARTING_MS);
  }

  get report(): RungReport {
    const { on, speed } = this.#transcoder;
    const running = this.#shed ? 'shed' : on ? 'on' : 'starting';
    return { name: this.rendition.name, height: this.#frame.height, state: this.#run ? running : 'off', speed };
  }

  begin(plan: RungPlan, tracks: Tracks): void {
    this.#run = { plan, tracks };
    this.#start();
  }

  /** Goes on with another rate, from the same picture on. */
  replan(plan: RungPlan): void {
    if (!this.#run || plan.bits === this.#run.plan.bits) return;
    this.#run = { ...this.#run, plan };
    if (!this.#shed) this.#transcoder.replan(plan);
  }

  /** `endMs`: where the run ends on the show's timeline, null where nothing was made of it. */
  finish(endMs: number | null): void {
    this.#transcoder.finish();
    if (endMs !== null) this.#follower.finish(endMs);
    this.#follower.suspend();
    this.#run = null;
  }

  setShed(shed: boolean): void {
    this.#shed = shed;
    if (shed) this.#stop();
    else this.#start();
  }

  boundary(boundary: Boundary): void {
    this.#follower.boundary(boundary);
  }

  video(frame: VideoFrame): void {
    this.#transcoder.video(frame);
  }

  audio(frame: AudioFrame): void {
    this.#follower.audio(frame);
  }

  measure(nowMs: number): void {
    this.#transcoder.measure(nowMs);
  }

  #start(): void {
    if (!this.#run || this.#shed) return;
    this.#follower.resume();
    this.#transcoder.begin(this.#run.plan, this.#run.tracks);
  }

  #stop(): void {
    this.#transcoder.finish();
    this.#follower.suspend();
  }
}
