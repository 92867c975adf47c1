/** What a Checkout Session sells, priced. */
import type Stripe from 'stripe';
import { type Desk, find } from '../desk.ts';
import { invalid } from '../faults.ts';
import { refuseUncovered } from '../handler.ts';
import { newId } from '../ids.ts';
import type { LineItem, Price } from '../objects.ts';
import { newPrice, newProduct, requireAmount, requireCurrency } from './catalogue.ts';

type Create = Stripe.Checkout.SessionCreateParams;
type Given = NonNullable<Create['line_items']>[number];

const MOST_LINES = 100;

function priceOf(desk: Desk, given: Given, path: string): Price {
  if ((given.price === undefined) === (given.price_data === undefined))
    throw invalid(
      given.price === undefined
        ? `Missing required param: ${path}[price].`
        : 'You may only specify one of these parameters: price, price_data.',
      given.price === undefined ? 'parameter_missing' : undefined,
      `${path}[price]`,
    );
  if (given.price !== undefined) {
    const price = find(desk, 'price', given.price, `${path}[price]`);
    if (!price.active)
      throw invalid(
        `The price specified is inactive. This field only accepts active prices.`,
        undefined,
        `${path}[price]`,
      );
    return price;
  }
  const data = given.price_data as NonNullable<Given['price_data']>;
  if (data.unit_amount === undefined)
    throw invalid(
      'Either `unit_amount` or `unit_amount_decimal` is required.',
      'parameter_missing',
      `${path}[price_data][unit_amount]`,
    );
  requireAmount(data.unit_amount, 0, `${path}[price_data][unit_amount]`);
  if ((data.product === undefined) === (data.product_data === undefined))
    throw invalid(
      'You must specify either `product` or `product_data` when creating a price.',
      'parameter_missing',
      `${path}[price_data][product]`,
    );
  const product =
    data.product !== undefined
      ? find(desk, 'product', data.product, `${path}[price_data][product]`)
      : newProduct(desk, { active: false, name: data.product_data?.name ?? '', ...data.product_data });
  return newPrice(desk, {
    currency: requireCurrency(data.currency, `${path}[price_data][currency]`),
    product: product.id,
    unitAmount: data.unit_amount,
    taxBehavior: data.tax_behavior ?? null,
    recurring: data.recurring
      ? { interval: data.recurring.interval, interval_count: data.recurring.interval_count ?? 1 }
      : null,
    active: false,
  });
}

function lineOf(desk: Desk, given: Given, path: string): LineItem {
  refuseUncovered(path, ['price', 'price_data', 'quantity'], given);
  const { price_data: data } = given;
  refuseUncovered(path, ['currency', 'product', 'product_data', 'recurring', 'tax_behavior', 'unit_amount'], data);
  refuseUncovered(path, ['name', 'description', 'images', 'metadata', 'tax_code'], data?.product_data);
  const price = priceOf(desk, given, path);
  const { quantity } = given;
  if (quantity === undefined)
    throw invalid(`Quantity is required. Add \`quantity\` to \`${path}\``, 'parameter_missing', `${path}[quantity]`);
  requireAmount(quantity, 1, `${path}[quantity]`);
  const amount = (price.unit_amount ?? 0) * quantity;
  const product = find(desk, 'product', price.product);
  return {
    id: newId('li'),
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency: price.currency,
    description: product.name,
    metadata: null,
    price,
    quantity,
  };
}

/** Throws what Stripe would say about lines that are missing, mixed or of the wrong kind for the mode. */
export function lineItemsOf(desk: Desk, params: Create, mode: 'payment' | 'subscription'): LineItem[] {
  const given = params.line_items ?? [];
  if (given.length === 0) throw invalid('Missing required param: line_items.', 'parameter_missing', 'line_items');
  if (given.length > MOST_LINES)
    throw invalid(`Array has too many elements, at most ${MOST_LINES}.`, undefined, 'line_items');
  const lines = given.map((one, index) => lineOf(desk, one, `line_items[${index}]`));
  const recurring = lines.filter(({ price }) => price.recurring !== null).length;
  if (mode === 'subscription' && recurring === 0)
    throw invalid(
      'You must provide at least one recurring price in `subscription` mode when using prices.',
      undefined,
      'line_items',
    );
  if (mode === 'payment' && recurring > 0)
    throw invalid(
      'You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.',
      undefined,
      'line_items',
    );
  if (mode === 'subscription' && recurring < lines.length)
    throw invalid(
      'The stand-in for Stripe does not cover one-time prices in a subscription.',
      'standin_not_covered',
      'line_items',
    );
  const currencies = new Set(lines.map(({ currency }) => currency));
  if (currencies.size > 1)
    throw invalid('All prices on a Checkout Session must use the same currency.', undefined, 'line_items');
  return lines;
}
