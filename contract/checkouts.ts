/** One purchase: from the click to the thing bought. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { CheckoutId, Slug, TransferId } from './ids.ts';
import { Cash, Minor, Tokens } from './money.ts';

export const CheckoutKind = z.enum(['code', 'tokens', 'membership', 'plan']);
export type CheckoutKind = z.infer<typeof CheckoutKind>;

/** `refunded`: paid once, and all of it was given back or charged back. */
export const CheckoutState = z.enum(['open', 'paid', 'expired', 'failed', 'refunded']);
export type CheckoutState = z.infer<typeof CheckoutState>;

const CheckoutView = z.object({
  id: CheckoutId,
  state: CheckoutState,
  kind: CheckoutKind,
  channel: Slug.nullable(),
  amountMinor: Minor,
  currency: Cash,
  /** True: it was paid at the stand-in, so no money moved. */
  standIn: z.boolean(),
  /** The bought code in clear; only for a code that was paid. */
  code: z.string().nullable(),
  codeStartsAt: z.iso.datetime().nullable(),
  codeExpiresAt: z.iso.datetime().nullable(),
  /** Bought tokens. */
  tokens: Tokens.nullable(),
  /** What is in the wallet now; only for bought tokens. */
  balanceTokens: Tokens.nullable(),
  /** The booking that it became: its receipt is at `/api/receipts/<transferId>`. */
  transferId: TransferId.nullable(),
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
