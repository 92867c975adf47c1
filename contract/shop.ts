/** What a channel sells, and what it costs. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { CheckoutId, Slug, TransferId } from './ids.ts';
import { Cash, Minor, Tax, Tokens } from './money.ts';

/** Languages of mail and of the payment page. */
const BuyerLanguage = z.enum(['en', 'ro', 'es']);

const CodeOffer = z.object({
  /** Null: this channel sells no codes. */
  priceMinor: Minor.nullable(),
  /** How long a code is valid from its start. */
  hours: z.number().int(),
  /** What a code looks like, e.g. `PLI` and nine symbols: `PLI•••••••••`. */
  symbolsHint: z.string(),
  /** A code bought now ends before the next planned show begins, or while it runs. */
  warning: z.enum(['ends_before', 'ends_during']).nullable(),
  /** The next planned show; null where none is planned. */
  showStartsAt: z.iso.datetime().nullable(),
  /** What to offer as `startsAt` where there is a warning: a quarter of an hour before the show. */
  laterStart: z.iso.datetime().nullable(),
  /** Selling stops while as many codes are valid as the room has seats. */
  soldOut: z.boolean(),
});

const Shop = z.object({
  currency: Cash,
  /** True: payments go to the local stand-in, and no money moves. */
  standIn: z.boolean(),
  /** Of every price in cash here. How much the tax is, the checkout page says: it depends on where the buyer lives. */
  tax: Tax,
  code: CodeOffer,
  packs: z.array(z.object({ tokens: Tokens, priceMinor: Minor })),
  /** Any other number of tokens costs `minorPer100` a hundred, rounded up. */
  custom: z.object({ minorPer100: Minor, min: Tokens, max: Tokens }),
  /** Null: this channel has no memberships. */
  membership: z.object({ priceMinor: Minor }).nullable(),
  /** Age that a buyer confirms; null: none is asked. */
  ageGate: z.number().int().nullable(),
  /** Address of the terms; null: the operator named none. */
  terms: z.string().nullable(),
});
export type Shop = z.infer<typeof Shop>;

export const getShop = {
  method: 'get',
  path: '/api/shop',
  summary: 'What a channel sells, with prices in minor units, and whether a code bought now lasts for the next show.',
  caller: 'public',
  /** Without a channel: what the server sells by itself, which is tokens. */
  query: z.object({ channel: Slug.optional() }),
  reply: Shop,
} as const satisfies Endpoint;

export const buyCode = {
  method: 'post',
  path: '/api/access-codes/buy',
  summary: 'Begins to buy an access code, without an account. Needs the header Idempotency-Key.',
  caller: 'public',
  body: z.strictObject({
    channel: Slug,
    email: z.email().max(254),
    /** In international form, e.g. +40712345678. */
    whatsapp: z
      .string()
      .regex(/^\+[1-9]\d{6,14}$/, 'use the international form, like +40712345678')
      .optional(),
    language: BuyerLanguage,
    /** When the hours begin; at once where it is left out. At most 30 days ahead. */
    startsAt: z.iso.datetime().optional(),
    /** The buyer agreed that the service begins at once, and to the terms and the age where they are asked for. */
    consent: z.literal(true),
  }),
  reply: z.object({
    checkoutId: CheckoutId,
    /** Opens the bought code to whoever knows it: keep it in the browser's session. */
    claim: z.string(),
    /** Where to send the browser. */
    checkoutUrl: z.string(),
  }),
} as const satisfies Endpoint;

export const buyTokens = {
  method: 'post',
  path: '/api/tokens/purchase',
  summary: 'Begins to buy tokens for the own wallet: a pack, or any number.',
  caller: 'session',
  body: z.strictObject({
    amountTokens: Tokens.min(1),
    /** Where the browser goes afterwards: a path of this site. */
    returnTo: z
      .string()
      .max(300)
      .regex(/^\/(?![/\\])[^\\\s]*$/, 'a path of this site')
      .optional(),
  }),
  reply: z.object({ checkoutUrl: z.string(), checkoutId: CheckoutId }),
} as const satisfies Endpoint;

export const resendCode = {
  method: 'post',
  path: '/api/access-codes/resend',
  summary: 'Mails the codes that are still valid to the address they were bought with. Says the same whatever is true.',
  caller: 'public',
  body: z.strictObject({ email: z.email().max(254), channel: Slug.optional() }),
  reply: z.object({ sent: z.literal(true) }),
} as const satisfies Endpoint;

export const refund = {
  method: 'post',
  path: '/api/refunds',
  summary:
    'Gives money back for a sale, wholly or in part. All of it withdraws what was bought. Needs the header Idempotency-Key.',
  caller: 'owner',
  body: z.strictObject({
    transferId: TransferId,
    /** In the unit of the sale (minor units, or tokens for a ticket); what is left of it where this is left out. */
    amount: z.number().int().min(1).max(10_000_000_000).optional(),
    reason: z.string().trim().min(1).max(200),
  }),
  reply: z.object({
    /** The booking that takes the sale back; null while Stripe has not confirmed it. */
    transferId: TransferId.nullable(),
    state: z.enum(['done', 'pending']),
    amount: z.number().int(),
    /** What of the sale is given back by now, this refund included. */
    refunded: z.number().int(),
  }),
} as const satisfies Endpoint;

export const reconcilePayments = {
  method: 'post',
  path: '/api/admin/reconcile',
  summary: 'Asks Stripe for everything that may have been missed, and catches up. The worker does it each hour.',
  caller: 'admin',
  body: z.strictObject({}),
  reply: z.object({
    events: z.number().int(),
    checkouts: z.number().int(),
    subscriptions: z.number().int(),
    refunds: z.number().int(),
    /** Creators' accounts at Stripe, and transfers to them. */
    accounts: z.number().int(),
    transfers: z.number().int(),
    /** Objects that could not be settled; their reasons stand in the log. */
    failed: z.number().int(),
  }),
} as const satisfies Endpoint;
