/** Transfers as they are read: whole, with their lines. Never locks. */
import type { TransferId } from '#contract/ids.ts';
import type { Currency } from '#contract/money.ts';
import type { Sql } from '../platform/db.ts';
import type { Facts, TransferKind } from './book.ts';
import { sidesOf } from './plans.ts';
import type { AccountKind, AccountRef, Posting } from './rules.ts';
import { nameOf } from './rules.ts';

export type Transfer = {
  readonly transferId: TransferId;
  readonly kind: TransferKind;
  readonly at: Date;
  /** Null where the money came from outside. */
  readonly payer: AccountRef | null;
  /** What the payer had after it. */
  readonly payerBalance: bigint | null;
  readonly key: string;
  readonly reverses: TransferId | null;
  readonly channelId: number | null;
  readonly showId: number | null;
  readonly facts: Facts;
  readonly lines: readonly Posting[];
};

type Row = {
  id: number;
  publicId: string;
  kind: string;
  at: Date;
  payerBalance: number | null;
  idempotencyKey: string;
  reverses: string | null;
  channelId: number | null;
  showId: number | null;
  facts: string;
  payerKind: string | null;
  payerOwner: string | null;
  payerCurrency: string | null;
};
type LineRow = { kind: string; owner: string; currency: string; amount: number };

const COLUMNS = `t.id, t.publicId, t.kind, t.at, t.payerBalance, t.idempotencyKey, t.reverses, t.channelId, t.showId,
  t.facts, p.kind AS payerKind, p.owner AS payerOwner, p.currency AS payerCurrency
  FROM ledger_transfer t LEFT JOIN ledger_account p ON p.id = t.payerId`;

const refOf = (row: { kind: string; owner: string; currency: Currency }): AccountRef => ({
  kind: row.kind as AccountKind,
  owner: row.owner,
  currency: row.currency,
});

async function whole(sql: Sql, row: Row | null): Promise<Transfer | null> {
  if (!row) return null;
  const lines = await sql.rows<LineRow>(
    `SELECT a.kind, a.owner, a.currency, e.amount FROM ledger_entry e JOIN ledger_account a ON a.id = e.accountId
     WHERE e.transferId = ? ORDER BY e.line`,
    [row.id],
  );
  const { payerKind, payerOwner, payerCurrency } = row;
  return {
    transferId: row.publicId as TransferId,
    kind: row.kind as TransferKind,
    at: row.at,
    payer:
      payerKind === null || payerOwner === null || payerCurrency === null
        ? null
        : refOf({ kind: payerKind, owner: payerOwner, currency: payerCurrency }),
    payerBalance: row.payerBalance === null ? null : BigInt(row.payerBalance),
    key: row.idempotencyKey,
    reverses: row.reverses as TransferId | null,
    channelId: row.channelId,
    showId: row.showId,
    facts: JSON.parse(row.facts) as Facts,
    lines: lines.map((line) => ({ account: refOf(line), amount: BigInt(line.amount) })),
  };
}

/** A transfer by its id, or null. */
export const transferById = async (sql: Sql, transferId: string): Promise<Transfer | null> =>
  whole(sql, await sql.row<Row>(`SELECT ${COLUMNS} WHERE t.publicId = ?`, [transferId]));

/** What this payer (null: money from outside) paid under this key, or null. */
export async function transferByKey(sql: Sql, payer: AccountRef | null, key: string): Promise<Transfer | null> {
  const row = payer
    ? await sql.row<Row>(
        `SELECT ${COLUMNS} WHERE p.kind = ? AND p.owner = ? AND p.currency = ? AND t.idempotencyKey = ?`,
        [payer.kind, payer.owner, payer.currency, key],
      )
    : await sql.row<Row>(`SELECT ${COLUMNS} WHERE t.payerId = 0 AND t.idempotencyKey = ?`, [key]);
  return whole(sql, row);
}

/** Depth to which reversals are followed: a refund or dispute, and a dispute that was won. */
const REVERSAL_DEPTH = 3;

/** How much of what was paid has been paid back and not been taken back again; units of what was paid. */
export async function reversedSoFar(sql: Sql, transfer: Transfer, depth = 1): Promise<bigint> {
  const sides = sidesOf(transfer.lines);
  if (!sides || depth > REVERSAL_DEPTH) return 0n;
  const source = nameOf(sides.source);
  const rows = await sql.rows<{ publicId: string }>('SELECT publicId FROM ledger_transfer WHERE reverses = ?', [
    transfer.transferId,
  ]);
  let sum = 0n;
  for (const { publicId } of rows) {
    const reversal = await transferById(sql, publicId);
    const back = reversal?.lines.find(({ account }) => nameOf(account) === source)?.amount ?? 0n;
    if (reversal) sum += (back < 0n ? -back : back) - (await reversedSoFar(sql, reversal, depth + 1));
  }
  return sum;
}
