/** What each kind of tampering looks like to whoever verifies. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../server/src/platform/ids.ts';
import { keepOutside, outsideSeals } from '../../server/src/wallet/outside-seal.ts';
import { sealOnce } from '../../server/src/wallet/seals.ts';
import type { TestStack } from '../kit/db.ts';
import { startStack } from '../kit/db.ts';
import { forge } from './ledger-forge.ts';
import { CASH, holdOrder, type Ledger, openLedger, saleOrder, tipOrder } from './ledger-kit.ts';

const TABLES = ['ledger_account', 'ledger_transfer', 'ledger_entry', 'ledger_seal', 'ledger_seal_item'];

let stack: TestStack;
let ledger: Ledger;
let fan = '';
let creator = '';

const seal = () => sealOnce(ledger.db, ledger.key);
const sql = (text: string, values: readonly unknown[] = []) => stack.owner(text, values);
const id = async (text: string): Promise<number> => Number(Object.values((await sql(text))[0] ?? {})[0]);
const rowsNamed = async () => {
  const { problems } = await ledger.verify();
  return problems.map(({ row, what }) => `${row} ${what}`);
};

beforeAll(async () => {
  stack = await startStack();
  ledger = openLedger(stack);
  fan = await ledger.fan(1000n);
  creator = newId('usr');
  for (let i = 1; i <= 6; i += 1) {
    await ledger.book(tipOrder(fan, creator, BigInt(i), `tip-number-${i}`));
    if (i % 2 === 0) await seal();
  }
  await ledger.book(saleOrder(creator, 999n, 'checkout:one'));
  await ledger.book(holdOrder(creator, CASH, 100n, 'payout-one'));
  await seal();
  await keepOutside(ledger.db, stack.config.varDir, null);
  for (const table of TABLES) {
    await sql(`CREATE TABLE kept_${table} LIKE ${table}`);
    await sql(`INSERT INTO kept_${table} SELECT * FROM ${table}`);
  }
});
afterAll(async () => {
  await ledger.db.close();
  await stack.stop();
});

async function restored(): Promise<void> {
  for (const table of TABLES) {
    await sql(`DELETE FROM ${table}`);
    await sql(`INSERT INTO ${table} SELECT * FROM kept_${table}`);
  }
}

test('an untouched ledger proves; every transfer is in one seal', async () => {
  const report = await ledger.verify();
  expect(report).toMatchObject({ ok: true, problems: [], transfers: 9, seals: 4, outsideSeal: 4 });
  expect(report.unsealed).toEqual({ transfers: 0, oldestSeconds: 0 });
  expect(await seal()).toBeNull();
});

const TAMPERINGS: [string, () => Promise<string[]>][] = [
  [
    'a changed amount',
    async () => {
      const entry = await id('SELECT MAX(id) FROM ledger_entry WHERE amount = 4');
      await sql('UPDATE ledger_entry SET amount = amount + 1 WHERE id = ?', [entry]);
      return [`ledger_entry ${entry} changed`];
    },
  ],
  [
    'a line turned over to another account',
    async () => {
      const entry = await id('SELECT id FROM ledger_entry WHERE amount = 5');
      await sql(
        "UPDATE ledger_entry SET accountId = (SELECT id FROM ledger_account WHERE kind = 'platform' LIMIT 1) WHERE id = ?",
        [entry],
      );
      return [`ledger_entry ${entry} changed`];
    },
  ],
  [
    'two lines swapped between transfers',
    async () => {
      const [a, b] = [
        await id('SELECT id FROM ledger_entry WHERE amount = -3'),
        await id('SELECT id FROM ledger_entry WHERE amount = -5'),
      ];
      await sql('UPDATE ledger_entry SET amount = IF(id = ?, -5, -3), mac = mac WHERE id IN (?, ?)', [a, a, b]);
      return [`ledger_entry ${a} changed`, `ledger_entry ${b} changed`];
    },
  ],
  [
    'two whole transfers swapped',
    async () => {
      const [a, b] = [
        await id("SELECT id FROM ledger_transfer WHERE idempotencyKey = 'tip-number-3'"),
        await id("SELECT id FROM ledger_transfer WHERE idempotencyKey = 'tip-number-5'"),
      ];
      for (const [table, column] of [
        ['ledger_transfer', 'id'],
        ['ledger_entry', 'transferId'],
      ] as const) {
        await sql(`UPDATE ${table} SET ${column} = 900 WHERE ${column} = ?`, [a]);
        await sql(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`, [a, b]);
        await sql(`UPDATE ${table} SET ${column} = ? WHERE ${column} = 900`, [b]);
      }
      return [`ledger_transfer ${a} changed`, `ledger_transfer ${b} changed`];
    },
  ],
  [
    'a changed transfer',
    async () => {
      const transfer = await id("SELECT id FROM ledger_transfer WHERE idempotencyKey = 'tip-number-2'");
      await sql('UPDATE ledger_transfer SET channelId = 1 WHERE id = ?', [transfer]);
      return [`ledger_transfer ${transfer} changed`];
    },
  ],
  [
    'a deleted line',
    async () => {
      const entry = await id('SELECT id FROM ledger_entry WHERE amount = 5');
      const transfer = await id(`SELECT transferId FROM ledger_entry WHERE id = ${entry}`);
      await sql('DELETE FROM ledger_entry WHERE id = ?', [entry]);
      return [`ledger_transfer ${transfer} missing`];
    },
  ],
  [
    'an added line',
    async () => {
      const transfer = await id("SELECT id FROM ledger_transfer WHERE idempotencyKey = 'tip-number-4'");
      await sql(
        'INSERT INTO ledger_entry (transferId, line, accountId, amount, mac) SELECT transferId, 7, accountId, 50, mac FROM ledger_entry WHERE transferId = ? AND line = 1',
        [transfer],
      );
      return [`ledger_entry ${await id('SELECT MAX(id) FROM ledger_entry')} inserted`];
    },
  ],
  [
    'a deleted transfer, its lines with it',
    async () => {
      const transfer = await id("SELECT id FROM ledger_transfer WHERE idempotencyKey = 'tip-number-3'");
      await sql('DELETE FROM ledger_entry WHERE transferId = ?', [transfer]);
      await sql('DELETE FROM ledger_transfer WHERE id = ?', [transfer]);
      return [`ledger_transfer ${transfer} missing`];
    },
  ],
  [
    'a transfer deleted without its lines',
    async () => {
      const transfer = await id("SELECT id FROM ledger_transfer WHERE idempotencyKey = 'tip-number-3'");
      const entry = await id(`SELECT MIN(id) FROM ledger_entry WHERE transferId = ${transfer}`);
      await sql('DELETE FROM ledger_transfer WHERE id = ?', [transfer]);
      return [`ledger_entry ${entry} inserted`, `ledger_transfer ${transfer} missing`];
    },
  ],
  [
    'an added transfer, copied from another',
    async () => {
      await sql(
        "INSERT INTO ledger_transfer SELECT 950, CONCAT(LEFT(publicId, 29), '?'), kind, at, 0, NULL, NULL, 'new', fingerprint, reverses, channelId, showId, facts FROM ledger_transfer WHERE idempotencyKey = 'tip-number-4'",
      );
      await sql(
        "INSERT INTO ledger_entry (transferId, line, accountId, amount, mac) SELECT 950, line, accountId, amount, mac FROM ledger_entry WHERE transferId = (SELECT id FROM ledger_transfer WHERE idempotencyKey = 'tip-number-4')",
      );
      return ['ledger_transfer 950 changed'];
    },
  ],
  [
    'a changed wallet',
    async () => {
      const account = await id("SELECT id FROM ledger_account WHERE kind = 'fan'");
      await sql('UPDATE ledger_account SET balance = balance + 1 WHERE id = ?', [account]);
      return [`ledger_account ${account} changed`];
    },
  ],
  [
    'a wallet given to somebody else',
    async () => {
      const account = await id("SELECT id FROM ledger_account WHERE kind = 'fan'");
      await sql('UPDATE ledger_account SET owner = ? WHERE id = ?', [newId('usr'), account]);
      return [`ledger_entry ${await id(`SELECT MIN(id) FROM ledger_entry WHERE accountId = ${account}`)} changed`];
    },
  ],
  [
    'a changed checkpoint',
    async () => {
      const account = await id("SELECT id FROM ledger_account WHERE kind = 'creator' LIMIT 1");
      await sql('UPDATE ledger_account SET balance = balance + 1 WHERE id = ?', [account]);
      return [`ledger_account ${account} changed`];
    },
  ],
  [
    'the last transfer deleted with its place in the seal, the payer set back',
    async () => {
      const transfer = await id('SELECT MAX(id) FROM ledger_transfer');
      for (const table of ['ledger_entry', 'ledger_seal_item'])
        await sql(`DELETE FROM ${table} WHERE transferId = ?`, [transfer]);
      await sql(
        'UPDATE ledger_account SET lastNumber = lastNumber - 1 WHERE id = (SELECT payerId FROM ledger_transfer WHERE id = ?)',
        [transfer],
      );
      await sql('DELETE FROM ledger_transfer WHERE id = ?', [transfer]);
      return ['ledger_seal 4 missing'];
    },
  ],
  [
    'the tail cut off without a trace inside the database',
    async () => {
      await sql('DELETE FROM ledger_seal WHERE id = 4');
      for (const [table, column] of [
        ['ledger_entry', 'transferId'],
        ['ledger_transfer', 'id'],
      ]) {
        await sql(`DELETE FROM ${table} WHERE ${column} IN (SELECT transferId FROM ledger_seal_item WHERE sealId = 4)`);
      }
      await sql('DELETE FROM ledger_seal_item WHERE sealId = 4');
      await sql("DELETE FROM ledger_account WHERE currency = 'eur'");
      return ['ledger_seal 4 cut'];
    },
  ],
  [
    'a changed seal',
    async () => {
      await sql('UPDATE ledger_seal SET at = at + INTERVAL 1 SECOND WHERE id = 2');
      return ['ledger_seal 2 changed', 'ledger_seal 3 changed'];
    },
  ],
  [
    'a deleted seal',
    async () => {
      await sql('DELETE FROM ledger_seal WHERE id = 2');
      return ['ledger_seal 3 missing'];
    },
  ],
  [
    'two items of a seal swapped',
    async () => {
      await sql('UPDATE ledger_seal_item SET position = position + 10 WHERE sealId = 1 AND position < 2');
      await sql('UPDATE ledger_seal_item SET position = 11 - position WHERE sealId = 1 AND position >= 10');
      return ['ledger_seal 1 changed'];
    },
  ],
  [
    'a transfer deleted before any seal held it, the wallet set right',
    async () => {
      await ledger.book(tipOrder(fan, creator, 7n, 'not-sealed-1'));
      await ledger.book(tipOrder(fan, creator, 7n, 'not-sealed-2'));
      const [gone, next] = [
        await id("SELECT id FROM ledger_transfer WHERE idempotencyKey = 'not-sealed-1'"),
        await id("SELECT id FROM ledger_transfer WHERE idempotencyKey = 'not-sealed-2'"),
      ];
      await sql('DELETE FROM ledger_entry WHERE transferId = ?', [gone]);
      await sql('DELETE FROM ledger_transfer WHERE id = ?', [gone]);
      await sql("UPDATE ledger_account SET balance = balance + 7 WHERE kind = 'fan'");
      return [`ledger_transfer ${next} missing`];
    },
  ],
  [
    'an insider with the key who writes a line anew',
    async () => {
      const transfer = await id("SELECT id FROM ledger_transfer WHERE idempotencyKey = 'tip-number-6'");
      await forge(stack, ledger.key, transfer, (amount) => amount * 2n);
      return [`ledger_transfer ${transfer} changed`];
    },
  ],
];

test.each(TAMPERINGS)('%s is found and its row is named', async (_what, tamper) => {
  try {
    const wanted = await tamper();
    const found = await rowsNamed();
    for (const row of wanted) expect(found).toContain(row);
  } finally {
    await restored();
  }
  expect((await ledger.verify()).problems).toEqual([]);
});

test('a kept seal that the database does not know is put aside, never written over, and still reported', async () => {
  const { varDir } = stack.config;
  const file = join(varDir, 'ledger/newest-seal.json');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, JSON.stringify({ id: 99, at: new Date().toISOString(), hash: 'ab'.repeat(32) }));
  const kept = await keepOutside(ledger.db, varDir, null);
  expect(kept?.lost).toMatch(/lost-seal-99-\d+\.json$/);
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect(await rowsNamed()).toEqual(['ledger_seal 99 cut']);
  expect((await outsideSeals(varDir)).map(({ seal: { id: one } }) => one).sort()).toEqual([4, 99]);
  expect(await keepOutside(ledger.db, varDir, kept)).toMatchObject({ id: 4, lost: null });
  rmSync(kept?.lost ?? '');
});
