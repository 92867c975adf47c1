/** A fan's side of the ledger: what was spent, on what, on whom. */
import type { Sql, Tx } from '../platform/db.ts';

/** Kinds of transfers by which a wallet spends. */
const SPENDS = "'tip', 'ticket', 'call_block'";

export type WalletRow = {
  readonly accountId: number;
  readonly balance: number;
  readonly monthlyTokens: number | null;
  readonly pendingTokens: number | null;
  readonly pendingFrom: Date | null;
  readonly now: Date;
};

const WALLET = `SELECT a.id AS accountId, a.balance, l.monthlyTokens, l.pendingTokens, l.pendingFrom, UTC_TIMESTAMP(3) AS now
  FROM ledger_account a LEFT JOIN spending_limit l ON l.userId = ?
  WHERE a.kind = 'fan' AND a.owner = ? AND a.currency = 'TOKEN'`;

/** Locks a wallet, and reads the limit under that lock. Null where the wallet was never used. */
export const lockWallet = (tx: Tx, userId: string) => tx.row<WalletRow>(`${WALLET} FOR UPDATE`, [userId, userId]);

export type LimitRow = Omit<WalletRow, 'accountId' | 'balance'> & { readonly accountId: number | null };

/** The limit, whether or not the wallet was ever used. */
export async function limitOf(sql: Sql, userId: string): Promise<LimitRow> {
  const row = await sql.row<LimitRow>(
    `SELECT a.id AS accountId, l.monthlyTokens, l.pendingTokens, l.pendingFrom, UTC_TIMESTAMP(3) AS now
     FROM (SELECT 1 AS one) o LEFT JOIN spending_limit l ON l.userId = ?
     LEFT JOIN ledger_account a ON a.kind = 'fan' AND a.owner = ? AND a.currency = 'TOKEN'`,
    [userId, userId],
  );
  if (!row) throw new Error('a row of constants is always there');
  return row;
}

export const saveLimit = (
  tx: Tx,
  userId: string,
  limit: { monthlyTokens: bigint | null; pendingTokens: bigint | null; pendingFrom: Date | null },
) =>
  tx.run(
    `INSERT INTO spending_limit (userId, monthlyTokens, pendingTokens, pendingFrom, updatedAt)
     VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE monthlyTokens = VALUES(monthlyTokens), pendingTokens = VALUES(pendingTokens),
       pendingFrom = VALUES(pendingFrom), updatedAt = VALUES(updatedAt)`,
    [userId, limit.monthlyTokens, limit.pendingTokens, limit.pendingFrom],
  );

/** Lines of a wallet with their transfers; `o` is the one that a reversal takes back. */
const LINES = `ledger_entry e JOIN ledger_transfer t ON t.id = e.transferId
  LEFT JOIN ledger_transfer o ON o.publicId = t.reverses`;

/** Tokens spent since an instant, less what of that was given back. */
export async function spentSince(sql: Sql, accountId: number, from: Date): Promise<bigint> {
  const row = await sql.row<{ spent: string }>(
    `SELECT CAST(COALESCE(-SUM(e.amount), 0) AS CHAR) AS spent FROM ${LINES}
     WHERE e.accountId = ? AND t.at >= ? AND COALESCE(o.at, t.at) >= ? AND COALESCE(o.kind, t.kind) IN (${SPENDS})`,
    [accountId, from, from],
  );
  return BigInt(row?.spent ?? 0);
}

export type TokenSum = { readonly kind: string; readonly channelId: number | null; readonly tokens: string };

/** What a month's transfers moved, by kind and channel; what was given back since counts in the month of the original. */
export const tokensIn = (sql: Sql, accountId: number, from: Date, to: Date) =>
  sql.rows<TokenSum>(
    `SELECT COALESCE(o.kind, t.kind) AS kind, t.channelId, CAST(SUM(e.amount) AS CHAR) AS tokens FROM ${LINES}
     WHERE e.accountId = ? AND t.at >= ? AND COALESCE(o.at, t.at) >= ? AND COALESCE(o.at, t.at) < ?
     GROUP BY COALESCE(o.kind, t.kind), t.channelId`,
    [accountId, from, from, to],
  );

export type CashSum = { readonly kind: string; readonly channelId: number | null; readonly minor: string };

/** Cash that an account paid in a month, less what went back. */
export const cashIn = (sql: Sql, userId: string, currency: string, from: Date, to: Date) =>
  sql.rows<CashSum>(
    `SELECT kind, channelId, CAST(SUM(amountMinor - returnedMinor) AS CHAR) AS minor FROM payment
     WHERE userId = ? AND currency = ? AND createdAt >= ? AND createdAt < ? GROUP BY kind, channelId`,
    [userId, currency, from, to],
  );

export const channelNames = (sql: Sql, ids: readonly number[]) =>
  ids.length === 0
    ? Promise.resolve([])
    : sql.list<{ id: number; slug: string; name: string }>('SELECT id, slug, name FROM channel WHERE id IN (?)', [ids]);

export type Line = {
  readonly transferId: string;
  readonly kind: string;
  readonly ofKind: string | null;
  readonly amount: number;
  readonly at: Date;
  readonly slug: string | null;
  readonly channelName: string | null;
  readonly showId: string | null;
  readonly showTitle: string | null;
};

/** Lines of a wallet, newest first, after the page that ended with `before`. */
export const history = (sql: Sql, userId: string, before: string | null, limit: number) =>
  sql.list<Line>(
    `SELECT t.publicId AS transferId, t.kind, o.kind AS ofKind, e.amount, t.at, c.slug, c.name AS channelName,
       s.publicId AS showId, s.title AS showTitle
     FROM ledger_account a JOIN ledger_entry e ON e.accountId = a.id JOIN ledger_transfer t ON t.id = e.transferId
     LEFT JOIN ledger_transfer o ON o.publicId = t.reverses
     LEFT JOIN channel c ON c.id = t.channelId LEFT JOIN live_show s ON s.id = t.showId
     WHERE a.kind = 'fan' AND a.owner = ? AND a.currency = 'TOKEN'
       ${before === null ? '' : 'AND e.transferId < (SELECT id FROM ledger_transfer WHERE publicId = ?)'}
     ORDER BY e.transferId DESC LIMIT ?`,
    [userId, ...(before === null ? [] : [before]), limit],
  );
