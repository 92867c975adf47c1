/** What a creator gets of a sale, and prices as they are typed. */
import { digitsOf } from '../../ui/money.ts';

const WHOLE_BPS = 10_000;

/** The creator's share of an amount, as the ledger books it: the platform's part is rounded down. */
export const shareOf = (gross: number, creatorBps: number): number =>
  gross - Math.floor((gross * (WHOLE_BPS - creatorBps)) / WHOLE_BPS);

/** A price as it stands in its field: `9.99`; empty where nothing is sold. */
export const typedPrice = (minor: number | null, currency: string): string => {
  const digits = digitsOf(currency);
  return minor === null ? '' : (minor / 10 ** digits).toFixed(digits);
};

/** A typed price in minor units. Null: empty, nothing is sold. NaN: not a price. A comma is as good as a point. */
export function priceOf(typed: string, currency: string): number | null {
  const text = typed.trim().replace(',', '.');
  if (text === '') return null;
  const digits = digitsOf(currency);
  const pattern = digits === 0 ? /^\d{1,7}$/ : new RegExp(`^\\d{1,7}(?:\\.\\d{1,${digits}})?$`);
  return pattern.test(text) ? Math.round(Number(text) * 10 ** digits) : Number.NaN;
}
