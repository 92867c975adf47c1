/** Asks once a second how a stream is doing, while somebody looks. */
import type { HealthSample, StreamHealth, streamHealth } from '#contract/health.ts';
import type { ShowId } from '#contract/ids.ts';
import { ApiError, call } from '../../api/http.ts';
import { mergeHistory, sinceOf } from './history.ts';

const EVERY_MS = 1000;
const BACKOFF_MOST_MS = 15_000;

export type Health = {
  now: StreamHealth | null;
  /** Oldest first, at most ten minutes. */
  history: HealthSample[];
  /** `away`: no answer came, figures are old. `unmeasured`: the show has no encoder that could be measured. */
  trouble: 'away' | 'unmeasured' | null;
};

export const NO_HEALTH: Health = { now: null, history: [], trouble: null };

/** Wait after the `failures`th failure in a row, milliseconds: doubles to a limit, spread by a half. */
export function healthDelayMs(failures: number, random: number): number {
  if (failures === 0) return EVERY_MS;
  return Math.min(BACKOFF_MOST_MS, EVERY_MS * 2 ** failures) * (0.75 + random / 2);
}

/** Starts asking; `tell` hears each change. A hidden page asks for nothing. Returns stop. */
export function followHealth(showId: ShowId, tell: (health: Health) => void): () => void {
  let health = NO_HEALTH;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let asking = false;
  let failures = 0;

  const put = (change: Partial<Health>) => {
    health = { ...health, ...change };
    if (!stopped) tell(health);
  };
  const ask = async () => {
    clearTimeout(timer);
    if (asking || stopped || document.hidden) return;
    asking = true;
    const sentMs = performance.now();
    try {
      const inputs = { params: { id: showId }, query: { since: sinceOf(health.history) } };
      const report = await call<typeof streamHealth>('get', '/api/live-sessions/:id/health', inputs);
      failures = 0;
      put({ now: report.now, history: mergeHistory(health.history, report), trouble: null });
    } catch (error) {
      const away = !(error instanceof ApiError) || error.away;
      // A show that is not measured yet may be so at any moment; a server that is away gets some rest.
      failures = away ? failures + 1 : 1;
      put({ trouble: away ? 'away' : 'unmeasured' });
    }
    asking = false;
    const spentMs = failures === 0 ? performance.now() - sentMs : 0;
    if (!stopped) timer = setTimeout(ask, Math.max(0, healthDelayMs(failures, Math.random()) - spentMs));
  };
  const seen = () => void ask();
  document.addEventListener('visibilitychange', seen);
  // Not at once: whoever stops in the same breath, as React does when it tries a page, has asked nothing.
  timer = setTimeout(ask, 0);
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', seen);
  };
}
