/** The ledger's only SQL. Transfers and entries are added and never changed; accounts carry balance and number. */
import type { Sql, Tx } from '../platform/db.ts';
import type { AccountRef } from './rules.ts';

export type Account = {
  readonly id: number;
  readonly balance: number;
  readonly lastNumber: number;
  readonly now: Date;
};

/** Locks one account. Null where it was never used. */
export const lock = (tx: Tx, { kind, owner, currency }: AccountRef) =>
  tx.row<Account>(
    `SELECT id, balance, lastNumber, UTC_TIMESTAMP(3) AS now FROM ledger_account
     WHERE kind = ? AND owner = ? AND currency = ? FOR UPDATE`,
    [kind, owner, currency],
  );

export const find = (sql: Sql, { kind, owner, currency }: AccountRef) =>
  sql.row<Account>(
    `SELECT id, balance, lastNumber, UTC_TIMESTAMP(3) AS now FROM ledger_account
     WHERE kind = ? AND owner = ? AND currency = ?`,
    [kind, owner, currency],
  );

/** Makes an account; another transaction may have made it just now. */
export const create = (sql: Sql, { kind, owner, currency }: AccountRef) =>
  sql.run('INSERT INTO ledger_account (kind, owner, currency) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE id = id', [
    kind,
    owner,
    currency,
  ]);

/** What the entries of an account sum to. */
export async function sum(sql: Sql, accountId: number): Promise<bigint> {
  const row = await sql.row<{ sum: string }>(
    'SELECT CAST(COALESCE(SUM(amount), 0) AS CHAR) AS sum FROM ledger_entry WHERE accountId = ?',
    [accountId],
  );
  return BigInt(row?.sum ?? 0);
}

export type StoredTransfer = {
  readonly id: number;
  readonly publicId: string;
  readonly at: Date;
  readonly payerBalance: number | null;
  readonly fingerprint: Buffer;
};

export const byKey = (sql: Sql, payerId: number, key: string) =>
  sql.row<StoredTransfer>(
    'SELECT id, publicId, at, payerBalance, fingerprint FROM ledger_transfer WHERE payerId = ? AND idempotencyKey = ?',
    [payerId, key],
  );

export type NewTransfer = {
  readonly publicId: string;
  readonly kind: string;
  readonly at: Date;
  readonly payerId: number;
  readonly payerNumber: bigint | null;
  readonly payerBalance: bigint | null;
  readonly idempotencyKey: string;
  readonly fingerprint: Buffer;
  readonly reverses: string | null;
  readonly channelId: number | null;
  readonly showId: number | null;
  readonly facts: string;
};

export async function insertTransfer(tx: Tx, t: NewTransfer): Promise<number> {
  const { insertId } = await tx.run(
    `INSERT INTO ledger_transfer (publicId, kind, at, payerId, payerNumber, payerBalance, idempotencyKey, fingerprint,
       reverses, channelId, showId, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      t.publicId,
      t.kind,
      t.at,
      t.payerId,
      t.payerNumber,
      t.payerBalance,
      t.idempotencyKey,
      t.fingerprint,
      t.reverses,
      t.channelId,
      t.showId,
      t.facts,
    ],
  );
  return insertId;
}

export type NewEntry = {
  readonly transferId: number;
  readonly line: number;
  readonly accountId: number;
  readonly amount: bigint;
  readonly mac: Buffer;
};

export const insertEntries = (tx: Tx, entries: readonly NewEntry[]) =>
  tx.bulk('INSERT INTO ledger_entry (transferId, line, accountId, amount, mac) VALUES ?', [
    entries.map((e) => [e.transferId, e.line, e.accountId, e.amount, e.mac]),
  ]);

/** The payer's number moves on, and a wallet's balance with it. */
export const setPayer = (tx: Tx, id: number, balance: bigint, number: bigint) =>
  tx.run('UPDATE ledger_account SET balance = ?, lastNumber = ? WHERE id = ?', [balance, number, id]);

export const addToBalance = (tx: Tx, id: number, amount: bigint) =>
  tx.run('UPDATE ledger_account SET balance = balance + ? WHERE id = ?', [amount, id]);
