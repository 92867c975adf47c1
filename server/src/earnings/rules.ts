/** What is decided about earnings: what can be paid out, what a booking was for, how shows are listed. Pure. */
import type { ShowSort, Source } from '#contract/earnings.ts';
import { AppError } from '#contract/errors.ts';

/** What a creator has in one currency. None is below zero. */
export type Standing = {
  readonly balance: bigint;
  readonly owed: bigint;
  /** Of sales that are younger than the holding time: the creator's shares, less what of them went back. */
  readonly young: bigint;
};

function least(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

/** Splits the balance: debts are covered first, then what is young is held, the rest can be paid out. */
export function availability({ balance, owed, young }: Standing): { available: bigint; held: bigint } {
  const free = balance - least(balance, owed);
  const held = least(free, young);
  return { available: free - held, held };
}

/** Kinds of transfers that earn, and what they are called. */
const SOURCES: Readonly<Record<string, Source>> = {
  code_sale: 'code',
  ticket: 'ticket',
  tip: 'tip',
  membership: 'membership',
  call_block: 'call',
};
export const SALE_KINDS = Object.keys(SOURCES);

/** What a sale of this kind was of. Throws (a programmer's error) for one that is no sale. */
export function sourceOf(kind: string): Source {
  const source = SOURCES[kind];
  if (!source) throw new Error(`${kind} is not a sale`);
  return source;
}

const DAY_MS = 24 * 3_600_000;
const DEFAULT_DAYS = 30;
const DAYS_MAX = 366;

/** The time that is asked for; the last 30 days unless said otherwise. Throws earnings.range. */
export function rangeOf(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  nowMs: number,
): { from: Date; to: Date } {
  // Its end is exclusive, and what happens in this very millisecond is to be in it.
  const toMs = to === undefined ? nowMs + 1 : Date.parse(to);
  const fromMs = from === undefined ? toMs - DEFAULT_DAYS * DAY_MS : Date.parse(from);
  if (fromMs >= toMs || toMs - fromMs > DAYS_MAX * DAY_MS) throw new AppError('earnings.range');
  return { from: new Date(fromMs), to: new Date(toMs) };
}

/** A calendar month in UTC, like `2026-11`; `until` is exclusive. */
export function monthBounds(month: string): { from: Date; until: Date } {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return { from: new Date(Date.UTC(year, number - 1)), until: new Date(Date.UTC(year, number)) };
}

export type Listed = {
  /** Rises with each show that is made. */
  readonly id: number;
  readonly startsAtMs: number;
  readonly ticketsSold: number;
  readonly peakViewers: number;
  readonly ownTokens: number;
};

const figure: Record<ShowSort, (show: Listed) => number> = {
  newest: ({ startsAtMs }) => startsAtMs,
  oldest: ({ startsAtMs }) => -startsAtMs,
  tickets: ({ ticketsSold }) => ticketsSold,
  revenue: ({ ownTokens }) => ownTokens,
  viewers: ({ peakViewers }) => peakViewers,
};

/** In the order asked for; of equal ones the newer first, so that pages never show one twice. */
export const sorted = <S extends Listed>(shows: readonly S[], sort: ShowSort): S[] =>
  [...shows].sort((a, b) => figure[sort](b) - figure[sort](a) || b.id - a.id);
