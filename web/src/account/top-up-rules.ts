/** What tokens cost. Pure. */
import type { Shop } from '../api/shop.ts';
import { customPrice } from '../ui/money.ts';

/** The price of a number of tokens, minor units; null where it is not sold. */
export function priceOf({ packs, custom }: Pick<Shop, 'packs' | 'custom'>, tokens: number): number | null {
  const pack = packs.find((one) => one.tokens === tokens);
  if (pack) return pack.priceMinor;
  if (!Number.isInteger(tokens) || tokens < custom.min || tokens > custom.max) return null;
  return customPrice(tokens, custom.minorPer100);
}

/** By how many percent a pack is cheaper than the same number bought singly; 0 where it is not. */
export function savingOf({ custom }: Pick<Shop, 'custom'>, pack: { tokens: number; priceMinor: number }): number {
  const single = customPrice(pack.tokens, custom.minorPer100);
  return Math.max(0, Math.floor(((single - pack.priceMinor) / single) * 100));
}
