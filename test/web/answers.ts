/** Replies of the API as the pages' tests need them. */
import type { ReplyOf } from '#contract/endpoint.ts';
import { ShowId } from '#contract/ids.ts';
import type { currentSession } from '#contract/live-sessions.ts';

export type Current = ReplyOf<typeof currentSession>;

export const SHOW = ShowId.parse('shw_0123456789abcdefghjkmnpqrs');
const HOUR_MS = 3_600_000;

/** An instant some hours from now. */
export const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

/** What `/current` says; a show that runs unless told otherwise, and no access. */
export function current(change: Partial<Current> = {}): Current {
  return {
    state: 'live',
    showId: SHOW,
    title: 'Late set from the studio',
    access: false,
    accessLost: null,
    accessUntil: null,
    secondsLeft: null,
    hlsUrl: null,
    viewers: 42,
    viewerLimit: 100,
    startsAt: null,
    startedAt: inHours(-1),
    reconnectUntil: null,
    channel: { slug: 'demo', name: 'Mara Voss', bio: 'Piano, tape loops and long nights. Live every Friday.' },
    serverTime: new Date().toISOString(),
    version: 1,
    ...change,
  };
}

/** The same with access and something to play. */
export const withAccess = (change: Partial<Current> = {}): Current =>
  current({
    access: true,
    accessUntil: inHours(7.71),
    secondsLeft: 27_756,
    hlsUrl: `/hls/${SHOW}/master.m3u8`,
    ...change,
  });
