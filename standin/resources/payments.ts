/** Payment intents and charges: made by the checkout page and by renewals, read by everybody else. */
import type Stripe from 'stripe';
import { change, type Desk, emit, find, mergeMetadata } from '../desk.ts';
import { type Handlers, PAGE_CREATED, page, takes, whereOf } from '../handler.ts';
import { clientSecret, newId } from '../ids.ts';
import type { Charge, PaymentIntent, PaymentMethod } from '../objects.ts';
import { bookEntry, feeOf } from './books.ts';
import { DECLINES, type Decline } from './declines.ts';

export type Order = {
  readonly amount: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly description: string | null;
  readonly metadata: unknown;
  readonly receiptEmail: string | null;
  readonly transferGroup: string | null;
};

export function newPaymentIntent(desk: Desk, order: Order): PaymentIntent {
  const id = newId('pi');
  const intent: PaymentIntent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: order.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: clientSecret(id),
    confirmation_method: 'automatic',
    created: desk.now(),
    currency: order.currency,
    customer: order.customer,
    customer_account: null,
    description: order.description,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata(null, order.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: order.receiptEmail,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: order.transferGroup,
  };
  desk.store.put(intent);
  emit(desk, 'payment_intent.created', intent);
  return intent;
}

export function newPaymentMethod(
  desk: Desk,
  last4: string,
  email: string | null,
  customer: string | null,
): PaymentMethod {
  return desk.store.put<PaymentMethod>({
    id: newId('pm'),
    object: 'payment_method',
    allow_redisplay: 'limited',
    billing_details: { address: null, email, name: null, phone: null, tax_id: null },
    card: {
      brand: 'visa',
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: 'visa',
      exp_month: 12,
      exp_year: new Date(desk.now() * 1000).getUTCFullYear() + 3,
      fingerprint: newId('req').slice(4),
      funding: 'credit',
      generated_from: null,
      last4,
      networks: { available: ['visa'], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: desk.now(),
    customer,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  });
}

function newCharge(desk: Desk, intent: PaymentIntent, method: PaymentMethod, decline: Decline | null): Charge {
  const id = newId('ch');
  const ok = decline === null;
  const { amount, currency } = intent;
  const entry = ok
    ? bookEntry(desk, { type: 'charge', category: 'charge', amount, currency, source: id, fee: feeOf(amount) })
    : null;
  return {
    id,
    object: 'charge',
    amount,
    amount_captured: ok ? amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: entry,
    billing_details: method.billing_details,
    calculated_statement_descriptor: 'STANDIN',
    captured: ok,
    created: desk.now(),
    currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(decline),
    paid: ok,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: { card: cardOf(method, amount), type: 'card' },
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: ok ? `${desk.pageBase}/receipts/${id}` : null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: ok ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: intent.transfer_group,
  };
}

function outcomeOf(decline: Decline | null): Charge['outcome'] {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: decline ? 'declined_by_network' : 'approved_by_network',
    reason: decline?.declineCode ?? null,
    risk_level: 'normal',
    risk_score: 20,
    seller_message: decline ? 'The bank did not return any further details with this decline.' : 'Payment complete.',
    type: decline ? 'issuer_declined' : 'authorized',
  };
}

function cardOf(
  method: PaymentMethod,
  amount: number,
): NonNullable<NonNullable<Charge['payment_method_details']>['card']> {
  const { brand, country, exp_month, exp_year, fingerprint, funding, last4 } = method.card as NonNullable<
    PaymentMethod['card']
  >;
  return {
    amount_authorized: amount,
    authorization_code: null,
    brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
    country,
    electronic_commerce_indicator: null,
    exp_month,
    exp_year,
    fingerprint: fingerprint ?? null,
    funding,
    installments: null,
    last4,
    mandate: null,
    network: 'visa',
    network_transaction_id: null,
    regulated_status: 'unregulated',
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  };
}

/** Charges a card for an intent; events are told in Stripe's order. */
export function succeed(
  desk: Desk,
  intent: PaymentIntent,
  method: PaymentMethod,
): { intent: PaymentIntent; charge: Charge } {
  const charge = desk.store.put(newCharge(desk, intent, method, null));
  emit(desk, 'charge.succeeded', charge);
  const done = change<'payment_intent'>(
    desk,
    intent,
    {
      amount_received: intent.amount,
      last_payment_error: null,
      latest_charge: charge.id,
      next_action: null,
      payment_method: method.id,
      processing: null,
      status: 'succeeded',
    },
    'payment_intent.succeeded',
  );
  return { intent: done, charge };
}

/** A card that is refused, or whose owner could not be authenticated: the intent waits for another one. */
export function decline(
  desk: Desk,
  intent: PaymentIntent,
  method: PaymentMethod,
  why: keyof typeof DECLINES,
): PaymentIntent {
  const reason: Decline = DECLINES[why];
  const reached = why !== 'authentication';
  const charge = reached ? desk.store.put(newCharge(desk, intent, method, reason)) : null;
  if (charge) emit(desk, 'charge.failed', charge);
  return change<'payment_intent'>(
    desk,
    intent,
    {
      last_payment_error: {
        ...(charge ? { charge: charge.id } : {}),
        code: reason.code,
        ...(reason.declineCode ? { decline_code: reason.declineCode } : {}),
        message: reason.message,
        payment_method: method as Stripe.PaymentMethod,
        type: 'card_error',
      },
      latest_charge: charge?.id ?? intent.latest_charge,
      next_action: null,
      payment_method: null,
      status: 'requires_payment_method',
    },
    'payment_intent.payment_failed',
  );
}

export const payments: Handlers = {
  'GET /v1/payment_intents': takes<Stripe.PaymentIntentListParams>([...PAGE_CREATED, 'customer'], (desk, params) =>
    page(desk, 'payment_intent', '/v1/payment_intents', params, whereOf({ customer: params.customer })),
  ),
  'GET /v1/payment_intents/{id}': takes<Stripe.PaymentIntentRetrieveParams>([], (desk, _params, id) =>
    find(desk, 'payment_intent', id),
  ),
  'GET /v1/charges': takes<Stripe.ChargeListParams>(
    [...PAGE_CREATED, 'customer', 'payment_intent', 'transfer_group'],
    (desk, params) => {
      const { customer, payment_intent, transfer_group } = params;
      return page(desk, 'charge', '/v1/charges', params, whereOf({ customer, payment_intent, transfer_group }));
    },
  ),
  'GET /v1/charges/{id}': takes<Stripe.ChargeRetrieveParams>([], (desk, _params, id) => find(desk, 'charge', id)),
};
