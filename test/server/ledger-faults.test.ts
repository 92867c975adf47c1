/** Money under bad luck: races, errors of the database at any statement, and commits whose answer is lost. */
import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Db, Tx } from '../../server/src/platform/db.ts';
import { CommitUnknownError, openDb } from '../../server/src/platform/db.ts';
import { newId } from '../../server/src/platform/ids.ts';
import { balanceOf, book, commandOnce, money, type Order } from '../../server/src/wallet/service.ts';
import type { TestStack } from '../kit/db.ts';
import { startStack } from '../kit/db.ts';
import { holdOrder, type Ledger, openLedger, saleOrder, tipOrder, topupOrder } from './ledger-kit.ts';

let stack: TestStack;
let ledger: Ledger;
beforeAll(async () => {
  stack = await startStack();
  ledger = openLedger(stack);
});
afterAll(async () => {
  await ledger.db.close();
  await stack.stop();
});

const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'booked',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );

/** Rounds of fifty racing spends: few of them race on earnings, which have no balance in a row. */
const ROUNDS = 30;

test('fifty racing spends on a wallet or earnings for seven: exactly seven, in every round', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const [fan, creator] = [await ledger.fan(77n), newId('usr')];
    if (round % 3 === 0) await ledger.book(tipOrder(fan, creator, 77n, `all-${round}`));
    const spend = (): Order =>
      round % 3 === 0 ? holdOrder(creator, 'TOKEN', 9n, randomUUID()) : tipOrder(fan, creator, 11n, randomUUID());
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(ledger.book(spend()))));
    // Of 77 tokens the creator has 62: six times nine.
    const fits = round % 3 === 0 ? 6 : 7;
    expect(outcomes.filter((one) => one === 'booked')).toHaveLength(fits);
    expect(outcomes.filter((one) => one === 'wallet.insufficient_funds')).toHaveLength(50 - fits);
  }
  expect((await ledger.verify()).problems).toEqual([]);
});

/** One in ten statements of a transaction fails as the database would fail it, before or after it was carried out. */
function shaky(db: Db, share: number, onTrip: () => void): Db {
  const numbers = [1020, 1205, 1213];
  const trip = () => {
    if (Math.random() >= share) return;
    onTrip();
    throw Object.assign(new Error('injected'), { errno: numbers[Math.floor(Math.random() * numbers.length)] });
  };
  const around =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const after = Math.random() < 0.5;
      if (!after) trip();
      const result = await call(...args);
      if (after) trip();
      return result;
    };
  const wrap = (tx: Tx): Tx => ({
    ...tx,
    row: around(tx.row) as Tx['row'],
    rows: around(tx.rows) as Tx['rows'],
    run: around(tx.run),
    list: around(tx.list) as Tx['list'],
    bulk: around(tx.bulk),
  });
  return { ...db, transaction: (work) => db.transaction((tx) => work(wrap(tx))) };
}

test('errors 1020, 1205 and 1213 at every tenth statement lose nothing and double nothing', async () => {
  let trips = 0;
  const db = shaky(ledger.db, 0.1, () => {
    trips += 1;
  });
  const fans = await Promise.all(Array.from({ length: 8 }, () => ledger.fan(300n)));
  const creators = [newId('usr'), newId('usr')];
  const orders = fans.flatMap((fan, f) =>
    Array.from({ length: 20 }, (_, i): Order => {
      const creator = creators[i % 2] ?? '';
      if (i % 5 === 3) return topupOrder(fan, 10n, 11n, `checkout:${f}-${i}-${creator}`);
      if (i % 5 === 4) return saleOrder(creator, 500n, `checkout:${f}-${i}-sale${creator}`);
      return tipOrder(fan, creator, 5n, `shaky-tip-${i}`);
    }),
  );
  const untilBooked = async (order: Order) => {
    for (let tries = 0; tries < 50; tries += 1) {
      const outcome = await outcomeOf(ledger.book(order, db));
      if (outcome === 'booked') return;
      expect(outcome).toBe('injected');
    }
    throw new Error('it never worked');
  };
  // Each order is sent twice, as an impatient caller would.
  await Promise.all([...orders, ...orders].map(untilBooked));
  // Each booking has a handful of statements, and most of their failures are mended before they come up to here.
  expect(trips).toBeGreaterThan(orders.length / 10);
  for (const fan of fans) expect(await balanceOf(ledger.db, money.fan(fan))).toBe(300n - 60n + 40n);
  const earned = await Promise.all(creators.map((one) => balanceOf(ledger.db, money.creator(one, 'TOKEN'))));
  expect(earned.reduce((sum, one) => sum + one, 0n)).toBe(BigInt(8 * 12 * 4));
  expect((await ledger.verify()).problems).toEqual([]);
});

/** A query's text follows four bytes of header and one that says what it is. */
const isCommit = (packet: Buffer) => packet.subarray(5).toString('latin1') === 'COMMIT';

/** A wire to the database that is cut around one COMMIT. */
async function cutter(): Promise<{ url: string; cut: (when: 'before' | 'after') => void; server: Server }> {
  const target = new URL(stack.config.secrets.databaseUrl);
  let armed: 'before' | 'after' | null = null;
  const server = createServer((client) => {
    const upstream: Socket = connect(Number(target.port), target.hostname);
    let closing = false;
    const drop = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (chunk) => {
      if (armed === null || !isCommit(chunk)) return void upstream.write(chunk);
      closing = true;
      const when = armed;
      armed = null;
      if (when === 'before') return drop();
      upstream.write(chunk);
    });
    // The database answered: it is committed, and nobody hears of it.
    upstream.on('data', (chunk) => (closing ? drop() : void client.write(chunk)));
    for (const socket of [client, upstream]) socket.on('error', drop).on('close', drop);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = new URL(target.href);
  url.port = String(address && typeof address === 'object' ? address.port : 0);
  const cut = (when: 'before' | 'after') => {
    armed = when;
  };
  return { url: url.href, cut, server };
}

test('a commit whose answer is lost is read again by its key: booked once, or answered as unavailable', async () => {
  const wire = await cutter();
  const db = openDb(wire.url, 2);
  const [fan, creator] = [await ledger.fan(100n), newId('usr')];
  let runs = 0;
  const tip = (key: string) => {
    const order = tipOrder(fan, creator, 10n, key);
    return commandOnce(db, { payer: order.payer, key }, async (tx) => {
      runs += 1;
      return book(tx, ledger.key, order);
    });
  };
  wire.cut('after');
  expect(await tip('carried-out')).toMatchObject({ repeated: true, balance: 90n });
  expect(runs).toBe(2);
  expect(await balanceOf(db, money.fan(fan))).toBe(90n);

  wire.cut('before');
  await expect(tip('never-arrived')).rejects.toMatchObject({ code: 'unavailable' });
  expect(runs).toBe(3);
  expect(await balanceOf(db, money.fan(fan))).toBe(90n);
  expect(await tip('never-arrived')).toMatchObject({ repeated: false, balance: 80n });

  // Money from outside has no payer whose lock could be waited for.
  const topup = topupOrder(fan, 20n, 22n, `checkout:${fan}`);
  wire.cut('after');
  const answer = commandOnce(db, { payer: null, key: topup.key }, (tx) => book(tx, ledger.key, topup));
  expect(await answer).toMatchObject({ repeated: true });
  expect(await balanceOf(db, money.fan(fan))).toBe(100n);

  // Whoever does not use commandOnce learns that nobody knows.
  wire.cut('after');
  await expect(db.transaction((tx) => tx.run('DO 1'))).rejects.toBeInstanceOf(CommitUnknownError);
  await db.close();
  wire.server.close();
  expect((await ledger.verify()).problems).toEqual([]);
});

test('a database killed under sales has every answered one when it is back, and nothing twice', async () => {
  const fans = await Promise.all(Array.from({ length: 8 }, () => ledger.fan(100_000n)));
  const creator = newId('usr');
  const answered: string[] = [];
  let over = false;
  const seller = async (fan: string) => {
    for (let i = 0; !over; i += 1) {
      const order = tipOrder(fan, creator, 1n, `kill-${i}`);
      // The same key until it is answered, as a page that is told "unavailable" does.
      for (let done = false; !done && !over; ) {
        done = await commandOnce(ledger.db, { payer: order.payer, key: order.key }, (tx) =>
          book(tx, ledger.key, order),
        ).then(
          ({ transferId }) => answered.push(transferId) > 0,
          () => new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 20)),
        );
      }
    }
  };
  const sellers = fans.map(seller);
  for (let kill = 0; kill < 3; kill += 1) {
    const before = answered.length;
    while (answered.length < before + 50) await new Promise((resolve) => setTimeout(resolve, 5));
    await stack.killDatabase();
    await stack.startDatabase();
  }
  over = true;
  await Promise.all(sellers);
  const stored = new Set(
    (await stack.owner('SELECT publicId FROM ledger_transfer')).map(({ publicId }) => String(publicId)),
  );
  expect(answered.filter((one) => !stored.has(one))).toEqual([]);
  expect(new Set(answered).size).toBe(answered.length);
  const spent = await Promise.all(fans.map(async (fan) => 100_000n - (await balanceOf(ledger.db, money.fan(fan)))));
  const rows = await stack.owner("SELECT COUNT(*) AS n FROM ledger_transfer WHERE idempotencyKey LIKE 'kill-%'");
  expect(spent.reduce((sum, one) => sum + one, 0n)).toBe(BigInt(Number(rows[0]?.['n'])));
  expect((await ledger.verify()).problems).toEqual([]);
});
