/** What a booking is, and when it holds: pure, so that the simulator runs the very same. Sums are `bigint`s. */
import { createHash, createHmac } from 'node:crypto';
import { AppError } from '#contract/errors.ts';
import type { Currency } from '#contract/money.ts';

/** Accounts of people; their balances are what we owe them, so they are never below zero. */
export type PersonalKind = 'fan' | 'creator' | 'payout';
/**
 * Accounts of the house. `issued`: tokens in the world (below zero); `reserve`: the cash behind them; `stripe` and
 * `bank`: cash that came in and went out; `gift`: tokens that the operator gave; `platform`: our share.
 */
export type HouseKind = 'platform' | 'issued' | 'reserve' | 'stripe' | 'bank' | 'gift';
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

export const sameAccount = (a: AccountRef, b: AccountRef): boolean =>
  a.kind === b.kind && a.owner === b.owner && a.currency === b.currency;

/** Wallets, the one kind whose balance is kept in its row at every booking, whoever pays. */
export const keepsBalance = (kind: AccountKind): boolean => kind === 'fan';
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

/** Throws (a programmer's error) unless every currency sums to zero over at least two lines. */
export function assertBalanced(postings: readonly Posting[]): void {
  const sums = new Map<Currency, bigint>();
  for (const { account, amount } of postings) sums.set(account.currency, (sums.get(account.currency) ?? 0n) + amount);
  for (const [currency, sum] of sums) if (sum !== 0n) throw new Error(`a transfer is off by ${sum} ${currency}`);
  if (postings.length < 2) throw new Error('a transfer has at least two lines');
}

/** The payer's balance after the postings. Throws wallet.insufficient_funds with what is missing. */
export function balanceAfter(payer: AccountRef, balance: bigint, postings: readonly Posting[]): bigint {
  const change = postings.reduce((sum, { account, amount }) => (sameAccount(account, payer) ? sum + amount : sum), 0n);
  const after = balance + change;
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

/** What an entry's HMAC covers: the line, and all of its transfer. */
export type SignedLine = {
  readonly transferId: string;
  readonly kind: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly at: string;
  readonly payerId: bigint;
  readonly payerNumber: bigint | null;
  readonly payerBalance: bigint | null;
  readonly idempotencyKey: string;
  readonly fingerprint: Buffer;
  readonly reverses: string | null;
  readonly channelId: number | null;
  readonly showId: number | null;
  readonly facts: string;
  readonly line: number;
  readonly lines: number;
  readonly accountId: bigint;
  readonly amount: bigint;
};

/** HMAC-SHA256 over the line as a JSON list, so that no two lines are written alike. */
export function macOf(key: string, line: SignedLine): Buffer {
  const fields = [
    line.transferId,
    line.kind,
    line.at,
    line.payerId.toString(),
    line.payerNumber?.toString() ?? null,
    line.payerBalance?.toString() ?? null,
    line.idempotencyKey,
    line.fingerprint.toString('hex'),
    line.reverses,
    line.channelId,
    line.showId,
    line.facts,
    line.line,
    line.lines,
    line.accountId.toString(),
    line.amount.toString(),
  ];
  return createHmac('sha256', key).update(JSON.stringify(fields)).digest();
}
