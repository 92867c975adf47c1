/** Refunds, disputes, debts and payouts on a real database. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../server/src/platform/ids.ts';
import type { Reversal } from '../../server/src/wallet/service.ts';
import {
  balanceOf,
  money,
  recoverDebt,
  reverse,
  reversedSoFar,
  transferById,
  transferByKey,
} from '../../server/src/wallet/service.ts';
import type { TestStack } from '../kit/db.ts';
import { startStack } from '../kit/db.ts';
import { CASH, holdOrder, type Ledger, openLedger, saleOrder, tipOrder, topupOrder } from './ledger-kit.ts';

let stack: TestStack;
let ledger: Ledger;
beforeAll(async () => {
  stack = await startStack();
  ledger = openLedger(stack);
});
afterAll(async () => {
  expect(await ledger.verify()).toMatchObject({ ok: true, problems: [] });
  await ledger.db.close();
  await stack.stop();
});

const taken = (reversal: Reversal) => ledger.db.transaction((tx) => reverse(tx, ledger.key, reversal));
const has = (account: money.AccountRef) => balanceOf(ledger.db, account);

test('a tip is taken back in parts that sum exactly; the last unit over is refused; repeats answer alike', async () => {
  const [fan, creator] = [await ledger.fan(100n), newId('usr')];
  const { transferId } = await ledger.book(tipOrder(fan, creator, 33n, 'one-tip'));
  const parts = [
    await taken({ transferId, amount: 10n, key: 'part-1' }),
    await taken({ transferId, amount: 10n, key: 'part-2' }),
  ];
  expect(parts.map(({ balance }) => balance)).toEqual([18n, 10n]);
  const again = await taken({ transferId, amount: 10n, key: 'part-2' });
  expect(again).toMatchObject({ repeated: true, transferId: parts[1]?.transferId, amount: 10n, balance: 10n });
  await expect(taken({ transferId, amount: 11n, key: 'part-2' })).rejects.toMatchObject({ code: 'wallet.key_reused' });
  await expect(taken({ transferId, amount: 14n, key: 'part-3' })).rejects.toMatchObject({ details: { left: 13 } });
  const last = await taken({ transferId, amount: null, key: 'part-3' });
  expect(last).toMatchObject({ amount: 13n, balance: 0n });
  expect(await has(money.fan(fan))).toBe(100n);
  expect(await has(money.creator(creator, 'TOKEN'))).toBe(0n);
  const original = await transferById(ledger.db, transferId);
  if (!original) throw new Error('no transfer');
  expect(await reversedSoFar(ledger.db, original)).toBe(33n);
  const stored = await transferById(ledger.db, last.transferId);
  expect(stored).toMatchObject({
    kind: 'refund',
    reverses: transferId,
    facts: { gross: 13, creator: 10, platform: 3 },
  });
});

test('ten racing refunds of one sale never give back more than was paid', async () => {
  const creator = newId('usr');
  const { transferId } = await ledger.book(saleOrder(creator, 1000n, `checkout:${creator}`));
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, () =>
      taken({ transferId, amount: 300n, key: randomUUID() }).then(
        () => 'taken',
        (error: { code?: string }) => error.code,
      ),
    ),
  );
  expect(outcomes.filter((one) => one === 'taken')).toHaveLength(3);
  expect(outcomes.filter((one) => one === 'wallet.refund_too_large')).toHaveLength(7);
  expect(await has(money.creator(creator, CASH))).toBe(80n);
});

test('what a creator cannot give back becomes debt, and is paid from later earnings before a payout', async () => {
  const creator = newId('usr');
  const account = money.creator(creator, CASH);
  const owing = money.debt(creator, CASH);
  const { transferId } = await ledger.book(saleOrder(creator, 1000n, `checkout:a${creator}`));
  await ledger.book(holdOrder(creator, CASH, 700n, 'payout-1'));
  await taken({ transferId, amount: null, kind: 'dispute', key: `dispute:${creator}` });
  expect([await has(account), await has(owing)]).toEqual([0n, -700n]);
  await ledger.book(saleOrder(creator, 500n, `checkout:b${creator}`));
  const recover = () => ledger.db.transaction((tx) => recoverDebt(tx, ledger.key, account));
  expect(await recover()).toBe(400n);
  expect([await has(account), await has(owing)]).toEqual([0n, -300n]);
  // Whoever asks twice at once recovers once.
  await ledger.book(saleOrder(creator, 1000n, `checkout:c${creator}`));
  expect((await Promise.all([recover(), recover(), recover()])).sort()).toEqual([0n, 0n, 300n]);
  expect([await has(account), await has(owing)]).toEqual([500n, 0n]);
  await expect(ledger.book(holdOrder(creator, CASH, 501n, 'payout-2'))).rejects.toMatchObject({
    code: 'wallet.insufficient_funds',
    details: { balance: 500, needed: 501, missing: 1 },
  });
});

test('a dispute that was won gives back what it took, and the sale can be refunded again', async () => {
  const creator = newId('usr');
  const { transferId } = await ledger.book(saleOrder(creator, 1000n, `checkout:${creator}`));
  await ledger.book(holdOrder(creator, CASH, 800n, 'payout'));
  const dispute = await taken({ transferId, amount: null, kind: 'dispute', key: 'dispute:dp_1' });
  await expect(taken({ transferId, amount: 1n, key: 'refund:re_1' })).rejects.toMatchObject({ details: { left: 0 } });
  await taken({ transferId: dispute.transferId, amount: null, kind: 'dispute_won', key: 'dispute_won:dp_1' });
  expect(await has(money.debt(creator, CASH))).toBe(0n);
  expect(await has(money.creator(creator, CASH))).toBe(0n);
  expect(await taken({ transferId, amount: 1000n, key: 'refund:re_2' })).toMatchObject({ amount: 1000n });
  expect(await has(money.debt(creator, CASH))).toBe(-800n);
});

test('a top-up refunded after it was spent leaves a debt that the next top-ups pay, also when they race', async () => {
  const [fan, creator] = [newId('usr'), newId('usr')];
  const first = await ledger.book(topupOrder(fan, 500n, 549n, `checkout:0${fan}`));
  await ledger.book(tipOrder(fan, creator, 450n, 'a-tip-of-450'));
  await taken({ transferId: first.transferId, amount: null, key: 'refund:re_topup' });
  expect([await has(money.fan(fan)), await has(money.debt(fan, 'TOKEN'))]).toEqual([0n, -450n]);
  await Promise.all(
    Array.from({ length: 10 }, (_, i) => ledger.book(topupOrder(fan, 100n, 110n, `checkout:${i}x${fan}`))),
  );
  expect([await has(money.fan(fan)), await has(money.debt(fan, 'TOKEN'))]).toEqual([550n, 0n]);
});

test('transfers are found by payer and key; of another payer they are not', async () => {
  const [fan, creator] = [await ledger.fan(10n), newId('usr')];
  const { transferId } = await ledger.book({
    ...tipOrder(fan, creator, 10n, 'my-key-1'),
    channelId: 7,
    facts: { what: 'tip' },
  });
  const found = await transferByKey(ledger.db, money.fan(fan), 'my-key-1');
  expect(found).toMatchObject({ transferId, payerBalance: 0n, channelId: 7, facts: { what: 'tip' } });
  expect(found?.lines.map(({ account, amount }) => [account.kind, amount])).toEqual([
    ['fan', -10n],
    ['creator', 8n],
    ['platform', 2n],
  ]);
  expect(await transferByKey(ledger.db, money.fan(creator), 'my-key-1')).toBeNull();
  expect(await transferByKey(ledger.db, null, 'my-key-1')).toBeNull();
  expect(await transferByKey(ledger.db, null, `gift:${fan}`)).toMatchObject({ kind: 'gift', payer: null });
  await expect(taken({ transferId: newId('trf') as typeof transferId, amount: null, key: 'x' })).rejects.toMatchObject({
    code: 'wallet.transfer_not_found',
  });
});
