/** What the ledger says to people: balances, an account's entries by month, everything as a stream. Reads only. */
import type { Sql } from '../platform/db.ts';
import { type AccountKind, type AccountRef, isFloored } from './rules.ts';

/** Entries in one page of a stream. */
const PAGE = 1000;
const KINDS: Record<AccountKind, true> = {
  fan: true,
  creator: true,
  payout: true,
  debt: true,
  platform: true,
  issued: true,
  reserve: true,
  stripe: true,
  bank: true,
  gift: true,
  tax: true,
};

export type AccountBalance = AccountRef & { readonly id: number; readonly balance: bigint };

type Row = { id: number; kind: string; owner: string; currency: string; balance: string };

/**
 * Accounts by name: `fan:usr_…`, `creator:usr_…:eur`, `platform`, or `usr_…` for all of a person's. Null where the name
 * names no kind of account.
 */
export async function accountsNamed(sql: Sql, name: string): Promise<AccountBalance[] | null> {
  const [first = '', second = '', third = ''] = name.split(':');
  const person = first.startsWith('usr_');
  if (!person && !Object.hasOwn(KINDS, first)) return null;
  const kind = person ? '' : first;
  // Only people's accounts have an owner in their name.
  const owned = isFloored(kind as AccountKind) || kind === 'debt';
  const [owner, currency] = person ? [first, second] : owned ? [second, third] : ['', second];
  const rows = await sql.rows<Row>(
    `SELECT a.id, a.kind, a.owner, a.currency, CAST(a.balance + IF(a.kind IN ('fan', 'payout', 'debt'), 0,
       COALESCE((SELECT SUM(e.amount) FROM ledger_entry e WHERE e.accountId = a.id AND e.transferId > a.settledTo), 0))
       AS CHAR) AS balance
     FROM ledger_account a
     WHERE (? = '' OR a.kind = ?) AND (? = '' OR a.owner = ?) AND (? = '' OR a.currency = ?)
     ORDER BY a.kind, a.owner, a.currency LIMIT ${PAGE}`,
    [kind, kind, owner, owner, currency, currency],
  );
  return rows.map((row) => ({ ...row, kind: row.kind as AccountKind, balance: BigInt(row.balance) }));
}

export type Line = {
  readonly at: Date;
  readonly transferId: string;
  readonly kind: string;
  readonly line: number;
  readonly account: string;
  readonly owner: string;
  readonly currency: string;
  readonly amount: number;
  readonly channelId: number | null;
  readonly showId: number | null;
  readonly reverses: string | null;
  /** JSON. */
  readonly facts: string;
};

const LINE = `t.at, t.publicId AS transferId, t.kind, e.line, a.kind AS account, a.owner, a.currency, e.amount,
  t.channelId, t.showId, t.reverses, t.facts`;

export type Statement = { readonly opening: bigint; readonly closing: bigint; readonly lines: readonly Line[] };

/** Lines of one statement at most: a busy creator's month is exported instead. */
export const STATEMENT_LINES_MAX = 10_000;

/** An account's entries in [from, until), by the database's clock, and its balance before and after. */
export async function statementOf(sql: Sql, accountId: number, from: Date, until: Date): Promise<Statement> {
  const before = await sql.row<{ sum: string }>(
    `SELECT CAST(COALESCE(SUM(e.amount), 0) AS CHAR) AS sum FROM ledger_entry e
     JOIN ledger_transfer t ON t.id = e.transferId WHERE e.accountId = ? AND t.at < ?`,
    [accountId, from],
  );
  const lines = await sql.rows<Line>(
    `SELECT ${LINE} FROM ledger_entry e JOIN ledger_transfer t ON t.id = e.transferId
     JOIN ledger_account a ON a.id = e.accountId
     WHERE e.accountId = ? AND t.at >= ? AND t.at < ? ORDER BY t.at, t.id LIMIT ${STATEMENT_LINES_MAX}`,
    [accountId, from, until],
  );
  const opening = BigInt(before?.sum ?? 0);
  return { opening, closing: lines.reduce((sum, { amount }) => sum + BigInt(amount), opening), lines };
}

/** Every entry of the ledger, in the order of their transfers. */
export async function* allLines(sql: Sql): AsyncGenerator<Line[]> {
  for (let [transfer, line] = [0, -1]; ; ) {
    const page = await sql.rows<Line & { transfer: number }>(
      `SELECT e.transferId AS transfer, ${LINE} FROM ledger_entry e JOIN ledger_transfer t ON t.id = e.transferId
       JOIN ledger_account a ON a.id = e.accountId
       WHERE e.transferId >= ? AND (e.transferId > ? OR e.line > ?) ORDER BY e.transferId, e.line LIMIT ${PAGE}`,
      [transfer, transfer, line],
    );
    const last = page.at(-1);
    if (!last) return;
    yield page;
    [transfer, line] = [last.transfer, last.line];
  }
}
