import { useCallback, useEffect, useRef, useState } from 'react';
import type { ReplyOf } from '#contract/endpoint.ts';
import type { studioOverview } from '#contract/studio.ts';
import { ApiError, call } from '../api/http.ts';

export type Overview = ReplyOf<typeof studioOverview>;

const EVERY_MS = 2000;
/** A hidden page is asked for rarely, milliseconds. */
const EVERY_HIDDEN_MS = 15_000;

/** The channel's whole state, asked every two seconds. `refresh` asks at once. */
export function useOverview(channel: string, onSignedOut: () => void) {
  const [overview, setOverview] = useState<Overview | null>(null);
  const [error, setError] = useState<unknown>(null);
  const ask = useRef<() => Promise<void>>(async () => undefined);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let stopped = false;
    let round = 0;
    ask.current = async () => {
      clearTimeout(timer);
      round += 1;
      const mine = round;
      try {
        const next = await call<typeof studioOverview>('get', '/api/studio/overview', { query: { channel } });
        // An older answer must not overwrite a newer one.
        if (stopped || mine !== round) return;
        setOverview(next);
        setError(null);
      } catch (failure) {
        if (stopped || mine !== round) return;
        if (failure instanceof ApiError && failure.status === 401) return onSignedOut();
        setError(failure);
      }
      timer = setTimeout(() => void ask.current(), document.hidden ? EVERY_HIDDEN_MS : EVERY_MS);
    };
    const seen = () => {
      if (!document.hidden) void ask.current();
    };
    document.addEventListener('visibilitychange', seen);
    void ask.current();
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [channel, onSignedOut]);

  const refresh = useCallback(() => ask.current(), []);
  return { overview, error, refresh };
}
