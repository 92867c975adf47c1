/** How an invoice looks, whatever it is for. */
import { change, type Desk, emit, find } from '../desk.ts';
import { whole } from '../handler.ts';
import { newId } from '../ids.ts';
import type { Invoice, InvoiceLine } from '../objects.ts';
import { type BareLine, totalsOf } from './invoice-lines.ts';

/** The part of an invoice that nothing of ours changes. */
const FIXED = {
  account_country: 'DE',
  account_name: 'Stand-in',
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_shipping: 0,
  application: null,
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
  webhooks_delivered_at: null,
} satisfies Partial<Invoice>;

const automaticTax = (enabled: boolean): Invoice['automatic_tax'] =>
  enabled
    ? { disabled_reason: null, enabled, liability: { type: 'self' }, provider: 'stripe', status: 'complete' }
    : { disabled_reason: null, enabled, liability: null, provider: null, status: null };

type Begun = {
  readonly reason: Invoice['billing_reason'];
  readonly customer: string;
  readonly currency: string;
  readonly taxed: boolean;
  readonly lines: readonly BareLine[];
  readonly parent: Invoice['parent'];
  readonly period: { readonly start: number; readonly end: number };
};

/** Makes an open invoice, and tells of it. */
export function openInvoice(desk: Desk, begun: Begun): Invoice {
  const id = newId('in');
  const customer = find(desk, 'customer', begun.customer);
  const now = desk.now();
  const number = customer.next_invoice_sequence ?? 1;
  change<'customer'>(desk, customer, { next_invoice_sequence: number + 1, currency: begun.currency });
  const totals = totalsOf(begun.lines, begun.taxed);
  const lines: InvoiceLine[] = totals.lines.map((line) => ({ ...line, invoice: id }));
  const invoice: Invoice = {
    ...FIXED,
    ...totals.sums,
    id,
    object: 'invoice',
    amount_due: totals.sums.total,
    amount_paid: 0,
    amount_remaining: totals.sums.total,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: automaticTax(begun.taxed),
    billing_reason: begun.reason,
    created: now,
    currency: begun.currency,
    customer: customer.id,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    effective_at: now,
    hosted_invoice_url: `${desk.pageBase}/invoices/${id}`,
    lines: whole(lines, `/v1/invoices/${id}/lines`),
    metadata: {},
    next_payment_attempt: null,
    number: `${customer.invoice_prefix}-${String(number).padStart(4, '0')}`,
    parent: begun.parent,
    period_start: begun.period.start,
    period_end: begun.period.end,
    status: 'open',
    status_transitions: { finalized_at: now, marked_uncollectible_at: null, paid_at: null, voided_at: null },
  };
  desk.store.put(invoice);
  emit(desk, 'invoice.created', { ...invoice, status: 'draft' });
  emit(desk, 'invoice.finalized', invoice);
  return invoice;
}

/** Notes by which payment an invoice is to be settled. */
export function payBy(desk: Desk, invoice: Invoice, paymentIntent: string) {
  return desk.store.put({
    id: newId('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: desk.now(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: paymentIntent, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  });
}

/** The money of an open invoice is there. */
export function markPaid(desk: Desk, invoice: Invoice, paymentId: string): Invoice {
  const now = desk.now();
  const payment = change<'invoice_payment'>(desk, find(desk, 'invoice_payment', paymentId), {
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
  emit(desk, 'invoice_payment.paid', payment);
  return paid;
}
