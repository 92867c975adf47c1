/** What a visitor's page needs to know: the show, and what this device may do with it. */
import type { Request, Response } from 'express';
import type { ReplyOf } from '#contract/endpoint.ts';
import { cookieNames } from '#contract/grant.ts';
import type { ShowId } from '#contract/ids.ts';
import type { currentSession, ShowState } from '#contract/live-sessions.ts';
import { deviceOf, giveGrant } from '../access/device.ts';
import { deviceRight } from '../access/service.ts';
import type { Channel } from '../channels/service.ts';
import { channelBySlug } from '../channels/service.ts';
import { readCookie } from '../platform/cookies.ts';
import type { Caller } from '../platform/http.ts';
import { sha256Hex } from '../platform/ids.ts';
import type { Platform } from '../platform/platform.ts';
import { isRunning } from './rules.ts';
import type { Show } from './service.ts';
import { pictureOf, reconnectUntil } from './service.ts';
import { current } from './store.ts';

/** How long the creator's own grant holds, milliseconds; each visit gives a new one. */
const CREATOR_GRANT_MS = 12 * 3_600_000;
/** Players that a creator may have open, e.g. a control screen and a phone. */
const CREATOR_DEVICES = 10;

type Reply = ReplyOf<typeof currentSession>;
type Access = Pick<Reply, 'access' | 'accessLost' | 'accessUntil' | 'secondsLeft' | 'hlsUrl'>;

const NO_ACCESS: Access = { access: false, accessLost: null, accessUntil: null, secondsLeft: null, hlsUrl: null };

function isPlayable(show: Show, creator: boolean): boolean {
  const { state } = show;
  if (state === 'live' || state === 'paused') return true;
  if (state === 'reconnecting') return creator || show.openedAt !== null;
  return creator && state === 'preview';
}

const addressOf = (show: Show, creator: boolean): string | null =>
  isPlayable(show, creator) ? `/hls/${show.publicId}/master.m3u8` : null;

type Visit = {
  readonly platform: Pick<Platform, 'config' | 'db'>;
  readonly request: Request;
  readonly response: Response;
  readonly channel: Channel;
  readonly show: Show | null;
};

/** The owner sees the preview too; his right does not lapse while he is signed in. */
function creatorAccess({ platform, request, response, show }: Visit, userId: string): Access {
  const { config } = platform;
  if (show && isRunning(show.state)) {
    const nowMs = show.now.getTime();
    const session = readCookie(request, cookieNames(config.installId, config.secure).session) ?? userId;
    giveGrant(config, response, {
      viewer: userId,
      device: deviceOf(config, request)?.hex ?? sha256Hex(session),
      show: show.publicId,
      role: 'creator',
      maxDevices: CREATOR_DEVICES,
      nowMs,
      untilMs: nowMs + CREATOR_GRANT_MS,
    });
  }
  return { ...NO_ACCESS, access: true, hlsUrl: show ? addressOf(show, true) : null };
}

async function codeAccess({ platform, request, response, channel, show }: Visit): Promise<Access> {
  const { config, db } = platform;
  const device = deviceOf(config, request);
  const right = device && (await deviceRight(db, device.hash, channel.id));
  if (!device || !right) return NO_ACCESS;
  if (right.state !== 'valid') return { ...NO_ACCESS, accessLost: right.state };
  const nowMs = right.now.getTime();
  const untilMs = right.expiresAt.getTime();
  if (show && isRunning(show.state)) {
    const { codeId: viewer, maxDevices } = right;
    giveGrant(config, response, {
      viewer,
      device: device.hex,
      show: show.publicId,
      role: 'viewer',
      maxDevices,
      nowMs,
      untilMs,
    });
  }
  return {
    access: true,
    accessLost: null,
    accessUntil: right.expiresAt.toISOString(),
    secondsLeft: Math.floor((untilMs - nowMs) / 1000),
    hlsUrl: show ? addressOf(show, false) : null,
  };
}

/** An unlisted channel shows strangers no picture: whoever guesses its address should see nothing of it. */
const isPublic = ({ listed, publicThumbnail }: Channel): boolean => listed === 1 && publicThumbnail === 1;

/** Answers `/api/live-sessions/current`, and gives the grant's cookie where this device may watch. */
export async function visit(
  platform: Pick<Platform, 'config' | 'db'>,
  call: { query: { channel: string }; request: Request; response: Response; caller(): Promise<Caller> },
): Promise<Reply> {
  const { config, db } = platform;
  const channel = await channelBySlug(db, call.query.channel);
  const { request, response } = call;
  // Visitors have no session cookie, so they cost no look-up; a stale one must not take a code's right away.
  const signedIn = readCookie(request, cookieNames(config.installId, config.secure).session) !== null;
  const caller = signedIn ? await call.caller() : null;
  const isOwner = caller?.kind === 'user' && caller.userId === channel.ownerId;
  const show = await current(db, channel.id, isOwner ? 'creators' : 'everybodys');
  const state: ShowState | 'none' = show?.state ?? 'none';
  const seen = { platform, request, response, channel, show };
  const access = isOwner ? creatorAccess(seen, caller.userId) : await codeAccess(seen);
  return {
    state,
    showId: (show?.publicId as ShowId | undefined) ?? null,
    title: show?.title ?? null,
    test: show?.test === 1,
    ...access,
    thumbnail: show ? pictureOf(show, { hasAccess: access.access, publicPicture: isPublic(channel) }) : null,
    viewers: show && isRunning(show.state) ? show.viewers : 0,
    viewerLimit: show?.viewerLimit ?? channel.viewerLimit,
    startsAt: show?.startsAt?.toISOString() ?? null,
    startedAt: show?.openedAt?.toISOString() ?? null,
    reconnectUntil: show ? reconnectUntil(show) : null,
    channel: { slug: channel.slug, name: channel.name, bio: channel.bio },
    serverTime: (show?.now ?? new Date()).toISOString(),
    version: show?.version ?? 0,
  };
}
