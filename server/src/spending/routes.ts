import { setSpendingLimit, tokensBalance, walletHistory, walletMe, walletSpending } from '#contract/wallet.ts';
import type { Binding } from '../platform/http.ts';
import { bindUser } from '../platform/http.ts';
import type { Platform } from '../platform/platform.ts';
import { balance, historyOf, setLimit, spendingOf } from './service.ts';

export const spendingRoutes = ({ config, db }: Platform): Binding[] => [
  bindUser(walletMe, async ({ user }) => ({ balance: await balance(db, user.userId) })),
  bindUser(tokensBalance, async ({ user }) => ({ balance: await balance(db, user.userId) })),
  bindUser(walletHistory, ({ user, query }) => historyOf(db, user.userId, query.before)),
  bindUser(walletSpending, ({ user, query }) => spendingOf(db, config, user.userId, query.month)),
  bindUser(setSpendingLimit, ({ user, body }) => setLimit(db, user.userId, body.monthlyTokens)),
];
