/** Stripe as far as money needs it: pages that are paid, refunds, disputes, subscriptions, and events of all of them. */
import { AppError } from '#contract/errors.ts';
import type { Tax } from '#contract/money.ts';
import type { Return, SeenEvent, Session, StripeDoor } from '../server/src/payments/stripe.ts';
import { StripeRefused } from '../server/src/payments/stripe.ts';

export type Intent = {
  readonly id: string;
  /** With its tax. */
  readonly amountMinor: number;
  readonly taxMinor: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly subscriptionId: string | null;
  readonly returns: Return[];
};
export type Page = {
  readonly id: string;
  readonly checkoutId: string;
  readonly priceMinor: number;
  readonly tax: Tax;
  readonly currency: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly monthly: boolean;
  status: 'open' | 'complete' | 'expired';
  intent: Intent | null;
  subscriptionId: string | null;
};
type Invoice = { readonly id: string; readonly intent: Intent; readonly periodEnd: Date };
export type Membership = {
  readonly id: string;
  readonly page: Page;
  status: string;
  endedAt: Date | null;
  readonly invoices: Invoice[];
};

/** How requests reach Stripe, and whether they do; `work` is what Stripe does with one. */
export type Line = <T>(label: string, work: () => T) => Promise<T>;

/** Where buyers live decides; here it is whose turn it is. */
const TAX_PERCENTS = [19, 0, 25, 7];

/** What is charged for a price, with the tax in it. */
function charged(priceMinor: number, tax: Tax, turn: number): { amountMinor: number; taxMinor: number } {
  const percent = TAX_PERCENTS[turn % TAX_PERCENTS.length] ?? 0;
  const onTop = Math.round((priceMinor * percent) / 100);
  if (tax === 'exclusive') return { amountMinor: priceMinor + onTop, taxMinor: onTop };
  const within = tax === 'inclusive' ? Math.round((priceMinor * percent) / (100 + percent)) : 0;
  return { amountMinor: priceMinor, taxMinor: within };
}

const MONTH_MS = 30 * 24 * 3_600_000;
const BEGIN_MS = Date.UTC(2026, 10, 21, 12);

export type Stripe = ReturnType<typeof makeStripe>;

/** Of a payment, what refunds and disputes hold now. */
export const takenOf = (intent: Intent): number =>
  intent.returns.reduce((sum, one) => (takes(one) ? sum + one.amountMinor : sum), 0);
const takes = (one: Return): boolean => (one.kind === 'refund' ? one.status === 'succeeded' : one.status !== 'won');
const isDisputed = (intent: Intent): boolean => intent.returns.some((one) => one.kind === 'dispute' && takes(one));

/** `tell` hears of every event as it happens. `name` is in every id. */
export function makeStripe(name: string, tell: (event: SeenEvent) => void, tax: Tax) {
  const pages = new Map<string, Page>();
  const intents = new Map<string, Intent>();
  const memberships = new Map<string, Membership>();
  const events: SeenEvent[] = [];
  const prices = new Map<string, number>();
  let count = 0;
  // Each thing at Stripe happens in a second of its own: it orders refunds and disputes by them.
  const next = (prefix: string): string => `${prefix}_${name}${String(++count).padStart(6, '0')}`;

  function emit(type: string, about: 'session' | 'payment' | 'subscription', id: string): void {
    const event = {
      id: next('evt'),
      type,
      objectId: id,
      createdAt: new Date(BEGIN_MS + count * 1000),
      ref: { about, id },
    };
    events.push(event);
    tell(event);
  }
  function intentOf(page: Page, subscriptionId: string | null): Intent {
    const metadata = subscriptionId === null ? page.metadata : {};
    const amounts = charged(page.priceMinor, page.tax, count);
    const intent = { id: next('pi'), ...amounts, metadata, subscriptionId, returns: [] };
    intents.set(intent.id, intent);
    return intent;
  }
  function bill(one: Membership): void {
    const months = one.invoices.length + 1;
    const periodEnd = new Date(BEGIN_MS + months * MONTH_MS);
    one.invoices.push({ id: next('in'), intent: intentOf(one.page, one.id), periodEnd });
    emit('invoice.paid', 'subscription', one.id);
  }
  function giveBack(intent: Intent, kind: Return['kind'], amountMinor: number, metadata: Record<string, string>): void {
    const id = next(kind === 'refund' ? 're' : 'du');
    const status = kind === 'refund' ? 'succeeded' : 'needs_response';
    intent.returns.push({ id, kind, amountMinor, status, createdSeconds: count, reason: 'asked', metadata });
    emit(kind === 'refund' ? 'charge.refunded' : 'charge.dispute.created', 'payment', intent.id);
  }

  return {
    tax,
    pages,
    intents,
    memberships,
    events,
    prices,
    next,
    giveBack,
    pay(page: Page): void {
      if (page.status !== 'open') return;
      page.status = 'complete';
      if (page.monthly) {
        page.subscriptionId = next('sub');
        const one: Membership = { id: page.subscriptionId, page, status: 'active', endedAt: null, invoices: [] };
        memberships.set(one.id, one);
        bill(one);
        emit('customer.subscription.created', 'subscription', one.id);
      } else page.intent = intentOf(page, null);
      emit('checkout.session.completed', 'session', page.id);
    },
    expire(page: Page): void {
      if (page.status !== 'open') return;
      page.status = 'expired';
      emit('checkout.session.expired', 'session', page.id);
    },
    renew(one: Membership): void {
      if (one.status !== 'active') return;
      bill(one);
      emit('customer.subscription.updated', 'subscription', one.id);
    },
    end(one: Membership): void {
      if (one.status === 'canceled') return;
      one.status = 'canceled';
      one.endedAt = new Date(BEGIN_MS + count * 1000);
      emit('customer.subscription.deleted', 'subscription', one.id);
    },
    /** Of what is left; nothing while a dispute holds it. */
    refund(intent: Intent, amountMinor: number, metadata: Record<string, string> = {}): boolean {
      const left = intent.amountMinor - takenOf(intent);
      if (isDisputed(intent) || amountMinor <= 0 || amountMinor > left) return false;
      giveBack(intent, 'refund', amountMinor, metadata);
      return true;
    },
    dispute(intent: Intent): void {
      const left = intent.amountMinor - takenOf(intent);
      if (!isDisputed(intent) && left > 0) giveBack(intent, 'dispute', left, {});
    },
    decide(intent: Intent, won: boolean): void {
      const at = intent.returns.findIndex((one) => one.kind === 'dispute' && one.status === 'needs_response');
      const one = intent.returns[at];
      if (!one) return;
      intent.returns[at] = { ...one, status: won ? 'won' : 'lost' };
      emit('charge.dispute.closed', 'payment', intent.id);
    },
  };
}

const paidOf = (intent: Intent) => ({
  paymentIntentId: intent.id,
  customerId: 'cus_1',
  metadata: intent.metadata,
  method: 'card',
  hasReturns: intent.returns.length > 0,
});

const sessionOf = (page: Page): Session => ({
  id: page.id,
  url: `https://stripe.example/${page.id}`,
  status: page.status,
  paid: page.status === 'complete',
  failed: false,
  // Until it is paid nobody knows where the buyer lives.
  amountMinor: page.intent?.amountMinor ?? page.priceMinor,
  subtotalMinor: page.priceMinor,
  taxMinor: page.intent?.taxMinor ?? 0,
  invoiceId: null,
  currency: page.currency,
  customerId: 'cus_1',
  subscriptionId: page.subscriptionId,
  metadata: page.metadata,
  payment: page.intent && paidOf(page.intent),
});

const notModelled = (): never => {
  throw new Error('the simulator has no accounts of creators at Stripe');
};

function pagesDoor(stripe: Stripe, line: Line) {
  const { pages, intents, prices } = stripe;
  const door: Pick<StripeDoor, 'createSession' | 'session' | 'payment' | 'createCustomer' | 'createPrice'> = {
    createSession: (wanted) =>
      line('make a page', () => {
        const known = [...pages.values()].find(({ checkoutId }) => checkoutId === wanted.checkoutId);
        const monthly = 'priceId' in wanted.item;
        const page: Page = known ?? {
          id: stripe.next('cs'),
          checkoutId: wanted.checkoutId,
          priceMinor: 'priceId' in wanted.item ? (prices.get(wanted.item.priceId) ?? 0) : wanted.item.amountMinor,
          tax: wanted.tax,
          currency: 'eur',
          metadata: wanted.metadata,
          monthly,
          status: 'open',
          intent: null,
          subscriptionId: null,
        };
        pages.set(page.id, page);
        return sessionOf(page);
      }),
    session: (id) =>
      line('ask for a page', () => {
        const page = pages.get(id);
        return page ? sessionOf(page) : null;
      }),
    payment: (id) =>
      line('ask for a payment', () => {
        const intent = intents.get(id);
        return intent ? paidOf(intent) : null;
      }),
    createCustomer: ({ userId }) => line('make a customer', () => `cus_${userId}`),
    createPrice: ({ ref, amountMinor }) =>
      line('make a price', () => {
        prices.set(`price_${ref}`, amountMinor);
        return `price_${ref}`;
      }),
  };
  return door;
}

function returnsDoor(stripe: Stripe, line: Line) {
  const { intents } = stripe;
  const door: Pick<StripeDoor, 'returnsOf' | 'createRefund'> = {
    returnsOf: (id) => line('ask for refunds', () => [...(intents.get(id)?.returns ?? [])]),
    createRefund: ({ id, paymentIntentId, amountMinor }) =>
      line('make a refund', () => {
        const intent = intents.get(paymentIntentId);
        if (intent?.returns.some(({ metadata }) => metadata['refund'] === id)) return;
        const made = intent && stripe.refund(intent, amountMinor, { refund: id });
        if (!made) throw new StripeRefused(new Error('the charge cannot be refunded'), 'charge_already_refunded');
      }),
  };
  return door;
}

function billingDoor(stripe: Stripe, line: Line) {
  const { memberships } = stripe;
  const door: Pick<
    StripeDoor,
    'subscription' | 'setCancelAtPeriodEnd' | 'cancelNow' | 'paidInvoices' | 'invoicePage' | 'subscriptionOfPayment'
  > = {
    subscription: (id) =>
      line('ask for a subscription', () => {
        const one = memberships.get(id);
        if (!one) return null;
        const { status, endedAt, invoices, page } = one;
        const currentPeriodEnd = invoices.at(-1)?.periodEnd ?? null;
        return {
          id,
          status,
          customerId: 'cus_1',
          metadata: page.metadata,
          cancelAtPeriodEnd: false,
          currentPeriodEnd,
          endedAt,
        };
      }),
    setCancelAtPeriodEnd: () => line('cancel at the end', notModelled),
    cancelNow: (id) =>
      line('cancel', () => {
        const one = memberships.get(id);
        if (one) stripe.end(one);
      }),
    paidInvoices: (id) =>
      line('ask for invoices', () =>
        (memberships.get(id)?.invoices ?? []).map(({ id: invoiceId, intent, periodEnd }) => ({
          id: invoiceId,
          amountMinor: intent.amountMinor,
          taxMinor: intent.taxMinor,
          currency: 'eur',
          paymentIntentId: intent.id,
          periodEnd,
        })),
      ),
    invoicePage: () => line('ask for an invoice', () => null),
    subscriptionOfPayment: (id) => line('ask whose payment', () => stripe.intents.get(id)?.subscriptionId ?? null),
  };
  return door;
}

/** The door through which one of our processes talks to it. */
export const doorTo = (stripe: Stripe, line: Line): StripeDoor => ({
  mode: 'standin',
  ...pagesDoor(stripe, line),
  ...returnsDoor(stripe, line),
  ...billingDoor(stripe, line),
  expireSession: notModelled,
  deleteCustomer: notModelled,
  createAccount: notModelled,
  account: notModelled,
  onboardingLink: notModelled,
  transferOf: notModelled,
  transfer: notModelled,
  createTransfer: notModelled,
  readWebhook: notModelled,
  eventsSince: () => line('ask for events', () => [...stripe.events]),
});

export const stripeAway = (): AppError => new AppError('payments.away');
