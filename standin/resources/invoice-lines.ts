/** Lines of invoices and their tax. */
import { newId } from '../ids.ts';
import type { Invoice, InvoiceLine, LineItem, Price, Subscription, SubscriptionItem } from '../objects.ts';
import { TAX_RATE, taxOf } from '../tax.ts';

type Tax = NonNullable<Invoice['total_taxes']>[number];
/** A line before its invoice is there and its tax is known. */
export type BareLine = Omit<InvoiceLine, 'invoice' | 'taxes'> & { readonly price: Price };

type Sold = {
  readonly price: Price;
  readonly quantity: number;
  readonly description: string | null;
  readonly period: { readonly start: number; readonly end: number };
};

function lineOf({
  price,
  quantity,
  description,
  period,
}: Sold): Omit<BareLine, 'metadata' | 'parent' | 'subscription'> {
  const amount = (price.unit_amount ?? 0) * quantity;
  return {
    id: newId('il'),
    object: 'line_item',
    amount,
    currency: price.currency,
    description,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    livemode: false,
    period: { ...period },
    pretax_credit_amounts: [],
    price,
    pricing: {
      price_details: { price: price.id, product: price.product },
      type: 'price_details',
      unit_amount_decimal: price.unit_amount_decimal,
    },
    quantity,
    quantity_decimal: String(quantity),
    subtotal: amount,
  };
}

/** One thing of a subscription for a period. */
export const subscriptionLine = (
  { id, metadata }: Subscription,
  { id: item, price, quantity = 1 }: SubscriptionItem,
  period: Sold['period'],
): BareLine => ({
  ...lineOf({ price, quantity, description: null, period }),
  metadata,
  parent: {
    invoice_item_details: null,
    subscription_item_details: {
      invoice_item: null,
      proration: false,
      proration_details: { credited_items: null },
      subscription: id,
      subscription_item: item,
    },
    type: 'subscription_item_details',
  },
  subscription: id,
});

/** One thing that was bought once, at an instant in Unix seconds. */
export const purchaseLine = ({ price, quantity, description }: LineItem, at: number): BareLine => ({
  ...lineOf({ price, quantity: quantity ?? 1, description, period: { start: at, end: at } }),
  metadata: {},
  parent: {
    invoice_item_details: {
      invoice_item: newId('ii'),
      proration: false,
      proration_details: { credited_items: null },
      subscription: null,
    },
    subscription_item_details: null,
    type: 'invoice_item_details',
  },
  subscription: null,
});

function taxIn(amount: number, price: Price): { readonly taxes: Tax[]; readonly tax: number; readonly total: number } {
  const { tax, taxable, total } = taxOf(amount, price);
  if (price.tax_behavior !== 'inclusive' && price.tax_behavior !== 'exclusive') return { taxes: [], tax, total };
  const entry: Tax = {
    amount: tax,
    tax_behavior: price.tax_behavior,
    tax_rate_details: { tax_rate: TAX_RATE },
    taxability_reason: 'standard_rated',
    taxable_amount: taxable,
    type: 'tax_rate_details',
  };
  return { taxes: [entry], tax, total };
}

/** The lines with their tax where there is to be any, and what they come to. */
export function totalsOf(bare: readonly BareLine[], taxed: boolean) {
  const taxes: Tax[] = [];
  let [subtotal, tax, total] = [0, 0, 0];
  const lines = bare.map(({ price, ...line }) => {
    const one = taxed ? taxIn(line.amount, price) : { taxes: [], tax: 0, total: line.amount };
    subtotal += line.amount;
    tax += one.tax;
    total += one.total;
    taxes.push(...one.taxes);
    return { ...line, taxes: one.taxes };
  });
  const sums = {
    // As at Stripe, with the tax that prices contain, and without what comes on top.
    subtotal,
    subtotal_excluding_tax: total - tax,
    total,
    total_excluding_tax: total - tax,
    total_taxes: taxes,
  } satisfies Partial<Invoice>;
  return { lines, sums };
}
