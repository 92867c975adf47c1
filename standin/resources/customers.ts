/** Customers. */
import type Stripe from 'stripe';
import { change, type Desk, emit, find, mergeMetadata } from '../desk.ts';
import { invalid, missing } from '../faults.ts';
import { type Handlers, PAGE_CREATED, page, takes, whereOf } from '../handler.ts';
import { newId } from '../ids.ts';
import type { Customer } from '../objects.ts';

/** As strict as a form in a browser; Stripe itself is not much stricter. */
const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;

/** Throws Stripe's `email_invalid`. */
export function requireEmail(email: string | undefined | null, param: string): void {
  if (email && !EMAIL.test(email)) throw invalid(`Invalid email address: ${email}`, 'email_invalid', param);
}

type Beginning = {
  readonly email?: string | null;
  readonly name?: string | null;
  readonly metadata?: unknown;
  readonly description?: string | null;
  readonly address?: Customer['address'];
};

/** Makes a customer and tells of it. */
export function newCustomer(desk: Desk, given: Beginning): Customer {
  const customer: Customer = {
    id: newId('cus'),
    object: 'customer',
    address: given.address ?? null,
    balance: 0,
    created: desk.now(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: given.description ?? null,
    email: given.email ?? null,
    invoice_prefix: newId('req').slice(-8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: mergeMetadata(null, given.metadata),
    name: given.name ?? null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
  desk.store.put(customer);
  emit(desk, 'customer.created', customer);
  return customer;
}

export const customers: Handlers = {
  'POST /v1/customers': takes<Stripe.CustomerCreateParams>(
    ['email', 'name', 'metadata', 'description', 'phone', 'preferred_locales'],
    (desk, params) => {
      requireEmail(params.email, 'email');
      const { email, name, description, metadata, phone, preferred_locales } = params;
      const customer = newCustomer(desk, {
        email: email ?? null,
        name: name ?? null,
        description: description ?? null,
        metadata,
      });
      return change<'customer'>(desk, customer, {
        ...(phone ? { phone } : {}),
        ...(preferred_locales ? { preferred_locales } : {}),
      });
    },
  ),
  'GET /v1/customers': takes<Stripe.CustomerListParams>([...PAGE_CREATED, 'email'], (desk, params) =>
    page(desk, 'customer', '/v1/customers', params, whereOf({ email: params.email })),
  ),
  'GET /v1/customers/{id}': takes<Stripe.CustomerRetrieveParams>([], (desk, _params, id) => find(desk, 'customer', id)),
  'POST /v1/customers/{id}': takes<Stripe.CustomerUpdateParams>(
    ['email', 'name', 'metadata', 'description', 'phone', 'preferred_locales'],
    (desk, { metadata, email, name, description, phone, preferred_locales }, id) => {
      requireEmail(email, 'email');
      const customer = find(desk, 'customer', id);
      const text = (given: string | null | undefined) => (given === '' ? null : given);
      const changes = { email: text(email), name: text(name), description: text(description), phone: text(phone) };
      return change<'customer'>(
        desk,
        customer,
        {
          ...(Object.fromEntries(
            Object.entries(changes).filter(([, value]) => value !== undefined),
          ) as Partial<Customer>),
          ...(preferred_locales ? { preferred_locales } : {}),
          metadata: mergeMetadata(customer.metadata, metadata),
        },
        'customer.updated',
      );
    },
  ),
  'DELETE /v1/customers/{id}': takes<Stripe.CustomerDeleteParams>([], (desk, _params, id) => {
    const customer = find(desk, 'customer', id);
    if ('deleted' in customer) throw missing('customer', id, 'id');
    const gone = { id, object: 'customer' as const, deleted: true as const };
    desk.store.put(gone as unknown as Customer);
    emit(desk, 'customer.deleted', customer);
    return gone;
  }),
};
