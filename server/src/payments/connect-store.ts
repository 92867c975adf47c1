/** Creators' accounts at Stripe: their only SQL. */
import type { Sql, Tx } from '../platform/db.ts';

export type ConnectRow = {
  readonly userId: string;
  readonly mode: string;
  readonly accountId: string;
  readonly ready: number;
  readonly version: number;
};
const SELECT = 'SELECT userId, mode, accountId, ready, version FROM connect_account';

export const ofUser = (sql: Sql, userId: string, mode: string) =>
  sql.row<ConnectRow>(`${SELECT} WHERE userId = ? AND mode = ?`, [userId, mode]);
export const byAccount = (sql: Sql, accountId: string) =>
  sql.row<ConnectRow>(`${SELECT} WHERE accountId = ?`, [accountId]);
export const lock = (tx: Tx, accountId: string) =>
  tx.row<ConnectRow>(`${SELECT} WHERE accountId = ? FOR UPDATE`, [accountId]);
export const ofUsers = (sql: Sql, userIds: readonly string[], mode: string) =>
  userIds.length === 0
    ? Promise.resolve([])
    : sql.list<ConnectRow>(`${SELECT} WHERE userId IN (?) AND mode = ?`, [userIds, mode]);

/** Accounts of one run of the reconciler. */
const ASKED_MAX = 500;
/** One that was begun longer ago and is not ready was given up; its creator's page asks for it all the same. */
const GIVEN_UP_DAYS = 30;
/** Those that were asked for longest ago first. */
export const toAsk = (sql: Sql, mode: string, every: boolean) =>
  sql.rows<{ accountId: string }>(
    `SELECT accountId FROM connect_account
     WHERE mode = ? AND (? OR (NOT ready AND createdAt > UTC_TIMESTAMP(3) - INTERVAL ? DAY)) ORDER BY checkedAt LIMIT ?`,
    [mode, every, GIVEN_UP_DAYS, String(ASKED_MAX)],
  );

/** Two requests at once get the same account from Stripe, by the idempotency key. */
export const insert = (sql: Sql, userId: string, mode: string, accountId: string) =>
  sql.run(
    `INSERT INTO connect_account (userId, mode, accountId, createdAt) VALUES (?, ?, ?, UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE userId = userId`,
    [userId, mode, accountId],
  );

export const save = (tx: Tx, accountId: string, ready: boolean) =>
  tx.run(
    `UPDATE connect_account SET ready = ?, version = version + 1, checkedAt = UTC_TIMESTAMP(3) WHERE accountId = ?`,
    [ready, accountId],
  );
