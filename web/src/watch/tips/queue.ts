/** Tips wait their turn: each is shown alone, in the order in which they were sent, and once. Pure. */
import type { TipEvent } from '../../api/tips.ts';

export type Queue = {
  shown: TipEvent | null;
  waiting: readonly TipEvent[];
  /** Ids that came already; an event may come twice, and again after a lost connection. */
  seen: readonly string[];
};

/** How long each is to be seen, milliseconds. */
export const SHOWN_MS = 4000;
/** More than these would be seen more than a minute after they were sent: the smallest make room. */
export const MOST_WAITING = 15;
const MOST_SEEN = 300;

export const EMPTY: Queue = { shown: null, waiting: [], seen: [] };

/** Tips came: the first is shown where nothing is, the others in their turn. */
export function arrived(queue: Queue, tips: readonly TipEvent[]): Queue {
  const fresh = tips.filter(
    (tip, at) => !queue.seen.includes(tip.id) && tips.findIndex(({ id }) => id === tip.id) === at,
  );
  if (fresh.length === 0) return queue;
  const seen = [...queue.seen, ...fresh.map(({ id }) => id)].slice(-MOST_SEEN);
  const waiting = roomFor([...queue.waiting, ...fresh].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)));
  return queue.shown ? { ...queue, waiting, seen } : turned({ ...queue, waiting, seen });
}

function roomFor(waiting: readonly TipEvent[]): readonly TipEvent[] {
  if (waiting.length <= MOST_WAITING) return waiting;
  const kept = new Set([...waiting].sort((a, b) => b.amountTokens - a.amountTokens).slice(0, MOST_WAITING));
  return waiting.filter((tip) => kept.has(tip));
}

/** The time of the shown one is over. */
export function turned(queue: Queue): Queue {
  const [shown = null, ...waiting] = queue.waiting;
  return { ...queue, shown, waiting };
}
