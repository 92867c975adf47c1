/** Which ways in the page offers, in which order, and with what words. Pure. */
import type { Shop } from '../../api/shop.ts';
import type { Current } from '../rules.ts';

type Way = Current['ways'][number];

/** What opens this show alone comes first, then what opens the evening, then what opens every show. */
const ORDER = ['ticket', 'code', 'membership'] as const;
export type PaidWay = Way & { way: (typeof ORDER)[number] };

const isPaid = (way: Way): way is PaidWay => way.way !== 'everybody';

/** The paid ways into the show that can be had now. A show that is over sells no tickets here. */
export function offersOf(current: Current): PaidWay[] {
  const over = current.state === 'ended' || current.state === 'cancelled';
  return current.ways
    .filter(isPaid)
    .filter((way) => (way.way === 'ticket' ? !over && way.priceTokens !== null : way.priceMinor !== null || way.has))
    .sort((a, b) => ORDER.indexOf(a.way) - ORDER.indexOf(b.way));
}

/** The field for a code is of use: the show takes codes. A server that names no ways takes codes. */
export const takesCodes = (current: Current): boolean =>
  current.ways.length === 0 || current.ways.some(({ way }) => way === 'code');

/** What the locked picture says, by what there is to do about it. */
export function lockedWord(current: Current): 'text' | 'choose' {
  return offersOf(current).some(({ has }) => !has) ? 'choose' : 'text';
}

export type Start = { startsAt: string | null; endsAtMs: number };

/**
 * When a code bought now would begin. Two choices where its hours do not last for the planned show; the first
 * is the one to take: later, unless something is on right now.
 */
export function startsOf(code: Shop['code'], nowMs: number, onNow: boolean): Start[] {
  const lengthMs = code.hours * 3_600_000;
  const now: Start = { startsAt: null, endsAtMs: nowMs + lengthMs };
  if (code.warning === null || code.laterStart === null) return [now];
  const later: Start = { startsAt: code.laterStart, endsAtMs: Date.parse(code.laterStart) + lengthMs };
  return onNow ? [now, later] : [later, now];
}
