/**
 * The one door to Stripe, or to its stand-in: the official SDK inside, plain values outside. Stripe being away, or
 * answering that it is overloaded, is `payments.away`; what it refuses is a `StripeRefused`.
 */
import Stripe from 'stripe';
import type { Config } from '#config/index.ts';
import { AppError } from '#contract/errors.ts';
import { asked, found, StripeRefused } from './stripe-asking.ts';
import { connectDoor } from './stripe-connect.ts';
import type { Invoice, NewPrice, NewSession, Return, SeenEvent, Session, Subscription } from './stripe-values.ts';
import * as values from './stripe-values.ts';

export { StripeRefused } from './stripe-asking.ts';
export type { SentTransfer } from './stripe-connect.ts';
export type { Invoice, Return, SeenEvent, Session, Subscription } from './stripe-values.ts';

/** Longest that one request may take, and how often it is sent again with the same idempotency key. */
const TIMEOUT_MS = 3500;
const RETRIES = 1;
/** A webhook's signature may be so old, seconds. */
const SIGNATURE_SECONDS = 300;
/** Of one page of a list. */
const PAGE = 100;

/** Ids of one of them mean nothing to another. */
export type Mode = 'standin' | 'test' | 'live';

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

/**
 * What a webhook may be signed with: the secret of the endpoint for the own account and of the one for connected accounts,
 * of each the old and the new one while it is changed.
 */
const signingSecrets = ({ secrets }: Config): string[] =>
  [secrets.stripeWebhookSecret, ...(secrets.stripeConnectWebhookSecret ? [secrets.stripeConnectWebhookSecret] : [])]
    .flatMap((known) => known.split(','))
    .filter((secret) => secret !== '');

function checkoutDoor(client: Stripe) {
  return {
    createSession: async (wanted: NewSession) =>
      values.sessionOf(
        await asked(
          client.checkout.sessions.create(values.sessionParams(wanted), { idempotencyKey: wanted.checkoutId }),
        ),
      ),
    session: async (id: string): Promise<Session | null> => {
      const expand = ['payment_intent.latest_charge'];
      const one = await found(client.checkout.sessions.retrieve(id, { expand }));
      return one && values.sessionOf(one);
    },
    payment: async (id: string): Promise<values.Paid | null> => {
      const one = await found(client.paymentIntents.retrieve(id, { expand: ['latest_charge'] }));
      return one && values.paidOf(one);
    },
    createCustomer: async (user: { userId: string; email: string; name: string; installId: string }) => {
      const params = { email: user.email, name: user.name, metadata: { install: user.installId, user: user.userId } };
      return (
        await asked(client.customers.create(params, { idempotencyKey: `customer_${user.installId}_${user.userId}` }))
      ).id;
    },
    createPrice: async (price: NewPrice) => {
      const idempotencyKey = `price_${price.installId}_${price.ref}`;
      return (await asked(client.prices.create(values.priceParams(price), { idempotencyKey }))).id;
    },
  };
}

function leavingDoor(client: Stripe) {
  return {
    /** Nobody can pay on it any more; nothing happens where it is paid or over. Throws payments.away. */
    expireSession: async (id: string): Promise<void> => {
      try {
        await asked(client.checkout.sessions.expire(id));
      } catch (error) {
        if (!(error instanceof StripeRefused)) throw error;
      }
    },
    /** Again, or where Stripe does not know it, changes nothing. Throws StripeRefused, payments.away. */
    deleteCustomer: async (id: string): Promise<void> => {
      await found(client.customers.del(id));
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
      return [...refunds.data.map(values.refundOf), ...disputes.data.map(values.disputeOf)].sort(
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
      return one && values.subscriptionOf(one);
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
      return data.map(values.invoiceOf).reverse();
    },
    /** Where Stripe shows an invoice. Null where it knows none, or where it is not finished. */
    invoicePage: async (id: string): Promise<{ url: string; pdf: string | null } | null> => {
      const one = await found(client.invoices.retrieve(id));
      return one?.hosted_invoice_url ? { url: one.hosted_invoice_url, pdf: one.invoice_pdf ?? null } : null;
    },
    /** The subscription whose invoice was paid by this payment, or null. */
    subscriptionOfPayment: async (paymentIntentId: string): Promise<string | null> => {
      const payment = { type: 'payment_intent' as const, payment_intent: paymentIntentId };
      const { data } = await asked(client.invoicePayments.list({ payment, limit: 1 }));
      const invoiceId = values.idOf(data[0]?.invoice);
      const invoice = invoiceId === null ? null : await found(client.invoices.retrieve(invoiceId));
      return values.idOf(invoice?.parent?.subscription_details?.subscription);
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
    ...leavingDoor(client),
    ...returnsDoor(client),
    ...billingDoor(client),
    ...connectDoor(client),
    /** Checks a webhook's signature, by any secret that is known, on the raw body. Throws payments.signature. */
    readWebhook(body: Buffer, signature: string): SeenEvent {
      for (const secret of signingSecrets(config)) {
        try {
          return values.eventOf(client.webhooks.constructEvent(body, signature, secret, SIGNATURE_SECONDS));
        } catch {
          // By this one it was not signed, or it is old, or it is no event.
        }
      }
      throw new AppError('payments.signature');
    },
    /** Events since an instant, oldest first. */
    async eventsSince(from: Date): Promise<SeenEvent[]> {
      const events: SeenEvent[] = [];
      const created = { gte: Math.floor(from.getTime() / 1000) };
      let after: string | undefined;
      for (;;) {
        const params = { created, limit: PAGE, ...(after ? { starting_after: after } : {}) };
        const page = await asked(client.events.list(params));
        events.push(...page.data.map(values.eventOf));
        after = page.data.at(-1)?.id;
        if (!page.has_more || after === undefined) return events.reverse();
      }
    },
  };
}
