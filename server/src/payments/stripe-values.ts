/** Stripe's objects as plain values: only what is used of them. */
import type Stripe from 'stripe';
import { type EventRef, refOfEvent } from './rules.ts';

export const idOf = (one: string | { id: string } | null | undefined): string | null =>
  typeof one === 'string' ? one : (one?.id ?? null);
const instant = (seconds: number): Date => new Date(seconds * 1000);

export type Paid = {
  readonly paymentIntentId: string;
  readonly customerId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** How it was paid, as Stripe names it; null where it was not. */
  readonly method: string | null;
  /** True where refunds or disputes are worth asking for. */
  readonly hasReturns: boolean;
};

export function paidOf(intent: Stripe.PaymentIntent): Paid {
  const charge = typeof intent.latest_charge === 'string' ? null : intent.latest_charge;
  return {
    paymentIntentId: intent.id,
    customerId: idOf(intent.customer),
    metadata: intent.metadata,
    method: charge?.payment_method_details?.type ?? null,
    hasReturns: charge === null || charge.amount_refunded > 0 || charge.disputed,
  };
}

export type Session = {
  readonly id: string;
  readonly url: string | null;
  readonly status: string;
  /** The money is there; a session may be complete and still wait for it. */
  readonly paid: boolean;
  /** It was complete, and the money will not come. */
  readonly failed: boolean;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly customerId: string | null;
  readonly subscriptionId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly payment: Paid | null;
};

export function sessionOf(session: Stripe.Checkout.Session): Session {
  const intent = typeof session.payment_intent === 'string' ? null : session.payment_intent;
  return {
    id: session.id,
    url: session.url,
    status: session.status ?? 'open',
    paid: session.status === 'complete' && session.payment_status !== 'unpaid',
    failed:
      session.status === 'complete' &&
      session.payment_status === 'unpaid' &&
      (intent?.status === 'canceled' || intent?.status === 'requires_payment_method'),
    amountMinor: session.amount_total,
    currency: session.currency,
    customerId: idOf(session.customer),
    subscriptionId: idOf(session.subscription),
    metadata: session.metadata ?? {},
    payment: intent ? paidOf(intent) : null,
  };
}

export type NewSession = {
  /** Also the idempotency key. */
  readonly checkoutId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly item:
    | { readonly name: string; readonly amountMinor: number; readonly currency: string }
    | { readonly priceId: string };
  readonly buyer: { readonly customerId: string } | { readonly email: string };
  readonly language: 'en' | 'ro' | 'es';
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly expiresAt: Date;
};

export function sessionParams(wanted: NewSession): Stripe.Checkout.SessionCreateParams {
  const { item, buyer, metadata } = wanted;
  const once = 'name' in item;
  const price = once
    ? { price_data: { currency: item.currency, unit_amount: item.amountMinor, product_data: { name: item.name } } }
    : { price: item.priceId };
  return {
    mode: once ? 'payment' : 'subscription',
    client_reference_id: wanted.checkoutId,
    metadata: { ...metadata },
    line_items: [{ ...price, quantity: 1 }],
    ...('email' in buyer ? { customer_email: buyer.email } : { customer: buyer.customerId }),
    ...(once
      ? { payment_intent_data: { metadata: { ...metadata } } }
      : { subscription_data: { metadata: { ...metadata } } }),
    success_url: wanted.successUrl,
    cancel_url: wanted.cancelUrl,
    expires_at: Math.floor(wanted.expiresAt.getTime() / 1000),
    locale: wanted.language,
  };
}

export type Subscription = {
  readonly id: string;
  readonly status: string;
  readonly customerId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly cancelAtPeriodEnd: boolean;
  readonly currentPeriodEnd: Date | null;
  readonly endedAt: Date | null;
};

export function subscriptionOf(one: Stripe.Subscription): Subscription {
  const ends = one.items.data.map((item) => item.current_period_end);
  return {
    id: one.id,
    status: one.status,
    customerId: idOf(one.customer),
    metadata: one.metadata,
    cancelAtPeriodEnd: one.cancel_at_period_end || one.cancel_at !== null,
    currentPeriodEnd: ends.length > 0 ? instant(Math.max(...ends)) : null,
    endedAt: one.ended_at === null ? null : instant(one.ended_at),
  };
}

export type Invoice = {
  readonly id: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly paymentIntentId: string | null;
  /** End of the time that it pays for. */
  readonly periodEnd: Date;
};

export function invoiceOf(invoice: Stripe.Invoice): Invoice {
  const payment = invoice.payments?.data.find(({ payment: { payment_intent } }) => payment_intent !== undefined);
  const ends = invoice.lines.data.map(({ period }) => period.end);
  return {
    id: invoice.id,
    amountMinor: invoice.amount_paid,
    currency: invoice.currency,
    paymentIntentId: idOf(payment?.payment.payment_intent),
    periodEnd: instant(Math.max(invoice.period_end, ...ends)),
  };
}

/** A refund or a dispute. */
export type Return = {
  readonly id: string;
  readonly kind: 'refund' | 'dispute';
  readonly amountMinor: number;
  readonly status: string | null;
  readonly createdSeconds: number;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
};

export const refundOf = (one: Stripe.Refund): Return => ({
  id: one.id,
  kind: 'refund',
  amountMinor: one.amount,
  status: one.status,
  createdSeconds: one.created,
  reason: one.reason ?? 'refunded at Stripe',
  metadata: one.metadata ?? {},
});
export const disputeOf = (one: Stripe.Dispute): Return => ({
  id: one.id,
  kind: 'dispute',
  amountMinor: one.amount,
  status: one.status,
  createdSeconds: one.created,
  reason: one.reason,
  metadata: {},
});

export type SeenEvent = {
  readonly id: string;
  readonly type: string;
  readonly objectId: string | null;
  readonly createdAt: Date;
  readonly ref: EventRef;
};

export function eventOf(event: Stripe.Event): SeenEvent {
  const object: unknown = event.data.object;
  const id = object && typeof object === 'object' ? Reflect.get(object, 'id') : null;
  return {
    id: event.id,
    type: event.type,
    objectId: typeof id === 'string' ? id : null,
    createdAt: instant(event.created),
    ref: refOfEvent(event.type, object),
  };
}
