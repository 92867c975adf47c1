/**
 * Transfers to creators that are taken back at Stripe, wholly or in part, by the operator or by Stripe. From an event only
 * its transfer is taken; how much came back is asked for afresh. It never becomes less, so what is more than we have
 * written is new, and an old answer changes nothing.
 */
import type { TransferId } from '#contract/ids.ts';
import { addNotice } from '../notifications/outbox.ts';
import type { EventRow } from '../payments/billing-store.ts';
import { type Above, type Payments, record } from '../payments/payments.ts';
import type { SentTransfer } from '../payments/stripe.ts';
import { audit } from '../platform/audit.ts';
import type { Tx } from '../platform/db.ts';
import { book, plans } from '../wallet/service.ts';
import { step } from './rules.ts';
import { end } from './service.ts';
import * as store from './store.ts';

const ACTOR = 'stripe';
/** States in which Stripe has the transfer, and we know it. */
const WAS_PAID = new Set<store.Payout['state']>(['paid', 'partly_reversed', 'reversed']);

/** Books what came back since the last time. Returns the booking's id and what the creator has again. */
async function bookBack(tx: Tx, ctx: Payments, payout: store.Payout, reversedMinor: number) {
  const { userId: creatorId, currency, publicId } = payout;
  const planned = plans.planPayoutReversed({
    creatorId,
    currency,
    amount: BigInt(payout.amount),
    cash: payout.cashCurrency,
    cashMinor: BigInt(payout.cashMinor),
    before: BigInt(payout.reversedMinor),
    now: BigInt(reversedMinor - payout.reversedMinor),
  });
  const amount = planned.find(({ account }) => account.kind === 'creator')?.amount ?? 0n;
  const booked = await book(tx, ctx.config.secrets.ledgerKey, {
    kind: 'payout_reversed',
    payer: null,
    // By what had come back in all: the same can be booked once.
    key: `payout_reversed:${publicId}:${reversedMinor}`,
    request: { payoutId: publicId, reversedMinor },
    plan: () => planned,
    facts: {
      what: 'payout',
      payout: publicId,
      gross: Number(amount),
      cash: reversedMinor - payout.reversedMinor,
      cashCurrency: payout.cashCurrency,
    },
    ...(payout.endTransferId === null ? {} : { reverses: payout.endTransferId as TransferId }),
  });
  return { transferId: booked.transferId, amount: Number(amount) };
}

async function tell(tx: Tx, payout: store.Payout, amount: number, reversedMinor: number): Promise<void> {
  const to = await store.person(tx, payout.userId);
  const { publicId: payoutId, currency } = payout;
  await addNotice(tx, {
    event: 'payout.reversed',
    key: `${payoutId}:${reversedMinor}`,
    to: { userId: payout.userId, email: to?.email ?? null, language: to?.language ?? 'en' },
    data: { payoutId, amount, currency, reason: null, partial: reversedMinor < payout.cashMinor },
  });
}

/** Writes down what came back of a payout that was paid; nothing where that is known. */
async function takeBack(tx: Tx, ctx: Payments, payout: store.Payout, transfer: SentTransfer): Promise<void> {
  const reversedMinor = Math.min(transfer.reversedMinor, payout.cashMinor);
  if (reversedMinor <= payout.reversedMinor) return;
  const state = step(payout.state, reversedMinor < payout.cashMinor ? 'some_back' : 'all_back');
  const { transferId, amount } = await bookBack(tx, ctx, payout, reversedMinor);
  await store.setReversed(tx, payout, state, reversedMinor);
  const details = { state, transferId, stripeTransferId: transfer.id, reversedMinor, was: payout.reversedMinor };
  await audit(tx, { kind: 'payout.taken_back', actor: ACTOR, subject: payout.publicId, details });
  await tell(tx, payout, amount, reversedMinor);
}

/** Under the payout's lock. One that waits for Stripe's answer is paid now: here is its transfer. */
async function apply(tx: Tx, ctx: Payments, transfer: SentTransfer, payoutId: string, event: EventRow | null) {
  let payout = await store.lock(tx, payoutId);
  if (payout?.mode !== ctx.stripe.mode || payout.method !== 'connect') return false;
  await record(tx, ctx.stripe.mode, event, 'applied');
  if (payout.state === 'paying') {
    await end(tx, ctx, payout, { event: 'confirmed', stripeTransferId: transfer.id, actor: ACTOR });
    payout = await store.lock(tx, payoutId);
  }
  if (!payout || !WAS_PAID.has(payout.state) || payout.stripeTransferId !== transfer.id) {
    ctx.log.error({ payout: payoutId, transfer: transfer.id }, 'a transfer does not fit the payout that it names');
    return true;
  }
  await takeBack(tx, ctx, payout, transfer);
  return true;
}

/**
 * Brings the payout of a transfer in line with Stripe, with the event that told of it. False where the transfer is not
 * ours. Throws payments.away, AlreadySeen.
 */
async function followTransfer(ctx: Payments, transferId: string, event: EventRow | null): Promise<boolean> {
  const transfer = await ctx.stripe.transfer(transferId);
  const payoutId = transfer?.installId === ctx.config.installId ? transfer.payoutId : null;
  if (!transfer || payoutId === null) return false;
  return ctx.db.transaction((tx) => apply(tx, ctx, transfer, payoutId, event));
}

/** What payments are told of payouts, so that they need not know them. */
export const transfersToCreators: Above = {
  followTransfer,
  sentTransfers: ({ db, stripe }, afterId, limit) => store.sentTransfers(db, stripe.mode, afterId, limit),
};
