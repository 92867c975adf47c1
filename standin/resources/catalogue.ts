/** Products and prices. */
import type Stripe from 'stripe';
import { change, type Desk, emit, find, mergeMetadata } from '../desk.ts';
import { invalid, missing } from '../faults.ts';
import { type Handlers, PAGE_CREATED, page, refuseUncovered, takes, whereOf } from '../handler.ts';
import { newId } from '../ids.ts';
import type { Price, Product } from '../objects.ts';

const CURRENCY = /^[a-z]{3}$/i;
/** The largest amount that Stripe takes, minor units. */
const MOST_AMOUNT = 99_999_999;

type ProductBeginning = Pick<
  Stripe.ProductCreateParams,
  'name' | 'description' | 'images' | 'metadata' | 'active' | 'tax_code'
>;

const TAX_CODE = /^txcd_\d{8}$/;

export function newProduct(desk: Desk, given: ProductBeginning): Product {
  const { tax_code: taxCode = null } = given;
  if (taxCode !== null && !TAX_CODE.test(taxCode)) throw missing('tax code', taxCode, 'tax_code');
  const product: Product = {
    id: newId('prod'),
    object: 'product',
    active: given.active ?? true,
    created: desk.now(),
    default_price: null,
    description: given.description ?? null,
    images: given.images ?? [],
    livemode: false,
    marketing_features: [],
    metadata: mergeMetadata(null, given.metadata),
    name: given.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: taxCode,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: desk.now(),
    url: null,
  };
  desk.store.put(product);
  emit(desk, 'product.created', product);
  return product;
}

/** Throws where this is no currency of three letters. Returns it in lower case. */
export function requireCurrency(currency: string, param: string): string {
  if (!CURRENCY.test(currency))
    throw invalid(
      `Invalid currency: ${currency}. Stripe currently supports these currencies: usd, eur, gbp, …`,
      undefined,
      param,
    );
  return currency.toLowerCase();
}

/** Throws where an amount in minor units is below `least` or above what Stripe takes. */
export function requireAmount(amount: number, least: number, param: string): void {
  if (amount < least)
    throw invalid(
      least === 0 ? 'Invalid non-negative integer' : 'Invalid positive integer',
      'parameter_invalid_integer',
      param,
    );
  if (amount > MOST_AMOUNT) throw invalid(`Amount must be no more than €999,999.99`, 'amount_too_large', param);
}

type PriceBeginning = {
  readonly currency: string;
  readonly product: string;
  readonly unitAmount: number;
  readonly recurring: { interval: Stripe.Price.Recurring.Interval; interval_count: number } | null;
  readonly taxBehavior?: Price['tax_behavior'];
  readonly active?: boolean;
  readonly nickname?: string | null;
  readonly lookupKey?: string | null;
  readonly metadata?: unknown;
};

export function newPrice(desk: Desk, given: PriceBeginning): Price {
  const price: Price = {
    id: newId('price'),
    object: 'price',
    active: given.active ?? true,
    billing_scheme: 'per_unit',
    created: desk.now(),
    currency: given.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: given.lookupKey ?? null,
    metadata: mergeMetadata(null, given.metadata),
    nickname: given.nickname ?? null,
    product: given.product,
    recurring: given.recurring
      ? { ...given.recurring, meter: null, trial_period_days: null, usage_type: 'licensed' }
      : null,
    tax_behavior: given.taxBehavior ?? 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: given.recurring ? 'recurring' : 'one_time',
    unit_amount: given.unitAmount,
    unit_amount_decimal: String(given.unitAmount),
  };
  desk.store.put(price);
  return price;
}

function createPrice(desk: Desk, params: Stripe.PriceCreateParams): Price {
  if (params.unit_amount === undefined)
    throw invalid('Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.', 'parameter_missing');
  requireAmount(params.unit_amount, 0, 'unit_amount');
  if ((params.product === undefined) === (params.product_data === undefined))
    throw invalid('Prices require exactly one of `product` or `product_data`.', 'parameter_missing', 'product');
  refuseUncovered('product_data', ['name', 'metadata', 'tax_code'], params.product_data);
  const product =
    params.product !== undefined
      ? find(desk, 'product', params.product, 'product')
      : newProduct(desk, { name: '', metadata: {}, ...params.product_data });
  if (
    params.lookup_key &&
    desk.store.find('price', whereOf({ lookup_key: params.lookup_key, active: true })).length > 0
  )
    throw invalid(`A price (\`${params.lookup_key}\`) already uses that lookup key.`, undefined, 'lookup_key');
  const price = newPrice(desk, {
    currency: requireCurrency(params.currency, 'currency'),
    product: product.id,
    unitAmount: params.unit_amount,
    recurring: params.recurring
      ? { interval: params.recurring.interval, interval_count: params.recurring.interval_count ?? 1 }
      : null,
    active: params.active ?? true,
    taxBehavior: params.tax_behavior ?? null,
    nickname: params.nickname ?? null,
    lookupKey: params.lookup_key ?? null,
    metadata: params.metadata,
  });
  emit(desk, 'price.created', price);
  return price;
}

const given = <T extends object>(changes: T) =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Partial<T>;

export const catalogue: Handlers = {
  'POST /v1/products': takes<Stripe.ProductCreateParams>(
    ['name', 'description', 'images', 'metadata', 'active', 'tax_code'],
    (desk, params) => newProduct(desk, params),
  ),
  'GET /v1/products': takes<Stripe.ProductListParams>([...PAGE_CREATED, 'active'], (desk, params) =>
    page(desk, 'product', '/v1/products', params, whereOf({ active: params.active })),
  ),
  'GET /v1/products/{id}': takes<Stripe.ProductRetrieveParams>([], (desk, _params, id) => find(desk, 'product', id)),
  'POST /v1/products/{id}': takes<Stripe.ProductUpdateParams>(
    ['name', 'description', 'metadata', 'active'],
    (desk, { name, description, metadata, active }, id) => {
      const product = find(desk, 'product', id);
      const changes = given({ name, active, description: description === '' ? null : description }) as Partial<Product>;
      return change<'product'>(
        desk,
        product,
        { ...changes, metadata: mergeMetadata(product.metadata, metadata), updated: desk.now() },
        'product.updated',
      );
    },
  ),
  'POST /v1/prices': takes<Stripe.PriceCreateParams>(
    [
      ...(['currency', 'unit_amount', 'product', 'product_data', 'recurring', 'tax_behavior'] as const),
      ...(['active', 'nickname', 'lookup_key', 'metadata'] as const),
    ],
    createPrice,
  ),
  'GET /v1/prices': takes<Stripe.PriceListParams>(
    [...PAGE_CREATED, 'active', 'product', 'currency', 'type', 'lookup_keys'],
    (desk, params) => {
      const { active, product, currency, type, lookup_keys: keys } = params;
      const list = page(desk, 'price', '/v1/prices', params, whereOf({ active, product, currency, type }));
      return keys
        ? { ...list, data: list.data.filter(({ lookup_key }) => lookup_key && keys.includes(lookup_key)) }
        : list;
    },
  ),
  'GET /v1/prices/{id}': takes<Stripe.PriceRetrieveParams>([], (desk, _params, id) => find(desk, 'price', id)),
  'POST /v1/prices/{id}': takes<Stripe.PriceUpdateParams>(
    ['active', 'nickname', 'metadata'],
    (desk, { active, nickname, metadata }, id) => {
      const price = find(desk, 'price', id);
      const changes = given({ active, nickname }) as Partial<Price>;
      return change<'price'>(
        desk,
        price,
        { ...changes, metadata: mergeMetadata(price.metadata, metadata) },
        'price.updated',
      );
    },
  ),
};
