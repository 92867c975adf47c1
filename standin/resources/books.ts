/** Balance transactions: what each charge, refund, dispute and transfer does to the platform's balance at Stripe. */
import type Stripe from 'stripe';
import { type Desk, find } from '../desk.ts';
import { type Handlers, PAGE_CREATED, page, takes, whereOf } from '../handler.ts';
import { newId } from '../ids.ts';
import type { BalanceTransaction } from '../objects.ts';

/** Stripe's usual European fee: 1.5 % and 25 minor units. */
const FEE_PER_MILLE = 15;
const FEE_FIXED = 25;

type Entry = {
  readonly type: BalanceTransaction['type'];
  readonly category: string;
  /** Minor units; below zero where it leaves the balance. */
  readonly amount: number;
  readonly currency: string;
  readonly source: string;
  readonly fee?: number;
};

export const feeOf = (amount: number) => Math.round((amount * FEE_PER_MILLE) / 1000) + FEE_FIXED;

/** Books an entry and returns its id. */
export function bookEntry(desk: Desk, { type, category, amount, currency, source, fee = 0 }: Entry): string {
  const entry: BalanceTransaction = {
    id: newId('txn'),
    object: 'balance_transaction',
    amount,
    available_on: desk.now(),
    balance_type: 'payments',
    created: desk.now(),
    currency,
    description: null,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [{ amount: fee, application: null, currency, description: 'Stripe processing fees', type: 'stripe_fee' }],
    net: amount - fee,
    reporting_category: category,
    source,
    status: 'available',
    type,
  };
  return desk.store.put(entry).id;
}

/** What the platform has, by currency, minor units. */
export function balances(desk: Desk): Map<string, number> {
  const rows = desk.store.db
    .prepare(
      `SELECT json_extract(body, '$.currency') AS currency, SUM(json_extract(body, '$.net')) AS net
       FROM object WHERE kind = 'balance_transaction' GROUP BY 1`,
    )
    .all();
  return new Map(rows.map((row) => [String(row['currency']), Number(row['net'])]));
}

export const books: Handlers = {
  'GET /v1/balance': takes<Stripe.BalanceRetrieveParams>([], (desk) => {
    const available = [...balances(desk)].map(([currency, amount]) => ({
      amount,
      currency,
      source_types: { card: amount },
    }));
    return {
      object: 'balance',
      available: available.length > 0 ? available : [{ amount: 0, currency: 'eur', source_types: { card: 0 } }],
      livemode: false,
      pending: [],
    } satisfies Stripe.Balance;
  }),
  'GET /v1/balance_transactions': takes<Stripe.BalanceTransactionListParams>(
    [...PAGE_CREATED, 'source', 'type', 'currency'],
    (desk, params) => {
      const { source, type, currency } = params;
      return page(desk, 'balance_transaction', '/v1/balance_transactions', params, whereOf({ source, type, currency }));
    },
  ),
  'GET /v1/balance_transactions/{id}': takes<Stripe.BalanceTransactionRetrieveParams>([], (desk, _params, id) =>
    find(desk, 'balance_transaction', id),
  ),
};
