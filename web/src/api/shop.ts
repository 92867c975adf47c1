/** Buying: what there is, and the way to a checkout. */
import type { CheckoutView, getCheckout, getInvoice } from '#contract/checkouts.ts';
import type { BodyOf, ReplyOf } from '#contract/endpoint.ts';
import type { buyCode, buyTokens, getShop, resendCode, Shop } from '#contract/shop.ts';
import type {
  cancelSubscription,
  listSubscriptions,
  resumeSubscription,
  SubscriptionView,
  subscribe,
} from '#contract/subscriptions.ts';
import { ApiError, call } from './http.ts';
import { dropKey, keyFor } from './kept.ts';

export type { CheckoutView, Shop, SubscriptionView };

type CodeOrder = BodyOf<typeof buyCode>;
export type Began = { checkoutId: string; checkoutUrl: string; claim?: string };

/** The forms that lead to a checkout, by the name under which they keep their key. */
export const codeForm = (channel: string) => `code:${channel}`;
export const TOKENS_FORM = 'tokens';
export const memberForm = (channel: string) => `member:${channel}`;

export const loadShop = (channel?: string): Promise<ReplyOf<typeof getShop>> =>
  call<typeof getShop>('get', '/api/shop', { query: channel === undefined ? {} : { channel } });

/** Sends an order under its key. Where the price has changed since the key was made, it is another order. */
async function order(form: string, content: unknown, begin: (key: string) => Promise<Began>): Promise<Began> {
  try {
    return await begin(keyFor(form, content));
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'wallet.key_reused') throw error;
    dropKey(form);
    return begin(keyFor(form, content));
  }
}

/** Begins to buy a code. The same order again leads to the same checkout. */
export const orderCode = (body: CodeOrder): Promise<Began> =>
  order(codeForm(body.channel), body, (key) => call<typeof buyCode>('post', '/api/access-codes/buy', { body, key }));

/** Begins to buy tokens; `returnTo` is the path that the checkout leads back to. */
export function orderTokens(amountTokens: number, returnTo: string): Promise<Began> {
  const body = { amountTokens, returnTo };
  return order(TOKENS_FORM, body, (key) => call<typeof buyTokens>('post', '/api/tokens/purchase', { body, key }));
}

/** Begins a membership. */
export function orderMembership(channel: string): Promise<Began> {
  const body = { channel };
  return order(memberForm(channel), body, (key) =>
    call<typeof subscribe>('post', '/api/subscriptions/checkout', { body, key }),
  );
}

export const loadCheckout = (id: string, claim: string | null): Promise<CheckoutView> =>
  call<typeof getCheckout>('get', '/api/checkouts/:id', {
    params: { id: id as CheckoutView['id'] },
    query: claim === null ? {} : { claim },
  });

/** Where Stripe shows the invoice of a payment. */
export async function invoiceAddress(
  transferId: NonNullable<CheckoutView['transferId']>,
  { id, claim }: { id: string; claim: string | null },
): Promise<string> {
  const query = claim === null ? {} : { checkout: id as CheckoutView['id'], claim };
  return (await call<typeof getInvoice>('get', '/api/invoices/:transferId', { params: { transferId }, query })).url;
}

/** Mails the codes of an address to it. Says the same whatever is true. */
export async function sendCodeAgain(email: string, channel: string): Promise<void> {
  await call<typeof resendCode>('post', '/api/access-codes/resend', { body: { email, channel } });
}

export const loadSubscriptions = (): Promise<SubscriptionView[]> =>
  call<typeof listSubscriptions>('get', '/api/subscriptions');

/** Ends a membership at the end of the paid time, or takes that back. */
export const changeSubscription = (id: SubscriptionView['id'], how: 'cancel' | 'resume'): Promise<SubscriptionView> =>
  how === 'cancel'
    ? call<typeof cancelSubscription>('post', '/api/subscriptions/:id/cancel', { params: { id }, body: {} })
    : call<typeof resumeSubscription>('post', '/api/subscriptions/:id/resume', { params: { id }, body: {} });
