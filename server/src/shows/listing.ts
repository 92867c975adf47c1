/** The public list of shows, with the pictures that this visitor may see. */
import type { Request } from 'express';
import type { ReplyOf } from '#contract/endpoint.ts';
import { cookieNames } from '#contract/grant.ts';
import type { ShowId } from '#contract/ids.ts';
import type { listStreams, ShowState } from '#contract/live-sessions.ts';
import { deviceOf } from '../access/device.ts';
import { openChannels } from '../access/service.ts';
import { readCookie } from '../platform/cookies.ts';
import type { Caller } from '../platform/http.ts';
import type { Platform } from '../platform/platform.ts';
import { publicShows } from './reads-store.ts';
import { pictureOf } from './service.ts';

type Listed = Awaited<ReturnType<typeof publicShows>>[number];
type Visit = { readonly request: Request; caller(): Promise<Caller> };

/** Tells which shows this visitor may watch. Asked only where a picture depends on it. */
async function accessOf({ config, db }: Pick<Platform, 'config' | 'db'>, { request, caller }: Visit) {
  const device = deviceOf(config, request);
  const signedIn = readCookie(request, cookieNames(config.installId, config.secure).session) !== null;
  const [channels, known] = await Promise.all([
    device ? openChannels(db, device.hash) : [],
    signedIn ? caller() : null,
  ]);
  const open = new Set(channels);
  const userId = known?.kind === 'user' ? known.userId : null;
  return ({ channelId, channel }: Listed) => open.has(Number(channelId)) || channel.ownerId === userId;
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** Answers `/api/streams`. */
export async function listLive(
  platform: Pick<Platform, 'config' | 'db' | 'prisma'>,
  call: Visit & { readonly query: { readonly state: 'live' | 'scheduled' } },
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
      startsAt: iso(show.startsAt),
      startedAt: iso(show.openedAt),
    };
  });
}
