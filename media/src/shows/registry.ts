/** All shows that media carries, and the decision who may publish into them. */
import { mkdirSync } from 'node:fs';
import { AuthorizeReply, type RefusalReason, type Revocation, type WantedShow } from '#contract/media-port.ts';
import type { ControlClient } from '../control/client.ts';
import type { Sync } from '../control/sync.ts';
import type { PublishDecision, PublishRequest } from '../types.ts';
import type { ShowEnvironment } from './environment.ts';
import { createRivals } from './rivals.ts';
import { Show } from './show.ts';
import { Timeline } from './timeline.ts';

/** An ended show stays readable for the window and this, milliseconds. */
const ENDED_GRACE_MS = 60_000;

const MESSAGES: Readonly<Record<RefusalReason, string>> = {
  'publish.unknown_key': 'This stream key is not known. Please copy it again.',
  'publish.revoked_key': 'This stream key was withdrawn. Please make a new one.',
  'publish.wrong_channel': 'This stream key belongs to another channel.',
  'publish.other_key_live': 'Another encoder is live on this channel with another key.',
  'publish.two_encoders': 'Two encoders use this key and take the show from each other. Stop the other one first.',
  'publish.show_over': 'The show is over.',
  'publish.unsupported_codec': 'Please choose H.264 video and AAC audio.',
  'publish.control_away': 'The server cannot check the stream key at the moment. Please try again soon.',
  'publish.disk_full': 'The server is short of disk space and takes no new stream.',
  'publish.too_many': 'Too many connections.',
  'publish.protocol_error': 'The connection does not speak RTMP as expected.',
};

export type RegistryOptions = {
  readonly timelineDir: string;
  readonly environment: ShowEnvironment;
  readonly client: ControlClient;
  readonly mayStart: () => boolean;
  readonly refused: Sync['refused'];
  /** A publisher was cut for a newer one with its key. */
  readonly tookOver: () => void;
};

type Decided =
  | { readonly ok: true; readonly show: Show; readonly keyId: NonNullable<Show['publishingKey']> }
  | { readonly ok: false; reason: RefusalReason; message?: string };

export function createRegistry(options: RegistryOptions) {
  const { timelineDir, environment, client } = options;
  const shows = new Map<string, Show>();
  const rivals = createRivals(shows, environment.onChange);
  let revocations: readonly Revocation[] = [];
  mkdirSync(timelineDir, { recursive: true, mode: 0o700 });
  for (const timeline of Timeline.loadAll(timelineDir, Date.now())) {
    shows.set(timeline.wanted.showId, new Show(timeline, environment, true));
  }

  function showFor(wanted: WantedShow): Show {
    const known = shows.get(wanted.showId);
    if (known) {
      known.apply(wanted);
      return known;
    }
    const show = new Show(Timeline.create(timelineDir, wanted, Date.now()), environment, false);
    shows.set(wanted.showId, show);
    return show;
  }

  /** The control plane is away: who was authorised before may return, nobody else. */
  function decideAlone(keyHash: string): Decided {
    for (const show of shows.values()) {
      const keyId = show.mayReturn(keyHash, Date.now());
      if (keyId) return { ok: true, show, keyId };
    }
    return { ok: false, reason: 'publish.control_away' };
  }

  /** Short disk ends no show: whoever sends for one that runs may come back to it. */
  const isReturning = (keyHash: string) =>
    [...shows.values()].some((show) => show.mayReturn(keyHash, Date.now()) !== null);

  async function decide(request: PublishRequest): Promise<Decided> {
    const mayCome = options.mayStart() || isReturning(request.keyHash);
    if (!mayCome) return { ok: false, reason: 'publish.disk_full' };
    const { keyHash, app, address, encoder } = request;
    const question = { keyHash, app: app.slice(0, 100), address: address.slice(0, 64), encoder: encoder.slice(0, 200) };
    const reply = await client.post('/internal/media/authorize', question, AuthorizeReply);
    if (!reply) return decideAlone(keyHash);
    if (!reply.ok) return { ok: false, reason: reply.reason, message: reply.message };
    if (reply.show.wanted === 'end' || shows.get(reply.show.showId)?.ended)
      return { ok: false, reason: 'publish.show_over' };
    return { ok: true, show: showFor(reply.show), keyId: reply.keyId };
  }

  function refusalOf(show: Show, keyId: string): RefusalReason | null {
    if (show.ended) return 'publish.show_over';
    if (rivals.isTaken(show.wanted.channelId, keyId)) return 'publish.other_key_live';
    return rivals.losesDuel(show) ? 'publish.two_encoders' : null;
  }

  function refuse(request: PublishRequest, reason: RefusalReason, message: string, show: Show | null): PublishDecision {
    const { keyHash, address } = request;
    options.refused({
      channelId: show?.wanted.channelId ?? null,
      keyHashPrefix: keyHash.slice(0, 8),
      reason,
      address: address.slice(0, 64),
    });
    environment.log.info({ connectionId: request.connectionId, address, reason }, 'publisher refused');
    return { ok: false, message };
  }

  return {
    shows: shows as ReadonlyMap<string, Show>,
    revocations: () => revocations,

    async authorize(request: PublishRequest): Promise<PublishDecision> {
      const fight = rivals.fightOf(request.keyHash);
      if (fight) return refuse(request, 'publish.two_encoders', MESSAGES['publish.two_encoders'], fight);
      const decided = await decide(request);
      if (!decided.ok) {
        const { reason, message = MESSAGES[reason] } = decided;
        const known = reason === 'publish.other_key_live' ? rivals.showOf(request.keyHash) : null;
        // The control plane learns of a silent holder only once that is cut; the next try gets in.
        if (known) rivals.isTaken(known.show.wanted.channelId, known.keyId);
        return refuse(request, reason, message, known?.show ?? null);
      }
      const { show, keyId } = decided;
      const reason = refusalOf(show, keyId);
      if (reason) return refuse(request, reason, MESSAGES[reason], show);
      environment.log.info(
        { connectionId: request.connectionId, showId: show.wanted.showId, keyId },
        'publisher accepted',
      );
      if (show.publishingKey !== null) options.tookOver();
      return { ok: true, sink: show.attach(request, keyId) };
    },

    /** Takes the control plane's list of dead grants; whoever waits with one is told at once. */
    setRevocations(list: readonly Revocation[]): void {
      revocations = list;
      for (const show of shows.values()) show.wake();
    },

    /** Once a second: takes every show's figures. */
    observe(): void {
      const [atMs, clockMs] = [Date.now(), performance.now()];
      let changed = false;
      for (const show of shows.values()) {
        const seen = {
          ...{
            atMs,
            clockMs,
            input: show.readInput(clockMs),
            rungs: show.ladder.report(),
            recordingFailed: show.recording === 'stopped',
          },
          viewersByRendition: show.sessions.byRendition(atMs),
          devices: show.sessions.viewers(atMs),
        };
        changed = show.doctor.observe(seen) || changed;
      }
      if (changed) environment.onChange();
    },

    /** Removes old files, and forgets shows that ended long enough ago. */
    sweep(nowMs: number): void {
      for (const [showId, show] of shows) {
        for (const rendition of show.renditions) rendition.sweep(nowMs);
        const keptMs = show.windowSeconds * 1000 + ENDED_GRACE_MS;
        if (show.endedMs !== null && show.endedMs + keptMs < nowMs && show.sessions.unreported().length === 0) {
          show.timeline.remove();
          shows.delete(showId);
        }
      }
    },

    /** Ends all broadcasts and writes what a restart needs. */
    async stop(): Promise<void> {
      for (const show of shows.values()) {
        show.cut('cut', 'The server is restarting.');
        if (show.ended) show.timeline.remove();
        else show.timeline.saveNow();
      }
      await Promise.all([...shows.values()].map((show) => show.settled()));
    },
  };
}
