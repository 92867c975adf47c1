/**
 * The one door to Stripe, or to its stand-in: the official SDK inside, plain values outside. Stripe being away, or
 * answering that it is overloaded, is `payments.away`; what it refuses is a `StripeRefused`.
 */
import Stripe from 'stripe';
import type { Config } from '#config/index.ts';
import { AppError } from '#contract/errors.ts';
import { type EventRef, refOfEvent } from './rules.ts';
import { asked, found } from './stripe-asking.ts';
import { connectDoor } from './stripe-connect.ts';

export { StripeRefused } from './stripe-asking.ts';

/** Longest that one request may take, and how often it is sent again with the same idempotency key. */
const TIMEOUT_MS = 3500;
const RETRIES = 1;
/** A webhook's signature may be so old, seconds. */
const SIGNATURE_SECONDS = 300;
/** Of one page of a list. */
const PAGE = 100;

/** Ids of one of them mean nothing to another. */
export type Mode = 'standin' | 'test' | 'live';

const idOf = (one: string | { id: string } | null | undefined): string | null =>
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

function paidOf(intent: Stripe.PaymentIntent): Paid {
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

function sessionOf(session: Stripe.Checkout.Session): Session {
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

function sessionParams(wanted: NewSession): Stripe.Checkout.SessionCreateParams {
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

function subscriptionOf(one: Stripe.Subscription): Subscription {
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

function invoiceOf(invoice: Stripe.Invoice): Invoice {
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

const refundOf = (one: Stripe.Refund): Return => ({
  id: one.id,
  kind: 'refund',
  amountMinor: one.amount,
  status: one.status,
  createdSeconds: one.created,
  reason: one.reason ?? 'refunded at Stripe',
  metadata: one.metadata ?? {},
});
const disputeOf = (one: Stripe.Dispute): Return => ({
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

function eventOf(event: Stripe.Event): SeenEvent {
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

function modeOf(config: Config): Mode {
  if (config.stripe.mode === 'standin') return 'standin';
  return /^(sk|rk)_live_/.test(config.secrets.stripeSecretKey) ? 'live' : 'test';
}

function clientOf(config: Config): Stripe {
  const { protocol, hostname, port } = new URL(config.stripe.apiBase);
  return new Stripe(config.secrets.stripeSecretKey, {
    protocol: protocol === 'http:' ? 'http' : 'https',
    host: hostname,
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES,
    telemetry: false,
    appInfo: { name: 'Stagedoor' },
  });
}

function checkoutDoor(client: Stripe) {
  return {
    createSession: async (wanted: NewSession) =>
      sessionOf(
        await asked(client.checkout.sessions.create(sessionParams(wanted), { idempotencyKey: wanted.checkoutId })),
      ),
    session: async (id: string): Promise<Session | null> => {
      const expand = ['payment_intent.latest_charge'];
      const one = await found(client.checkout.sessions.retrieve(id, { expand }));
      return one && sessionOf(one);
    },
    payment: async (id: string): Promise<Paid | null> => {
      const one = await found(client.paymentIntents.retrieve(id, { expand: ['latest_charge'] }));
      return one && paidOf(one);
    },
    createCustomer: async (user: { userId: string; email: string; name: string; installId: string }) => {
      const params = { email: user.email, name: user.name, metadata: { install: user.installId, user: user.userId } };
      return (
        await asked(client.customers.create(params, { idempotencyKey: `customer_${user.installId}_${user.userId}` }))
      ).id;
    },
    /** A monthly price with its product. */
    createPrice: async (price: {
      ref: string;
      name: string;
      amountMinor: number;
      currency: string;
      installId: string;
    }) => {
      const params = {
        currency: price.currency,
        unit_amount: price.amountMinor,
        recurring: { interval: 'month' as const },
        product_data: { name: price.name, metadata: { install: price.installId } },
        metadata: { install: price.installId, ref: price.ref },
      };
      return (await asked(client.prices.create(params, { idempotencyKey: `price_${price.installId}_${price.ref}` })))
        .id;
    },
  };
}

function returnsDoor(client: Stripe) {
  return {
    /** All refunds and disputes of a payment, oldest first. */
    returnsOf: async (paymentIntentId: string): Promise<Return[]> => {
      const [refunds, disputes] = await Promise.all([
        asked(client.refunds.list({ payment_intent: paymentIntentId, limit: PAGE })),
        asked(client.disputes.list({ payment_intent: paymentIntentId, limit: PAGE })),
      ]);
      return [...refunds.data.map(refundOf), ...disputes.data.map(disputeOf)].sort(
        (a, b) => a.createdSeconds - b.createdSeconds || (a.id < b.id ? -1 : 1),
      );
    },
    /** Throws StripeRefused. */
    createRefund: async (wanted: { id: string; paymentIntentId: string; amountMinor: number; installId: string }) => {
      const params = {
        payment_intent: wanted.paymentIntentId,
        amount: wanted.amountMinor,
        metadata: { install: wanted.installId, refund: wanted.id },
      };
      await asked(client.refunds.create(params, { idempotencyKey: wanted.id }));
    },
  };
}

function billingDoor(client: Stripe) {
  return {
    subscription: async (id: string): Promise<Subscription | null> => {
      const one = await found(client.subscriptions.retrieve(id));
      return one && subscriptionOf(one);
    },
    /** Ends it with the paid time, or takes that back. */
    setCancelAtPeriodEnd: async (id: string, cancel: boolean) => {
      await asked(client.subscriptions.update(id, { cancel_at_period_end: cancel }));
    },
    cancelNow: async (id: string) => {
      await found(client.subscriptions.cancel(id));
    },
    /** Paid invoices, oldest first. */
    paidInvoices: async (subscriptionId: string): Promise<Invoice[]> => {
      const params = { subscription: subscriptionId, status: 'paid' as const, limit: PAGE, expand: ['data.payments'] };
      const { data } = await asked(client.invoices.list(params));
      return data.map(invoiceOf).reverse();
    },
    /** The subscription whose invoice was paid by this payment, or null. */
    subscriptionOfPayment: async (paymentIntentId: string): Promise<string | null> => {
      const payment = { type: 'payment_intent' as const, payment_intent: paymentIntentId };
      const { data } = await asked(client.invoicePayments.list({ payment, limit: 1 }));
      const invoiceId = idOf(data[0]?.invoice);
      const invoice = invoiceId === null ? null : await found(client.invoices.retrieve(invoiceId));
      return idOf(invoice?.parent?.subscription_details?.subscription);
    },
  };
}

export type StripeDoor = ReturnType<typeof openStripe>;

/** Opens the door; connects at the first request. */
export function openStripe(config: Config) {
  const client = clientOf(config);
  return {
    mode: modeOf(config),
    ...checkoutDoor(client),
    ...returnsDoor(client),
    ...billingDoor(client),
    ...connectDoor(client),
    /** Checks a webhook's signature on the raw body. Throws payments.signature. */
    readWebhook(body: Buffer, signature: string): SeenEvent {
      const { stripeWebhookSecret } = config.secrets;
      try {
        return eventOf(client.webhooks.constructEvent(body, signature, stripeWebhookSecret, SIGNATURE_SECONDS));
      } catch {
        throw new AppError('payments.signature');
      }
    },
    /** Events since an instant, oldest first. */
    async eventsSince(from: Date): Promise<SeenEvent[]> {
      const events: SeenEvent[] = [];
      const created = { gte: Math.floor(from.getTime() / 1000) };
      let after: string | undefined;
      for (;;) {
        const params = { created, limit: PAGE, ...(after ? { starting_after: after } : {}) };
        const page = await asked(client.events.list(params));
        events.push(...page.data.map(eventOf));
        after = page.data.at(-1)?.id;
        if (!page.has_more || after === undefined) return events.reverse();
      }
    },
  };
}
