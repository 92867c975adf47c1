/** Memberships and plans: status, invoices and access follow Stripe, in whatever order it is heard. */
import type { SubscriptionId } from '#contract/ids.ts';
import { setMembership } from '../access/members.ts';
import { channelById } from '../channels/service.ts';
import { addNotice } from '../notifications/outbox.ts';
import { audit } from '../platform/audit.ts';
import type { Tx } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import type { EventRow } from './billing-store.ts';
import * as billing from './billing-store.ts';
import { bookSale } from './fulfil.ts';
import { afresh, type Payments, record, Stale } from './payments.ts';
import { followReturns, returnsOf } from './returns.ts';
import { accessUntil, subscriptionState } from './rules.ts';
import * as store from './store.ts';
import type { Invoice, Return, Subscription } from './stripe.ts';

type Read = {
  readonly stripe: Subscription;
  readonly invoices: readonly Invoice[];
  /** Refunds and disputes by payment intent, of those that were asked for. */
  readonly returns: ReadonlyMap<string, readonly Return[]>;
};

/** The row, made at the first word of Stripe from the purchase that began it. Null: the purchase is not ours. */
async function rowFor(tx: Tx, stripe: Subscription, known: billing.SubscriptionRow | null) {
  if (known) {
    const row = await billing.lock(tx, known.id);
    if (!row || row.version !== known.version) throw new Stale();
    return row;
  }
  const named = stripe.metadata['checkout'];
  const found = named ? await store.checkoutById(tx, named) : null;
  const checkout = found && (await store.lockCheckout(tx, found.id));
  if (!checkout || (checkout.kind !== 'membership' && checkout.kind !== 'plan') || !checkout.userId) return null;
  if (await billing.byStripeId(tx, stripe.id)) throw new Stale();
  await billing.insert(tx, {
    publicId: newId('sub'),
    mode: checkout.mode,
    kind: checkout.kind,
    checkoutId: checkout.id,
    userId: checkout.userId,
    email: checkout.email,
    language: checkout.language,
    channelId: checkout.channelId,
    plan: checkout.plan,
    amountMinor: checkout.amountMinor,
    currency: checkout.currency,
    stripeSubscriptionId: stripe.id,
    stripeCustomerId: stripe.customerId,
  });
  return billing.byStripeId(tx, stripe.id);
}

/** Books every paid invoice that is not booked, and marks the purchase paid by the first. */
async function bookInvoices(tx: Tx, ctx: Payments, row: billing.SubscriptionRow, invoices: readonly Invoice[]) {
  const booked = await store.paymentsOfSubscription(tx, row.id);
  const checkout = row.checkoutId === null ? null : await store.lockCheckout(tx, row.checkoutId);
  for (const invoice of invoices) {
    if (invoice.amountMinor <= 0 || booked.some(({ invoiceId }) => invoiceId === invoice.id)) continue;
    await bookSale(tx, ctx, {
      ...row,
      tokens: null,
      creatorBps: checkout?.creatorBps ?? 0,
      checkoutId: row.checkoutId,
      subscriptionId: row.id,
      amountMinor: invoice.amountMinor,
      taxMinor: invoice.taxMinor,
      currency: invoice.currency,
      paymentIntentId: invoice.paymentIntentId,
      invoiceId: invoice.id,
      periodEnd: invoice.periodEnd,
      key: `invoice:${invoice.id}`,
    });
  }
  if (invoices.length === 0 || !checkout || checkout.state === 'paid' || checkout.state === 'refunded') return;
  await store.setCheckout(tx, checkout.id, {
    state: 'paid',
    paymentIntentId: invoices[0]?.paymentIntentId ?? null,
  });
  tx.afterCommit(() => ctx.announcePaid(checkout.publicId));
}

async function tell(tx: Tx, row: billing.SubscriptionRow, now: billing.Followed): Promise<void> {
  if (row.kind !== 'membership' || row.channelId === null || row.state === now.state) return;
  const { slug, ownerId } = await channelById(tx, row.channelId);
  const name = (await billing.userById(tx, row.userId))?.name ?? null;
  const fan = { userId: row.userId, email: row.email, language: row.language };
  const creator = { userId: ownerId, email: null, language: (await billing.userById(tx, ownerId))?.language ?? 'en' };
  const until = now.accessUntil?.toISOString() ?? null;
  const key = `${row.publicId}:${row.version}`;
  if (now.state === 'active' && row.state === 'incomplete') {
    const event = 'membership.started' as const;
    const data = { channel: slug, fromName: null, until: now.currentPeriodEnd?.toISOString() ?? null };
    await addNotice(tx, { event, key, to: fan, data: { ...data, role: 'fan' } });
    await addNotice(tx, { event, key, to: creator, data: { ...data, role: 'creator', fromName: name } });
  }
  if (now.state === 'past_due') {
    await addNotice(tx, { event: 'membership.past_due', key, to: fan, data: { channel: slug, until } });
  }
  if (now.state === 'ended' && row.state !== 'incomplete') {
    const event = 'membership.ended' as const;
    await addNotice(tx, { event, key, to: fan, data: { channel: slug, role: 'fan', fromName: null } });
    await addNotice(tx, { event, key, to: creator, data: { channel: slug, role: 'creator', fromName: name } });
  }
}

const sameTime = (a: Date | null, b: Date | null): boolean => (a?.getTime() ?? 0) === (b?.getTime() ?? 0);
const isSame = (row: billing.SubscriptionRow, now: billing.Followed): boolean =>
  row.state === now.state &&
  (row.cancelAtPeriodEnd === 1) === now.cancelAtPeriodEnd &&
  (row.cancelWanted === 1) === now.cancelWanted &&
  sameTime(row.currentPeriodEnd, now.currentPeriodEnd) &&
  sameTime(row.accessUntil, now.accessUntil);

async function openAccess(tx: Tx, ctx: Payments, row: billing.SubscriptionRow, now: billing.Followed): Promise<void> {
  // A membership that was never paid opens nothing and leaves no trace.
  if (row.channelId === null || row.kind !== 'membership' || (!now.accessUntil && !row.accessUntil)) return;
  const over = now.state === 'ended' || now.state === 'incomplete' || !now.accessUntil;
  await setMembership(tx, {
    userId: row.userId,
    channelId: row.channelId,
    subscriptionId: row.publicId as SubscriptionId,
    state: over ? 'ended' : now.state === 'past_due' ? 'past_due' : 'active',
    until: now.accessUntil ?? new Date(),
  });
  tx.afterCommit(() => ctx.media.wake());
}

/** What our row is to say: Stripe's status, and to when it is paid by payments that were not taken back. */
function followed(read: Read, payments: readonly store.Payment[]): billing.Followed {
  const { stripe } = read;
  const state = subscriptionState(stripe.status);
  const kept = payments.filter(({ withdrawn }) => withdrawn !== 1);
  const ends = kept.map(({ periodEnd }) => periodEnd?.getTime() ?? 0);
  const paidUntil = ends.length > 0 ? new Date(Math.max(...ends)) : null;
  const last = payments.at(-1);
  return {
    state,
    stripeStatus: stripe.status,
    cancelAtPeriodEnd: stripe.cancelAtPeriodEnd,
    // What it bought last was taken back: it must not be renewed.
    cancelWanted: state !== 'ended' && last?.withdrawn === 1,
    currentPeriodEnd: stripe.currentPeriodEnd,
    accessUntil: accessUntil({
      state,
      cancelAtPeriodEnd: stripe.cancelAtPeriodEnd || last?.withdrawn === 1,
      endedAt: stripe.endedAt,
      paidUntil,
    }),
    endedAt: state === 'ended' ? (stripe.endedAt ?? new Date()) : null,
  };
}

async function apply(
  tx: Tx,
  ctx: Payments,
  known: billing.SubscriptionRow | null,
  read: Read,
  event: EventRow | null,
): Promise<billing.Followed | null> {
  const row = await rowFor(tx, read.stripe, known);
  await record(tx, ctx.stripe.mode, event, row ? 'applied' : 'foreign');
  if (!row) return null;
  await bookInvoices(tx, ctx, row, read.invoices);
  let moved = false;
  for (const [paymentIntentId, returns] of read.returns) {
    const payment = await store.paymentByIntent(tx, paymentIntentId);
    if (payment?.subscriptionId !== row.id) continue;
    moved = (await followReturns(tx, ctx, payment.id, returns)).moved || moved;
  }
  const now = followed(read, await store.paymentsOfSubscription(tx, row.id));
  // Saved for what moves no money, too: an older answer that is still on its way must find that somebody wrote since.
  if (!isSame(row, now) || moved) await billing.save(tx, row.id, now);
  if (isSame(row, now)) return now;
  await openAccess(tx, ctx, row, now);
  await tell(tx, row, now);
  const details = { state: now.state, was: row.state, until: now.accessUntil?.toISOString() ?? null };
  await audit(tx, { kind: 'subscription.followed', actor: 'stripe', subject: row.publicId, details });
  return now;
}

/** Asks for the way back of one payment, or of every one of the subscription. */
async function readReturns(ctx: Payments, invoices: readonly Invoice[], only: string | 'all' | null) {
  const returns = new Map<string, readonly Return[]>();
  const asked = invoices.flatMap(({ paymentIntentId }) => paymentIntentId ?? []);
  for (const paymentIntentId of asked.filter((id) => only === 'all' || id === only)) {
    returns.set(paymentIntentId, await returnsOf(ctx, await ctx.stripe.payment(paymentIntentId)));
  }
  return returns;
}

/**
 * Brings one subscription in line with Stripe: its status, its invoices, the refunds and disputes of the named payment
 * (or of all). False where it is not ours. Throws payments.away, AlreadySeen.
 */
export async function settleSubscription(
  ctx: Payments,
  stripeId: string,
  event: EventRow | null = null,
  withReturnsOf: string | 'all' | null = null,
): Promise<boolean> {
  const now = await afresh(async () => {
    const known = await billing.byStripeId(ctx.db, stripeId);
    const stripe = await ctx.stripe.subscription(stripeId);
    if (!stripe || (!known && stripe.metadata['install'] !== ctx.config.installId)) return null;
    const invoices = await ctx.stripe.paidInvoices(stripeId);
    const read = { stripe, invoices, returns: await readReturns(ctx, invoices, withReturnsOf) };
    return ctx.db.transaction((tx) => apply(tx, ctx, known, read, event));
  });
  // Stripe tells of it by an event; where that is lost, the reconciler asks.
  if (now?.cancelWanted) await ctx.stripe.cancelNow(stripeId);
  return now !== null;
}
