/** Giving money back: asked for here or at Stripe, booked when Stripe says so. */
import { AppError } from '#contract/errors.ts';
import type { TransferId } from '#contract/ids.ts';
import { withdrawIfRefunded } from '../access/tickets.ts';
import { audit } from '../platform/audit.ts';
import { newId } from '../platform/ids.ts';
import { money, reverse, reversedSoFar, transferById } from '../wallet/service.ts';
import type { Payments } from './payments.ts';
import { isForNoSeat, tellKept } from './seats.ts';
import { followPayment } from './settle.ts';
import * as store from './store.ts';
import { StripeRefused } from './stripe.ts';

export type Refund = {
  readonly transferId: string;
  /** Minor units; null: all that is left. */
  readonly amount: number | null;
  readonly reason: string;
  readonly key: string;
  readonly actor: string;
};
export type Refunded = {
  readonly transferId: TransferId | null;
  readonly state: 'done' | 'pending';
  readonly amount: number;
  readonly refunded: number;
};

/** Asks Stripe, which gives the same refund for the same row. Throws payments.away, refund.refused. */
async function ask(ctx: Payments, row: store.ReturnRow, paymentIntentId: string): Promise<void> {
  try {
    const { installId } = ctx.config;
    await ctx.stripe.createRefund({ id: row.publicId, paymentIntentId, amountMinor: row.amountMinor, installId });
  } catch (error) {
    if (!(error instanceof StripeRefused)) throw error;
    await store.setReturn(ctx.db, row.id, { state: 'refused', stripeId: null });
    throw new AppError('refund.refused', { reason: error.message });
  }
}

/** Writes down what is wanted, under the payment's lock, so that two at once cannot give back more than was paid. */
const want = (ctx: Payments, refund: Refund, paymentId: number) =>
  ctx.db.transaction(async (tx) => {
    const payment = await store.lockPayment(tx, paymentId);
    if (!payment) throw new AppError('wallet.not_refundable');
    const fingerprint = money.fingerprint({ transferId: refund.transferId, amount: refund.amount });
    const earlier = await store.returnByKey(tx, `refund:${refund.key}`);
    if (earlier && !earlier.fingerprint?.equals(fingerprint)) throw new AppError('wallet.key_reused');
    if (earlier) return earlier;
    const rows = await store.returnsOfPayment(tx, paymentId);
    const waiting = rows.filter(({ state }) => state === 'wanted').reduce((sum, row) => sum + row.amountMinor, 0);
    const left = payment.amountMinor - payment.returnedMinor - waiting;
    const amountMinor = refund.amount ?? left;
    if (amountMinor <= 0 || amountMinor > left) throw new AppError('wallet.refund_too_large', { left });
    const { actor, reason } = refund;
    const details = { transferId: refund.transferId, amount: amountMinor, reason };
    const publicId = newId('rfd');
    await audit(tx, { kind: 'refund.asked', actor, subject: refund.transferId, details });
    return store.insertReturn(tx, {
      publicId,
      paymentId,
      kind: 'refund',
      state: 'wanted',
      stripeId: null,
      requestKey: `refund:${refund.key}`,
      fingerprint,
      amountMinor,
      reason,
      actor,
    });
  });

/** Tickets and tips were paid in tokens: they go back into the wallet at once, without Stripe. */
async function refundTokens(ctx: Payments, refund: Refund): Promise<Refunded> {
  const transferId = refund.transferId as TransferId;
  const { reason, actor } = refund;
  return ctx.db.transaction(async (tx) => {
    const amount = refund.amount === null ? null : BigInt(refund.amount);
    const key = `refund:${refund.key}`;
    const facts = { reason, by: actor };
    const booked = await reverse(tx, ctx.config.secrets.ledgerKey, { transferId, amount, key, facts });
    if (!booked.repeated) {
      await withdrawIfRefunded(tx, { original: transferId, transferId: booked.transferId, reason, actor });
      const details = { transferId, amount: Number(booked.amount), reason };
      await audit(tx, { kind: 'payment.refund', actor, subject: booked.transferId, details });
      tx.afterCommit(() => ctx.media.wake());
    }
    const refunded = Number(await reversedSoFar(tx, booked.original));
    return { transferId: booked.transferId, state: 'done' as const, amount: Number(booked.amount), refunded };
  });
}

/** Kinds of sale that were paid from a wallet and may be taken back. */
const PAID_IN_TOKENS = new Set(['ticket', 'tip', 'call_block']);

/** Gives back any sale, wholly or in part. Throws as `refundSale` and the ledger's `reverse` do. */
export async function giveBack(ctx: Payments, refund: Refund): Promise<Refunded> {
  const transfer = await transferById(ctx.db, refund.transferId);
  if (!transfer) throw new AppError('wallet.transfer_not_found');
  return PAID_IN_TOKENS.has(transfer.kind) ? refundTokens(ctx, refund) : refundSale(ctx, refund);
}

/**
 * Gives back a sale that was paid through Stripe, wholly or in part. Where Stripe is away the refund is `pending` and
 * carried out later. Throws wallet.not_refundable, wallet.refund_too_large, wallet.key_reused, refund.refused.
 */
async function refundSale(ctx: Payments, refund: Refund): Promise<Refunded> {
  const payment = await store.paymentByTransfer(ctx.db, refund.transferId);
  if (!payment?.paymentIntentId || payment.mode !== ctx.stripe.mode) throw new AppError('wallet.not_refundable');
  const wanted = await want(ctx, refund, payment.id);
  if (wanted.state === 'refused') throw new AppError('refund.refused');
  if (wanted.state === 'wanted') {
    try {
      await ask(ctx, wanted, payment.paymentIntentId);
      await followPayment(ctx, payment.paymentIntentId);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'payments.away') throw error;
    }
  }
  const row = await store.returnById(ctx.db, wanted.publicId);
  const now = await store.paymentByTransfer(ctx.db, refund.transferId);
  return {
    transferId: (row?.transferId ?? null) as TransferId | null,
    state: row?.state === 'wanted' ? 'pending' : 'done',
    amount: wanted.amountMinor,
    refunded: now?.returnedMinor ?? 0,
  };
}

/** Carries out a refund that was asked for while Stripe was away. False where Stripe refuses it. */
export async function finishRefund(
  ctx: Payments,
  row: store.ReturnRow & { paymentIntentId: string },
): Promise<boolean> {
  // It may have been made, and the answer lost: Stripe forgets idempotency keys after a day, its list never.
  await followPayment(ctx, row.paymentIntentId);
  const now = await store.returnById(ctx.db, row.publicId);
  if (now?.state !== 'wanted') return true;
  try {
    await ask(ctx, row, row.paymentIntentId);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'refund.refused') throw error;
    if (isForNoSeat(row)) await tellKept(ctx, row, String(error.details?.['reason']));
    return false;
  }
  await followPayment(ctx, row.paymentIntentId);
  return true;
}
