/** Subscriptions: begun on the checkout page, ended on request or at the end of their time. */
import type Stripe from 'stripe';
import { change, type Desk, emit, find, mergeMetadata } from '../desk.ts';
import { invalid } from '../faults.ts';
import { type Handlers, PAGE_CREATED, page, takes, whole } from '../handler.ts';
import { newId } from '../ids.ts';
import type { LineItem, PaymentMethod, Session, Subscription, SubscriptionItem } from '../objects.ts';
import type { Query } from '../store.ts';
import { newInvoice, type Period, payInvoice } from './invoices.ts';
import { secretsOf } from './sessions.ts';

/** Unix seconds one interval later; the 31st becomes the last day of a shorter month. */
export function periodEnd(start: number, recurring: { interval: string; interval_count: number }): number {
  const { interval, interval_count: count } = recurring;
  const date = new Date(start * 1000);
  if (interval === 'day') return start + count * 86_400;
  if (interval === 'week') return start + count * 7 * 86_400;
  const months = interval === 'year' ? count * 12 : count;
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return Math.floor(date.getTime() / 1000);
}

function itemOf(desk: Desk, subscription: string, line: LineItem, period: Period): SubscriptionItem {
  const { price } = line;
  return {
    id: newId('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: desk.now(),
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: {
      id: price.id,
      object: 'plan',
      active: price.active,
      amount: price.unit_amount,
      amount_decimal: price.unit_amount_decimal,
      billing_scheme: 'per_unit',
      created: price.created,
      currency: price.currency,
      interval: price.recurring?.interval ?? 'month',
      interval_count: price.recurring?.interval_count ?? 1,
      livemode: false,
      metadata: price.metadata,
      meter: null,
      nickname: price.nickname,
      product: price.product,
      tiers_mode: null,
      transform_usage: null,
      trial_period_days: null,
      usage_type: 'licensed',
    },
    price,
    quantity: line.quantity ?? 1,
    subscription,
    tax_rates: [],
  };
}

function newSubscription(desk: Desk, session: Session, customer: string, method: PaymentMethod): Subscription {
  const id = newId('sub');
  const { lineItems, subscriptionData } = secretsOf(desk, session.id);
  const now = desk.now();
  const recurring = lineItems[0]?.price.recurring ?? { interval: 'month', interval_count: 1 };
  const period = { start: now, end: periodEnd(now, recurring) };
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: {
      disabled_reason: null,
      enabled: session.automatic_tax.enabled,
      liability: session.automatic_tax.enabled ? { type: 'self' } : null,
    },
    billing_cycle_anchor: now,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: 'classic' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: 'charge_automatically',
    created: now,
    currency: session.currency ?? 'eur',
    customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: method.id,
    default_source: null,
    default_tax_rates: [],
    description: subscriptionData?.description ?? null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: whole(
      lineItems.map((line) => itemOf(desk, id, line, period)),
      `/v1/subscription_items?subscription=${id}`,
    ),
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata(null, subscriptionData?.metadata),
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: 'active',
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: 'create_invoice' } },
    trial_start: null,
  };
}

/** The period that a subscription is in. */
export function periodOf({ items }: Subscription): Period {
  const item = items.data[0];
  return { start: item?.current_period_start ?? 0, end: item?.current_period_end ?? 0 };
}

/** Begins what a session ordered, with its first invoice paid. */
export function subscribe(
  desk: Desk,
  session: Session,
  customer: string,
  method: PaymentMethod,
): { subscription: string; invoice: string } {
  const begun = desk.store.put(newSubscription(desk, session, customer, method));
  const open = newInvoice(desk, begun, 'subscription_create', periodOf(begun));
  const subscription = change<'subscription'>(desk, begun, { latest_invoice: open.id });
  emit(desk, 'customer.subscription.created', subscription);
  const invoice = payInvoice(desk, open, method);
  return { subscription: subscription.id, invoice: invoice.id };
}

/** Ends a subscription now. */
export function endSubscription(
  desk: Desk,
  subscription: Subscription,
  reason: 'cancellation_requested' | 'payment_failed' | 'payment_disputed',
): Subscription {
  const details = subscription.cancellation_details;
  return change<'subscription'>(
    desk,
    subscription,
    {
      status: 'canceled',
      canceled_at: subscription.canceled_at ?? desk.now(),
      ended_at: desk.now(),
      cancellation_details: { comment: null, feedback: null, feedback_option: null, ...details, reason },
    },
    'customer.subscription.deleted',
  );
}

function update(desk: Desk, params: Stripe.SubscriptionUpdateParams, id: string): Subscription {
  const subscription = find(desk, 'subscription', id);
  if (subscription.status === 'canceled')
    throw invalid(
      'A canceled subscription can only update its cancellation_details and metadata.',
      undefined,
      Object.keys(params).find((name) => name !== 'metadata' && name !== 'cancellation_details'),
    );
  const { cancel_at_period_end: atEnd, metadata } = params;
  const ending = {
    cancel_at_period_end: atEnd === true,
    cancel_at: atEnd ? periodOf(subscription).end : null,
    canceled_at: atEnd ? desk.now() : null,
    cancellation_details: {
      comment: params.cancellation_details?.comment || null,
      feedback: params.cancellation_details?.feedback || null,
      feedback_option: null,
      reason: atEnd ? ('cancellation_requested' as const) : null,
    },
  };
  return change<'subscription'>(
    desk,
    subscription,
    { ...(atEnd === undefined ? {} : ending), metadata: mergeMetadata(subscription.metadata, metadata) },
    'customer.subscription.updated',
  );
}

/** As Stripe: without a status all but the canceled ones. */
function queryOf({ status, customer, price }: Stripe.SubscriptionListParams): Query {
  const where = {
    ...(customer === undefined ? {} : { customer }),
    ...(price === undefined ? {} : { 'items.data[0].price.id': price }),
    ...(status === undefined || status === 'all' || status === 'ended' ? {} : { status }),
    ...(status === 'ended' ? { status: 'canceled' } : {}),
  };
  return { where, ...(status === undefined ? { whereNot: { status: 'canceled' } } : {}) };
}

export const subscriptions: Handlers = {
  'GET /v1/subscriptions': takes<Stripe.SubscriptionListParams>(
    [...PAGE_CREATED, 'customer', 'price', 'status'],
    (desk, params) => page(desk, 'subscription', '/v1/subscriptions', params, queryOf(params)),
  ),
  'GET /v1/subscriptions/{id}': takes<Stripe.SubscriptionRetrieveParams>([], (desk, _params, id) =>
    find(desk, 'subscription', id),
  ),
  'POST /v1/subscriptions/{id}': takes<Stripe.SubscriptionUpdateParams>(
    ['cancel_at_period_end', 'metadata', 'cancellation_details'],
    update,
  ),
  'DELETE /v1/subscriptions/{id}': takes<Stripe.SubscriptionCancelParams>(
    ['cancellation_details'],
    (desk, _params, id) => {
      const subscription = find(desk, 'subscription', id);
      // As at Stripe, a subscription that is over is not to be found by this.
      if (subscription.status === 'canceled') throw invalid(`No such subscription: '${id}'`, 'resource_missing', 'id');
      return endSubscription(desk, subscription, 'cancellation_requested');
    },
  ),
};
