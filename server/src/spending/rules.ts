/** The limit on spending that a fan sets: lower at once, higher after a night's sleep. Months are calendar months, UTC. */
import { AppError } from '#contract/errors.ts';

/** How long a raised limit waits, milliseconds. */
export const RAISE_WAIT_MS = 24 * 3_600_000;

/** Tokens a month; null: none. */
export type Limit = {
  readonly monthlyTokens: bigint | null;
  /** A higher one that holds from an instant on, Unix milliseconds. */
  readonly pending: { readonly monthlyTokens: bigint | null; readonly fromMs: number } | null;
};

/** The limit as it holds at an instant: a higher one whose time has come has taken its place. */
export function inForce(limit: Limit, nowMs: number): Limit {
  if (limit.pending === null || nowMs < limit.pending.fromMs) return limit;
  return { monthlyTokens: limit.pending.monthlyTokens, pending: null };
}

const isHigher = (wanted: bigint | null, now: bigint | null): boolean =>
  now !== null && (wanted === null || wanted > now);

/** What becomes of a limit when its fan wants another. The same raise asked for again does not wait longer. */
export function changeLimit(limit: Limit, wanted: bigint | null, nowMs: number): Limit {
  const now = inForce(limit, nowMs);
  if (!isHigher(wanted, now.monthlyTokens)) return { monthlyTokens: wanted, pending: null };
  if (now.pending !== null && now.pending.monthlyTokens === wanted) return now;
  return { ...now, pending: { monthlyTokens: wanted, fromMs: nowMs + RAISE_WAIT_MS } };
}

/** Throws wallet.limit_reached where `tokens` more than the `spent` ones of this month are beyond the limit. */
export function assertWithin(limit: Limit, spent: bigint, tokens: bigint): void {
  const { monthlyTokens } = limit;
  if (monthlyTokens === null || spent + tokens <= monthlyTokens) return;
  const left = monthlyTokens > spent ? monthlyTokens - spent : 0n;
  throw new AppError('wallet.limit_reached', {
    limit: Number(monthlyTokens),
    spent: Number(spent),
    left: Number(left),
    needed: Number(tokens),
  });
}

/** `YYYY-MM` of an instant. */
export const monthOf = (at: Date): string => at.toISOString().slice(0, 7);

/** First instant of a month, and of the next. */
export function boundsOf(month: string): { readonly from: Date; readonly to: Date } {
  const from = new Date(`${month}-01T00:00:00.000Z`);
  const to = new Date(from);
  to.setUTCMonth(to.getUTCMonth() + 1);
  return { from, to };
}
