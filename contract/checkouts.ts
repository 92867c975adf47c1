/** One purchase: from the click to the thing bought. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { CheckoutId, Slug, TransferId } from './ids.ts';
import { Cash, Minor, Tax, Tokens } from './money.ts';

export const CheckoutKind = z.enum(['code', 'tokens', 'membership', 'plan']);
export type CheckoutKind = z.infer<typeof CheckoutKind>;

/** `refunded`: paid once, and all of it was given back or charged back, or is on its way back (see `noSeat`). */
export const CheckoutState = z.enum(['open', 'paid', 'expired', 'failed', 'refunded']);
export type CheckoutState = z.infer<typeof CheckoutState>;

const CheckoutView = z.object({
  id: CheckoutId,
  state: CheckoutState,
  kind: CheckoutKind,
  channel: Slug.nullable(),
  /** The price; what was paid once it is, which with tax on top is more. */
  amountMinor: Minor,
  tax: Tax,
  /** The tax in what was paid; 0 until then. */
  taxMinor: Minor,
  currency: Cash,
  /** True: it was paid at the stand-in, so no money moved. */
  standIn: z.boolean(),
  /** The bought code in clear; only for a code that was paid. */
  code: z.string().nullable(),
  codeStartsAt: z.iso.datetime().nullable(),
  codeExpiresAt: z.iso.datetime().nullable(),
  /** Paid when no place was left: there is no code, and all of the money goes back by itself. */
  noSeat: z.boolean(),
  /** Bought tokens. */
  tokens: Tokens.nullable(),
  /** What is in the wallet now; only for bought tokens. */
  balanceTokens: Tokens.nullable(),
  /** The booking that it became: its receipt is at `/api/receipts/<transferId>`. */
  transferId: TransferId.nullable(),
  /** True: Stripe has an invoice of it, at `/api/invoices/<transferId>`. */
  invoice: z.boolean(),
  /** The channel's page. */
  liveUrl: z.string().nullable(),
  /** Where to go on paying while it is open. */
  checkoutUrl: z.string().nullable(),
});
export type CheckoutView = z.infer<typeof CheckoutView>;

/**
 * Stripe sends the browser to `<returnTo>?checkout=<id>#claim=<claim>` after paying, and to
 * `<returnTo>?checkout=<id>&cancelled=1#claim=<claim>` where the buyer went back. `<returnTo>` is `/c/<slug>` for a
 * code or a membership, what the buyer asked for or `/account` for tokens, `/studio` for a plan.
 */
export const getCheckout = {
  method: 'get',
  path: '/api/checkouts/:id',
  summary: 'How a purchase stands, and the code once it is paid: for its claim, or for the account that bought.',
  caller: 'public',
  params: z.object({ id: CheckoutId }),
  query: z.object({ claim: z.string().max(100).optional() }),
  reply: CheckoutView,
} as const satisfies Endpoint;

export const getInvoice = {
  method: 'get',
  path: '/api/invoices/:transferId',
  summary: 'Where Stripe shows the invoice of a payment: for who paid, by account or by the claim, and for the admin.',
  caller: 'public',
  params: z.object({ transferId: TransferId }),
  query: z.object({ checkout: CheckoutId.optional(), claim: z.string().max(100).optional() }),
  reply: z.object({
    /** Stripe's page of it. */
    url: z.string(),
    /** The same as PDF; null where there is none. */
    pdf: z.string().nullable(),
  }),
} as const satisfies Endpoint;
