/** The lines of every kind of transfer: pure, so that the simulator runs the very same. Amounts are above zero. */
import { AppError } from '#contract/errors.ts';
import type { Currency } from '#contract/money.ts';
import { type AccountRef, creator, debt, fan, held, house, type Posting, sameAccount, split, tidy } from './rules.ts';

/** `Math.min` takes no bigint. */
function least(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}
const sizeOf = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

/** What a person has and owes at the moment of planning; neither is below zero. */
export type Standing = { readonly balance: bigint; readonly owed: bigint };

/**
 * Gives to a person, who pays debts first, or takes: what the balance cannot give becomes debt.
 * The lines sum to `change`.
 */
function settle(holder: AccountRef, change: bigint, { balance, owed }: Standing): Posting[] {
  const owing = debt(holder.owner, holder.currency);
  const moved = change < 0n ? -least(-change, balance) : change - least(change, owed);
  return [
    { account: holder, amount: moved },
    { account: owing, amount: change - moved },
  ];
}

/** The tax in what was paid, as Stripe worked it out: below `minor`, and 0 where there is none. Nobody shares in it. */
type Taxed = { readonly minor: bigint; readonly tax?: bigint; readonly currency: Currency };

const taxLine = ({ tax = 0n, currency }: Taxed): Posting => ({ account: house('tax', currency), amount: tax });
const withoutTax = ({ minor, tax = 0n }: Taxed): bigint => minor - tax;

/** Tokens bought for cash: the cash backs them; what the fan owes is recovered first. `owed`: the fan's debt, tokens. */
export function planTopup(
  topup: Taxed & { readonly userId: string; readonly tokens: bigint; readonly owed: bigint },
): Posting[] {
  const { userId, tokens, minor, currency, owed } = topup;
  return tidy([
    { account: house('stripe', currency), amount: -minor },
    { account: house('reserve', currency), amount: withoutTax(topup) },
    taxLine(topup),
    { account: house('issued', 'TOKEN'), amount: -tokens },
    ...settle(fan(userId), tokens, { balance: 0n, owed }),
  ]);
}

/** Tokens that the operator gives away. */
export const planGift = ({ userId, tokens }: { readonly userId: string; readonly tokens: bigint }): Posting[] => [
  { account: house('gift', 'TOKEN'), amount: -tokens },
  { account: fan(userId), amount: tokens },
];

/** A tip, a ticket or a block of a call: tokens from a wallet, split between creator and platform. */
export function planTip(tip: {
  readonly fanId: string;
  readonly creatorId: string;
  readonly tokens: bigint;
  readonly creatorBps: number;
}): Posting[] {
  const shares = split(tip.tokens, tip.creatorBps);
  return tidy([
    { account: fan(tip.fanId), amount: -tip.tokens },
    { account: creator(tip.creatorId, 'TOKEN'), amount: shares.creator },
    { account: house('platform', 'TOKEN'), amount: shares.platform },
  ]);
}

/** A code or a month of membership, paid in cash through Stripe: what is no tax is split between creator and platform. */
export function planCashSale(sale: Taxed & { readonly creatorId: string; readonly creatorBps: number }): Posting[] {
  const shares = split(withoutTax(sale), sale.creatorBps);
  return tidy([
    { account: house('stripe', sale.currency), amount: -sale.minor },
    { account: creator(sale.creatorId, sale.currency), amount: shares.creator },
    { account: house('platform', sale.currency), amount: shares.platform },
    taxLine(sale),
  ]);
}

/** A creator's plan: all of it but the tax is the platform's. */
export const planPlan = (sale: Taxed): Posting[] =>
  tidy([
    { account: house('stripe', sale.currency), amount: -sale.minor },
    { account: house('platform', sale.currency), amount: withoutTax(sale) },
    taxLine(sale),
  ]);

/** What was paid, from which account, and who gained by it; of a reversal: the same, turned round. */
export type Sides = { readonly source: AccountRef; readonly gross: bigint; readonly holder: AccountRef };

/** Null for kinds that cannot be taken back: payouts, recovered debts. */
export function sidesOf(lines: readonly Posting[]): Sides | null {
  const paid =
    lines.find(({ account }) => account.kind === 'stripe') ??
    lines.find(({ account }) => account.kind === 'gift') ??
    lines.find(({ account }) => account.kind === 'fan');
  if (!paid) return null;
  const others = lines.map(({ account }) => account).filter((account) => !sameAccount(account, paid.account));
  const personal = others.find(({ kind }) => kind === 'creator' || kind === 'fan');
  const owing = others.find(({ kind }) => kind === 'debt');
  const platform = others.find(({ kind }) => kind === 'platform');
  // A small part of a payment may have been tax alone, or cash too little for a whole token: it has a holder all the same.
  const house = platform ?? others.find(({ kind }) => kind === 'reserve' || kind === 'tax');
  const bought = paid.account.kind === 'gift' || others.some(({ kind }) => kind === 'issued');
  const holder = personal ?? (owing ? holderOfDebt(owing, bought) : house);
  return holder ? { source: paid.account, gross: sizeOf(paid.amount), holder } : null;
}

/** Of a share that went wholly into debt: tokens that were bought or given are a fan's, all else was earned. */
const holderOfDebt = ({ owner, currency }: AccountRef, bought: boolean): AccountRef =>
  bought ? fan(owner) : creator(owner, currency);

/**
 * What of each line belongs to a part of what was paid, rounded towards zero. The tax is found first, and the shares in
 * what is left then: so each of them, and what the holder has of the rest, only grows with the part.
 */
function linesUpTo(original: readonly Posting[], { source, gross }: Sides) {
  const tax = original.reduce((sum, { account, amount }) => (account.kind === 'tax' ? sum + sizeOf(amount) : sum), 0n);
  const net = gross - tax;
  return ({ account, amount }: Posting, paid: bigint): bigint => {
    const isShare = account.currency === source.currency && account.kind !== 'tax' && !sameAccount(account, source);
    if (!isShare) return (amount * paid) / gross;
    return net === 0n ? 0n : (amount * (paid - (tax * paid) / gross)) / net;
  };
}

/**
 * Takes a transfer back in proportion, wholly or in part. Shares are what `reversed + amount` of the whole would give
 * less what `reversed` gave, so that any partial ones sum to the whole exactly. What the holder cannot give becomes
 * debt; a reversal taken back (a dispute that was won) pays debt first. Throws wallet.not_refundable,
 * wallet.refund_too_large.
 */
export function planRefund(refund: {
  readonly original: readonly Posting[];
  /** What was paid back before, and is now: units of what was paid. */
  readonly reversed: bigint;
  readonly amount: bigint;
  /** Of the holder that `sidesOf` names. */
  readonly standing: Standing;
}): Posting[] {
  const { original, reversed, amount, standing } = refund;
  const sides = sidesOf(original);
  if (!sides) throw new AppError('wallet.not_refundable');
  const { gross, holder } = sides;
  const left = gross - reversed;
  if (amount <= 0n || amount > left) throw new AppError('wallet.refund_too_large', { left: Number(left) });
  const upTo = linesUpTo(original, sides);
  const others = original
    .filter(({ account }) => !sameAccount(account, holder) && account.kind !== 'debt')
    .map((line) => ({
      account: line.account,
      amount: upTo(line, reversed) - upTo(line, reversed + amount),
    }));
  const rest = others
    .filter(({ account }) => account.currency === holder.currency)
    .reduce((sum, line) => sum - line.amount, 0n);
  const shares = isPersonal(holder) ? settle(holder, rest, standing) : [{ account: holder, amount: rest }];
  return tidy([...others, ...shares]);
}

const isPersonal = ({ kind }: AccountRef): boolean => kind === 'fan' || kind === 'creator';

/** What of a debt can be paid now from earnings or a wallet; no lines where there is nothing to do. */
export function planDebtRecovery(holder: AccountRef, { balance, owed }: Standing): Posting[] {
  const recovered = least(balance, owed);
  return tidy([
    { account: holder, amount: -recovered },
    { account: debt(holder.owner, holder.currency), amount: recovered },
  ]);
}

type Payout = { readonly creatorId: string; readonly currency: Currency; readonly amount: bigint };

/** A payout was asked for: what it takes is held apart. */
export const planPayoutHold = ({ creatorId, currency, amount }: Payout): Posting[] => [
  { account: creator(creatorId, currency), amount: -amount },
  { account: held(creatorId, currency), amount },
];

/** Rejected or failed: what was held goes back. */
export const planPayoutReturned = ({ creatorId, currency, amount }: Payout): Posting[] => [
  { account: held(creatorId, currency), amount: -amount },
  { account: creator(creatorId, currency), amount },
];

/**
 * Paid out. Cash leaves through the bank; tokens cease to be, and the reserve gives what they are worth at
 * `payoutRate`, minor units per 100 tokens, rounded down.
 */
export function planPayoutPaid(payout: Payout & { readonly cash: Currency; readonly payoutRate: number }): Posting[] {
  const { creatorId, currency, amount, cash, payoutRate } = payout;
  const from = { account: held(creatorId, currency), amount: -amount };
  if (currency !== 'TOKEN') return [from, { account: house('bank', currency), amount }];
  const minor = (amount * BigInt(payoutRate)) / 100n;
  return tidy([
    from,
    { account: house('issued', 'TOKEN'), amount },
    { account: house('reserve', cash), amount: -minor },
    { account: house('bank', cash), amount: minor },
  ]);
}

/**
 * Of a payout that was paid, `now` came back after `before`, minor units of the `cashMinor` that it was. The creator has
 * it again; tokens are issued anew in proportion, against the cash that the reserve gets back. As `planRefund`: shares are
 * what all of it would give less what `before` gave, so that any parts sum to the whole exactly.
 */
export function planPayoutReversed(
  payout: Payout & {
    readonly cash: Currency;
    readonly cashMinor: bigint;
    readonly before: bigint;
    readonly now: bigint;
  },
): Posting[] {
  const { creatorId, currency, amount, cash, cashMinor, before, now } = payout;
  if (now <= 0n || before + now > cashMinor) throw new Error('more came back than was paid');
  const upTo = (minor: bigint): bigint => (amount * minor) / cashMinor;
  const back = upTo(before + now) - upTo(before);
  const lines = [
    { account: house('bank', cash), amount: -now },
    { account: creator(creatorId, currency), amount: back },
  ];
  if (currency !== 'TOKEN') return lines;
  return tidy([
    ...lines,
    { account: house('issued', 'TOKEN'), amount: -back },
    { account: house('reserve', cash), amount: now },
  ]);
}
