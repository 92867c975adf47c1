import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { validateCode } from '#contract/access-codes.ts';
import { ApiError, call } from '../api/http.ts';
import type { Source } from '../player/types.ts';
import { type Followed, type Follower, followChannel, NOTHING_KNOWN } from './follow.ts';
import { decideView, type Full, type Lost, onRefusal, type View } from './rules.ts';

export type Channel = {
  known: Followed;
  view: View;
  source: Source | null;
  /** A code was entered on this page, so that it can be validated again by one press. */
  canReclaim: boolean;
  validate: (code: string) => Promise<void>;
  reclaim: () => Promise<void>;
  refresh: () => void;
  onRefused: (code: string) => void;
  onPicture: () => void;
};

/** Asked again this long after an instant at which the server's answer must change, milliseconds. */
const AFTER_INSTANT_MS = 400;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** All that the channel page knows and can do. */
export function useChannel(slug: string): Channel {
  const [known, setKnown] = useState<Followed>(NOTHING_KNOWN);
  const [lost, setLost] = useState<Lost | null>(null);
  const [full, setFull] = useState<Full | null>(null);
  const code = useRef<string | null>(null);
  const follower = useRef<Follower | null>(null);
  const playing = useRef<Source | null>(null);

  useEffect(() => {
    const started = followChannel(slug, setKnown);
    follower.current = started;
    return started.stop;
  }, [slug]);
  const refresh = useCallback(() => void follower.current?.refresh(), []);

  const { current, clockOffsetMs } = known;
  const instants = [current?.accessUntil, current?.reconnectUntil, current?.startsAt].join(' ');
  useEffect(() => {
    const nowMs = Date.now() + clockOffsetMs;
    const timers = instants
      .split(' ')
      .map((instant) => Date.parse(instant) - nowMs)
      .filter((inMs) => inMs > 0 && inMs < LONGEST_TIMER_MS)
      .map((inMs) => setTimeout(refresh, inMs + AFTER_INSTANT_MS));
    return () => timers.forEach(clearTimeout);
  }, [instants, clockOffsetMs, refresh]);

  const validate = useCallback(
    async (typed: string) => {
      const body = { code: typed, channel: slug };
      await call<typeof validateCode>('post', '/api/access-codes/validate', { body });
      code.current = typed;
      setLost(null);
      setFull(null);
      await follower.current?.refresh();
    },
    [slug],
  );
  const reclaim = useCallback(async () => {
    if (code.current === null) throw new ApiError('code.malformed', 400, '');
    await validate(code.current);
  }, [validate]);

  const onRefused = useCallback(
    (refusal: string) => {
      const meaning = onRefusal(refusal);
      if (meaning === 'full' || meaning === 'address_full') setFull(meaning);
      else if (meaning !== 'recheck') setLost(meaning);
      refresh();
    },
    [refresh],
  );
  const onPicture = useCallback(() => setFull(null), []);

  const view = useMemo(() => decideView({ ...known, lost, full }), [known, lost, full]);
  // While a show goes on its source stays, so that nothing restarts the player; a newer grant is for its next start.
  if (!view.playable) playing.current = null;
  else if (current?.showId && current.hlsUrl) {
    playing.current = { showId: current.showId, hlsUrl: current.hlsUrl, nativeUrl: current.nativeUrl };
  }
  return {
    known,
    view,
    source: playing.current,
    canReclaim: code.current !== null,
    validate,
    reclaim,
    refresh,
    onRefused,
    onPicture,
  };
}
