/** Checkout Sessions: what was ordered, until it is paid or expires. */
import type Stripe from 'stripe';
import { change, type Desk, find, mergeMetadata } from '../desk.ts';
import { invalid } from '../faults.ts';
import { type Handlers, PAGE_CREATED, page, refuseUncovered, takes, whereOf, whole } from '../handler.ts';
import { newId } from '../ids.ts';
import type { LineItem, Session } from '../objects.ts';
import { requireEmail } from './customers.ts';
import { lineItemsOf } from './line-items.ts';
import { type addressOf, beginningOf, requireTaxSense } from './session-tax.ts';
import { requireUrl } from './urls.ts';

type Create = Stripe.Checkout.SessionCreateParams;

const DAY_S = 86_400;
const LEAST_OPEN_S = 1800;
const LEAST_TOTAL = 50;
const LONGEST_REFERENCE = 200;
const MOST_CARD_TYPES = ['card'];

function requireMode(params: Create): 'payment' | 'subscription' {
  const { mode } = params;
  if (mode === undefined) throw invalid('Missing required param: mode.', 'parameter_missing', 'mode');
  if (mode === 'setup')
    throw invalid('The stand-in for Stripe does not cover setup mode.', 'standin_not_covered', 'mode');
  if (mode === 'subscription' && params.payment_intent_data)
    throw invalid('You can not pass `payment_intent_data` in `subscription` mode.', undefined, 'payment_intent_data');
  if (mode === 'payment' && params.subscription_data)
    throw invalid('You can not pass `subscription_data` in `payment` mode.', undefined, 'subscription_data');
  if (mode === 'subscription' && params.customer_creation)
    throw invalid(
      '`customer_creation` can only be used in `payment` and `setup` mode.',
      undefined,
      'customer_creation',
    );
  return mode as 'payment' | 'subscription';
}

function requireSense(desk: Desk, params: Create): void {
  refuseUncovered(
    'payment_intent_data',
    ['metadata', 'description', 'receipt_email', 'transfer_group'],
    params.payment_intent_data,
  );
  refuseUncovered('subscription_data', ['metadata', 'description'], params.subscription_data);
  if (params.success_url === undefined)
    throw invalid('Missing required param: success_url.', 'parameter_missing', 'success_url');
  requireUrl(params.success_url, 'success_url');
  if (params.cancel_url !== undefined) requireUrl(params.cancel_url, 'cancel_url');
  if (params.customer !== undefined && params.customer_email !== undefined)
    throw invalid('You may only specify one of these parameters: customer, customer_email.', undefined, 'customer');
  requireEmail(params.customer_email, 'customer_email');
  if (params.customer !== undefined) find(desk, 'customer', params.customer, 'customer');
  requireTaxSense(desk, params);
  if ((params.client_reference_id ?? '').length > LONGEST_REFERENCE)
    throw invalid(`Invalid string: must be at most ${LONGEST_REFERENCE} characters`, undefined, 'client_reference_id');
  const { expires_at: at } = params;
  const now = desk.now();
  if (at !== undefined && (at < now + LEAST_OPEN_S - 60 || at > now + DAY_S + 60))
    throw invalid(
      'The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session creation.',
      undefined,
      'expires_at',
    );
  const others = params.allowed_payment_method_types?.filter((type) => !MOST_CARD_TYPES.includes(type)) ?? [];
  if (others.length > 0)
    throw invalid(
      `The stand-in for Stripe does not cover ${others[0]}.`,
      'standin_not_covered',
      'payment_method_types',
    );
}

/** The part of a session that no parameter of ours changes. */
const FIXED = {
  adaptive_pricing: { enabled: false },
  after_expiration: null,
  allow_promotion_codes: null,
  allowed_payment_method_types: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
  customer_account: null,
  discounts: [],
  integration_identifier: null,
  managed_payments: null,
  origin_context: null,
  payment_link: null,
  payment_method_configuration_details: null,
  payment_method_options: { card: { request_three_d_secure: 'automatic' } },
  payment_method_types: ['card'],
  permissions: null,
  phone_number_collection: { enabled: false },
  recovered_from: null,
  saved_payment_method_options: null,
  setup_intent: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  ui_mode: 'hosted_page',
  wallet_options: null,
} satisfies Partial<Session>;

function requireTotal(lines: readonly LineItem[]): void {
  const total = lines.reduce((sum, line) => sum + line.amount_total, 0);
  if (total > 0 && total < LEAST_TOTAL)
    throw invalid(
      `The Checkout Session's total amount due must add up to at least ${LEAST_TOTAL / 100} in the session's currency.`,
      'amount_too_small',
    );
}

type Ordered = ReturnType<typeof beginningOf>;

function newSession(desk: Desk, params: Create, mode: 'payment' | 'subscription', ordered: Ordered): Session {
  const id = newId('cs');
  const customer = params.customer === undefined ? null : find(desk, 'customer', params.customer);
  const email = customer?.email ?? params.customer_email ?? null;
  return {
    ...FIXED,
    ...ordered.session,
    id,
    object: 'checkout.session',
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    client_secret: null,
    created: desk.now(),
    currency: ordered.lineItems[0]?.currency ?? null,
    customer: params.customer ?? null,
    customer_creation:
      mode === 'payment' ? (params.customer_creation ?? (customer ? null : 'if_required')) : customer ? null : 'always',
    customer_details: email === null ? null : detailsOf(email, customer?.name ?? null, customer?.address ?? null),
    customer_email: params.customer_email ?? null,
    expires_at: params.expires_at ?? desk.now() + DAY_S,
    invoice: null,
    livemode: false,
    locale: params.locale ?? null,
    metadata: mergeMetadata(null, params.metadata),
    mode,
    payment_intent: null,
    payment_method_collection: mode === 'subscription' ? 'always' : 'if_required',
    payment_status: 'unpaid',
    shipping_cost: null,
    status: 'open',
    submit_type: params.submit_type ?? null,
    subscription: null,
    success_url: params.success_url ?? null,
    url: `${desk.pageBase}/c/pay/${id}`,
  };
}

/** Who bought, as a session tells it. */
export function detailsOf(
  email: string,
  name: string | null,
  address: ReturnType<typeof addressOf>,
): NonNullable<Session['customer_details']> {
  return {
    address: address ?? null,
    business_name: null,
    email,
    individual_name: null,
    name,
    phone: null,
    tax_exempt: 'none',
    tax_ids: null,
  };
}

function create(desk: Desk, params: Create): Session {
  const mode = requireMode(params);
  requireSense(desk, params);
  const lines = lineItemsOf(desk, params, mode);
  requireTotal(lines);
  const customer = params.customer === undefined ? null : find(desk, 'customer', params.customer);
  const ordered = beginningOf(params, customer, lines);
  const session = desk.store.put(newSession(desk, params, mode, ordered));
  desk.store.put({
    id: `standin_${session.id}`,
    object: 'standin.session',
    lineItems: ordered.lineItems,
    keepsAddress: params.customer_update?.address === 'auto',
    paymentIntentData: params.payment_intent_data,
    subscriptionData: params.subscription_data,
  });
  return session;
}

/** Ends an open session, because it was asked or because its time has come. */
export function expireSession(desk: Desk, session: Session): Session {
  return change<'checkout.session'>(desk, session, { status: 'expired', url: null }, 'checkout.session.expired');
}

/** What a session keeps to itself. */
export function secretsOf(desk: Desk, id: string) {
  return find(desk, 'standin.session', `standin_${id}`);
}

export const sessions: Handlers = {
  'POST /v1/checkout/sessions': takes<Create>(
    [
      ...([
        'mode',
        'line_items',
        'success_url',
        'cancel_url',
        'customer',
        'customer_email',
        'customer_creation',
      ] as const),
      ...([
        'client_reference_id',
        'metadata',
        'expires_at',
        'locale',
        'payment_intent_data',
        'subscription_data',
      ] as const),
      ...(['allowed_payment_method_types', 'submit_type', 'currency'] as const),
      ...(['automatic_tax', 'customer_update', 'billing_address_collection', 'invoice_creation'] as const),
    ],
    create,
  ),
  'GET /v1/checkout/sessions': takes<Stripe.Checkout.SessionListParams>(
    [...PAGE_CREATED, 'customer', 'payment_intent', 'subscription', 'status'],
    (desk, params) => {
      const { customer, payment_intent, subscription, status } = params;
      return page(
        desk,
        'checkout.session',
        '/v1/checkout/sessions',
        params,
        whereOf({ customer, payment_intent, subscription, status }),
      );
    },
  ),
  'GET /v1/checkout/sessions/{id}': takes<Stripe.Checkout.SessionRetrieveParams>([], (desk, _params, id) =>
    find(desk, 'checkout.session', id),
  ),
  'POST /v1/checkout/sessions/{id}': takes<Stripe.Checkout.SessionUpdateParams>(
    ['metadata'],
    (desk, { metadata }, id) => {
      const session = find(desk, 'checkout.session', id);
      return change<'checkout.session'>(desk, session, { metadata: mergeMetadata(session.metadata, metadata) });
    },
  ),
  'POST /v1/checkout/sessions/{id}/expire': takes<Stripe.Checkout.SessionExpireParams>([], (desk, _params, id) => {
    const session = find(desk, 'checkout.session', id);
    if (session.status !== 'open')
      throw invalid(
        `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
      );
    return expireSession(desk, session);
  }),
  'GET /v1/checkout/sessions/{id}/line_items': takes<Stripe.Checkout.SessionListLineItemsParams>(
    ['limit'],
    (desk, { limit }, id) => {
      find(desk, 'checkout.session', id);
      const lines = secretsOf(desk, id).lineItems;
      const list = whole(lines.slice(0, limit ?? 10), `/v1/checkout/sessions/${id}/line_items`);
      return { ...list, has_more: list.data.length < lines.length };
    },
  ),
};
