/** Connected accounts and transfers to them. */
import type Stripe from 'stripe';
import { change, type Desk, emit, find, mergeMetadata } from '../desk.ts';
import { Fault, invalid, missing, money } from '../faults.ts';
import { type Handlers, PAGE_CREATED, page, takes, whereOf, whole } from '../handler.ts';
import { newId } from '../ids.ts';
import type { Account, Transfer, TransferReversal } from '../objects.ts';
import { balances, bookEntry } from './books.ts';
import { requireAmount, requireCurrency } from './catalogue.ts';
import { requireEmail } from './customers.ts';
import { requireUrl } from './urls.ts';

const LINK_LASTS_S = 300;
/** What a person has still to tell before money can go to the account. */
const WANTED = ['external_account', 'individual.dob.day', 'individual.first_name', 'tos_acceptance.date'];

const requirements = (due: readonly string[]): NonNullable<Account['requirements']> => ({
  alternatives: [],
  current_deadline: null,
  currently_due: [...due],
  disabled_reason: due.length > 0 ? 'requirements.past_due' : null,
  errors: [],
  eventually_due: [...due],
  past_due: [...due],
  pending_verification: [],
});

function newAccount(desk: Desk, params: Stripe.AccountCreateParams): Account {
  requireEmail(params.email, 'email');
  const id = newId('acct');
  const asked = Object.entries(params.capabilities ?? {}).filter(([, one]) => one?.requested);
  const account: Account = {
    id,
    object: 'account',
    business_profile: null,
    business_type: params.business_type ?? null,
    capabilities: Object.fromEntries(asked.map(([name]) => [name, 'inactive'])),
    charges_enabled: false,
    country: params.country ?? 'DE',
    created: desk.now(),
    default_currency: params.default_currency ?? 'eur',
    details_submitted: false,
    email: params.email ?? null,
    external_accounts: { object: 'list', data: [], has_more: false, url: `/v1/accounts/${id}/external_accounts` },
    future_requirements: { ...requirements([]), disabled_reason: null },
    metadata: mergeMetadata(null, params.metadata),
    payouts_enabled: false,
    requirements: requirements(WANTED),
    tos_acceptance: { date: null, ip: null, user_agent: null },
    type: params.type ?? 'none',
  };
  return desk.store.put(account);
}

/** The creator has told everything: money can go to the account. */
export function onboard(desk: Desk, account: Account): Account {
  const active = Object.keys(account.capabilities ?? {}).map((name) => [name, 'active'] as const);
  return change<'account'>(
    desk,
    account,
    {
      capabilities: Object.fromEntries(active),
      charges_enabled: active.some(([name]) => name === 'card_payments'),
      details_submitted: true,
      payouts_enabled: true,
      requirements: requirements([]),
    },
    'account.updated',
  );
}

/** Stripe does not tell an account that is not there from one that is not ours. */
function ownAccount(desk: Desk, id: string): Account {
  const account = desk.store.get('account', id);
  if (account) return account;
  throw new Fault(403, {
    type: 'invalid_request_error',
    code: 'account_invalid',
    message: `The provided key 'sk_test_****' does not have access to account '${id}' (or that account does not exist). Application access may have been revoked.`,
  });
}

function newLink(desk: Desk, params: Stripe.AccountLinkCreateParams): Stripe.AccountLink {
  const account = find(desk, 'account', params.account, 'account');
  for (const name of ['refresh_url', 'return_url'] as const) {
    const url = params[name];
    if (url === undefined) throw invalid(`You must provide a ${name}.`, 'parameter_missing', name);
    requireUrl(url, name);
  }
  const token = newId('req').slice(4);
  desk.store.setNote(`link:${token}`, {
    account: account.id,
    returnUrl: params.return_url,
    refreshUrl: params.refresh_url,
    expires: desk.now() + LINK_LASTS_S,
  });
  return {
    object: 'account_link',
    created: desk.now(),
    expires_at: desk.now() + LINK_LASTS_S,
    url: `${desk.pageBase}/connect/${token}`,
  };
}

function requireFunds(desk: Desk, amount: number, currency: string): void {
  if ((balances(desk).get(currency) ?? 0) < amount)
    throw invalid(
      'You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by creating Charges using the 4000000000000077 test card. See: https://stripe.com/docs/testing#available-balance',
      'balance_insufficient',
    );
}

function newTransfer(desk: Desk, params: Stripe.TransferCreateParams): Transfer {
  if (params.amount === undefined) throw invalid('Missing required param: amount.', 'parameter_missing', 'amount');
  requireAmount(params.amount, 1, 'amount');
  const { amount } = params;
  const currency = requireCurrency(params.currency, 'currency');
  const account = desk.store.get('account', params.destination);
  if (!account) throw missing('destination', params.destination, 'destination');
  if (account.capabilities?.transfers !== 'active')
    throw invalid(
      'Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments',
      'insufficient_capabilities_for_transfer',
      'destination',
    );
  const source = params.source_transaction;
  if (source === undefined) requireFunds(desk, amount, currency);
  else find(desk, 'charge', source, 'source_transaction');
  const id = newId('tr');
  const transfer: Transfer = {
    id,
    object: 'transfer',
    amount,
    amount_reversed: 0,
    balance_transaction: bookEntry(desk, {
      type: 'transfer',
      category: 'transfer',
      amount: -amount,
      currency,
      source: id,
    }),
    created: desk.now(),
    currency,
    description: params.description ?? null,
    destination: account.id,
    destination_payment: newId('py'),
    livemode: false,
    metadata: mergeMetadata(null, params.metadata),
    reversals: { object: 'list', data: [], has_more: false, url: `/v1/transfers/${id}/reversals` },
    reversed: false,
    source_transaction: source ?? null,
    source_type: 'card',
    transfer_group: params.transfer_group ?? null,
  };
  desk.store.put(transfer);
  emit(desk, 'transfer.created', transfer);
  return transfer;
}

function reverse(desk: Desk, params: Stripe.TransferCreateReversalParams, id: string): TransferReversal {
  const transfer = find(desk, 'transfer', id);
  const left = transfer.amount - transfer.amount_reversed;
  const amount = params.amount ?? left;
  if (left === 0) throw invalid(`Transfer ${id} has already been reversed.`, 'transfer_already_reversed');
  requireAmount(amount, 1, 'amount');
  const { currency } = transfer;
  if (amount > left)
    throw invalid(
      `Reversal amount (${money(amount, currency)}) is greater than unreversed amount on transfer (${money(left, currency)})`,
      undefined,
      'amount',
    );
  const reversal = newId('trr');
  const made: TransferReversal = {
    id: reversal,
    object: 'transfer_reversal',
    amount,
    balance_transaction: bookEntry(desk, {
      type: 'transfer_refund',
      category: 'transfer_reversal',
      amount,
      currency,
      source: reversal,
    }),
    created: desk.now(),
    currency,
    destination_payment_refund: null,
    metadata: mergeMetadata(null, params.metadata),
    source_refund: null,
    transfer: id,
  };
  desk.store.put(made);
  const data = [made, ...transfer.reversals.data].slice(0, 10) as Stripe.TransferReversal[];
  const reversed = transfer.amount_reversed + amount;
  change<'transfer'>(
    desk,
    transfer,
    { amount_reversed: reversed, reversed: reversed === transfer.amount, reversals: { ...transfer.reversals, data } },
    'transfer.reversed',
  );
  return made;
}

export const connect: Handlers = {
  'POST /v1/accounts': takes<Stripe.AccountCreateParams>(
    [
      'type',
      'country',
      'email',
      'capabilities',
      'business_type',
      'default_currency',
      'metadata',
      'controller',
      'business_profile',
      'settings',
    ],
    newAccount,
  ),
  'GET /v1/accounts': takes<Stripe.AccountListParams>([...PAGE_CREATED], (desk, params) =>
    page(desk, 'account', '/v1/accounts', params),
  ),
  'GET /v1/accounts/{id}': takes<Stripe.AccountRetrieveParams>([], (desk, _params, id) => ownAccount(desk, id)),
  'POST /v1/account_links': takes<Stripe.AccountLinkCreateParams>(
    ['account', 'type', 'refresh_url', 'return_url', 'collect', 'collection_options'],
    newLink,
  ),
  'POST /v1/transfers': takes<Stripe.TransferCreateParams>(
    ['amount', 'currency', 'destination', 'description', 'metadata', 'transfer_group', 'source_transaction'],
    newTransfer,
  ),
  'GET /v1/transfers': takes<Stripe.TransferListParams>(
    [...PAGE_CREATED, 'destination', 'transfer_group'],
    (desk, params) => {
      const { destination, transfer_group } = params;
      return page(desk, 'transfer', '/v1/transfers', params, whereOf({ destination, transfer_group }));
    },
  ),
  'GET /v1/transfers/{id}': takes<Stripe.TransferRetrieveParams>([], (desk, _params, id) => find(desk, 'transfer', id)),
  'POST /v1/transfers/{id}/reversals': takes<Stripe.TransferCreateReversalParams>(
    ['amount', 'description', 'metadata'],
    reverse,
  ),
  'GET /v1/transfers/{id}/reversals': takes<Stripe.TransferListReversalsParams>([], (desk, _params, id) =>
    whole(desk.store.find('transfer_reversal', whereOf({ transfer: id })), `/v1/transfers/${id}/reversals`),
  ),
};
