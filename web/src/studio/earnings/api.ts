/** What a creator earned, gives back and has paid out. */
import type { CreatorBalance, earningsStatement, getEarnings, Sale } from '#contract/earnings.ts';
import type { BodyOf, ReplyOf } from '#contract/endpoint.ts';
import type { connectAccount, listPayouts, PayoutView, requestPayout } from '#contract/payouts.ts';
import type { refund } from '#contract/shop.ts';
import type { listTips } from '#contract/tips.ts';
import { call } from '../../api/http.ts';
import { dropKey, keyFor } from '../../api/kept.ts';

export type { CreatorBalance, PayoutView, Sale };
export type Earnings = ReplyOf<typeof getEarnings>;
export type Payouts = ReplyOf<typeof listPayouts>;
export type Statement = ReplyOf<typeof earningsStatement>;
export type TipPage = ReplyOf<typeof listTips>;
export type Refunded = ReplyOf<typeof refund>;

const DAY_MS = 86_400_000;

/** The last `days` days, with the newest sales, or those before one. */
export const loadEarnings = (channel: string, days: number, before: Earnings['next']): Promise<Earnings> =>
  call<typeof getEarnings>('get', '/api/earnings', {
    query: {
      channel,
      from: new Date(Date.now() - days * DAY_MS).toISOString(),
      ...(before ? { before } : {}),
    },
  });

export const loadPayouts = (channel: string, before: Payouts['next']): Promise<Payouts> =>
  call<typeof listPayouts>('get', '/api/payouts', { query: { channel, ...(before ? { before } : {}) } });

/** Sends what moves money. Until it is known to have been done, the same content is the same request. */
async function once<T>(form: string, content: unknown, go: (key: string) => Promise<T>): Promise<T> {
  const reply = await go(keyFor(form, content));
  dropKey(form);
  return reply;
}

/** Asks for a payout; tokens, or minor units. Throws `ApiError`. */
export function askPayout(body: BodyOf<typeof requestPayout>): Promise<PayoutView> {
  return once('payout', body, (key) => call<typeof requestPayout>('post', '/api/payouts', { body, key }));
}

/** Gives a sale back, wholly where no amount is named. Throws `ApiError`. */
export function giveBack(body: BodyOf<typeof refund>): Promise<Refunded> {
  return once(`refund:${body.transferId}`, body, (key) => call<typeof refund>('post', '/api/refunds', { body, key }));
}

/** The page of Stripe's where the creator's account is made or completed. */
export const openConnect = async (channel: string): Promise<string> =>
  (await call<typeof connectAccount>('post', '/api/payouts/connect', { body: { channel } })).url;

/** Lines of a statement that are shown at once. */
const LINES = 25;

/** A month's first lines, or those after one. */
export const loadStatement = (
  channel: string,
  month: string,
  currency: string,
  after: Statement['next'],
): Promise<Statement> =>
  call<typeof earningsStatement>('get', '/api/earnings/statement', {
    query: { channel, month, currency, format: 'json', limit: LINES, ...(after ? { after } : {}) },
  });

/** Address of the statement as a file. */
export const statementFile = (channel: string, month: string, currency: string): string =>
  `/api/earnings/statement?${new URLSearchParams({ channel, month, currency, format: 'csv' })}`;

export const loadTips = (channel: string, before: TipPage['next']): Promise<TipPage> =>
  call<typeof listTips>('get', '/api/tips', { query: { channel, ...(before ? { before } : {}) } });
