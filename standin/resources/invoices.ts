/** Invoices of subscriptions, and the payments that settle them. */
import type Stripe from 'stripe';
import { change, type Desk, emit, find } from '../desk.ts';
import { type Handlers, PAGE, PAGE_CREATED, page, takes, whereOf, whole } from '../handler.ts';
import { newId } from '../ids.ts';
import type { Invoice, InvoiceLine, PaymentMethod, Subscription, SubscriptionItem } from '../objects.ts';
import { decline, newPaymentIntent, succeed } from './payments.ts';

/** Stripe tries again after days; ours counts by its own clock. */
const RETRY_AFTER_S = 3 * 86_400;

export type Period = { readonly start: number; readonly end: number };

function lineOf(invoice: string, subscription: Subscription, item: SubscriptionItem, period: Period): InvoiceLine {
  const quantity = item.quantity ?? 1;
  const amount = (item.price.unit_amount ?? 0) * quantity;
  return {
    id: newId('il'),
    object: 'line_item',
    amount,
    currency: item.price.currency,
    description: null,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice,
    livemode: false,
    metadata: subscription.metadata,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: subscription.id,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    period: { ...period },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: item.price.id, product: item.price.product },
      type: 'price_details',
      unit_amount_decimal: item.price.unit_amount_decimal,
    },
    quantity,
    quantity_decimal: String(quantity),
    subscription: subscription.id,
    subtotal: amount,
    taxes: [],
  };
}

/** The part of an invoice that nothing of ours changes. */
const FIXED = {
  account_country: 'DE',
  account_name: 'Stand-in',
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_shipping: 0,
  application: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
  automatically_finalizes_at: null,
  collection_method: 'charge_automatically',
  custom_fields: null,
  customer_account: null,
  customer_address: null,
  customer_phone: null,
  customer_shipping: null,
  customer_tax_exempt: 'none',
  customer_tax_ids: [],
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  description: null,
  discounts: [],
  due_date: null,
  ending_balance: 0,
  footer: null,
  from_invoice: null,
  invoice_pdf: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  on_behalf_of: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  starting_balance: 0,
  statement_descriptor: null,
  test_clock: null,
  total_discount_amounts: [],
  total_pretax_credit_amounts: [],
  total_taxes: [],
  webhooks_delivered_at: null,
} satisfies Partial<Invoice>;

/** Makes an open invoice for one period of a subscription, and tells of it. */
export function newInvoice(
  desk: Desk,
  subscription: Subscription,
  reason: 'subscription_create' | 'subscription_cycle',
  period: Period,
): Invoice {
  const id = newId('in');
  const lines = subscription.items.data.map((item) => lineOf(id, subscription, item, period));
  const total = lines.reduce((sum, { amount }) => sum + amount, 0);
  const customer = find(desk, 'customer', subscription.customer);
  const now = desk.now();
  const number = customer.next_invoice_sequence ?? 1;
  change<'customer'>(desk, customer, { next_invoice_sequence: number + 1, currency: subscription.currency });
  const invoice: Invoice = {
    ...FIXED,
    id,
    object: 'invoice',
    amount_due: total,
    amount_paid: 0,
    amount_remaining: total,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    billing_reason: reason,
    created: now,
    currency: subscription.currency,
    customer: customer.id,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    effective_at: now,
    hosted_invoice_url: `${desk.pageBase}/invoices/${id}`,
    lines: whole(lines, `/v1/invoices/${id}/lines`),
    metadata: {},
    next_payment_attempt: null,
    number: `${customer.invoice_prefix}-${String(number).padStart(4, '0')}`,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    // As at Stripe, the first invoice is about the moment, later ones about the period that ended.
    period_start: reason === 'subscription_create' ? now : period.start - (period.end - period.start),
    period_end: reason === 'subscription_create' ? now : period.start,
    status: 'open',
    status_transitions: { finalized_at: now, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
  };
  desk.store.put(invoice);
  emit(desk, 'invoice.created', { ...invoice, status: 'draft' });
  emit(desk, 'invoice.finalized', invoice);
  desk.store.put({
    id: newId('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: total,
    created: now,
    currency: invoice.currency,
    invoice: id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intentFor(desk, invoice).id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  });
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
  const now = desk.now();
  succeed(desk, intent, method);
  change<'invoice_payment'>(desk, payment, {
    amount_paid: invoice.amount_due,
    status: 'paid',
    status_transitions: { canceled_at: null, paid_at: now },
  });
  const paid = change<'invoice'>(
    desk,
    invoice,
    {
      amount_paid: invoice.amount_due,
      amount_remaining: 0,
      attempt_count: invoice.attempt_count + 1,
      attempted: true,
      next_payment_attempt: null,
      status: 'paid',
      status_transitions: { ...invoice.status_transitions, paid_at: now },
    },
    'invoice.paid',
  );
  emit(desk, 'invoice.payment_succeeded', paid);
  emit(desk, 'invoice_payment.paid', find(desk, 'invoice_payment', payment.id));
  return paid;
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
