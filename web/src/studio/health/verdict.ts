/** Whether a test stream is good enough to go live with. Pure. */
import type { Advice, HealthSample, StreamHealth } from '#contract/health.ts';

/** Watched for this long before anything is said, milliseconds: keyframes and bitrate need some time to show. */
const MEASURE_MS = 30_000;

export type Verdict =
  | { kind: 'no_signal' }
  | { kind: 'measuring'; secondsLeft: number }
  | { kind: 'ready' }
  /** `nearly`: viewers may notice; `not_yet`: they will. `first` is what to change first. */
  | { kind: 'nearly' | 'not_yet'; first: Advice | null };

/** Since when samples have come without a break, Unix milliseconds. */
function steadySince(history: readonly HealthSample[]): number | null {
  const broken = history.findLastIndex((sample) => sample.kilobitsPerSecond === null);
  return history[broken + 1]?.atMs ?? null;
}

/** The verdict on what was seen so far. It follows the stream: a change for the better shows at once. */
export function verdictOf(now: StreamHealth | null, history: readonly HealthSample[]): Verdict {
  const since = steadySince(history);
  if (!now?.input || since === null) return { kind: 'no_signal' };
  const leftMs = since + MEASURE_MS - now.atMs;
  if (leftMs > 0) return { kind: 'measuring', secondsLeft: Math.ceil(leftMs / 1000) };
  if (now.light === 'green') return { kind: 'ready' };
  return { kind: now.light === 'amber' ? 'nearly' : 'not_yet', first: now.advices[0] ?? null };
}
