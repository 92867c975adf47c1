/** The sealer: what commits late, what never commits, who is first. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../server/src/platform/ids.ts';
import { rollUp, sealLate, sealOnce } from '../../server/src/wallet/seals.ts';
import { balanceOf, book, money } from '../../server/src/wallet/service.ts';
import type { TestStack } from '../kit/db.ts';
import { startStack } from '../kit/db.ts';
import { forgeSettled } from './ledger-forge.ts';
import { holdOrder, type Ledger, openLedger, tipOrder } from './ledger-kit.ts';

let stack: TestStack;
let ledger: Ledger;
let fan = '';
const creator = newId('usr');

const seal = (settleSeconds?: number) => sealOnce(ledger.db, ledger.key, 'unsettled', settleSeconds);
const id = async (text: string): Promise<number> => Number(Object.values((await stack.owner(text))[0] ?? {})[0]);

beforeAll(async () => {
  stack = await startStack();
  ledger = openLedger(stack);
  fan = await ledger.fan(1000n);
  await ledger.book(tipOrder(fan, creator, 5n, 'the-first-tip'));
  await seal();
});
afterAll(async () => {
  await ledger.db.close();
  await stack.stop();
});

test('a transfer that commits late is sealed by the next seal, though higher ones were sealed before', async () => {
  const other = await ledger.fan(10n);
  await seal();
  let late: { sealed: unknown; mark: number } | null = null;
  await ledger.db.transaction(async (tx) => {
    await book(tx, ledger.key, tipOrder(other, creator, 1n, 'the-late-one'));
    // Booked and committed while the first is still open: a higher id.
    await ledger.book(tipOrder(fan, creator, 1n, 'the-early-one'));
    await seal();
    await ledger.book(tipOrder(fan, creator, 1n, 'the-next-one'));
    const made = await seal(0);
    late = { sealed: made?.seal.items, mark: made?.seal.settled ?? -1 };
  });
  const lateId = await id("SELECT id FROM ledger_transfer WHERE idempotencyKey = 'the-late-one'");
  expect(late).toMatchObject({ sealed: 1 });
  // The mark stays below an id that may still commit, however old it is.
  expect((late as { mark: number } | null)?.mark).toBeLessThan(lateId);
  expect(await seal(0)).toMatchObject({ seal: { items: 1 }, late: 0 });
  expect((await ledger.verify()).problems).toEqual([]);
});

test('ids that were never committed do not hold the mark; checkpoints follow it and sum to the same', async () => {
  await expect(
    ledger.db.transaction(async (tx) => {
      await book(tx, ledger.key, tipOrder(fan, creator, 1n, 'rolled-back-1'));
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  for (let i = 0; i < 3; i += 1) {
    await ledger.book(tipOrder(fan, creator, 2n, `after-the-gap-${i}`));
    await seal(0);
  }
  const account = money.creator(creator, 'TOKEN');
  const before = await balanceOf(ledger.db, account);
  const accountId = await id("SELECT id FROM ledger_account WHERE kind = 'creator' AND currency = 'TOKEN'");
  await rollUp(ledger.db, accountId);
  const mark = await id('SELECT MAX(settled) FROM ledger_seal');
  const gap = await id("SELECT id FROM ledger_transfer WHERE idempotencyKey = 'after-the-gap-0'");
  expect(mark).toBeGreaterThanOrEqual(gap);
  expect(await id(`SELECT settledTo FROM ledger_account WHERE id = ${accountId}`)).toBe(mark);
  expect(await balanceOf(ledger.db, account)).toBe(before);
  // A payout rolls up by itself, and its balance is still exact.
  const held = await ledger.book(holdOrder(creator, 'TOKEN', before, 'all-of-it'));
  expect(held.balance).toBe(0n);
  expect((await ledger.verify()).problems).toEqual([]);
});

test('a transfer below the settled mark, which should not be, is found by the wide look and its accounts summed anew', async () => {
  const account = money.creator(creator, 'TOKEN');
  const accountId = await id("SELECT id FROM ledger_account WHERE kind = 'creator' AND currency = 'TOKEN'");
  const other = await ledger.fan(50n);
  let before = 0n;
  await ledger.db.transaction(async (tx) => {
    await book(tx, ledger.key, tipOrder(other, creator, 50n, 'far-too-late'));
    await ledger.book(tipOrder(fan, creator, 5n, 'meanwhile-sealed'));
    while (await seal(0));
    await forgeSettled(stack, ledger.key);
    await rollUp(ledger.db, accountId);
    before = await balanceOf(ledger.db, account);
  });
  // It has come, the checkpoint does not know it, and the sealer does not look there each second.
  expect(await balanceOf(ledger.db, account)).toBe(before);
  expect(await seal()).toBeNull();
  expect(await sealLate(ledger.db, ledger.key)).toBe(1);
  expect(await sealLate(ledger.db, ledger.key)).toBe(0);
  expect(await balanceOf(ledger.db, account)).toBe(before + 40n);
  expect((await ledger.verify()).problems).toEqual([]);
});

test('two workers never seal one transfer twice', async () => {
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => ledger.book(tipOrder(fan, creator, 1n, `round-${round}-${i}`))),
    );
    await Promise.all([seal(), seal(), seal(), seal()]);
  }
  await seal();
  const report = await ledger.verify();
  expect(report).toMatchObject({ ok: true, problems: [], unsealed: { transfers: 0 } });
  expect(await id('SELECT COUNT(*) FROM ledger_seal_item')).toBe(report.transfers);
});
