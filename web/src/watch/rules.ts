/** What the channel page shows, decided in one place from what it knows. Pure. */

import type { ReplyOf } from '#contract/endpoint.ts';
import type { currentSession } from '#contract/live-sessions.ts';

export type Current = ReplyOf<typeof currentSession>;
export type Lost = 'expired' | 'revoked' | 'taken_over';
/** No place: in the whole show, or for one more device of this network. */
export type Full = 'full' | 'address_full';

export type Known = {
  current: Current | null;
  notFound: boolean;
  /** The last request got no answer from the server. */
  away: boolean;
  /** What the player was told at the playlist, ahead of the page. */
  lost: Lost | null;
  full: Full | null;
};

/** What lies over the picture; null: nothing, the picture is free. */
export type Cover =
  | 'loading'
  | 'not_found'
  | 'unreachable'
  | 'soon'
  | 'starting'
  | 'locked'
  | 'paused'
  | 'reconnecting'
  | 'ended'
  | Full
  | Lost;

export type View = {
  cover: Cover | null;
  /** The player may hold or fetch a picture. */
  playable: boolean;
  /** A new picture is due: the player's watchdog is on. */
  pictureDue: boolean;
  /** Below the picture: what the visitor has, or the ways in, or nothing yet. */
  panel: 'none' | 'code' | 'access';
  lost: Lost | null;
};

const RUNNING = new Set(['live', 'paused', 'reconnecting', 'preview']);

const coverOf = (current: Current): Cover | null => {
  switch (current.state) {
    case 'none':
    case 'scheduled':
    case 'cancelled':
      return 'soon';
    case 'starting':
      return 'starting';
    case 'preview':
      // Only the creator's own grant plays a preview; to everybody else it begins soon.
      return current.hlsUrl ? null : 'starting';
    case 'live':
      return current.hlsUrl ? null : 'starting';
    case 'paused':
    case 'reconnecting':
    case 'ended':
      return current.state;
  }
};

/** Decides the page. */
export function decideView(known: Known): View {
  const { current } = known;
  const nothing = { playable: false, pictureDue: false, panel: 'none', lost: null } as const;
  if (known.notFound) return { ...nothing, cover: 'not_found' };
  if (!current) return { ...nothing, cover: known.away ? 'unreachable' : 'loading' };

  const lost = known.lost ?? (current.access ? null : current.accessLost);
  const running = RUNNING.has(current.state);
  if (lost) return { ...nothing, cover: running ? lost : coverOf(current), panel: 'code', lost };
  if (!current.access) {
    return { ...nothing, cover: running ? 'locked' : coverOf(current), panel: 'code' };
  }
  const cover = coverOf(current);
  const live = current.state === 'live' || current.state === 'preview';
  return {
    cover: known.full && running ? known.full : cover,
    playable: running && (current.hlsUrl !== null || current.state !== 'preview'),
    pictureDue: live && current.hlsUrl !== null,
    panel: 'access',
    lost: null,
  };
}

/** What a refusal at the playlist means. `recheck`: ask for the current state, then try again. */
export function onRefusal(code: string): Lost | Full | 'recheck' {
  if (code === 'code.taken_over') return 'taken_over';
  if (code === 'show.full') return 'full';
  return code === 'show.address_full' ? 'address_full' : 'recheck';
}

/**
 * Names the right by which a page hears what is said inside a show; empty where it has none, or needs none because the
 * show is for everybody.
 */
export function insideBy({ access, grant, ways, showId, accessBy, accessUntil }: Current): string {
  const isPrivate = !ways.some(({ way }) => way === 'everybody');
  return access && grant !== null && isPrivate ? `${showId} ${accessBy} ${accessUntil}` : '';
}

/** Wait before the next question while the socket is down, milliseconds: 5 s, spread by half. */
export function pollDelayMs(random: number): number {
  return 5000 * (0.75 + random * 0.5);
}
