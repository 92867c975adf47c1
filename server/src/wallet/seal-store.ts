/** SQL of the seals. Seals and their items are added and never changed. */
import type { Sql, Tx } from '../platform/db.ts';
import { isDuplicate, mayRepeat } from '../platform/db.ts';
import type { SealBody } from './proofs.ts';

export type Seal = SealBody & { readonly mac: Buffer };

const COLUMNS = 'id, at, items, root, previous, highest, settled, mac';

export const newestSeal = (sql: Sql) => sql.row<Seal>(`SELECT ${COLUMNS} FROM ledger_seal ORDER BY id DESC LIMIT 1`);
export const sealById = (sql: Sql, id: number) =>
  sql.row<Seal>(`SELECT ${COLUMNS} FROM ledger_seal WHERE id = ?`, [id]);

/** The highest transfer that was sealed by `seconds` ago. */
export async function highestBefore(sql: Sql, seconds: number): Promise<number> {
  const row = await sql.row<{ highest: number }>(
    'SELECT highest FROM ledger_seal WHERE at <= UTC_TIMESTAMP(3) - INTERVAL ? SECOND ORDER BY id DESC LIMIT 1',
    [seconds],
  );
  return row?.highest ?? 0;
}

export type Unsealed = { readonly id: number; readonly publicId: string };

/** Transfers in (after, to] that are committed and in no seal, lowest first. */
export const unsealed = (sql: Sql, after: number, to: number, limit: number) =>
  sql.rows<Unsealed>(
    `SELECT t.id, t.publicId FROM ledger_transfer t LEFT JOIN ledger_seal_item i ON i.transferId = t.id
     WHERE t.id > ? AND t.id <= ? AND i.transferId IS NULL ORDER BY t.id LIMIT ${limit}`,
    [after, to],
  );

export type SealedLine = { readonly transferId: number; readonly accountId: number; readonly mac: Buffer };

export const linesOf = (sql: Sql, ids: readonly number[]) =>
  sql.list<SealedLine>(
    'SELECT transferId, accountId, mac FROM ledger_entry WHERE transferId IN (?) ORDER BY transferId, line',
    [ids],
  );

/** How many transfers there are in (after, to], and how many of them are in a seal. */
export async function countIn(sql: Sql, after: number, to: number): Promise<{ transfers: number; sealed: number }> {
  const row = await sql.row<{ transfers: number; sealed: number }>(
    `SELECT (SELECT COUNT(*) FROM ledger_transfer WHERE id > ? AND id <= ?) AS transfers,
       (SELECT COUNT(*) FROM ledger_seal_item WHERE transferId > ? AND transferId <= ?) AS sealed`,
    [after, to, after, to],
  );
  return row ?? { transfers: 0, sealed: 0 };
}

export async function idsIn(sql: Sql, after: number, to: number): Promise<number[]> {
  const rows = await sql.rows<{ id: number }>('SELECT id FROM ledger_transfer WHERE id > ? AND id <= ?', [after, to]);
  return rows.map(({ id }) => id);
}

/** Ids in one question about locks. */
const LOCK_BATCH = 1000;

/** True where none of these ids, which no snapshot shows, is being written by a transaction under way. */
export async function areDead(tx: Tx, ids: readonly number[]): Promise<boolean> {
  for (let from = 0; from < ids.length; from += LOCK_BATCH) {
    try {
      const found = await tx.list('SELECT id FROM ledger_transfer WHERE id IN (?) LOCK IN SHARE MODE NOWAIT', [
        ids.slice(from, from + LOCK_BATCH),
      ]);
      if (found.length > 0) return false;
    } catch (error) {
      if (mayRepeat(error)) return false;
      throw error;
    }
  }
  return true;
}

/** Adds a seal. False where another worker has just added one of this number. */
export async function insertSeal(tx: Tx, seal: Seal): Promise<boolean> {
  try {
    await tx.run(
      'INSERT INTO ledger_seal (id, at, items, root, previous, highest, settled, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      [seal.id, seal.at, seal.items, seal.root, seal.previous, seal.highest, seal.settled, seal.mac],
    );
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}

export const insertItems = (tx: Tx, sealId: number, items: readonly { transferId: number; leaf: Buffer }[]) =>
  tx.bulk('INSERT INTO ledger_seal_item (transferId, sealId, position, leaf) VALUES ?', [
    items.map(({ transferId, leaf }, position) => [transferId, sealId, position, leaf]),
  ]);

/** Checkpoints that did not know a transfer which came late begin anew. */
export const forgetCheckpoints = (tx: Tx, accountIds: readonly number[]) =>
  tx.bulk(
    "UPDATE ledger_account SET balance = 0, settledTo = 0 WHERE kind NOT IN ('fan', 'payout', 'debt') AND id IN (?)",
    [accountIds],
  );

export type CheckpointRow = { readonly id: number; readonly kind: string; readonly settledTo: number };

export const lockCheckpoint = (tx: Tx, accountId: number) =>
  tx.row<CheckpointRow>('SELECT id, kind, settledTo FROM ledger_account WHERE id = ? FOR UPDATE', [accountId]);

/** Moves a checkpoint, under its lock, up to a transfer below which nothing can commit any more. */
export const moveCheckpoint = (tx: Tx, accountId: number, from: number, to: number) =>
  tx.run(
    `UPDATE ledger_account SET settledTo = ?, balance = balance + (
       SELECT COALESCE(SUM(amount), 0) FROM ledger_entry WHERE accountId = ? AND transferId > ? AND transferId <= ?)
     WHERE id = ?`,
    [to, accountId, from, to, accountId],
  );
