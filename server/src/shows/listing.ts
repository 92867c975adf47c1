/** The public list of shows, with the pictures that this visitor may see. */
import type { ReplyOf } from '#contract/endpoint.ts';
import type { ShowId } from '#contract/ids.ts';
import type { listStreams, ShowState } from '#contract/live-sessions.ts';
import { bestRight } from '../access/rights.ts';
import { openChannels } from '../access/service.ts';
import { openTo } from '../access/visitor.ts';
import { waysOf } from '../channels/rules.ts';
import type { Platform } from '../platform/platform.ts';
import { publicShows } from './reads-store.ts';
import { pictureOf } from './service.ts';
import { type Asking, visitorOf } from './visitor.ts';

type Listed = Awaited<ReturnType<typeof publicShows>>[number];
/** Tells which shows this visitor may watch. Asked only where a picture depends on it. */
async function accessOf({ config, db }: Pick<Platform, 'config' | 'db'>, asking: Asking) {
  const { deviceHash, userId } = await visitorOf(config, asking);
  const channels = deviceHash ? await openChannels(db, deviceHash) : [];
  const own = userId === null ? { channels: [], shows: [] } : await openTo(db, userId);
  const open = { codes: new Set(channels), members: new Set(own.channels), tickets: new Set(own.shows) };
  return ({ id, channelId, channel, audience }: Listed): boolean => {
    const held = {
      owner: channel.ownerId === userId,
      code: open.codes.has(Number(channelId)),
      ticket: open.tickets.has(Number(id)),
      membership: open.members.has(Number(channelId)),
    };
    return bestRight(waysOf(audience), held) !== null;
  };
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** Answers `/api/streams`. */
export async function listLive(
  platform: Pick<Platform, 'config' | 'db' | 'prisma'>,
  call: Asking & { readonly query: { readonly state: 'live' | 'scheduled' } },
): Promise<ReplyOf<typeof listStreams>> {
  const found = await publicShows(platform.prisma, call.query.state);
  const guarded = found.some(({ channel, thumbnail }) => !channel.publicThumbnail && thumbnail !== null);
  const hasAccess = guarded ? await accessOf(platform, call) : () => false;
  const now = new Date();
  return found.map((show) => {
    const { slug, name, publicThumbnail: publicPicture } = show.channel;
    const state = show.state as ShowState;
    return {
      id: show.publicId as ShowId,
      state,
      title: show.title,
      channel: { slug, name },
      thumbnail: pictureOf({ ...show, state, now }, { hasAccess: hasAccess(show), publicPicture }),
      viewers: show.viewers,
      audience: waysOf(show.audience),
      ticketPrice: show.ticketPrice === null ? null : Number(show.ticketPrice),
      startsAt: iso(show.startsAt),
      startedAt: iso(show.openedAt),
    };
  });
}
