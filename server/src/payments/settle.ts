/**
 * Brings our rows in line with what Stripe says now. Webhook, success page and reconciler all come here, as often as
 * they like: nothing is believed from an event but which object it is about.
 */
import type { CheckoutState } from '#contract/checkouts.ts';
import { tellOperator } from '../notifications/operator.ts';
import { audit } from '../platform/audit.ts';
import type { Tx } from '../platform/db.ts';
import type { EventRow } from './billing-store.ts';
import * as billing from './billing-store.ts';
import { followConnect } from './connect.ts';
import { bookSale, handOverCode } from './fulfil.ts';
import { AlreadySeen, afresh, type Payments, record, Stale } from './payments.ts';
import { followReturns, returnsOf } from './returns.ts';
import { chargeProblem } from './rules.ts';
import { hasSeat, sendBack, wantBack } from './seats.ts';
import * as store from './store.ts';
import type { Return, SeenEvent, Session } from './stripe.ts';
import { settleSubscription } from './subscriptions.ts';

type Read = { readonly row: store.Checkout; readonly session: Session; readonly returns: readonly Return[] };

/** Why what was paid is not what was asked for; null where it is. */
function mismatch({ row, session }: Read): string | null {
  if (session.metadata['checkout'] !== row.publicId) return 'the session belongs to another purchase';
  if (session.currency !== row.currency) return 'the currency is another';
  return chargeProblem(row.amountMinor, row.tax, session);
}

async function fulfilCheckout(tx: Tx, ctx: Payments, read: Read): Promise<store.Payment> {
  const { row, session } = read;
  const seated = row.kind !== 'code' || (await hasSeat(tx, row));
  const payment = await bookSale(tx, ctx, {
    ...row,
    // With tax on top it is more than the price.
    amountMinor: session.amountMinor ?? row.amountMinor,
    taxMinor: session.taxMinor,
    checkoutId: row.id,
    subscriptionId: null,
    paymentIntentId: session.payment?.paymentIntentId ?? null,
    invoiceId: session.invoiceId,
    periodEnd: null,
    key: `checkout:${session.id}`,
  });
  const codeId = row.kind === 'code' && seated ? await handOverCode(tx, ctx, row) : null;
  if (!seated) await wantBack(tx, row, payment);
  await store.setCheckout(tx, row.id, {
    state: seated ? 'paid' : 'refunded',
    codeId,
    paymentIntentId: session.payment?.paymentIntentId ?? null,
    customerId: session.customerId,
    method: session.payment?.method ?? null,
  });
  tx.afterCommit(() => ctx.announcePaid(row.publicId));
  return payment;
}

async function paidCheckout(tx: Tx, ctx: Payments, read: Read): Promise<CheckoutState> {
  const { row, session, returns } = read;
  const wrong = row.state === 'paid' || row.state === 'refunded' ? null : mismatch(read);
  if (wrong) {
    // Money came that we did not ask for: nothing is handed over, and the operator must look.
    ctx.log.error({ checkout: row.publicId, session: session.id, wrong }, 'a payment does not fit its purchase');
    await store.setCheckout(tx, row.id, { state: 'failed' });
    await audit(tx, { kind: 'payment.mismatch', actor: 'stripe', subject: row.publicId, details: { wrong } });
    const data = { checkoutId: row.publicId, wrong };
    await tellOperator(tx, { event: 'operator.payment_mismatch', key: row.publicId, data });
    return 'failed';
  }
  const payment = (await store.paymentOfCheckout(tx, row.id)) ?? (await fulfilCheckout(tx, ctx, read));
  const after = await followReturns(tx, ctx, payment.id, returns);
  // Without a seat there is no code, and all of it is on its way back.
  const seatless = row.kind === 'code' && (await store.checkoutByRow(tx, row.id))?.codeId === null;
  const state = seatless || after.returnedMinor >= after.amountMinor ? 'refunded' : 'paid';
  const changed = after.returnedMinor !== payment.returnedMinor || after.withdrawn !== payment.withdrawn;
  // Also for what moves no money, as a dispute that was won before we heard of it: an older answer is still on its way.
  if (changed || after.moved || (row.state !== 'open' && row.state !== state)) {
    await store.setCheckout(tx, row.id, { state });
  }
  return state;
}

async function apply(tx: Tx, ctx: Payments, read: Read, event: EventRow | null): Promise<CheckoutState> {
  const row = await store.lockCheckout(tx, read.row.id);
  if (!row || row.version !== read.row.version) throw new Stale();
  await record(tx, ctx.stripe.mode, event, 'applied');
  const { session } = read;
  if (session.paid) return row.state === 'failed' ? 'failed' : paidCheckout(tx, ctx, { ...read, row });
  if (row.state !== 'open' || (session.status !== 'expired' && !session.failed)) return row.state;
  const state = session.failed ? 'failed' : 'expired';
  await store.setCheckout(tx, row.id, { state });
  return state;
}

const withoutEffect = (ctx: Payments, event: EventRow | null, outcome: billing.Outcome) =>
  ctx.db.transaction((tx) => record(tx, ctx.stripe.mode, event, outcome));

const settleOnce = (ctx: Payments, checkoutId: string, event: EventRow | null) =>
  afresh(async (): Promise<CheckoutState | null> => {
    const row = await store.checkoutById(ctx.db, checkoutId);
    if (!row || row.mode !== ctx.stripe.mode || row.stripeSessionId === null) {
      await withoutEffect(ctx, event, 'foreign');
      return row?.state ?? null;
    }
    const session = await ctx.stripe.session(row.stripeSessionId);
    if (!session) {
      await withoutEffect(ctx, event, 'foreign');
      return row.state;
    }
    if (session.subscriptionId !== null) {
      if (!(await settleSubscription(ctx, session.subscriptionId, event))) await withoutEffect(ctx, event, 'foreign');
      return (await store.checkoutById(ctx.db, checkoutId))?.state ?? null;
    }
    const read = { row, session, returns: await returnsOf(ctx, session.payment) };
    return ctx.db.transaction((tx) => apply(tx, ctx, read, event));
  });

/**
 * Brings one purchase in line with Stripe, its refunds included. Returns its state. Throws payments.away, AlreadySeen
 * (the event was applied before).
 */
export async function settleCheckout(
  ctx: Payments,
  checkoutId: string,
  event: EventRow | null = null,
): Promise<CheckoutState | null> {
  const state = await settleOnce(ctx, checkoutId, event);
  if (state !== 'refunded' || !(await sendBack(ctx, checkoutId))) return state;
  // Stripe has taken it: that is booked now, rather than when its event comes.
  return settleOnce(ctx, checkoutId, null);
}

/** The purchase that an event's session belongs to; a crash may have kept us from noting the session's id. */
async function checkoutOfSession(ctx: Payments, sessionId: string): Promise<string | null> {
  const row = await store.checkoutBySession(ctx.db, sessionId);
  if (row) return row.publicId;
  const session = await ctx.stripe.session(sessionId);
  const named = session?.metadata['checkout'];
  if (!named || session.metadata['install'] !== ctx.config.installId) return null;
  const checkout = await store.checkoutById(ctx.db, named);
  if (!checkout || checkout.stripeSessionId !== null || checkout.mode !== ctx.stripe.mode) return null;
  await store.saveSession(ctx.db, checkout.id, sessionId, session.url);
  return checkout.publicId;
}

async function settlePayment(ctx: Payments, paymentIntentId: string, event: EventRow | null): Promise<boolean> {
  const known = await store.paymentByIntent(ctx.db, paymentIntentId);
  if (known?.checkoutId) {
    const checkout = await store.checkoutByRow(ctx.db, known.checkoutId);
    if (checkout?.stripeSessionId && checkout.kind !== 'membership' && checkout.kind !== 'plan') {
      await settleCheckout(ctx, checkout.publicId, event);
      return true;
    }
  }
  if (known?.subscriptionId) {
    const subscription = await billing.byRow(ctx.db, known.subscriptionId);
    if (subscription) return settleSubscription(ctx, subscription.stripeSubscriptionId, event, paymentIntentId);
  }
  const paid = await ctx.stripe.payment(paymentIntentId);
  const { install, checkout } = paid?.metadata ?? {};
  if (install === ctx.config.installId && checkout) {
    await settleCheckout(ctx, checkout, event);
    return true;
  }
  const subscriptionId = paid && install === undefined ? await ctx.stripe.subscriptionOfPayment(paymentIntentId) : null;
  return subscriptionId !== null && settleSubscription(ctx, subscriptionId, event, paymentIntentId);
}

/** Follows the refunds and disputes of a payment that is ours. */
export const followPayment = (ctx: Payments, paymentIntentId: string) => settlePayment(ctx, paymentIntentId, null);

async function settleTransfer(ctx: Payments, transferId: string, event: EventRow): Promise<billing.Outcome> {
  if (await ctx.above.followTransfer(ctx, transferId, event)) return 'applied';
  await withoutEffect(ctx, event, 'foreign');
  return 'foreign';
}

async function settleRef(ctx: Payments, { ref }: SeenEvent, event: EventRow): Promise<billing.Outcome> {
  if (ref.about === 'nothing') {
    await withoutEffect(ctx, event, 'unused');
    return 'unused';
  }
  let ours = true;
  if (ref.about === 'subscription') ours = await settleSubscription(ctx, ref.id, event);
  else if (ref.about === 'payment') ours = await settlePayment(ctx, ref.id, event);
  else if (ref.about === 'account') ours = await followConnect(ctx, ref.id, event);
  else if (ref.about === 'transfer') return settleTransfer(ctx, ref.id, event);
  else {
    const checkoutId = await checkoutOfSession(ctx, ref.id);
    ours = checkoutId !== null;
    if (checkoutId !== null) await settleCheckout(ctx, checkoutId, event);
  }
  if (!ours) await withoutEffect(ctx, event, 'foreign');
  return ours ? 'applied' : 'foreign';
}

/**
 * Takes in an event: its row and its effect in one transaction, once. Another product's events and types that we do
 * not follow are kept without effect. Throws payments.away and what the database throws; then nothing is kept.
 */
export async function takeIn(
  ctx: Payments,
  seen: SeenEvent,
  source: EventRow['source'],
): Promise<billing.Outcome | 'duplicate'> {
  if (await billing.hasEvent(ctx.db, seen.id)) return 'duplicate';
  const { id, type, objectId, createdAt } = seen;
  try {
    return await settleRef(ctx, seen, { id, type, objectId, createdAt, source });
  } catch (error) {
    if (error instanceof AlreadySeen) return 'duplicate';
    throw error;
  }
}
