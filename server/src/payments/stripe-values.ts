/** Stripe's objects as plain values: only what is used of them. */
import type Stripe from 'stripe';
import type { Tax } from '#contract/money.ts';
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
  /** What is charged; with tax on top it is known once the buyer has said from where. */
  readonly amountMinor: number | null;
  /** The same without tax that comes on top. */
  readonly subtotalMinor: number | null;
  /** The tax in `amountMinor`. */
  readonly taxMinor: number;
  readonly currency: string | null;
  /** Of what is paid once: Stripe makes it a little after the payment. */
  readonly invoiceId: string | null;
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
    subtotalMinor: session.amount_subtotal,
    taxMinor: session.total_details?.amount_tax ?? 0,
    currency: session.currency,
    invoiceId: idOf(session.invoice),
    customerId: idOf(session.customer),
    subscriptionId: idOf(session.subscription),
    metadata: session.metadata ?? {},
    payment: intent ? paidOf(intent) : null,
  };
}

/** How a price is taxed, and what it is for in Stripe's list of tax codes; null there: as the account says. */
export type Taxing = { readonly tax: Tax; readonly taxCode: string | null };

const behaviorOf = ({ tax }: Taxing) => (tax === 'none' ? {} : { tax_behavior: tax });
const productOf = (name: string, { tax, taxCode }: Taxing) =>
  tax === 'none' || taxCode === null ? { name } : { name, tax_code: taxCode };

export type NewSession = Taxing & {
  /** Also the idempotency key. */
  readonly checkoutId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly item:
    | { readonly name: string; readonly amountMinor: number; readonly currency: string }
    | { readonly priceId: string };
  readonly buyer: { readonly customerId: string } | { readonly email: string };
  /** An invoice is to be made of what is paid once. */
  readonly invoice: boolean;
  readonly language: 'en' | 'ro' | 'es';
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly expiresAt: Date;
};

export function sessionParams(wanted: NewSession): Stripe.Checkout.SessionCreateParams {
  const { item, buyer, metadata } = wanted;
  const once = 'name' in item;
  const price = once
    ? {
        price_data: {
          currency: item.currency,
          unit_amount: item.amountMinor,
          product_data: productOf(item.name, wanted),
          ...behaviorOf(wanted),
        },
      }
    : { price: item.priceId };
  const taxed = wanted.tax !== 'none';
  return {
    mode: once ? 'payment' : 'subscription',
    client_reference_id: wanted.checkoutId,
    metadata: { ...metadata },
    line_items: [{ ...price, quantity: 1 }],
    ...('email' in buyer ? { customer_email: buyer.email } : { customer: buyer.customerId }),
    // Said also where there is none: an account may have tax by default, and then what was paid would not be the price.
    automatic_tax: { enabled: taxed },
    // Where the buyer lives is asked on the page, and kept for the renewals.
    ...(taxed && 'customerId' in buyer ? { customer_update: { address: 'auto' as const } } : {}),
    ...(once && wanted.invoice ? { invoice_creation: { enabled: true } } : {}),
    ...(once
      ? { payment_intent_data: { metadata: { ...metadata } } }
      : { subscription_data: { metadata: { ...metadata } } }),
    success_url: wanted.successUrl,
    cancel_url: wanted.cancelUrl,
    expires_at: Math.floor(wanted.expiresAt.getTime() / 1000),
    locale: wanted.language,
  };
}

export type NewPrice = Taxing & {
  readonly ref: string;
  readonly name: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly installId: string;
};

/** A monthly price with its product. */
export const priceParams = (price: NewPrice): Stripe.PriceCreateParams => ({
  currency: price.currency,
  unit_amount: price.amountMinor,
  recurring: { interval: 'month' },
  product_data: { ...productOf(price.name, price), metadata: { install: price.installId } },
  ...behaviorOf(price),
  metadata: { install: price.installId, ref: price.ref },
});

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
  /** The tax in `amountMinor`. */
  readonly taxMinor: number;
  readonly currency: string;
  readonly paymentIntentId: string | null;
  /** End of the time that it pays for. */
  readonly periodEnd: Date;
};

/** The tax in what was paid of an invoice; credit that the customer had may have paid a part of it. */
function taxPaid({ total_taxes, total, amount_paid }: Stripe.Invoice): number {
  const tax = (total_taxes ?? []).reduce((sum, { amount }) => sum + amount, 0);
  if (total <= 0 || amount_paid === total) return tax;
  return Number((BigInt(tax) * BigInt(amount_paid)) / BigInt(total));
}

export function invoiceOf(invoice: Stripe.Invoice): Invoice {
  const payment = invoice.payments?.data.find(({ payment: { payment_intent } }) => payment_intent !== undefined);
  const ends = invoice.lines.data.map(({ period }) => period.end);
  return {
    id: invoice.id,
    amountMinor: invoice.amount_paid,
    taxMinor: taxPaid(invoice),
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
    ref: refOfEvent(event.type, object, event.account ?? null),
  };
}
