/** The life of a payout, and what one may be. Pure. */
import { AppError } from '#contract/errors.ts';
import { TOKEN } from '#contract/money.ts';
import type { PayoutState } from '#contract/payouts.ts';

export type PayoutEvent =
  | 'approved'
  /** Approved, and Stripe is to be asked. */
  | 'sent'
  | 'paid_by_hand'
  | 'rejected'
  /** Stripe has made the transfer. */
  | 'confirmed'
  /** Stripe said no for good: nothing was sent. */
  | 'refused'
  /** Stripe said no for now: nothing was sent. */
  | 'put_back'
  /** The transfer was taken back at Stripe: some of it, or all that was left. */
  | 'some_back'
  | 'all_back';

const NEXT: Record<PayoutState, Partial<Record<PayoutEvent, PayoutState>>> = {
  requested: { approved: 'approved', sent: 'paying', paid_by_hand: 'paid', rejected: 'rejected' },
  approved: { sent: 'paying', paid_by_hand: 'paid', rejected: 'rejected' },
  // Whether the money is gone is known to Stripe alone: nobody may reject or pay it meanwhile.
  paying: { confirmed: 'paid', refused: 'failed', put_back: 'approved' },
  paid: { some_back: 'partly_reversed', all_back: 'reversed' },
  partly_reversed: { some_back: 'partly_reversed', all_back: 'reversed' },
  reversed: {},
  rejected: {},
  failed: {},
};

/** Throws payout.state. */
export function step(state: PayoutState, event: PayoutEvent): PayoutState {
  const next = NEXT[state][event];
  if (next === undefined) throw new AppError('payout.state', { state });
  return next;
}

/** What is paid for an amount, minor units: tokens at the rate for 100 of them, rounded down. */
export const cashFor = (currency: string, amount: bigint, payoutRate: number): bigint =>
  currency === TOKEN ? (amount * BigInt(payoutRate)) / 100n : amount;

/** Throws payout.too_small, payout.not_available; both say what would be possible. */
export function assertPayable(amount: bigint, { minimum, available }: { minimum: bigint; available: bigint }): void {
  if (amount < minimum) throw new AppError('payout.too_small', { minimum: Number(minimum) });
  if (amount > available) throw new AppError('payout.not_available', { available: Number(available) });
}

/** The idempotency key of a sending: after a plain refusal the next one is another request. */
export const keyOfSending = (payoutId: string, sends: number): string =>
  sends <= 1 ? payoutId : `${payoutId}.${sends}`;
