/** Follows one channel: asks on load, on each socket event and reconnection, and polls while the socket is down. */

import type { currentSession } from '#contract/live-sessions.ts';
import { ApiError, call } from '../api/http.ts';
import { type ChannelSocketEvents, enterShow, openChannelSocket } from '../realtime/channel.ts';
import { clockOffset } from '../ui/time.ts';
import { type Current, insideBy, pollDelayMs } from './rules.ts';

export type Followed = {
  current: Current | null;
  notFound: boolean;
  /** The last question got no answer. */
  away: boolean;
  socketUp: boolean;
  /** Add to `Date.now()` for the server's time, milliseconds. */
  clockOffsetMs: number;
};

export const NOTHING_KNOWN: Followed = {
  current: null,
  notFound: false,
  away: false,
  socketUp: false,
  clockOffsetMs: 0,
};

/** Spread of the answers to one event over all viewers, milliseconds, so that a start is no stampede. */
const EVENT_SPREAD_MS = 250;
/** A server that does not answer is asked again this soon, milliseconds, at first and at most. */
const AWAY_FIRST_MS = 700;
const AWAY_MOST_MS = 6000;

export type Follower = { refresh: () => Promise<void>; stop: () => void };

/** Starts following; `onChange` gets each new picture of the channel. */
export function followChannel(channel: string, onChange: (known: Followed) => void): Follower {
  let known = NOTHING_KNOWN;
  let stopped = false;
  let asking: Promise<void> | null = null;
  let askAgain = false;
  let failures = 0;
  let bestTripMs = Number.POSITIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const update = (change: Partial<Followed>) => {
    if (stopped) return;
    known = { ...known, ...change };
    onChange(known);
  };
  /** The right that the room was shown. */
  let shown = '';
  const enter = (current: Current) => {
    const right = insideBy(current);
    if (right === shown) return;
    shown = right;
    if (right === '' || current.grant === null) return;
    enterShow(channel, current.grant, () => {
      shown = '';
    });
  };
  const later = (delayMs: number) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => void refresh(), delayMs);
  };

  async function ask() {
    const sentMs = Date.now();
    try {
      const current = await call<typeof currentSession>('get', '/api/live-sessions/current', { query: { channel } });
      const tripMs = Date.now() - sentMs;
      failures = 0;
      // The quickest exchange knows the server's clock best.
      const better = tripMs <= bestTripMs;
      if (better) bestTripMs = tripMs;
      const clockOffsetMs = better ? clockOffset(current.serverTime, sentMs, sentMs + tripMs) : known.clockOffsetMs;
      update({ current, clockOffsetMs, notFound: false, away: false });
      if (!stopped) enter(current);
    } catch (error) {
      const failure = error instanceof ApiError ? error : new ApiError('internal', 500, '');
      if (failure.code === 'channel.not_found' || failure.code === 'request.invalid') return update({ notFound: true });
      failures += 1;
      update({ away: failure.away });
    }
  }

  async function refresh(): Promise<void> {
    if (asking) {
      // What is asked now may already be old: ask once more afterwards.
      askAgain = true;
      return asking;
    }
    clearTimeout(timer);
    asking = (async () => {
      do {
        askAgain = false;
        await ask();
      } while (askAgain && !stopped);
    })();
    await asking;
    asking = null;
    if (failures > 0)
      later(Math.min(AWAY_MOST_MS, AWAY_FIRST_MS * 2 ** Math.min(failures - 1, 6)) * (0.5 + Math.random() / 2));
    else if (!known.socketUp) later(pollDelayMs(Math.random()));
  }

  const room: ChannelSocketEvents = {
    joined: () => {
      update({ socketUp: true });
      void refresh();
    },
    down: () => {
      if (!known.socketUp) return;
      update({ socketUp: false });
      later(pollDelayMs(Math.random()));
    },
    state: (version) => {
      if (version === known.current?.version) return;
      later(Math.random() * EVENT_SPREAD_MS);
    },
    viewers: (viewers) => {
      if (known.current) update({ current: { ...known.current, viewers } });
    },
  };
  const closeSocket = openChannelSocket(channel, room, () => known.current?.grant ?? null);
  const wake = () => {
    if (document.visibilityState === 'visible') void refresh();
  };
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('online', wake);
  void refresh();

  return {
    refresh,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      closeSocket();
      document.removeEventListener('visibilitychange', wake);
      window.removeEventListener('online', wake);
    },
  };
}
