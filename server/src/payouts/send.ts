/**
 * The way of an approved payout through Stripe. Stripe is asked outside any transaction; what it did is looked up before
 * anything is sent, so that a lost answer or a killed process never makes a second transfer.
 */
import { AppError } from '#contract/errors.ts';
import { StripeRefused } from '../payments/stripe.ts';
import { isTooLow } from '../payments/stripe-connect.ts';
import { audit } from '../platform/audit.ts';
import type { Tx } from '../platform/db.ts';
import { safeError } from '../platform/log.ts';
import { keyOfSending, step } from './rules.ts';
import { end, type Payouts } from './service.ts';
import * as store from './store.ts';

/** How long to wait where Stripe was away, seconds. */
const AGAIN_SECONDS = 60;
/** Payouts of one run of the worker. */
const BATCH = 50;
const ACTOR = 'stripe';

type Fate =
  | { readonly is: 'sent'; readonly stripeTransferId: string }
  | { readonly is: 'refused'; readonly why: string; readonly forGood: boolean };

/** Finds the transfer of a payout, else makes it. Throws payments.away: then nobody knows. */
async function fateOf(ctx: Payouts, payout: store.Payout): Promise<Fate> {
  const { installId } = ctx.config;
  const asked = { payoutId: payout.publicId, installId };
  const found = await ctx.stripe.transferOf(asked);
  if (found !== null) return { is: 'sent', stripeTransferId: found };
  try {
    const stripeTransferId = await ctx.stripe.createTransfer({
      ...asked,
      idempotencyKey: keyOfSending(payout.publicId, payout.sends),
      destination: payout.destination ?? '',
      amountMinor: payout.cashMinor,
      currency: payout.cashCurrency,
    });
    return { is: 'sent', stripeTransferId };
  } catch (error) {
    if (!(error instanceof StripeRefused)) throw error;
    return { is: 'refused', why: error.message, forGood: !isTooLow(error) };
  }
}

/** Writes down what became of a sending, once; what another process wrote first stays. */
async function settle(tx: Tx, ctx: Payouts, sending: store.Payout, fate: Fate): Promise<void> {
  const payout = await store.lock(tx, sending.publicId);
  if (payout?.state !== 'paying' || payout.sends !== sending.sends) return;
  if (fate.is === 'sent') {
    await end(tx, ctx, payout, { event: 'confirmed', stripeTransferId: fate.stripeTransferId, actor: ACTOR });
  } else if (fate.forGood) {
    await end(tx, ctx, payout, { event: 'refused', reason: fate.why, actor: ACTOR });
  } else {
    const state = step(payout.state, 'put_back');
    await store.change(tx, payout, { state, method: null, problem: fate.why });
    await audit(tx, { kind: 'payout.put_back', actor: ACTOR, subject: payout.publicId, details: { why: fate.why } });
  }
}

/** Sends a payout that is `paying`, or finds out what became of it. Stripe being away leaves it to the worker. */
export async function sendPayout(ctx: Payouts, payoutId: string): Promise<void> {
  const payout = await store.byId(ctx.db, payoutId);
  if (payout?.state !== 'paying' || payout.mode !== ctx.stripe.mode) return;
  let fate: Fate;
  try {
    fate = await fateOf(ctx, payout);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await store.postpone(ctx.db, payout.id, 'The payment service is away; it is asked again.', AGAIN_SECONDS);
    return;
  }
  await ctx.db.transaction((tx) => settle(tx, ctx, payout, fate));
}

/** Finishes what was handed to Stripe and not confirmed. Returns how many were looked at. */
export async function finishPayouts(ctx: Payouts): Promise<number> {
  const due = await store.due(ctx.db, ctx.stripe.mode, BATCH);
  for (const { publicId } of due) {
    try {
      await sendPayout(ctx, publicId);
    } catch (error) {
      // One that cannot be finished must not keep the others from it.
      ctx.log.warn({ err: safeError(error), payout: publicId }, 'a payout could not be finished; it is tried again');
    }
  }
  return due.length;
}
