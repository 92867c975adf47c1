/** What tests of the ledger share: bookings of every kind in few words, on a database of their own. */
import type { Db, Tx } from '../../server/src/platform/db.ts';
import { openDb } from '../../server/src/platform/db.ts';
import { newId } from '../../server/src/platform/ids.ts';
import { outsideSeals } from '../../server/src/wallet/outside-seal.ts';
import type { Booked, Order } from '../../server/src/wallet/service.ts';
import { book, money, plans } from '../../server/src/wallet/service.ts';
import { verifyLedger } from '../../server/src/wallet/verify.ts';
import type { TestStack } from '../kit/db.ts';

export const CASH = 'eur';
const BPS = 8000;

/** A tip as an order; `key` names it for its payer. */
export const tipOrder = (fanId: string, creatorId: string, tokens: bigint, key: string): Order => ({
  kind: 'tip',
  payer: money.fan(fanId),
  key,
  request: { creatorId, tokens },
  plan: () => plans.planTip({ fanId, creatorId, tokens, creatorBps: BPS }),
});

export const topupOrder = (userId: string, tokens: bigint, minor: bigint, key: string): Order => ({
  kind: 'topup',
  payer: null,
  key,
  request: { userId, tokens, minor },
  debtOf: money.fan(userId),
  plan: (_balance, owed) => plans.planTopup({ userId, tokens, minor, currency: CASH, owed }),
});

export const saleOrder = (creatorId: string, minor: bigint, key: string): Order => ({
  kind: 'code_sale',
  payer: null,
  key,
  request: { creatorId, minor },
  plan: () => plans.planCashSale({ creatorId, minor, currency: CASH, creatorBps: BPS }),
});

export const holdOrder = (creatorId: string, currency: string, amount: bigint, key: string): Order => ({
  kind: 'payout_hold',
  payer: money.creator(creatorId, currency),
  key,
  request: { amount },
  plan: () => plans.planPayoutHold({ creatorId, currency, amount }),
});

export type Ledger = ReturnType<typeof openLedger>;

export function openLedger(stack: TestStack, url: string = stack.config.secrets.databaseUrl) {
  const db: Db = openDb(url, 16);
  const key = stack.config.secrets.ledgerKey;
  const booked = (order: Order, on: Db = db): Promise<Booked> => on.transaction((tx: Tx) => book(tx, key, order));
  return {
    db,
    key,
    book: booked,
    async fan(tokens: bigint): Promise<string> {
      const userId = newId('usr');
      const request = { tokens };
      const plan = () => plans.planGift({ userId, tokens });
      await booked({ kind: 'gift', payer: null, key: `gift:${userId}`, request, plan });
      return userId;
    },
    verify: async () => verifyLedger(db, key, await outsideSeals(stack.config.varDir)),
  };
}
