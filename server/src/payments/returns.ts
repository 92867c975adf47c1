/** Refunds and disputes: what Stripe says of a payment's way back is followed, in whatever order it is heard. */
import { codeById, restoreCode, revokeCode } from '../access/service.ts';
import { channelById } from '../channels/service.ts';
import { addNotice } from '../notifications/outbox.ts';
import { audit } from '../platform/audit.ts';
import type { Tx } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import { reverse } from '../wallet/service.ts';
import { userById } from './billing-store.ts';
import type { Payments } from './payments.ts';
import { disputeTakes, refundTakes } from './rules.ts';
import * as store from './store.ts';
import type { Return } from './stripe.ts';

const takes = ({ kind, status }: Return): boolean =>
  kind === 'refund' ? refundTakes(status) : disputeTakes(status ?? '');

/** Our row of a refund or dispute; made where it was begun at Stripe and not here. */
async function rowOf(tx: Tx, payment: store.Payment, known: readonly store.ReturnRow[], one: Return) {
  const row = known.find(({ stripeId, publicId }) => stripeId === one.id || publicId === one.metadata['refund']);
  if (row) return row;
  return store.insertReturn(tx, {
    publicId: newId('rfd'),
    paymentId: payment.id,
    kind: one.kind,
    state: 'wanted',
    stripeId: one.id,
    requestKey: null,
    fingerprint: null,
    amountMinor: one.amountMinor,
    reason: one.reason,
    actor: 'stripe',
  });
}

async function tell(tx: Tx, payment: store.Payment, one: Return, taken: number, transferId: string): Promise<void> {
  const channel = payment.channelId === null ? null : await channelById(tx, payment.channelId);
  const checkout = payment.checkoutId === null ? null : await store.checkoutByRow(tx, payment.checkoutId);
  const owner = channel && (await userById(tx, channel.ownerId));
  const back = {
    what: payment.kind,
    amount: taken,
    currency: payment.currency,
    channel: channel?.slug ?? null,
    transferId,
  };
  const partial = payment.returnedMinor + taken < payment.amountMinor;
  const noSeat = payment.kind === 'code' && checkout?.codeId === null;
  const buyer = { userId: payment.userId, email: payment.email, language: checkout?.language ?? ('en' as const) };
  const seller = { userId: channel?.ownerId ?? null, email: null, language: owner?.language ?? ('en' as const) };
  const key = one.id;
  if (one.kind === 'dispute') {
    await addNotice(tx, { event: 'payment.disputed', key, to: seller, data: { role: 'seller', ...back } });
    return;
  }
  const event = 'payment.refunded' as const;
  await addNotice(tx, { event, key, to: buyer, data: { role: 'buyer', partial, noSeat, ...back } });
  await addNotice(tx, { event, key, to: seller, data: { role: 'seller', partial, noSeat, ...back } });
}

/** Books what Stripe took back. More than what was paid cannot be: a refund beside a dispute counts up to the rest. */
async function take(tx: Tx, { config }: Payments, payment: store.Payment, row: store.ReturnRow, one: Return) {
  const amount = Math.min(one.amountMinor, payment.amountMinor - payment.returnedMinor);
  let transferId: string | null = null;
  if (amount > 0) {
    const booked = await reverse(tx, config.secrets.ledgerKey, {
      transferId: payment.transferId as Parameters<typeof reverse>[2]['transferId'],
      amount: BigInt(amount),
      kind: one.kind,
      key: `${one.kind}:${one.id}`,
      facts: { reason: row.reason, by: row.actor },
    });
    transferId = booked.transferId;
    await tell(tx, payment, one, amount, transferId);
  }
  await store.setReturn(tx, row.id, { state: 'taken', stripeId: one.id, transferId });
  const details = { amount, payment: payment.transferId, reason: row.reason };
  await audit(tx, { kind: `payment.${one.kind}`, actor: row.actor, subject: transferId ?? row.publicId, details });
  return { ...payment, returnedMinor: payment.returnedMinor + amount };
}

/** A dispute was won, or a refund came back: the sale stands again. */
async function giveBack(tx: Tx, { config }: Payments, payment: store.Payment, row: store.ReturnRow, one: Return) {
  let amount = 0;
  let restoredTransferId: string | null = null;
  if (row.transferId !== null) {
    const booked = await reverse(tx, config.secrets.ledgerKey, {
      transferId: row.transferId as Parameters<typeof reverse>[2]['transferId'],
      amount: null,
      kind: 'dispute_won',
      key: `${one.kind}_back:${one.id}`,
      facts: { because: one.kind === 'dispute' ? 'the dispute was won' : 'the refund failed' },
    });
    amount = Number(booked.amount);
    restoredTransferId = booked.transferId;
  }
  await store.setReturn(tx, row.id, { state: 'returned', stripeId: one.id, restoredTransferId });
  await audit(tx, { kind: `payment.${one.kind}_back`, actor: 'stripe', subject: restoredTransferId ?? row.publicId });
  return { ...payment, returnedMinor: payment.returnedMinor - amount };
}

async function withdrawCode(tx: Tx, ctx: Payments, payment: store.Payment, withdraw: boolean): Promise<boolean> {
  const checkout = payment.checkoutId === null ? null : await store.checkoutByRow(tx, payment.checkoutId);
  if (!checkout?.codeId) return false;
  tx.afterCommit(() => ctx.media.wake());
  if (withdraw) return revokeCode(tx, await codeById(tx, checkout.codeId), 'stripe');
  await restoreCode(tx, checkout.codeId, 'stripe');
  return false;
}

/** `moved`: a refund or dispute is in another state than before, even where no money moved by it. */
type Followed = store.Payment & { readonly moved: boolean };

/**
 * Brings a payment in line with its refunds and disputes as Stripe lists them now. All of it back, or any dispute,
 * withdraws what was bought; less keeps it. Returns the payment as it is then.
 */
export async function followReturns(
  tx: Tx,
  ctx: Payments,
  paymentId: number,
  returns: readonly Return[],
): Promise<Followed> {
  const locked = await store.lockPayment(tx, paymentId);
  if (!locked) throw new Error('a payment is gone');
  if (returns.length === 0) return { ...locked, moved: false };
  let payment = locked;
  let moved = false;
  const known = await store.returnsOfPayment(tx, paymentId);
  for (const one of returns) {
    const row = await rowOf(tx, payment, known, one);
    moved ||= takes(one) ? row.state !== 'taken' : row.state === 'taken' || row.state === 'wanted';
    if (takes(one) && row.state !== 'taken') payment = await take(tx, ctx, payment, row, one);
    else if (!takes(one) && row.state === 'taken') payment = await giveBack(tx, ctx, payment, row, one);
    else if (!takes(one) && row.state === 'wanted') {
      await store.setReturn(tx, row.id, { state: one.kind === 'refund' ? 'refused' : 'returned', stripeId: one.id });
    }
  }
  const disputed = returns.some((one) => one.kind === 'dispute' && takes(one));
  const withdraw = disputed || payment.returnedMinor >= payment.amountMinor;
  let withdrawn = payment.withdrawn === 1;
  if (withdraw !== withdrawn) {
    withdrawn = payment.kind === 'code' ? await withdrawCode(tx, ctx, payment, withdraw) : withdraw;
  }
  await store.setReturned(tx, paymentId, payment.returnedMinor, withdrawn);
  return { ...payment, withdrawn: withdrawn ? 1 : 0, moved };
}

/** Refunds and disputes of a payment; none are asked for where Stripe says that there are none and we know of none. */
export async function returnsOf(ctx: Payments, paid: { paymentIntentId: string; hasReturns: boolean } | null) {
  if (!paid) return [];
  if (!paid.hasReturns) {
    const payment = await store.paymentByIntent(ctx.db, paid.paymentIntentId);
    const known = payment ? await store.returnsOfPayment(ctx.db, payment.id) : [];
    if (known.length === 0) return [];
  }
  return ctx.stripe.returnsOf(paid.paymentIntentId);
}
