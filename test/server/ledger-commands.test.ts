/** `stagedoor ledger`, run as the operator runs it. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvRow } from '../../server/src/platform/csv.ts';
import { newId } from '../../server/src/platform/ids.ts';
import { makeLog } from '../../server/src/platform/log.ts';
import { outsideSeals } from '../../server/src/wallet/outside-seal.ts';
import { startSealer } from '../../server/src/wallet/seals.ts';
import type { TestStack } from '../kit/db.ts';
import { startStack } from '../kit/db.ts';
import { until } from '../kit/until.ts';
import { type Ledger, openLedger, saleOrder, tipOrder } from './ledger-kit.ts';

let stack: TestStack;
let ledger: Ledger;
let fan = '';
const creator = newId('usr');

beforeAll(async () => {
  stack = await startStack();
  const { varDir, secrets, secure: _secure, ...settings } = stack.config;
  writeFileSync(join(varDir, 'settings.json'), JSON.stringify(settings));
  writeFileSync(join(varDir, 'secrets.json'), JSON.stringify(secrets));
  ledger = openLedger(stack);
  fan = await ledger.fan(100n);
  await ledger.book(tipOrder(fan, creator, 30n, 'the-only-tip'));
  await ledger.book(saleOrder(creator, 500n, 'checkout:one'));
});
afterAll(async () => {
  await ledger.db.close();
  await stack.stop();
});

function stagedoor(...args: string[]) {
  const main = resolve(import.meta.dirname, '../../scripts/cli/main.ts');
  const env = { ...process.env, STAGEDOOR_VAR: stack.config.varDir };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'ledger', ...args], { env, encoding: 'utf8' });
  return { status, stdout, stderr, json: () => JSON.parse(stdout) };
}

test('verify says what it read and what is not sealed yet; the worker seals it within seconds, also outside', async () => {
  expect(stagedoor('verify', '--json').json()).toMatchObject({
    ok: true,
    transfers: 3,
    entries: 8,
    seals: 0,
    unsealed: { transfers: 3 },
    outsideSeal: null,
  });
  const stop = startSealer({ config: stack.config, db: ledger.db, log: makeLog('silent', 'test') });
  try {
    await until(async () => (await outsideSeals(stack.config.varDir)).length > 0, 'a seal is kept outside', 10_000);
  } finally {
    await stop();
  }
  const { status, stdout } = stagedoor('verify');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^The ledger adds up\.\n3 transfers, 8 entries, .* Everything is sealed\. Seal 1 is kept/);
});

test('a wrong row ends with 1 and is named', async () => {
  await stack.owner("UPDATE ledger_account SET balance = balance + 5 WHERE kind = 'fan'");
  const { status, stdout } = stagedoor('verify');
  expect(status).toBe(1);
  expect(stdout).toMatch(/DOES NOT ADD UP: 1 problem\.\n/);
  expect(stdout).toMatch(/ledger_account \d+ +changed +fan:usr_\w+:TOKEN: its balance says 75, its entries 70/);
  await stack.owner("UPDATE ledger_account SET balance = balance - 5 WHERE kind = 'fan'");
});

test('balances and statements of a person, of one account, of the house', () => {
  expect(stagedoor('balance', creator, '--json').json()).toEqual([
    { kind: 'creator', owner: creator, currency: 'TOKEN', balance: 24 },
    { kind: 'creator', owner: creator, currency: 'eur', balance: 400 },
  ]);
  expect(stagedoor('balance', 'platform:eur').stdout).toMatch(/platform +- +eur +100\n/);
  const month = new Date().toISOString().slice(0, 7);
  const statement = stagedoor('statement', `fan:${fan}`, '--month', month, '--json').json();
  expect(statement).toMatchObject({
    opening: 0,
    closing: 70,
    lines: [
      { kind: 'gift', amount: 100 },
      { kind: 'tip', amount: -30 },
    ],
  });
  expect(stagedoor('statement', `fan:${fan}`, '--month', '2020-01', '--json').json()).toMatchObject({
    closing: 0,
    lines: [],
  });
  expect(stagedoor('statement', creator).stderr).toMatch(/is several accounts; name one: creator:usr_/);
  expect(stagedoor('balance', 'nobody')).toMatchObject({ status: 1 });
  expect(stagedoor('statement', `fan:${fan}`, '--month', 'May')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/2026-11/),
  });
  expect(stagedoor('balance').status).toBe(2);
});

test('the export has every entry once, and opens in a spreadsheet without becoming a formula', () => {
  const csv = stagedoor('export').stdout.split('\r\n');
  expect(csv[0]).toBe('at,transfer,kind,line,account,owner,currency,amount,channel,show,reverses,facts');
  expect(csv).toHaveLength(1 + 8 + 1);
  const json = stagedoor('export', '--json').json() as {
    amount: number;
    currency: string;
    transfer: string;
    line: number;
  }[];
  expect(new Set(json.map(({ transfer, line }) => `${transfer} ${line}`)).size).toBe(8);
  expect(json.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
  expect(csvRow(['=1+1', '-5', 'a "b", c', '@x'])).toBe(`'=1+1,-5,"a ""b"", c",'@x\r\n`);
});
