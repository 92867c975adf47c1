/** What a visitor's page needs to know: the show, and what this device may do with it. */
import type { Request, Response } from 'express';
import type { ReplyOf } from '#contract/endpoint.ts';
import { cookieNames } from '#contract/grant.ts';
import type { ShowId } from '#contract/ids.ts';
import type { currentSession, ShowState, Way } from '#contract/live-sessions.ts';
import { deviceOf, giveGrant, newDevice } from '../access/device.ts';
import { placeBy } from '../access/rights.ts';
import { LONGEST_GRANT_HOURS } from '../access/service.ts';
import { type Standing, standingOf } from '../access/visitor.ts';
import { waysOf } from '../channels/rules.ts';
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
import { visitorOf } from './visitor.ts';

/** How long the creator's own grant holds, milliseconds; each visit gives a new one. */
const CREATOR_GRANT_MS = 12 * 3_600_000;
/** Players that a creator may have open, e.g. a control screen and a phone. */
const CREATOR_DEVICES = 10;

/** Devices on which somebody who paid may watch a show at once that is open to everybody anyway. */
const FREE_SHOW_DEVICES = 10;

/** The longest that a grant beside the creator's own and a code's holds; each visit gives a new one. */
const VISITOR_GRANT_MS = LONGEST_GRANT_HOURS * 3_600_000;

type Reply = ReplyOf<typeof currentSession>;
type Address = Pick<Reply, 'hlsUrl' | 'nativeUrl' | 'grant'>;
type Access = Pick<Reply, 'access' | 'accessBy' | 'accessLost' | 'accessUntil' | 'secondsLeft'> & Address;

const NO_ACCESS: Access = {
  access: false,
  accessBy: null,
  accessLost: null,
  accessUntil: null,
  secondsLeft: null,
  hlsUrl: null,
  nativeUrl: null,
  grant: null,
};

function isPlayable(show: Show, creator: boolean): boolean {
  const { state } = show;
  if (state === 'live' || state === 'paused') return true;
  if (state === 'reconnecting') return creator || show.openedAt !== null;
  return creator && state === 'preview';
}

/** Where the show plays: by the cookie, and by the grant in the path. */
function addressOf(show: Show | null, creator: boolean, grant: string | null): Address {
  if (!show || !isPlayable(show, creator)) return { hlsUrl: null, nativeUrl: null, grant };
  const playlist = `${show.publicId}/master.m3u8`;
  return { hlsUrl: `/hls/${playlist}`, nativeUrl: grant === null ? null : `/hls/g/${grant}/${playlist}`, grant };
}

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
  let grant: string | null = null;
  if (show && isRunning(show.state)) {
    const nowMs = show.now.getTime();
    const session = readCookie(request, cookieNames(config.installId, config.secure).session) ?? userId;
    grant = giveGrant(config, response, {
      viewer: userId,
      device: deviceOf(config, request)?.hex ?? sha256Hex(session),
      show: show.publicId,
      role: 'creator',
      maxDevices: CREATOR_DEVICES,
      nowMs,
      untilMs: nowMs + CREATOR_GRANT_MS,
    });
  }
  return { ...NO_ACCESS, access: true, accessBy: 'owner', ...addressOf(show, true, grant) };
}

/** What a right turns into: whose it is for media, and until when it holds; null: as long as the show. */
type Right = { readonly viewer: string; readonly nowMs: number; readonly untilMs: number | null };

function rightOf(best: Way, { code, personal }: Standing, nowMs: number): Right {
  if (best === 'code' && code) {
    return { viewer: code.codeId, nowMs: code.now.getTime(), untilMs: code.expiresAt.getTime() };
  }
  if (best === 'ticket' && personal?.ticketId) {
    return { viewer: personal.ticketId, nowMs: personal.now.getTime(), untilMs: null };
  }
  if (best === 'membership' && personal?.subscriptionId && personal.memberUntil) {
    return { viewer: personal.subscriptionId, nowMs: personal.now.getTime(), untilMs: personal.memberUntil.getTime() };
  }
  // Media counts each device of a free show as a viewer of its own.
  return { viewer: 'anon', nowMs, untilMs: null };
}

/** A device of its own for whoever watches by something else than a code, which made one when it was entered. */
function deviceFor({ platform, request, response }: Visit): string {
  const known = deviceOf(platform.config, request);
  if (known) return known.hex;
  const fresh = newDevice();
  fresh.give(platform.config, response);
  return fresh.device.hex;
}

function visitorAccess(seen: Visit, best: Way, standing: Standing): Access {
  const { platform, response, channel, show } = seen;
  const by = placeBy(best, standing.has);
  const right = rightOf(by, standing, (show?.now ?? new Date()).getTime());
  const { viewer, nowMs } = right;
  let grant: string | null = null;
  if (show && isRunning(show.state)) {
    const longest = by === 'code' ? Infinity : nowMs + VISITOR_GRANT_MS;
    grant = giveGrant(platform.config, response, {
      viewer,
      device: deviceFor(seen),
      show: show.publicId,
      role: 'viewer',
      maxDevices: by === best ? channel.maxDevices : FREE_SHOW_DEVICES,
      nowMs,
      untilMs: Math.min(right.untilMs ?? nowMs + VISITOR_GRANT_MS, longest),
    });
  }
  // Who may watch anyway loses nothing when what was paid for is over.
  const untilMs = by === best ? right.untilMs : null;
  return {
    access: true,
    accessBy: best,
    accessLost: null,
    accessUntil: untilMs === null ? null : new Date(untilMs).toISOString(),
    secondsLeft: untilMs === null ? null : Math.floor((untilMs - nowMs) / 1000),
    ...addressOf(show, false, grant),
  };
}

/** Why a visitor with no right lost the one there was: a code's own reason first, since it is told on this device. */
function lostOf({ code, personal }: Standing, audience: readonly Way[]): Access['accessLost'] {
  if (code && code.state !== 'valid') return code.state;
  if (personal?.ticketState === 'refunded') return 'revoked';
  return personal?.subscriptionId && audience.includes('membership') ? 'expired' : null;
}

function accessOf(seen: Visit, userId: string | null, standing: Standing, audience: readonly Way[]): Access {
  const { best } = standing;
  if (best === 'owner' && userId !== null) return creatorAccess(seen, userId);
  if (best === null || best === 'owner') return { ...NO_ACCESS, accessLost: lostOf(standing, audience) };
  return visitorAccess(seen, best, standing);
}

/** How the show may be watched, what each way costs, and what the visitor already has. */
function waysTo(channel: Channel, show: Show | null, audience: readonly Way[], { has }: Standing): Reply['ways'] {
  const minor: Partial<Record<Way, number | null>> = {
    code: channel.codePriceMinor,
    membership: channel.membershipPriceMinor,
  };
  return audience.map((way) => ({
    way,
    has: has[way],
    priceMinor: minor[way] ?? null,
    priceTokens: way === 'ticket' ? (show?.ticketPrice ?? null) : null,
  }));
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
  const visitor = await visitorOf(config, call);
  const { userId } = visitor;
  const show = await current(db, channel.id, userId === channel.ownerId ? 'creators' : 'everybodys');
  const state: ShowState | 'none' = show?.state ?? 'none';
  const audience = waysOf((show ?? channel).audience);
  const { id: channelId, ownerId } = channel;
  const standing = await standingOf(db, visitor, { channelId, ownerId, showId: show?.id ?? null, audience });
  const access = accessOf({ platform, request, response, channel, show }, userId, standing, audience);
  return {
    state,
    showId: (show?.publicId as ShowId | undefined) ?? null,
    title: show?.title ?? null,
    test: show?.test === 1,
    ...access,
    ways: waysTo(channel, show, audience, standing),
    currency: config.currency,
    ticketPrice: audience.includes('ticket') ? (show?.ticketPrice ?? null) : null,
    signedIn: userId !== null,
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
