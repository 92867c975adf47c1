/** Refunds, in full and in part. */
import type Stripe from 'stripe';
import { change, type Desk, emit, find, mergeMetadata } from '../desk.ts';
import { invalid, money } from '../faults.ts';
import { type Handlers, PAGE_CREATED, page, takes, whereOf } from '../handler.ts';
import { newId } from '../ids.ts';
import type { Charge, Refund } from '../objects.ts';
import { bookEntry } from './books.ts';
import { requireAmount } from './catalogue.ts';

function chargeOf(desk: Desk, params: Stripe.RefundCreateParams): Charge {
  if ((params.charge === undefined) === (params.payment_intent === undefined))
    throw invalid(
      params.charge === undefined
        ? 'One of the following params should be provided for this request: payment_intent or charge.'
        : 'You may only specify one of these parameters: charge, payment_intent.',
      params.charge === undefined ? 'parameter_missing' : undefined,
    );
  if (params.charge !== undefined) return find(desk, 'charge', params.charge, 'charge');
  const intent = find(desk, 'payment_intent', params.payment_intent ?? '', 'payment_intent');
  if (intent.latest_charge === null)
    throw invalid(
      `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
      undefined,
      'payment_intent',
    );
  return find(desk, 'charge', intent.latest_charge);
}

function amountOf(desk: Desk, charge: Charge, asked: number | undefined): number {
  if (!charge.paid)
    throw invalid(`Charge ${charge.id} was not successful and cannot be refunded.`, undefined, 'charge');
  if (charge.refunded) throw invalid(`Charge ${charge.id} has already been refunded.`, 'charge_already_refunded');
  if (desk.store.find('dispute', { where: { charge: charge.id }, whereNot: { status: 'won' } }).length > 0)
    throw invalid(`Charge ${charge.id} has been charged back; cannot issue a refund.`, 'charge_disputed');
  const left = charge.amount - charge.amount_refunded;
  const amount = asked ?? left;
  requireAmount(amount, 1, 'amount');
  if (amount > left)
    throw invalid(
      `Refund amount (${money(amount, charge.currency)}) is greater than unrefunded amount on charge (${money(left, charge.currency)})`,
      undefined,
      'amount',
    );
  return amount;
}

function create(desk: Desk, params: Stripe.RefundCreateParams): Refund {
  const charge = chargeOf(desk, params);
  const amount = amountOf(desk, charge, params.amount);
  const id = newId('re');
  const { currency } = charge;
  const refund: Refund = {
    id,
    object: 'refund',
    amount,
    balance_transaction: bookEntry(desk, { type: 'refund', category: 'refund', amount: -amount, currency, source: id }),
    charge: charge.id,
    created: desk.now(),
    currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: mergeMetadata(null, params.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: params.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
  desk.store.put(refund);
  const refunded = charge.amount_refunded + amount;
  change<'charge'>(
    desk,
    charge,
    { amount_refunded: refunded, refunded: refunded === charge.amount },
    'charge.refunded',
  );
  emit(desk, 'refund.created', refund);
  emit(desk, 'refund.updated', refund);
  return refund;
}

export const refunds: Handlers = {
  'POST /v1/refunds': takes<Stripe.RefundCreateParams>(
    ['charge', 'payment_intent', 'amount', 'reason', 'metadata'],
    create,
  ),
  'GET /v1/refunds': takes<Stripe.RefundListParams>([...PAGE_CREATED, 'charge', 'payment_intent'], (desk, params) => {
    const { charge, payment_intent } = params;
    return page(desk, 'refund', '/v1/refunds', params, whereOf({ charge, payment_intent }));
  }),
  'GET /v1/refunds/{id}': takes<Stripe.RefundRetrieveParams>([], (desk, _params, id) => find(desk, 'refund', id)),
};
