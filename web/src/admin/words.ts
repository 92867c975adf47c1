/** Amounts in words, tokens or cash. */
import type { TFunction } from 'i18next';
import { priceText, tokensText } from '../ui/money.ts';

/** `€9.99`, or `1,250 tokens`. */
export const amountText = (t: TFunction<'admin'>, amount: number, currency: string): string =>
  currency === 'TOKEN' ? t('tokens', { formatted: tokensText(amount) }) : priceText(amount, currency);
