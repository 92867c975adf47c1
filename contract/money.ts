/** Amounts as they cross a wire: whole units, tokens or the minor unit of a currency. Inside they are `bigint`. */
import { z } from 'zod';

/** The most that one amount may be: ten thousand million, far under what a JSON number holds exactly. */
export const AMOUNT_MAX = 10_000_000_000;

/** Tokens, the unit of wallets. */
export const Tokens = z.number().int().min(0).max(AMOUNT_MAX);
/** Cents, bani: the smallest unit of a cash currency. */
export const Minor = z.number().int().min(0).max(AMOUNT_MAX);
/** ISO 4217, as Stripe writes it. */
export const Cash = z.string().regex(/^[a-z]{3}$/, 'expected a currency like eur');

/** How tax goes with the prices of this server: none is asked, they contain it, or it comes on top of them. */
export const Tax = z.enum(['none', 'inclusive', 'exclusive']);
export type Tax = z.infer<typeof Tax>;

/** `TOKEN`, or a cash currency. */
export type Currency = string;
export const TOKEN: Currency = 'TOKEN';
