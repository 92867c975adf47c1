/** A fan's own wallet: balance, history, spending, and the limit that they set themselves. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { ShowId, Slug, TransferId } from './ids.ts';
import { AMOUNT_MAX, Cash, Minor, Tokens } from './money.ts';

export const walletMe = {
  method: 'get',
  path: '/api/wallet/me',
  summary: "What is in the caller's wallet, tokens.",
  caller: 'session',
  reply: z.object({ balance: Tokens }),
} as const satisfies Endpoint;

export const tokensBalance = {
  method: 'get',
  path: '/api/tokens/balance',
  summary: "What is in the caller's wallet, tokens.",
  caller: 'session',
  reply: z.object({ balance: Tokens }),
} as const satisfies Endpoint;

/** What moved tokens into a wallet or out of it. A refund names what it takes back in `of`. */
export const WalletKind = z.enum([
  'topup',
  'gift',
  'tip',
  'ticket',
  'call_block',
  'refund',
  'dispute',
  'dispute_won',
  'debt_recovered',
]);
export type WalletKind = z.infer<typeof WalletKind>;

export const WalletLine = z.object({
  transferId: TransferId,
  kind: WalletKind,
  /** Of a refund: what it takes back. */
  of: WalletKind.nullable(),
  /** Tokens; above zero: into the wallet. */
  amountTokens: z.number().int().min(-AMOUNT_MAX).max(AMOUNT_MAX),
  channel: z.object({ slug: Slug, name: z.string() }).nullable(),
  show: z.object({ id: ShowId, title: z.string().nullable() }).nullable(),
  at: z.iso.datetime(),
});
export type WalletLine = z.infer<typeof WalletLine>;

export const walletHistory = {
  method: 'get',
  path: '/api/wallet/history',
  summary: 'What moved into the wallet and out of it, newest first.',
  caller: 'session',
  query: z.object({
    /** What the page before gave as `next`. */
    before: z
      .string()
      .regex(/^trf_[0-9a-z]{26}$/, 'expected a cursor of the page before')
      .optional(),
  }),
  reply: z.object({ lines: z.array(WalletLine), next: z.string().nullable() }),
} as const satisfies Endpoint;

const Month = z.string().regex(/^20\d\d-(?:0[1-9]|1[0-2])$/, 'expected a month like 2026-11');

/** The limit in force, and a higher one that is still to come. */
export const SpendingLimit = z.object({
  /** Tokens in a calendar month (UTC); null: none. */
  monthlyTokens: Tokens.nullable(),
  /** A raised limit waits 24 hours; null where none waits. */
  pending: z.object({ monthlyTokens: Tokens.nullable(), from: z.iso.datetime() }).nullable(),
  /** Tokens spent in this month. */
  spentTokens: Tokens,
  /** What can still be spent in this month; null: no limit. */
  leftTokens: Tokens.nullable(),
});
export type SpendingLimit = z.infer<typeof SpendingLimit>;

const Spent = { tokens: Tokens, minor: Minor };

export const walletSpending = {
  method: 'get',
  path: '/api/wallet/spending',
  summary: 'What was spent in a month, by kind and by creator: tokens, and cash paid by the account.',
  caller: 'session',
  query: z.object({ month: Month.optional() }),
  reply: z.object({
    month: Month,
    currency: Cash,
    /** Spent on creators in this month, less what of it was given back since. Cash paid for tokens stands apart. */
    total: z.object(Spent),
    /** Paid for tokens in this month: what came into the wallet, and what it cost. */
    toppedUp: z.object(Spent),
    byKind: z.array(z.object({ kind: z.enum(['tip', 'ticket', 'call_block', 'membership', 'code']), ...Spent })),
    byCreator: z.array(z.object({ channel: Slug, name: z.string(), ...Spent })),
    limit: SpendingLimit,
  }),
} as const satisfies Endpoint;

export const setSpendingLimit = {
  method: 'post',
  path: '/api/wallet/limit',
  summary: 'Sets what may be spent in a calendar month. A lower limit holds at once, a higher one after 24 hours.',
  caller: 'session',
  body: z.strictObject({ monthlyTokens: Tokens.nullable() }),
  reply: SpendingLimit,
} as const satisfies Endpoint;
