/** The transcoded renditions of one show: fed by the source, each cut where the source is cut. */
import type { Rendition } from '../packager/rendition.ts';
import type { AudioFrame, Boundary, Tracks, VideoFrame } from '../packager/samples.ts';
import { History } from './history.ts';
import type { Machine, Member } from './machine.ts';
import { frameOf, planRung, type RungPlan, rungsBelow, type Size, shownSize } from './rules.ts';
import { Rung, type RungReport } from './rung.ts';
import { SourceRate } from './source-rate.ts';
import type { TranscoderOptions } from './transcoder.ts';

/** What a show knows of its ladder. Calls never throw and never make the source wait. */
export type Ladder = {
  /** All renditions that a playlist may name, falling height. */
  readonly renditions: readonly Rendition[];
  /** Those that a new player is offered now. */
  offered(): readonly Rendition[];
  /** How each rendition does that the source is large enough for, falling height; all `off`: there are no cores. */
  report(): readonly RungReport[];
  /** A run of frames with constant tracks begins. `announcedBits`: of the picture, bits a second; null: not known. */
  begin(tracks: Tracks, announcedBits: number | null): void;
  boundary(boundary: Boundary): void;
  video(frame: VideoFrame): void;
  audio(frame: AudioFrame): void;
  /** The run is over; `endMs`: where it ends on the show's timeline, null where nothing was made. */
  finish(endMs: number | null): void;
  /** The show is over. */
  end(): void;
};

export type LadderOptions = {
  readonly machine: Machine;
  /** Makes the rendition of that name. */
  readonly rendition: (name: string) => Rendition;
  readonly partMs: number;
  readonly pidDir: string;
  readonly log: TranscoderOptions['log'];
  readonly showId: string;
  /** The shape that the show began with, which its renditions keep; null until a picture came. */
  readonly shape: () => Size | null;
  readonly keepShape: (shape: Size) => void;
};

class ShowLadder implements Ladder, Member {
  readonly #options: LadderOptions;
  readonly #history = new History();
  readonly #rate = new SourceRate();
  /** By short side, as far as they were ever granted. */
  readonly #rungs = new Map<number, Rung>();
  /** Those with a source and cores, from below. */
  #running: readonly Rung[] = [];
  #tracks: Tracks = { video: null, audio: null };
  /** Short sides below the running source, rising. */
  #wanted: number[] = [];
  #boundary: Boundary | null = null;

  constructor(options: LadderOptions) {
    this.#options = options;
    const shape = options.shape();
    // After a restart of media players still ask for what they had.
    if (shape) for (const short of rungsBelow(options.machine.wanted, shape)) this.#rung(short, shape);
  }

  get renditions(): readonly Rendition[] {
    return this.#falling().map(([, rung]) => rung.rendition);
  }

  offered(): readonly Rendition[] {
    const offered = this.#falling().filter(([, rung]) => rung.offered);
    return offered.map(([, rung]) => rung.rendition);
  }

  report(): readonly RungReport[] {
    const shape = this.#options.shape();
    const off = (short: number): RungReport => {
      const height = shape ? frameOf(shape, short).height : short;
      return { name: `${short}p`, height, state: 'off', speed: null };
    };
    return this.#wanted.toReversed().map((short) => this.#rungs.get(short)?.report ?? off(short));
  }

  begin(tracks: Tracks, announcedBits: number | null): void {
    const { machine, shape, keepShape } = this.#options;
    this.#tracks = tracks;
    this.#boundary = null;
    this.#history.clear();
    this.#rate.begin(announcedBits);
    const size = tracks.video && shownSize(tracks.video);
    if (size && !shape()) keepShape(size);
    this.#wanted = size ? rungsBelow(machine.wanted, size) : [];
    if (this.#wanted.length > 0) machine.join(this);
    while (this.grow());
  }

  boundary(boundary: Boundary): void {
    this.#boundary = boundary;
    for (const rung of this.#rungs.values()) rung.boundary(boundary);
  }

  video(frame: VideoFrame): void {
    if (this.#rate.add(frame)) this.#replan();
    // Pictures are kept only where somebody may need them again.
    if (this.#running.length === 0) return;
    const kept = { ...frame, data: Buffer.from(frame.data) };
    this.#history.add(kept);
    for (const rung of this.#running) if (!rung.shed) rung.video(kept);
  }

  audio(frame: AudioFrame): void {
    for (const rung of this.#rungs.values()) rung.audio(frame);
  }

  finish(endMs: number | null): void {
    const { machine } = this.#options;
    for (const [short, rung] of this.#rungs) {
      rung.finish(endMs);
      machine.budget.give(this.#id(short));
    }
    this.#wanted = [];
    this.#running = [];
    this.#history.clear();
    machine.leave(this);
  }

  end(): void {
    for (const rendition of this.renditions) rendition.end();
  }

  running(nowMs: number) {
    const { showId } = this.#options;
    return this.#running.map((rung) => {
      rung.measure(nowMs);
      const { plan, shed, speed } = rung;
      return { id: `${showId}/${rung.rendition.name}`, showId, cost: plan?.cost ?? 0, shed, speed };
    });
  }

  shed(id: string): void {
    this.#setShed(id, true);
  }

  recover(id: string): void {
    this.#setShed(id, false);
  }

  next(): { place: number; cost: number } | null {
    const place = this.#running.length;
    // What is too much already does not get more.
    const plan = this.#running.some(({ shed }) => shed) ? null : this.#plan(place);
    return plan && { place, cost: plan.cost };
  }

  /** True where the budget had room for the next rendition. */
  grow(): boolean {
    const { machine } = this.#options;
    const place = this.#running.length;
    const plan = this.#plan(place);
    const short = this.#wanted[place];
    if (!plan || short === undefined || !machine.budget.take(this.#id(short), plan.cost)) return false;
    const rung = this.#rung(short, plan.shape);
    rung.begin(plan, this.#tracks);
    this.#running = [...this.#running, rung];
    return true;
  }

  #plan(place: number): (RungPlan & { shape: Size }) | null {
    const { machine, shape: kept } = this.#options;
    const [short, shape, { video }] = [this.#wanted[place], kept(), this.#tracks];
    if (short === undefined || !shape || !video) return null;
    return { ...planRung(short, shape, video, this.#rate.bits, machine.cores), shape };
  }

  /** The encoder sends more than it announced, so the renditions may have more, too. */
  #replan(): void {
    const { log, showId } = this.#options;
    log.warn({ showId, sourceBits: this.#rate.bits }, 'the encoder sends more than it announced');
    for (const [place, rung] of this.#running.entries()) {
      const plan = this.#plan(place);
      if (plan) rung.replan(plan);
    }
  }

  #rung(short: number, shape: Size): Rung {
    const known = this.#rungs.get(short);
    if (known) return known;
    const { rendition, partMs, pidDir, log, showId } = this.#options;
    const frame = frameOf(shape, short);
    const made = { rendition: rendition(`${short}p`), frame, partMs, pidDir, log, showId, history: this.#history };
    const rung = new Rung(made);
    this.#rungs.set(short, rung);
    if (this.#boundary) rung.boundary(this.#boundary);
    return rung;
  }

  #setShed(id: string, shed: boolean): void {
    const { log, showId } = this.#options;
    const rung = this.#running.find(({ rendition }) => `${showId}/${rendition.name}` === id);
    if (!rung) return;
    const { name } = rung.rendition;
    const message = shed ? 'encoding is slower than real time; a rendition is given up' : 'a rendition comes back';
    log.warn({ showId, rendition: name, speed: rung.speed }, message);
    rung.setShed(shed);
  }

  #falling(): [number, Rung][] {
    return [...this.#rungs].sort(([a], [b]) => b - a);
  }

  #id(short: number): string {
    return `${this.#options.showId}/${short}p`;
  }
}

export const createLadder = (options: LadderOptions): Ladder => new ShowLadder(options);
