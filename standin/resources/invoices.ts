/** Invoices of subscriptions, and the payments that settle them. */
import type Stripe from 'stripe';
import { change, type Desk, find } from '../desk.ts';
import { type Handlers, PAGE, PAGE_CREATED, page, takes, whereOf } from '../handler.ts';
import type { Invoice, PaymentMethod, Subscription } from '../objects.ts';
import { markPaid, openInvoice, payBy } from './invoice-form.ts';
import { subscriptionLine } from './invoice-lines.ts';
import { decline, newPaymentIntent, succeed } from './payments.ts';

/** Stripe tries again after days; ours counts by its own clock. */
const RETRY_AFTER_S = 3 * 86_400;

export type Period = { readonly start: number; readonly end: number };

/** Makes an open invoice for one period of a subscription, and tells of it. */
export function newInvoice(
  desk: Desk,
  subscription: Subscription,
  reason: 'subscription_create' | 'subscription_cycle',
  period: Period,
): Invoice {
  const now = desk.now();
  const invoice = openInvoice(desk, {
    reason,
    customer: subscription.customer,
    currency: subscription.currency,
    taxed: subscription.automatic_tax.enabled,
    lines: subscription.items.data.map((item) => subscriptionLine(subscription, item, period)),
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    // As at Stripe, the first invoice is about the moment, later ones about the period that ended.
    period:
      reason === 'subscription_create'
        ? { start: now, end: now }
        : { start: period.start - (period.end - period.start), end: period.start },
  });
  payBy(desk, invoice, intentFor(desk, invoice).id);
  return invoice;
}

function intentFor(desk: Desk, invoice: Invoice) {
  return newPaymentIntent(desk, {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: invoice.customer,
    description: invoice.billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update',
    metadata: {},
    receiptEmail: null,
    transferGroup: null,
  });
}

function paymentOf(desk: Desk, invoice: Invoice) {
  const [payment] = desk.store.find('invoice_payment', { where: { invoice: invoice.id } });
  const intent = payment ? desk.store.get('payment_intent', String(payment.payment.payment_intent)) : undefined;
  if (!payment || !intent) throw new Error(`invoice ${invoice.id} has no payment`);
  return { payment, intent };
}

/** Charges an open invoice to the card. */
export function payInvoice(desk: Desk, invoice: Invoice, method: PaymentMethod): Invoice {
  const { payment, intent } = paymentOf(desk, invoice);
  succeed(desk, intent, method);
  return markPaid(desk, invoice, payment.id);
}

/** The card is refused for an open invoice. `again`: Stripe will try once more. */
export function failInvoice(desk: Desk, invoice: Invoice, method: PaymentMethod, again: boolean): Invoice {
  decline(desk, paymentOf(desk, invoice).intent, method, 'generic');
  return change<'invoice'>(
    desk,
    invoice,
    {
      attempt_count: invoice.attempt_count + 1,
      attempted: true,
      auto_advance: again,
      next_payment_attempt: again ? desk.now() + RETRY_AFTER_S : null,
    },
    'invoice.payment_failed',
  );
}

export const invoices: Handlers = {
  'GET /v1/invoices': takes<Stripe.InvoiceListParams>(
    [...PAGE_CREATED, 'customer', 'subscription', 'status'],
    (desk, params) => {
      const { customer, subscription, status } = params;
      const where = { customer, status, 'parent.subscription_details.subscription': subscription };
      return page(desk, 'invoice', '/v1/invoices', params, whereOf(where));
    },
  ),
  'GET /v1/invoices/{id}': takes<Stripe.InvoiceRetrieveParams>([], (desk, _params, id) => find(desk, 'invoice', id)),
  'GET /v1/invoice_payments': takes<Stripe.InvoicePaymentListParams>(
    [...PAGE, 'invoice', 'payment', 'status'],
    (desk, params) => {
      const where = {
        invoice: params.invoice,
        status: params.status,
        'payment.payment_intent': params.payment?.payment_intent,
      };
      return page(desk, 'invoice_payment', '/v1/invoice_payments', params, whereOf(where));
    },
  ),
  'GET /v1/invoice_payments/{id}': takes<Stripe.InvoicePaymentRetrieveParams>([], (desk, _params, id) =>
    find(desk, 'invoice_payment', id),
  ),
};
