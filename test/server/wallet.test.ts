/** The ledger on a real database: what is booked, what is refused, and what a repeat answers. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Db } from '../../server/src/platform/db.ts';
import { openDb } from '../../server/src/platform/db.ts';
import { newId } from '../../server/src/platform/ids.ts';
import type { Order } from '../../server/src/wallet/service.ts';
import { balanceOf, book, money } from '../../server/src/wallet/service.ts';
import type { TestStack } from '../kit/db.ts';
import { startStack } from '../kit/db.ts';

let stack: TestStack;
let db: Db;
beforeAll(async () => {
  stack = await startStack();
  db = openDb(stack.config.secrets.databaseUrl, 16);
});
afterAll(async () => {
  await db.close();
  await stack.stop();
});

const booked = (order: Order) => db.transaction((tx) => book(tx, stack.config.secrets.ledgerKey, order));

async function fanWith(tokens: bigint): Promise<string> {
  const userId = newId('usr');
  await booked({
    kind: 'gift',
    payer: null,
    key: `gift:${userId}`,
    request: { tokens },
    plan: () => [
      { account: money.house('gift', 'TOKEN'), amount: -tokens },
      { account: money.fan(userId), amount: tokens },
    ],
  });
  return userId;
}

const tip = (from: string, to: string, amount: bigint, key: string): Order => ({
  kind: 'tip',
  payer: money.fan(from),
  key,
  request: { to, amount },
  plan: () => {
    const shares = money.split(amount, 8000);
    return [
      { account: money.fan(from), amount: -amount },
      { account: money.creator(to, 'TOKEN'), amount: shares.creator },
      { account: money.house('platform', 'TOKEN'), amount: shares.platform },
    ];
  },
});

test('fifty racing tips on a wallet for seven: exactly seven are booked', async () => {
  const from = await fanWith(77n);
  const to = newId('usr');
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () =>
      booked(tip(from, to, 11n, randomUUID())).then(
        () => 'booked',
        (error: { code?: string }) => error.code,
      ),
    ),
  );
  expect(outcomes.filter((one) => one === 'booked')).toHaveLength(7);
  expect(outcomes.filter((one) => one === 'wallet.insufficient_funds')).toHaveLength(43);
  expect(await balanceOf(db, money.fan(from))).toBe(0n);
  expect(await balanceOf(db, money.creator(to, 'TOKEN'))).toBe(63n);
});

test('forty repeats of one request book it once and all get its answer; another request with its key is refused', async () => {
  const from = await fanWith(100n);
  const to = newId('usr');
  const answers = await Promise.all(Array.from({ length: 40 }, () => booked(tip(from, to, 30n, 'key-of-one-request'))));
  expect(new Set(answers.map(({ transferId }) => transferId)).size).toBe(1);
  expect(new Set(answers.map(({ balance }) => balance))).toEqual(new Set([70n]));
  expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
  await expect(booked(tip(from, to, 31n, 'key-of-one-request'))).rejects.toMatchObject({ code: 'wallet.key_reused' });
  expect(await balanceOf(db, money.fan(from))).toBe(70n);
});

test('a repeat is answered as the first time, also when the wallet has nothing left', async () => {
  const from = await fanWith(100n);
  const to = newId('usr');
  const first = await booked(tip(from, to, 100n, 'all-that-there-is'));
  expect(await booked(tip(from, to, 100n, 'all-that-there-is'))).toEqual({ ...first, repeated: true });
  await expect(booked(tip(from, to, 1n, 'one-more-token'))).rejects.toMatchObject({
    code: 'wallet.insufficient_funds',
    details: { balance: 0, needed: 1, missing: 1 },
  });
});

test('money from outside comes in once, however often it is told', async () => {
  const userId = newId('usr');
  const order: Order = {
    kind: 'topup',
    payer: null,
    key: `checkout:${userId}`,
    request: { tokens: 500n, minor: 549n },
    plan: () => [
      { account: money.house('stripe', 'eur'), amount: -549n },
      { account: money.house('reserve', 'eur'), amount: 549n },
      { account: money.house('issued', 'TOKEN'), amount: -500n },
      { account: money.fan(userId), amount: 500n },
    ],
  };
  const answers = await Promise.all(Array.from({ length: 20 }, () => booked(order)));
  expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect(await balanceOf(db, money.fan(userId))).toBe(500n);
});
