/** What a buyer can do with an open session; `pages/actions.ts` is who calls, and sees that it is open. */
import { change, type Desk, emit, find } from './desk.ts';
import type { PaymentIntent, PaymentMethod, Session } from './objects.ts';
import { newCustomer } from './resources/customers.ts';
import type { DECLINES } from './resources/declines.ts';
import { decline, newPaymentIntent, newPaymentMethod, succeed } from './resources/payments.ts';
import { invoiceOrder } from './resources/purchase-invoices.ts';
import { addressOf } from './resources/session-tax.ts';
import { detailsOf, secretsOf } from './resources/sessions.ts';
import { subscribe } from './resources/subscriptions.ts';

/** The last four digits of Stripe's own test cards. */
const LAST4 = { pays: '4242', declined: '0002', funds: '9995', challenge: '3220', later: '3000' } as const;

type Buyer = { readonly email: string };

/** The intent of a session: made at the first try, and kept for the next ones. */
function intentOf(desk: Desk, session: Session): PaymentIntent {
  const before = session.payment_intent === null ? undefined : desk.store.get('payment_intent', session.payment_intent);
  if (before) return before;
  const data = secretsOf(desk, session.id).paymentIntentData;
  const intent = newPaymentIntent(desk, {
    amount: session.amount_total ?? 0,
    currency: session.currency ?? 'eur',
    customer: session.customer,
    description: data?.description ?? null,
    metadata: data?.metadata,
    receiptEmail: data?.receipt_email ?? null,
    transferGroup: data?.transfer_group ?? null,
  });
  if (session.mode === 'payment') change<'checkout.session'>(desk, session, { payment_intent: intent.id });
  return intent;
}

function read(desk: Desk, session: Session): Session {
  return desk.store.get('checkout.session', session.id) ?? session;
}

function complete(desk: Desk, session: Session, buyer: Buyer, changes: Partial<Session>): Session {
  const address = addressOf(session);
  if (address && session.customer !== null && secretsOf(desk, session.id).keepsAddress)
    change<'customer'>(desk, find(desk, 'customer', session.customer), { address }, 'customer.updated');
  return change<'checkout.session'>(
    desk,
    read(desk, session),
    {
      customer_details: detailsOf(buyer.email, session.customer_details?.name ?? null, address),
      status: 'complete',
      url: null,
      ...changes,
    },
    'checkout.session.completed',
  );
}

function customerOf(desk: Desk, session: Session, buyer: Buyer): string | null {
  if (session.customer !== null) return session.customer;
  const invoiced = session.invoice_creation?.enabled === true;
  const wanted = session.mode === 'subscription' || session.customer_creation === 'always' || invoiced;
  return wanted ? newCustomer(desk, { email: buyer.email, address: addressOf(session) ?? null }).id : null;
}

function settle(desk: Desk, session: Session, intent: PaymentIntent, method: PaymentMethod, buyer: Buyer): Session {
  const customer = customerOf(desk, session, buyer);
  const owned = customer === intent.customer ? intent : change<'payment_intent'>(desk, intent, { customer });
  succeed(desk, owned, method);
  const { invoice } = invoiceOrder(desk, read(desk, session), owned);
  return complete(desk, session, buyer, { customer, invoice, payment_intent: intent.id, payment_status: 'paid' });
}

function paid(desk: Desk, session: Session, buyer: Buyer, last4: string): Session {
  if (session.mode === 'subscription') {
    const customer = customerOf(desk, session, buyer) ?? '';
    const method = newPaymentMethod(desk, last4, buyer.email, customer);
    const { subscription, invoice } = subscribe(desk, read(desk, session), customer, method);
    return complete(desk, session, buyer, { customer, subscription, invoice, payment_status: 'paid' });
  }
  const method = newPaymentMethod(desk, last4, buyer.email, session.customer);
  return settle(desk, session, intentOf(desk, session), method, buyer);
}

/** Pays an open session by card. */
export function pay(desk: Desk, session: Session, buyer: Buyer): Session {
  return paid(desk, session, buyer, LAST4.pays);
}

/** The card is refused; the session stays open. Returns Stripe's sentence for the buyer. */
export function refuse(desk: Desk, session: Session, buyer: Buyer, why: keyof typeof DECLINES): string {
  const method = newPaymentMethod(desk, why === 'funds' ? LAST4.funds : LAST4.declined, buyer.email, session.customer);
  // A subscription's first payment has no intent that the session would show.
  const intent = decline(desk, intentOf(desk, session), method, why);
  return intent.last_payment_error?.message ?? '';
}

/** The bank wants to know who pays: the intent waits for the challenge page. */
export function challenge(desk: Desk, session: Session): void {
  if (session.mode !== 'payment') return;
  const intent = intentOf(desk, session);
  change<'payment_intent'>(
    desk,
    intent,
    {
      status: 'requires_action',
      next_action: {
        type: 'redirect_to_url',
        redirect_to_url: { url: `${desk.pageBase}/c/pay/${session.id}/challenge`, return_url: session.url },
      },
    },
    'payment_intent.requires_action',
  );
}

/** The challenge was passed: paid with the card that asked for it. */
export function authenticated(desk: Desk, session: Session, buyer: Buyer): Session {
  return paid(desk, session, buyer, LAST4.challenge);
}

/** A bank debit: the order is complete now, and the money comes or fails later. */
export function payLater(desk: Desk, session: Session, buyer: Buyer): Session {
  if (session.mode !== 'payment') return session;
  const customer = customerOf(desk, session, buyer);
  const method = newPaymentMethod(desk, LAST4.later, buyer.email, customer);
  const intent = intentOf(desk, session);
  change<'payment_intent'>(
    desk,
    intent,
    { customer, payment_method: method.id, status: 'processing' },
    'payment_intent.processing',
  );
  return complete(desk, session, buyer, { customer, payment_intent: intent.id, payment_status: 'unpaid' });
}

/** What became of a bank debit. Returns false where the session waits for none. */
export function settleLater(desk: Desk, session: Session, succeeded: boolean): boolean {
  const intent = session.payment_intent === null ? undefined : desk.store.get('payment_intent', session.payment_intent);
  if (session.status !== 'complete' || session.payment_status !== 'unpaid' || intent?.status !== 'processing')
    return false;
  const method = desk.store.get('payment_method', intent.payment_method ?? '');
  if (!method) return false;
  if (succeeded) {
    succeed(desk, intent, method);
    const invoiced = invoiceOrder(desk, session, intent);
    change<'checkout.session'>(desk, invoiced, { payment_status: 'paid' }, 'checkout.session.async_payment_succeeded');
  } else {
    decline(desk, intent, method, 'funds');
    emit(desk, 'checkout.session.async_payment_failed', session);
  }
  return true;
}
