/** Our end of the port to media: who may publish, and what is wanted of each show. */
import type { Config } from '#config/index.ts';
import type { ChannelId, KeyId, ShowId } from '#contract/ids.ts';
import type {
  AuthorizeReply,
  AuthorizeRequest,
  RefusalReason,
  ReportedShow,
  SyncReply,
  SyncRequest,
  WantedShow,
} from '#contract/media-port.ts';
import { revocations } from '../access/service.ts';
import type { Channel } from '../channels/service.ts';
import { lockChannel } from '../channels/service.ts';
import type { StreamKey } from '../keys/service.ts';
import { keyByHash, keysOfChannel, keyUsed } from '../keys/service.ts';
import { audit } from '../platform/audit.ts';
import type { Db, Sql, Tx } from '../platform/db.ts';
import * as reports from './reports-store.ts';
import { audienceOf, eventOf, refusePublish } from './rules.ts';
import { advance, draft, endLostShows } from './service.ts';
import * as store from './store.ts';
import { isEchoOfTest } from './test-streams.ts';

const MESSAGES: Partial<Record<RefusalReason, string>> = {
  'publish.unknown_key': 'This stream key is not known. Copy it again from your studio page.',
  'publish.revoked_key': 'This stream key has been revoked. Make a new one on your studio page.',
  'publish.wrong_channel': 'This stream key belongs to another channel than the address names.',
  'publish.other_key_live': 'Another encoder is live on this channel with another key. Stop it first.',
  'publish.show_over': 'The show that this key was made for is over. Start a new one.',
};

const refused = (reason: RefusalReason): AuthorizeReply => ({ ok: false, reason, message: MESSAGES[reason] ?? reason });

/** What media is to do with a show that has not ended. */
async function wantedShow(sql: Sql, config: Config, show: store.Show): Promise<WantedShow> {
  const keys = await keysOfChannel(sql, show.channelId);
  const test = show.test === 1;
  const audience = audienceOf({ test, goLiveMode: show.goLiveMode, opened: show.openedAt !== null });
  return {
    showId: show.publicId as ShowId,
    channelId: show.channelPublicId as ChannelId,
    wanted: 'run',
    audience,
    paused: show.state === 'paused',
    viewerLimit: show.viewerLimit,
    graceSeconds: show.graceSeconds,
    windowSeconds: show.windowSeconds ?? config.windowSeconds,
    // Of what viewers were not shown there is no recording either: no test, preview or intermission.
    record: show.recordShows === 1 && audience === 'everyone' && show.state !== 'paused',
    keys: keys
      .filter(({ showId }) => showId === null || showId === show.id)
      .map(({ publicId, keyHash }) => ({ keyId: publicId as KeyId, keyHash })),
  };
}

const notWanted = (report: ReportedShow): WantedShow => ({
  showId: report.showId,
  channelId: report.channelId,
  wanted: 'end',
  audience: 'creator',
  paused: false,
  viewerLimit: 1,
  graceSeconds: 0,
  windowSeconds: 12,
  record: false,
  keys: [],
});

/** The show that a publisher goes into: the one it joins, the planned one that it opens, or a new one. */
async function showFor(
  tx: Tx,
  config: Config,
  channel: Channel,
  key: StreamKey,
  found: { own: store.Show | null; running: store.Show | null },
): Promise<store.Show> {
  if (found.running) return found.running;
  const planned = found.own ?? (await store.waitingTest(tx, channel.id)) ?? (await store.due(tx, channel.id));
  const previewFirst = !planned?.test && (await isEchoOfTest(tx, channel.id, key.publicId));
  if (planned) {
    if (previewFirst) await store.setGoLiveMode(tx, planned.id, 'manual');
    return advance(tx, planned, 'published');
  }
  const plan = { ...draft(config, channel, {}), ...(previewFirst ? { goLiveMode: 'manual' as const } : {}) };
  const show = await store.insert(tx, { ...plan, state: 'starting' });
  await audit(tx, { kind: 'show.opened_by_encoder', actor: 'system', subject: show.publicId });
  return show;
}

export type Authorized = { readonly reply: AuthorizeReply; readonly changed: store.Show | null };

async function authorizeKey(tx: Tx, config: Config, request: AuthorizeRequest, channelId: number): Promise<Authorized> {
  const channel = await lockChannel(tx, channelId);
  // Read again under the lock: it may have been revoked while we waited.
  const key = await keyByHash(tx, request.keyHash);
  if (!channel || !key) return { reply: refused('publish.unknown_key'), changed: null };
  const running = await store.running(tx, channel.id);
  const own = key.showId === null ? null : await store.byId(tx, key.showId);
  const refusal = refusePublish({
    keyId: key.publicId,
    ownShow: own?.state ?? null,
    namedChannel: request.app.split('/')[1] || null,
    channel: channel.slug,
    revoked: key.revokedAt !== null,
    running: running && {
      isOwnShow: running.id === own?.id,
      ingestState: running.ingestState,
      ingestKeyId: running.ingestKeyId,
    },
  });
  if (refusal) return { reply: refused(refusal), changed: null };
  const show = await showFor(tx, config, channel, key, { own, running });
  await admitPublisher(tx, show, key);
  const reply = { ok: true as const, keyId: key.publicId as KeyId, show: await wantedShow(tx, config, show) };
  return { reply, changed: running ? null : show };
}

const NO_INPUT: store.Ingest = {
  ingestState: null,
  ingestKeyId: null,
  ingestInput: null,
  ingestLight: null,
  ingestAdvices: null,
};

async function admitPublisher(tx: Tx, show: store.Show, key: StreamKey): Promise<void> {
  await store.saveIngest(tx, show.id, { ...NO_INPUT, ingestState: 'connecting', ingestKeyId: key.publicId }, null);
  await keyUsed(tx, key.id);
}

/** May this key publish, and into which show? Opens the show. Two that race for a channel get the same one. */
export async function authorize(db: Db, config: Config, request: AuthorizeRequest): Promise<Authorized> {
  const key = await keyByHash(db, request.keyHash);
  if (!key) return { reply: refused('publish.unknown_key'), changed: null };
  return db.transaction((tx) => authorizeKey(tx, config, request, key.channelId));
}

const ingestOf = (report: ReportedShow): store.Ingest => ({
  ingestState: report.state,
  ingestKeyId: report.keyId,
  ingestInput: report.input ? JSON.stringify(report.input) : null,
  ingestLight: report.light,
  ingestAdvices: JSON.stringify(report.advices),
});

/** One write for a change, not one for a report. */
const saysNews = (show: store.Show, ingest: store.Ingest, thumbnail: string | null): boolean =>
  (thumbnail !== null && thumbnail !== show.thumbnail) ||
  (Object.keys(ingest) as (keyof store.Ingest)[]).some((name) => ingest[name] !== show[name]);

/** Takes one show's report in. Returns the show if its state changed. */
async function takeIn(tx: Tx, show: store.Show, report: ReportedShow | undefined): Promise<store.Show | null> {
  const settledMs = show.now.getTime() - show.stateSince.getTime();
  const { state, goLiveMode } = show;
  const facts = { state, test: show.test === 1, goLiveMode, opened: show.openedAt !== null, settledMs };
  const event = eventOf(report?.state ?? 'absent', facts);
  const changed = event ? await advance(tx, show, event) : null;
  if (report) {
    const ingest = ingestOf(report);
    if (saysNews(show, ingest, report.thumbnail)) await store.saveIngest(tx, show.id, ingest, report.thumbnail);
    if (show.viewers !== report.viewers) await store.setViewers(tx, show.id, report.viewers);
  } else if (event === 'publish_lost') {
    await store.saveIngest(tx, show.id, { ...NO_INPUT, ingestState: 'lost' }, null);
    await store.setViewers(tx, show.id, 0);
  }
  return changed;
}

/** Takes in what a report says of shows. An older report, or one taken in already, says nothing new. */
async function takeInShows(tx: Tx, request: SyncRequest): Promise<store.Show[]> {
  const last = await reports.lockReport(tx);
  const newBoot = last.bootId !== request.bootId;
  if (!newBoot && request.sequence <= last.sequence) return [];
  await reports.saveReport(tx, request.bootId, request.sequence);
  // While media was away no encoder could return, so the time of waiting begins again.
  if (newBoot) await store.restartGrace(tx);
  const byShow = new Map(request.shows.map((report) => [report.showId as string, report]));
  const changed: store.Show[] = [];
  for (const show of await store.lockRunning(tx)) {
    const moved = await takeIn(tx, show, byShow.get(show.publicId));
    if (moved) changed.push(moved);
    else if (newBoot && show.state === 'reconnecting') changed.push(show);
  }
  return [...changed, ...(await endLostShows(tx, await store.lockRunning(tx)))];
}

export type Synced = { readonly reply: SyncReply; readonly changed: store.Show[]; readonly shows: store.Show[] };

/** Takes media's report in and answers what is wanted. Doing it twice changes nothing. */
export async function sync(db: Db, config: Config, request: SyncRequest): Promise<Synced> {
  const changed = await db.transaction(async (tx) => {
    const moved = await takeInShows(tx, request);
    await reports.upsertSessions(tx, request.sessions);
    await reports.insertRefusals(tx, request.refusals);
    return moved;
  });
  const shows = await store.allRunning(db);
  const running = new Set(shows.map(({ publicId }) => publicId));
  const over = request.shows.filter(({ showId }) => !running.has(showId)).map(notWanted);
  const wanted = await Promise.all(shows.map((show) => wantedShow(db, config, show)));
  const reply = {
    sequence: request.sequence,
    shows: [...wanted, ...over],
    revocations: shows.length > 0 ? await revocations(db) : [],
  };
  // Ended from a command line: media still carries it, and nobody has told the pages yet.
  const endedElsewhere = await Promise.all(over.map(({ showId }) => store.byPublicId(db, showId)));
  const news = [...changed, ...endedElsewhere.filter((show) => show !== null)];
  return { reply, changed: news, shows };
}

/** Ends shows that waited long enough, as long as media is there to have said otherwise. */
export async function sweepGrace(db: Db): Promise<store.Show[]> {
  if (!(await reports.mediaIsThere(db))) return [];
  const waiting = await store.allRunning(db);
  if (!waiting.some(({ state }) => state === 'reconnecting')) return [];
  return db.transaction(async (tx) => endLostShows(tx, await store.lockRunning(tx)));
}
