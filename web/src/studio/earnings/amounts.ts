/** Amounts of either kind: tokens, or minor units of a currency. */
import type { TFunction } from 'i18next';
import { priceText, tokensText } from '../../ui/money.ts';
import { priceOf, typedPrice } from '../sell/split.ts';

const TOKEN = 'TOKEN';
export const isTokens = (currency: string): boolean => currency === TOKEN;

/** `€9.99`, or `1,250 tokens`. */
export const amountText = (t: TFunction<'studio'>, amount: number, currency: string): string =>
  isTokens(currency)
    ? t('earnings.tokens', { count: amount, formatted: tokensText(amount) })
    : priceText(amount, currency);

/** The same with a minus sign where it is below zero. */
export const signedText = (t: TFunction<'studio'>, amount: number, currency: string): string =>
  amount < 0 ? `−${amountText(t, -amount, currency)}` : amountText(t, amount, currency);

/** What an amount's field is counted in: `tokens`, or `EUR`. */
export const unitText = (t: TFunction<'studio'>, currency: string): string =>
  isTokens(currency) ? t('earnings.refund.tokenUnit') : currency.toUpperCase();

/** A typed amount; NaN where it is none, or not from `least` to `most`. */
export function amountOf(typed: string, currency: string, least: number, most: number): number {
  const amount = isTokens(currency)
    ? /^\d{1,10}$/.test(typed.trim())
      ? Number(typed)
      : null
    : priceOf(typed, currency);
  return amount === null || Number.isNaN(amount) || amount < least || amount > most ? Number.NaN : amount;
}

/** An amount as it stands in its field. */
export const typedAmount = (amount: number, currency: string): string =>
  isTokens(currency) ? String(amount) : typedPrice(amount, currency);
