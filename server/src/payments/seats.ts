/** Seats of codes: given away one after the other, and what happens to money that came when the last one was gone. */
import { AppError } from '#contract/errors.ts';
import { SEAT_HOLD_MINUTES } from '../access/rules.ts';
import { type Channel, lockChannel } from '../channels/service.ts';
import { tellOperator } from '../notifications/operator.ts';
import { audit } from '../platform/audit.ts';
import type { Tx } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import { safeError } from '../platform/log.ts';
import type { Payments } from './payments.ts';
import * as seller from './shop-store.ts';
import * as store from './store.ts';
import { StripeRefused } from './stripe.ts';

/**
 * The end of a hold is not relied on for so long, milliseconds: whoever relies on it commits a little later, and until
 * then must be counted by everybody else.
 */
const COMMIT_MS = 20_000;
const REASON = 'no seat was left when the payment arrived';

const keyOf = (checkoutId: string): string => `no_seat:${checkoutId}`;

/**
 * Seats that are free for codes at an instant, those of `except` not counted. Needs the channel locked; locks its
 * running show too, because tickets take the same seats.
 */
export async function freeSeats(tx: Tx, channel: Channel, at: Date, except = 0): Promise<number> {
  const running = await seller.lockRunningSeats(tx, channel.id);
  return (running?.seats ?? channel.viewerLimit) - (await seller.seatsTaken(tx, channel.id, at, except));
}

/** Whether a code that was paid for has its seat: held for it since the purchase began, or one that is free still. */
export async function hasSeat(tx: Tx, row: store.Checkout): Promise<boolean> {
  if (row.channelId === null) throw new Error('a code without a channel');
  const nowMs = row.now.getTime();
  if (nowMs < row.createdAt.getTime() + SEAT_HOLD_MINUTES * 60_000 - COMMIT_MS) return true;
  const channel = await lockChannel(tx, row.channelId);
  if (!channel) throw new AppError('channel.not_found');
  const at = new Date(Math.max(nowMs, row.startsAt?.getTime() ?? 0));
  return (await freeSeats(tx, channel, at, row.id)) > 0;
}

/** Writes down that all of a payment goes back, because there was no seat for it. */
export async function wantBack(tx: Tx, row: store.Checkout, payment: store.Payment): Promise<void> {
  const { amountMinor, transferId } = payment;
  await store.insertReturn(tx, {
    publicId: newId('rfd'),
    paymentId: payment.id,
    kind: 'refund',
    state: 'wanted',
    stripeId: null,
    requestKey: keyOf(row.publicId),
    fingerprint: null,
    amountMinor,
    reason: REASON,
    actor: 'system',
  });
  const details = { transferId, amount: amountMinor, reason: REASON };
  await audit(tx, { kind: 'payment.no_seat', actor: 'system', subject: row.publicId, details });
}

/** Stripe will not send it back: the operator must look. */
export async function tellKept(ctx: Payments, wanted: store.ReturnRow, why: string): Promise<void> {
  const wrong = `${REASON}, and Stripe refused the refund: ${why}`;
  await ctx.db.transaction(async (tx) => {
    const payment = await store.lockPayment(tx, wanted.paymentId);
    const row = payment?.checkoutId ? await store.checkoutByRow(tx, payment.checkoutId) : null;
    if (!row) throw new Error('a payment without a seat has no purchase');
    await audit(tx, { kind: 'payment.kept', actor: 'stripe', subject: row.publicId, details: { wrong } });
    const data = { checkoutId: row.publicId, wrong };
    await tellOperator(tx, { event: 'operator.payment_mismatch', key: row.publicId, data });
  });
  ctx.log.error({ refund: wanted.publicId, why }, 'a payment without a seat cannot be sent back');
}

/** True where a refund was asked for by us, because there was no seat. */
export const isForNoSeat = ({ actor, reason }: store.ReturnRow): boolean => actor === 'system' && reason === REASON;

/**
 * Sends back at once what is wanted back of a purchase without a seat. True where Stripe took it; where Stripe is away
 * the run of each minute does it.
 */
export async function sendBack(ctx: Payments, checkoutId: string): Promise<boolean> {
  const wanted = await store.returnByKey(ctx.db, keyOf(checkoutId));
  if (wanted?.state !== 'wanted') return false;
  const row = await store.checkoutById(ctx.db, checkoutId);
  if (!row?.paymentIntentId) return false;
  const { publicId: id, amountMinor } = wanted;
  const { installId } = ctx.config;
  try {
    await ctx.stripe.createRefund({ id, paymentIntentId: row.paymentIntentId, amountMinor, installId });
    return true;
  } catch (error) {
    if (!(error instanceof AppError) && !(error instanceof StripeRefused)) throw error;
    ctx.log.warn({ err: safeError(error), checkout: checkoutId }, 'a payment without a seat is sent back later');
    return false;
  }
}
