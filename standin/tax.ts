/** Tax as the stand-in works it out: one made-up rate for everybody, where Stripe asks where the buyer lives. */
import type { Customer, LineItem, Price } from './objects.ts';

/** Percent of the price without tax. */
export const TAX_PERCENT = 19;
/** Of the rate, as invoices name it. */
export const TAX_RATE = 'txr_standin';

/** Where every buyer is taken to live: outside of the United States and Canada the country is enough. */
export const ADDRESS: NonNullable<Customer['address']> = {
  city: null,
  country: 'DE',
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
};

/** The tax of an amount at a price, minor units, and what is paid with it. A price that does not say how has none. */
export function taxOf(amount: number, { tax_behavior: behavior }: Pick<Price, 'tax_behavior'>) {
  if (behavior === 'exclusive') {
    const tax = Math.round((amount * TAX_PERCENT) / 100);
    return { tax, taxable: amount, total: amount + tax };
  }
  const tax = behavior === 'inclusive' ? Math.round((amount * TAX_PERCENT) / (100 + TAX_PERCENT)) : 0;
  return { tax, taxable: amount - tax, total: amount };
}

/** Lines of an order with their tax. */
export const taxedLines = (lines: readonly LineItem[]): LineItem[] =>
  lines.map((line) => {
    const { tax, total } = taxOf(line.amount_subtotal, line.price);
    return { ...line, amount_tax: tax, amount_total: total };
  });
