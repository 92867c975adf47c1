/** Amounts as a person reads them. Prices are minor units of a currency, tokens whole numbers. */

const LOCALE = undefined;

/** How many digits a currency has after its point: 2 for eur, 0 for jpy. */
export function digitsOf(currency: string): number {
  const format = new Intl.NumberFormat(LOCALE, { style: 'currency', currency: currency.toUpperCase() });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

/** `€9.99`, in the visitor's own manner. */
export function priceText(minor: number, currency: string): string {
  const value = minor / 10 ** digitsOf(currency);
  return new Intl.NumberFormat(LOCALE, { style: 'currency', currency: currency.toUpperCase() }).format(value);
}

/** `€9.99 plus tax`; the price alone where there is nothing to say of tax. */
export const pricedWith = (price: string, tax: string): string => (tax === '' ? price : `${price} ${tax}`);

/** `1,250` */
export const tokensText = (tokens: number): string => new Intl.NumberFormat(LOCALE).format(tokens);

/** What any number of tokens costs, minor units, rounded up as the server does. */
export const customPrice = (tokens: number, minorPer100: number): number => Math.ceil((tokens * minorPer100) / 100);

type Pack = { tokens: number; priceMinor: number };

/** The smallest pack that covers what is missing; null where only a custom amount does. */
export function packFor<P extends Pack>(packs: readonly P[], missing: number): P | null {
  const enough = packs.filter((pack) => pack.tokens >= missing);
  return enough.sort((a, b) => a.tokens - b.tokens)[0] ?? null;
}
