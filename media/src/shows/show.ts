/** One show in media: the only owner of its publisher, renditions, numbers and viewers' sessions. */
import type { BroadcastId, KeyId } from '#contract/ids.ts';
import type { ReportedShow, WantedShow } from '#contract/media-port.ts';
import { createDoctor } from '../health/doctor.ts';
import { InputMeter, type InputReading } from '../health/meter.ts';
import { newBroadcastId } from '../ids.ts';
import { Rendition } from '../packager/rendition.ts';
import { createSessions } from '../playlists/sessions.ts';
import type { Recorder, RecordingState } from '../recording/recorder.ts';
import type { ShowPictures } from '../thumbnails/thumbnails.ts';
import type { Ladder } from '../transcoder/ladder.ts';
import type { PacketSink, PublisherEnd, PublishRequest } from '../types.ts';
import { createShowClock, type ShowClock } from './clock.ts';
import { type Duel, PEACE } from './duel.ts';
import type { ShowEnvironment } from './environment.ts';
import { createPipeline } from './pipeline.ts';
import type { Timeline } from './timeline.ts';
import { createWaiters } from './waiters.ts';

type Publisher = {
  readonly request: PublishRequest;
  readonly keyId: KeyId;
  readonly broadcastId: BroadcastId;
  readonly meter: InputMeter;
  readonly close: () => void;
};

/** A show says at most this often that its files are not written, milliseconds. */
const FILE_ERROR_EVERY_MS = 10_000;

export class Show {
  readonly source: Rendition;
  readonly ladder: Ladder;
  readonly sessions = createSessions();
  readonly doctor = createDoctor();
  /** How the encoders that hold a key of this show have met. */
  duel: Duel = PEACE;
  readonly timeline: Timeline;
  readonly #recorder: Recorder;
  readonly #env: ShowEnvironment;
  readonly #clock: ShowClock;
  readonly #waiters = createWaiters();
  readonly #pictures: ShowPictures;
  #state: ReportedShow['state'] = 'connecting';
  #sinceMs: number;
  #publisher: Publisher | null = null;
  #fileErrorMs = 0;
  #lastSeenMs: number;
  endedMs: number | null = null;

  /** `restored`: known from an earlier run of media, and waits for its publisher. */
  constructor(timeline: Timeline, env: ShowEnvironment, restored: boolean) {
    this.timeline = timeline;
    this.#clock = createShowClock(timeline);
    this.#env = env;
    this.#sinceMs = restored ? timeline.lastSeenMs : Date.now();
    this.#lastSeenMs = this.#sinceMs;
    if (restored) this.#state = 'lost';
    this.#recorder = env.createRecorder({
      showId: timeline.wanted.showId,
      isWanted: () => this.wanted.record,
      onFault: (err) => env.log.warn({ showId: timeline.wanted.showId, err }, 'a segment was not recorded'),
    });
    this.#pictures = env.thumbnails.of(timeline.wanted.showId, () => this.wanted, env.onChange);
    this.source = this.#rendition('source');
    this.ladder = env.createLadder({
      rendition: (name) => this.#rendition(name),
      partMs: env.partMs,
      showId: timeline.wanted.showId,
      shape: () => timeline.shape,
      keepShape: (shape) => timeline.keepShape(shape),
    });
  }

  /** The source first. */
  get renditions(): readonly Rendition[] {
    return [this.source, ...this.ladder.renditions];
  }

  get wanted(): WantedShow {
    return this.timeline.wanted;
  }

  get state(): ReportedShow['state'] {
    return this.#state;
  }

  get ended(): boolean {
    return this.endedMs !== null;
  }

  get publishingKey(): KeyId | null {
    return this.#publisher?.keyId ?? null;
  }

  /** How long the publisher has sent nothing, monotonic milliseconds; null where there is none. */
  silentForMs(clockMs: number): number | null {
    return this.#publisher?.meter.silentForMs(clockMs) ?? null;
  }

  /** The publisher's figures since the last reading; null where there is none. */
  readInput(clockMs: number): InputReading | null {
    return this.#publisher?.meter.read(clockMs) ?? null;
  }

  /** The renditions that a new player is offered. */
  get offered(): readonly Rendition[] {
    return [this.source, ...this.ladder.offered()];
  }

  get recording(): RecordingState {
    return this.#recorder.state;
  }

  /** Disk is short: what the window no longer covers goes at once. */
  shed(): void {
    for (const rendition of this.renditions) rendition.shed();
  }

  /** Resolves once what was cut so far is on disk. */
  async settled(): Promise<void> {
    await this.source.settled();
    await this.#recorder.settled();
  }

  /** How far back a viewer may seek, seconds. */
  get windowSeconds(): number {
    return this.#env.windowSeconds(this.wanted.windowSeconds);
  }

  /** May a publisher with a key that was authorised before return without asking anybody? */
  mayReturn(keyHash: string, nowMs: number): KeyId | null {
    const withinGrace = this.#publisher !== null || nowMs - this.#lastSeenMs <= this.wanted.graceSeconds * 1000;
    if (this.ended || this.wanted.wanted === 'end' || !withinGrace) return null;
    return this.wanted.keys.find((key) => key.keyHash === keyHash)?.keyId ?? null;
  }

  /** Takes a new publisher; the one before it, if any, is cut. */
  attach(request: PublishRequest, keyId: KeyId): PacketSink {
    this.cut('replaced', 'Another encoder with the same key has taken over.');
    const meter = new InputMeter(request.encoder, performance.now());
    const pipeline = this.#pipeline(request, meter);
    const publisher = { request, keyId, broadcastId: newBroadcastId(), meter, close: pipeline.close };
    this.#publisher = publisher;
    this.#set('connecting');
    this.#seen();
    return {
      packet: (packet) => {
        if (this.#publisher !== publisher) return;
        meter.packet(packet, performance.now());
        try {
          pipeline.packet(packet);
        } catch (err) {
          // One encoder's strange bytes must not end anybody else's show.
          this.#env.log.warn({ showId: this.wanted.showId, err }, 'a packet could not be packaged');
          this.cut('protocol_error', 'The stream cannot be understood.');
        }
      },
      closed: () => this.#detach(publisher),
    };
  }

  /** Ends the running broadcast, if there is one. */
  cut(end: PublisherEnd, message: string): void {
    const publisher = this.#publisher;
    if (!publisher) return;
    // Detached first, so that not one more packet of it can count.
    this.#detach(publisher);
    publisher.request.cut(end, message);
  }

  /** Carries out what the control plane wants. */
  apply(wanted: WantedShow): void {
    const before = this.wanted;
    this.timeline.setWanted(wanted);
    if (wanted.wanted === 'end') {
      this.end();
      return;
    }
    const { keyId } = this.#publisher ?? {};
    if (keyId && !wanted.keys.some((key) => key.keyId === keyId)) this.cut('cut', 'This stream key was withdrawn.');
    if (before.paused !== wanted.paused || before.audience !== wanted.audience) this.wake();
  }

  end(): void {
    if (this.ended) return;
    this.endedMs = Date.now();
    this.cut('cut', 'The show is over.');
    this.source.end();
    this.ladder.end();
    this.#pictures.end();
    this.#env.log.info({ showId: this.wanted.showId }, 'show ended');
    this.#env.onChange();
  }

  /** Resolves true once `ready` holds, false after `timeoutMs`. Checked at each change and wake. */
  until(ready: () => boolean, timeoutMs: number): Promise<boolean> {
    return this.#waiters.until(ready, timeoutMs);
  }

  /** Lets everybody who waits look again. */
  wake(): void {
    this.#waiters.wake();
  }

  report(nowMs: number): ReportedShow {
    if (this.#publisher && nowMs - this.#lastSeenMs > 10_000) this.#seen();
    return {
      showId: this.wanted.showId,
      channelId: this.wanted.channelId,
      state: this.#state,
      broadcastId: this.#publisher?.broadcastId ?? null,
      keyId: this.#publisher?.keyId ?? null,
      sinceMs: this.#sinceMs,
      viewers: this.sessions.viewers(nowMs),
      input: this.#publisher?.meter.report() ?? null,
      light: this.doctor.light,
      advices: [...this.doctor.advices],
      thumbnail: this.#pictures.address(nowMs, this.#state === 'playing'),
    };
  }

  #rendition(name: string): Rendition {
    const { mediaDir, addressSecret, log } = this.#env;
    const { showId } = this.wanted;
    return new Rendition({
      showId,
      name,
      mediaDir,
      addressSecret,
      windowSeconds: () => this.windowSeconds,
      graceSeconds: () => this.wanted.graceSeconds,
      ...(name === 'source' ? { onWhole: (segment) => this.#recorder.segment(segment) } : {}),
      onChange: () => {
        if (name === 'source' && this.source.ended) this.#recorder.end();
        if (this.#state === 'connecting' && this.#publisher && name === 'source') this.#set('playing');
        this.wake();
      },
      onFileError: (error) => {
        this.#env.onFileError(error);
        const nowMs = Date.now();
        // A full disk fails five times a second.
        if (nowMs - this.#fileErrorMs < FILE_ERROR_EVERY_MS) return;
        this.#fileErrorMs = nowMs;
        log.warn({ showId, rendition: name, err: error }, 'a media file was not written');
      },
    });
  }

  #pipeline(request: PublishRequest, meter: InputMeter) {
    // Packets are read several at a time, and the cut comes after all that were read with the first.
    let told = false;
    return createPipeline({
      source: this.source,
      partMs: this.#env.partMs,
      ladder: this.ladder,
      clock: () => performance.now(),
      anchorMs: this.#clock.anchorMs,
      nextBoundary: this.#clock.boundary,
      onRun: (tracks) => {
        meter.tracks(tracks);
        this.#pictures.tracks(tracks);
      },
      onVideo: (frame) => {
        meter.video(frame);
        this.#pictures.video(frame);
      },
      onAudio: () => undefined,
      onRunEnd: this.#clock.runEnded,
      onUnsupported: (codec) => {
        if (!told) this.#unsupported(request, codec);
        told = true;
      },
    });
  }

  #unsupported(request: PublishRequest, codec: string): void {
    if (this.#publisher?.request !== request) return;
    this.doctor.wrongCodec(performance.now());
    this.#env.onUnsupported(request, this.wanted);
    // Not from inside the packet that told: the pipeline is still at work on it.
    queueMicrotask(() => request.cut('cut', `${codec} is not supported: please choose H.264 video and AAC audio.`));
  }

  #detach(publisher: Publisher): void {
    if (this.#publisher !== publisher) return;
    this.#publisher = null;
    publisher.close();
    this.#seen();
    this.#set('lost');
  }

  #seen(): void {
    this.#lastSeenMs = Date.now();
    this.timeline.seen(this.#lastSeenMs);
  }

  #set(state: ReportedShow['state']): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#sinceMs = Date.now();
    this.#env.onChange();
    this.wake();
  }
}
