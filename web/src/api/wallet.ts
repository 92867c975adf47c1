/** One's own wallet. */
import type { ReplyOf } from '#contract/endpoint.ts';
import type {
  SpendingLimit,
  setSpendingLimit,
  WalletLine,
  walletHistory,
  walletMe,
  walletSpending,
} from '#contract/wallet.ts';
import { call } from './http.ts';

export type { SpendingLimit, WalletLine };
export type Spending = ReplyOf<typeof walletSpending>;
export type HistoryPage = ReplyOf<typeof walletHistory>;

/** Tokens in the wallet. */
export const loadBalance = async (): Promise<number> => (await call<typeof walletMe>('get', '/api/wallet/me')).balance;

/** One page of what moved, newest first; `before` is `next` of the page before. */
export const loadHistory = (before: string | null): Promise<HistoryPage> =>
  call<typeof walletHistory>('get', '/api/wallet/history', before === null ? {} : { query: { before } });

/** What was spent in a month (`2026-11`). */
export const loadSpending = (month: string): Promise<Spending> =>
  call<typeof walletSpending>('get', '/api/wallet/spending', { query: { month } });

/** Sets what may be spent in a calendar month, tokens; null: no limit. */
export const saveLimit = (monthlyTokens: number | null): Promise<SpendingLimit> =>
  call<typeof setSpendingLimit>('post', '/api/wallet/limit', { body: { monthlyTokens } });
