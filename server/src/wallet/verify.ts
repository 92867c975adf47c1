/** Proves the whole ledger, in one pass over one snapshot; memory grows with the accounts, not with the entries. */

import type { Db } from '../platform/db.ts';
import type { OutsideSeal } from './outside-seal.ts';
import { hashOfSeal, macOfSeal, makeRoot } from './proofs.ts';
import { type AccountKind, isFloored, keepsBalance, nameOf } from './rules.ts';
import type { Seal } from './seal-store.ts';
import { databaseNow } from './store.ts';
import type { AccountRow, EntryRow, ItemRow, Snapshot, TransferPage } from './verify-store.ts';
import { accountPages, onSnapshot, sealPages, transferPages } from './verify-store.ts';
import { checkTransfer, type Problem, type Tallies, type Tally } from './verify-transfers.ts';

/** Problems that are listed; more are only counted. */
const LISTED_MAX = 1000;

export type Report = {
  readonly ok: boolean;
  readonly transfers: number;
  readonly entries: number;
  readonly accounts: number;
  readonly seals: number;
  /** Committed and in no seal yet: what a deletion of would show only in payers' numbers. */
  readonly unsealed: { readonly transfers: number; readonly oldestSeconds: number };
  /** The newest seal that is kept outside the database; null where there is none. */
  readonly outsideSeal: number | null;
  readonly problemCount: number;
  readonly problems: readonly Problem[];
};

type Findings = { count: number; list: Problem[]; add(problems: readonly Problem[]): void };

function makeFindings(): Findings {
  const list: Problem[] = [];
  return {
    count: 0,
    list,
    add(problems) {
      this.count += problems.length;
      list.push(...problems.slice(0, LISTED_MAX - list.length));
    },
  };
}

async function loadAccounts(snapshot: Snapshot): Promise<Map<number, Tally & { row: AccountRow }>> {
  const tallies = new Map<number, Tally & { row: AccountRow }>();
  for await (const page of accountPages(snapshot)) {
    for (const row of page) {
      const kind = row.kind as AccountKind;
      const { id, currency, settledTo } = row;
      const name = nameOf({ ...row, kind });
      tallies.set(id, { id, name, kind, currency, settledTo, sum: 0n, settledSum: 0n, lastNumber: 0, row });
    }
  }
  return tallies;
}

/** Rows that name a transfer which is not there. */
function orphans(entries: readonly EntryRow[], items: readonly ItemRow[], there: ReadonlySet<number>): Problem[] {
  const lines = entries.filter(({ transferId }) => !there.has(transferId));
  const places = items.filter(({ transferId }) => !there.has(transferId));
  return [
    ...lines.map<Problem>(({ id, transferId }) => ({
      row: `ledger_entry ${id}`,
      what: 'inserted',
      text: `it names transfer ${transferId}, which does not exist: it was added, or the transfer deleted`,
    })),
    ...places.map<Problem>(({ transferId, sealId, position }) => ({
      row: `ledger_transfer ${transferId}`,
      what: 'missing',
      text: `it was deleted: seal ${sealId} holds it at ${position}`,
    })),
  ];
}

type Totals = { transfers: number; entries: number; unsealed: number; oldestUnsealed: Date | null };

function checkPage(key: string, page: TransferPage, tallies: Tallies, totals: Totals, findings: Findings): void {
  const lines = Map.groupBy(page.entries, ({ transferId }) => transferId);
  const items = new Map(page.items.map((item) => [item.transferId, item]));
  for (const row of page.transfers) {
    const item = items.get(row.id);
    findings.add(checkTransfer(key, row, lines.get(row.id) ?? [], item, tallies));
    if (item) continue;
    totals.unsealed += 1;
    totals.oldestUnsealed ??= row.at;
  }
  findings.add(orphans(page.entries, page.items, new Set(page.transfers.map(({ id }) => id))));
  totals.transfers += page.transfers.length;
  totals.entries += page.entries.length;
}

/** What the account's row says beside what its entries say. */
function checkAccount({ row, name, kind, sum, settledSum, lastNumber }: Tally & { row: AccountRow }): Problem[] {
  const at = `ledger_account ${row.id}`;
  const problems: Problem[] = [];
  const keeps = keepsBalance(kind as AccountKind);
  const expected = keeps ? sum : settledSum;
  if (BigInt(row.balance) !== expected) {
    const what = keeps ? 'balance' : `checkpoint at transfer ${row.settledTo}`;
    problems.push({
      row: at,
      what: 'changed',
      text: `${name}: its ${what} says ${row.balance}, its entries ${expected}`,
    });
  }
  if (row.lastNumber !== lastNumber) {
    const text = `${name} has paid ${row.lastNumber} transfers, and the last that is there is number ${lastNumber}`;
    problems.push({ row: at, what: row.lastNumber > lastNumber ? 'missing' : 'changed', text });
  }
  if (isFloored(kind as AccountKind) && sum < 0n)
    problems.push({ row: at, what: 'below_floor', text: `${name} is at ${sum}` });
  if (kind === 'debt' && sum > 0n)
    problems.push({ row: at, what: 'below_floor', text: `${name} is a debt above zero, at ${sum}` });
  return problems;
}

/** A seal's number, chain, HMAC and root. */
function checkSeal(key: string, seal: Seal, before: Seal | null, items: readonly ItemRow[]): Problem[] {
  const row = `ledger_seal ${seal.id}`;
  const problems: Problem[] = [];
  const expected = (before?.id ?? 0) + 1;
  if (seal.id !== expected) problems.push({ row, what: 'missing', text: `seal ${expected} is missing before it` });
  else if (!seal.previous.equals(before ? hashOfSeal(before) : Buffer.alloc(32)))
    problems.push({
      row,
      what: 'changed',
      text: `it does not follow on seal ${seal.id - 1}: one of the two was changed`,
    });
  if (!macOfSeal(key, seal).equals(seal.mac)) problems.push({ row, what: 'changed', text: 'it does not prove' });
  const root = makeRoot();
  for (const { leaf } of items) root.add(leaf);
  if (items.length !== seal.items)
    problems.push({
      row,
      what: 'missing',
      text: `it sealed ${seal.items} transfers, and ${items.length} items are there`,
    });
  else if (!root.root().equals(seal.root) || items.some(({ position }, index) => position !== index))
    problems.push({ row, what: 'changed', text: 'its items do not give its root: one was changed or swapped' });
  return problems;
}

async function checkSeals(
  snapshot: Snapshot,
  key: string,
  outside: readonly { file: string; seal: OutsideSeal }[],
  findings: Findings,
): Promise<number> {
  const wanted = new Map(outside.map(({ seal }) => [seal.id, seal.hash]));
  const met = new Set<string>();
  let before: Seal | null = null;
  let count = 0;
  for await (const { seals, items } of sealPages(snapshot)) {
    const bySeal = Map.groupBy(items, ({ sealId }) => sealId);
    for (const seal of seals) {
      findings.add(checkSeal(key, seal, before, bySeal.get(seal.id) ?? []));
      if (wanted.has(seal.id)) met.add(hashOfSeal(seal).toString('hex'));
      bySeal.delete(seal.id);
      before = seal;
      count += 1;
    }
    for (const sealId of bySeal.keys())
      findings.add([
        { row: `ledger_seal ${sealId}`, what: 'missing', text: 'it was deleted, and its items are there' },
      ]);
  }
  for (const { file, seal } of outside) {
    if (met.has(seal.hash)) continue;
    const text = `the seal of ${seal.at} that ${file} keeps is not in the database: the newest rows were cut off, or an older backup was restored (if you restored one, remove that file)`;
    findings.add([{ row: `ledger_seal ${seal.id}`, what: 'cut', text }]);
  }
  return count;
}

/** Proves every row of the ledger. `outside`: the seals that are kept outside the database. Changes nothing. */
export async function verifyLedger(
  db: Db,
  ledgerKey: string,
  outside: readonly { file: string; seal: OutsideSeal }[],
): Promise<Report> {
  const now = await databaseNow(db);
  return onSnapshot(db, async (snapshot) => {
    const findings = makeFindings();
    const tallies = await loadAccounts(snapshot);
    const totals: Totals = { transfers: 0, entries: 0, unsealed: 0, oldestUnsealed: null };
    for await (const page of transferPages(snapshot)) checkPage(ledgerKey, page, tallies, totals, findings);
    for (const account of tallies.values()) findings.add(checkAccount(account));
    const seals = await checkSeals(snapshot, ledgerKey, outside, findings);
    const { oldestUnsealed } = totals;
    const age = oldestUnsealed ? Math.max(0, (now.getTime() - oldestUnsealed.getTime()) / 1000) : 0;
    return {
      ok: findings.count === 0,
      transfers: totals.transfers,
      entries: totals.entries,
      accounts: tallies.size,
      seals,
      unsealed: { transfers: totals.unsealed, oldestSeconds: Math.round(age) },
      outsideSeal: outside.reduce<number | null>((most, { seal }) => Math.max(most ?? 0, seal.id), null),
      problemCount: findings.count,
      problems: findings.list,
    };
  });
}
