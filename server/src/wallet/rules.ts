/** What a booking is, and when it holds: pure, so that the simulator runs the very same. Sums are `bigint`s. */
import { createHash } from 'node:crypto';
import { AppError } from '#contract/errors.ts';
import type { Currency } from '#contract/money.ts';

/** Accounts of people; their balances are what we owe them, so they are never below zero. */
type PersonalKind = 'fan' | 'creator' | 'payout';
/**
 * Accounts of the house. `issued`: tokens in the world (below zero); `reserve`: the cash behind them; `stripe` and
 * `bank`: cash that came in and went out; `gift`: tokens that the operator gave; `platform`: our share; `tax`: what
 * buyers paid for the tax office, which is nobody's revenue.
 */
export type HouseKind = 'platform' | 'issued' | 'reserve' | 'stripe' | 'bank' | 'gift' | 'tax';
/** `debt`: what a person owes us after a refund that could not take its share back; never above zero. */
export type AccountKind = PersonalKind | HouseKind | 'debt';

export type AccountRef = { readonly kind: AccountKind; readonly owner: string; readonly currency: Currency };
export type Posting = { readonly account: AccountRef; readonly amount: bigint };

export const house = (kind: HouseKind, currency: Currency): AccountRef => ({ kind, owner: '', currency });
export const fan = (userId: string): AccountRef => ({ kind: 'fan', owner: userId, currency: 'TOKEN' });
export const creator = (userId: string, currency: Currency): AccountRef => ({
  kind: 'creator',
  owner: userId,
  currency,
});
export const debt = (userId: string, currency: Currency): AccountRef => ({ kind: 'debt', owner: userId, currency });
export const held = (userId: string, currency: Currency): AccountRef => ({ kind: 'payout', owner: userId, currency });

/** `kind:owner:currency`, as entries are signed and accounts are named on the command line. */
export const nameOf = ({ kind, owner, currency }: AccountRef): string => `${kind}:${owner}:${currency}`;

export const sameAccount = (a: AccountRef, b: AccountRef): boolean =>
  a.kind === b.kind && a.owner === b.owner && a.currency === b.currency;

/**
 * Accounts whose balance is kept in their row at every booking. Creators and the house get a line in every sale and
 * would be hot rows: theirs is a checkpoint and the entries after it.
 */
export const keepsBalance = (kind: AccountKind): boolean => kind === 'fan' || kind === 'payout' || kind === 'debt';
/** Accounts whose balance may never be below zero. */
export const isFloored = (kind: AccountKind): boolean => kind === 'fan' || kind === 'creator' || kind === 'payout';

/** Basis points of a whole. */
const WHOLE_BPS = 10_000n;

/** Shares of a gross amount: the platform's is rounded down, the remainder is the creator's. */
export function split(gross: bigint, creatorBps: number): { creator: bigint; platform: bigint } {
  const platform = (gross * (WHOLE_BPS - BigInt(creatorBps))) / WHOLE_BPS;
  return { creator: gross - platform, platform };
}

/** The postings of one account joined, zeros left out, in the order in which accounts were first named. */
export function tidy(postings: readonly Posting[]): Posting[] {
  const joined: Posting[] = [];
  for (const posting of postings) {
    const at = joined.findIndex(({ account }) => sameAccount(account, posting.account));
    const before = joined[at];
    if (before) joined[at] = { account: before.account, amount: before.amount + posting.amount };
    else joined.push(posting);
  }
  return joined.filter(({ amount }) => amount !== 0n);
}

/** The most that a line or a balance may be: what JSON and the driver carry exactly. */
const EXACT_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const isExact = (amount: bigint): boolean => amount <= EXACT_MAX && amount >= -EXACT_MAX;

/** Throws (a programmer's error) unless every currency sums to zero over at least two lines, each of an exact amount. */
export function assertBalanced(postings: readonly Posting[]): void {
  const sums = new Map<Currency, bigint>();
  for (const { account, amount } of postings) {
    if (!isExact(amount)) throw new Error(`an amount of ${amount} is too large`);
    sums.set(account.currency, (sums.get(account.currency) ?? 0n) + amount);
  }
  for (const [currency, sum] of sums) if (sum !== 0n) throw new Error(`a transfer is off by ${sum} ${currency}`);
  if (postings.length < 2) throw new Error('a transfer has at least two lines');
}

/** Throws (a programmer's error) where a line takes from a person who is not the payer: nobody locked that account. */
export function assertTakesFromPayer(postings: readonly Posting[], payer: AccountRef | null): void {
  for (const { account, amount } of postings) {
    if (amount > 0n || !isFloored(account.kind) || (payer && sameAccount(account, payer))) continue;
    throw new Error(`a transfer takes from ${account.kind} without being paid by it`);
  }
}

/** The payer's balance after the postings. Throws wallet.insufficient_funds with what is missing. */
export function balanceAfter(payer: AccountRef, balance: bigint, postings: readonly Posting[]): bigint {
  const change = postings.reduce((sum, { account, amount }) => (sameAccount(account, payer) ? sum + amount : sum), 0n);
  const after = balance + change;
  if (!isExact(after)) throw new Error('a balance is too large');
  if (after < 0n && isFloored(payer.kind)) {
    throw new AppError('wallet.insufficient_funds', {
      balance: Number(balance),
      needed: Number(-change),
      missing: Number(-after),
    });
  }
  return after;
}

/** SHA-256 of a request in one form: keys sorted, `bigint`s as text. What `idempotencyKey` is compared with. */
export function fingerprint(request: unknown): Buffer {
  const ordered = (value: unknown): unknown => {
    if (typeof value === 'bigint') return value.toString();
    if (Array.isArray(value)) return value.map(ordered);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, inner]) => inner !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [key, ordered(inner)]),
    );
  };
  return createHash('sha256')
    .update(JSON.stringify(ordered(request)) ?? 'null')
    .digest();
}
