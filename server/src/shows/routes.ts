import { getChannel } from '#contract/channels.ts';
import { AppError } from '#contract/errors.ts';
import { streamHealth } from '#contract/health.ts';
import type { ShowId } from '#contract/ids.ts';
import * as contract from '#contract/live-sessions.ts';
import { me, studioOverview } from '#contract/studio.ts';
import { streamAccess } from '#contract/tickets.ts';
import { channelById, channelBySlug, channelFor, channelsOf } from '../channels/service.ts';
import type { Binding, Caller } from '../platform/http.ts';
import { bind, bindOwner } from '../platform/http.ts';
import type { Platform } from '../platform/platform.ts';
import { announce } from './announce.ts';
import { listLive } from './listing.ts';
import { editShow } from './plans.ts';
import { deleteShow } from './removal.ts';
import { isRunning } from './rules.ts';
import type { Command, Details, Show } from './service.ts';
import * as shows from './service.ts';
import { current } from './store.ts';
import { accessTo } from './stream-access.ts';
import { ingestOf, instructionsOf, overview } from './studio.ts';
import { prepareTest } from './test-streams.ts';
import { visit } from './watch.ts';

const streamView = (show: Show) => {
  const view = shows.showView(show);
  const type = view.audience.includes('ticket') ? ('private' as const) : ('public' as const);
  return { id: view.showId, type, ...view };
};

/** Says it to rooms and media, after the commit. */
function tell(platform: Platform, show: Show): void {
  announce(platform, [show]);
  platform.media.wake();
}

const NO_ANNOUNCEMENTS_NOTE = 'Nobody is notified: this server does not send announcements yet.';
const TEST_NOTE = 'Nobody is notified: a test stream is visible to you alone.';

function commandRoutes(platform: Platform): Binding[] {
  const { db } = platform;
  type Named = { body: { sessionId?: ShowId | undefined; channel?: string | undefined } };
  const locate = async ({ body }: Named, caller: Caller) => {
    if (body.sessionId === undefined) return channelFor(db, caller, body.channel);
    return channelById(db, (await shows.showById(db, body.sessionId)).channelId);
  };
  const bound = (endpoint: typeof contract.endSession, name: Command) =>
    bindOwner(endpoint, locate, async ({ body, channel, actor }) => {
      const show = await db.transaction((tx) => shows.command(tx, channel, name, body.sessionId, actor));
      tell(platform, show);
      return shows.showView(show);
    });
  // One shape under several paths: the table's check of names needs each endpoint itself.
  const at = (endpoint: { path: string }, name: Command) => bound(endpoint as typeof contract.endSession, name);
  return [
    at(contract.endSession, 'end'),
    at(contract.pauseSession, 'pause'),
    at(contract.resumeSession, 'resume'),
    at(contract.goLive, 'open'),
    at(contract.cancelSession, 'cancel'),
  ];
}

function startRoutes(platform: Platform): Binding[] {
  const { config, db } = platform;
  const locate = ({ body }: { body: { channel?: string | undefined } }, caller: Caller) =>
    channelFor(db, caller, body.channel);
  return [
    bindOwner(contract.startSession, locate, async ({ body, channel, actor }) => {
      const prepare = body.test ? prepareTest : shows.prepareShow;
      const { show, key } = await db.transaction((tx) => prepare(tx, config, channel, body as Details, actor));
      tell(platform, show);
      return {
        sessionId: show.publicId as ShowId,
        showId: show.publicId as ShowId,
        channel: channel.slug,
        ingest: ingestOf(config),
        streamKey: key.key,
        instructions: instructionsOf(config),
        recipients: { count: 0, note: body.test ? TEST_NOTE : NO_ANNOUNCEMENTS_NOTE },
      };
    }),
    bindOwner(contract.createStream, locate, async ({ body, channel, actor }) => {
      const show = await db.transaction((tx) => shows.planShow(tx, config, channel, body as Details, actor));
      tell(platform, show);
      return streamView(show);
    }),
    bindOwner(
      contract.editStream,
      async ({ params }) => channelById(db, (await shows.showById(db, params.id)).channelId),
      async ({ params, body, channel, actor }) => {
        const show = await db.transaction((tx) => editShow(tx, channel, params.id, body, actor));
        tell(platform, show);
        return streamView(show);
      },
    ),
    bindOwner(
      contract.deleteStream,
      async ({ params }) => channelById(db, (await shows.showById(db, params.id)).channelId),
      async ({ params, channel, actor }) => {
        tell(platform, await db.transaction((tx) => deleteShow(tx, channel, params.id, actor)));
        return { id: params.id, deleted: true as const };
      },
    ),
    bindOwner(
      contract.terminateStream,
      async ({ params }) => channelById(db, (await shows.showById(db, params.id)).channelId),
      async ({ params, channel, actor }) => {
        const show = await db.transaction((tx) => shows.terminate(tx, channel, params.id, actor));
        tell(platform, show);
        return streamView(show);
      },
    ),
  ];
}

function readRoutes(platform: Platform): Binding[] {
  const { db } = platform;
  return [
    bind(contract.currentSession, (call) => visit(platform, call)),
    bind(getChannel, async ({ params }) => {
      const { id, slug, name, bio } = await channelBySlug(db, params.slug);
      return { slug, name, bio, state: (await current(db, id, 'everybodys'))?.state ?? ('none' as const) };
    }),
    bind(contract.listStreams, (call) => listLive(platform, call)),
    bind(contract.streamStatus, async ({ params }) => {
      const show = shows.showView(await shows.showById(db, params.id));
      // Its creator has other ways to see a test; to everybody else it is not there.
      if (show.test) throw new AppError('show.not_found');
      const { state, channel, title, viewers, startsAt, openedAt: startedAt, endedAt } = show;
      return { id: params.id, state, channel, title, viewers, startsAt, startedAt, endedAt };
    }),
    bind(streamAccess, (call) => accessTo(platform, call)),
    bind(me, async ({ caller }) => {
      const known = await caller();
      if (known.kind !== 'user') throw new Error('the table lets only users in here');
      const own = await channelsOf(db, known.userId);
      return { email: known.email, name: known.name, channels: own.map(({ slug, name }) => ({ slug, name })) };
    }),
    bindOwner(
      streamHealth,
      async ({ params }) => channelById(db, (await shows.showById(db, params.id)).channelId),
      async ({ params, query }) => {
        const { state } = await shows.showById(db, params.id);
        const health = isRunning(state) ? await platform.media.health(params.id, query.since) : null;
        if (!health) throw new AppError('show.not_running');
        return health;
      },
    ),
    bindOwner(
      studioOverview,
      ({ query }, caller) => channelFor(db, caller, query.channel),
      ({ channel }) => overview(platform, channel),
    ),
  ];
}

export const showRoutes = (platform: Platform): Binding[] => [
  ...readRoutes(platform),
  ...startRoutes(platform),
  ...commandRoutes(platform),
];
