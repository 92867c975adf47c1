/** Disputes: opened by a buyer's bank (through control), answered or given up here. */
import type Stripe from 'stripe';
import { change, type Desk, emit, find, mergeMetadata } from '../desk.ts';
import { invalid } from '../faults.ts';
import { type Handlers, PAGE_CREATED, page, takes, whereOf } from '../handler.ts';
import { newId } from '../ids.ts';
import type { Charge, Dispute } from '../objects.ts';
import { bookEntry } from './books.ts';

/** What a bank takes for a dispute, minor units. */
const DISPUTE_FEE = 2000;
const DAYS_TO_ANSWER = 14;

const NO_EVIDENCE: Dispute['evidence'] = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};

/** A buyer asks the bank for the money back; it is taken at once, with the bank's fee. */
export function openDispute(desk: Desk, charge: Charge, reason: string, amount?: number): Dispute {
  if (!charge.paid || charge.disputed) throw invalid(`Charge ${charge.id} cannot be disputed.`, undefined, 'charge');
  const id = newId('du');
  const taken = amount ?? charge.amount - charge.amount_refunded;
  const { currency } = charge;
  const entry = bookEntry(desk, {
    type: 'adjustment',
    category: 'dispute',
    amount: -taken,
    currency,
    source: id,
    fee: DISPUTE_FEE,
  });
  const dispute: Dispute = {
    id,
    object: 'dispute',
    amount: taken,
    balance_transactions: [find(desk, 'balance_transaction', entry) as Stripe.BalanceTransaction],
    charge: charge.id,
    created: desk.now(),
    currency,
    enhanced_eligibility_types: [],
    evidence: NO_EVIDENCE,
    evidence_details: {
      due_by: desk.now() + DAYS_TO_ANSWER * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    network_reason_code: '10.4',
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: { brand: 'visa', case_type: 'chargeback', network: 'visa', network_reason_code: '10.4' },
      type: 'card',
    },
    reason,
    status: 'needs_response',
  };
  desk.store.put(dispute);
  change<'charge'>(desk, charge, { disputed: true }, 'charge.updated');
  emit(desk, 'charge.dispute.created', dispute);
  emit(desk, 'charge.dispute.funds_withdrawn', dispute);
  return dispute;
}

/** The bank's verdict; a dispute that is won brings the money back, not the fee. */
export function closeDispute(desk: Desk, dispute: Dispute, won: boolean): Dispute {
  if (dispute.status === 'won' || dispute.status === 'lost')
    throw invalid('This dispute is already closed.', undefined, 'id');
  const { amount, currency, id } = dispute;
  const back = won
    ? bookEntry(desk, { type: 'adjustment', category: 'dispute_reversal', amount, currency, source: id })
    : null;
  const entries = back ? [find(desk, 'balance_transaction', back) as Stripe.BalanceTransaction] : [];
  const closed = change<'dispute'>(
    desk,
    dispute,
    { status: won ? 'won' : 'lost', balance_transactions: [...dispute.balance_transactions, ...entries] },
    'charge.dispute.closed',
  );
  if (won) emit(desk, 'charge.dispute.funds_reinstated', closed);
  return closed;
}

export const disputes: Handlers = {
  'GET /v1/disputes': takes<Stripe.DisputeListParams>([...PAGE_CREATED, 'charge', 'payment_intent'], (desk, params) => {
    const { charge, payment_intent } = params;
    return page(desk, 'dispute', '/v1/disputes', params, whereOf({ charge, payment_intent }));
  }),
  'GET /v1/disputes/{id}': takes<Stripe.DisputeRetrieveParams>([], (desk, _params, id) => find(desk, 'dispute', id)),
  'POST /v1/disputes/{id}': takes<Stripe.DisputeUpdateParams>(
    ['evidence', 'metadata', 'submit'],
    (desk, params, id) => {
      const dispute = find(desk, 'dispute', id);
      const { evidence, metadata, submit = true } = params;
      return change<'dispute'>(
        desk,
        dispute,
        {
          evidence: { ...dispute.evidence, ...(evidence as Partial<Dispute['evidence']> | undefined) },
          metadata: mergeMetadata(dispute.metadata, metadata),
          ...(evidence && submit ? { status: 'under_review' as const } : {}),
        },
        'charge.dispute.updated',
      );
    },
  ),
  'POST /v1/disputes/{id}/close': takes<Stripe.DisputeCloseParams>([], (desk, _params, id) =>
    closeDispute(desk, find(desk, 'dispute', id), false),
  ),
};
