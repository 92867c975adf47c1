/** The ledger: every amount that moves is booked here, once, in the caller's transaction. Knows no feature above it. */
import { AppError } from '#contract/errors.ts';
import type { TransferId } from '#contract/ids.ts';
import type { Sql, Tx } from '../platform/db.ts';
import { isDuplicate } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import * as rules from './rules.ts';
import * as store from './store.ts';

export * as money from './rules.ts';

export type TransferKind =
  | 'topup'
  | 'gift'
  | 'tip'
  | 'ticket'
  | 'code_sale'
  | 'membership'
  | 'plan'
  | 'call_block'
  | 'refund'
  | 'dispute'
  | 'dispute_won'
  | 'payout_hold'
  | 'payout_paid'
  | 'payout_returned'
  | 'debt_recovered';

/** What the transfer tells of itself besides amounts: ids, names, the split. No secret, no code in clear. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

export type Order = {
  readonly kind: TransferKind;
  /** Whose account is locked and numbered; null where the money comes from outside (Stripe). */
  readonly payer: rules.AccountRef | null;
  /** Unique for this payer; for money from outside unique at all, e.g. `checkout:cs_…`. At most 100 characters. */
  readonly key: string;
  /** What was asked for. The same key with another request throws wallet.key_reused. */
  readonly request: unknown;
  /** Decides the lines under the payer's lock, from its balance (0n without a payer). May throw an AppError. */
  readonly plan: (balance: bigint) => readonly rules.Posting[];
  readonly facts?: Facts;
  readonly reverses?: TransferId;
  readonly channelId?: number;
  readonly showId?: number;
};

export type Booked = {
  readonly transferId: TransferId;
  readonly at: Date;
  /** What the payer had after it, as it was then; null without a payer. */
  readonly balance: bigint | null;
  /** True where this key had been booked before and nothing was changed now. */
  readonly repeated: boolean;
};

function repeatOf(stored: store.StoredTransfer, wanted: Buffer): Booked {
  if (!stored.fingerprint.equals(wanted)) throw new AppError('wallet.key_reused');
  const balance = stored.payerBalance === null ? null : BigInt(stored.payerBalance);
  return { transferId: stored.publicId as TransferId, at: stored.at, balance, repeated: true };
}

/** The row that `read` finds, made first where the account was never used. */
async function madeBy(
  tx: Tx,
  account: rules.AccountRef,
  read: (tx: Tx, account: rules.AccountRef) => Promise<store.Account | null>,
): Promise<store.Account> {
  const found = await read(tx, account);
  if (found) return found;
  await store.create(tx, account);
  const made = await read(tx, account);
  if (!made) throw new Error('an account was not made');
  return made;
}

/** A wallet's balance is in its row; any other's is what its entries sum to. */
const balanceOfRow = async (sql: Sql, account: rules.AccountRef, row: store.Account): Promise<bigint> =>
  rules.keepsBalance(account.kind) ? BigInt(row.balance) : store.sum(sql, row.id);

/**
 * Books a transfer. Locks the payer first, then looks for the key: the other order gives wrong answers to
 * concurrent repeats. Throws what `plan` throws, wallet.insufficient_funds, wallet.key_reused.
 */
export async function book(tx: Tx, ledgerKey: string, order: Order): Promise<Booked> {
  const wanted = rules.fingerprint({ kind: order.kind, request: order.request });
  const payer = order.payer ? await madeBy(tx, order.payer, store.lock) : null;
  const stored = payer ? await store.byKey(tx, payer.id, order.key) : null;
  if (stored) return repeatOf(stored, wanted);
  const before = order.payer && payer ? await balanceOfRow(tx, order.payer, payer) : 0n;
  const postings = rules.tidy(order.plan(before));
  rules.assertBalanced(postings);
  const after = order.payer ? rules.balanceAfter(order.payer, before, postings) : null;
  const now = payer?.now ?? (await tx.row<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now'))?.now;
  if (!now) throw new Error('the database has no clock');
  const transfer: store.NewTransfer = {
    publicId: newId('trf'),
    kind: order.kind,
    at: now,
    payerId: payer?.id ?? 0,
    payerNumber: payer ? BigInt(payer.lastNumber) + 1n : null,
    payerBalance: after,
    idempotencyKey: order.key,
    fingerprint: wanted,
    reverses: order.reverses ?? null,
    channelId: order.channelId ?? null,
    showId: order.showId ?? null,
    facts: JSON.stringify(order.facts ?? {}),
  };
  let id: number;
  try {
    id = await store.insertTransfer(tx, transfer);
  } catch (error) {
    const first = isDuplicate(error) ? await store.byKey(tx, transfer.payerId, order.key) : null;
    if (!first) throw error;
    return repeatOf(first, wanted);
  }
  await writeLines(tx, ledgerKey, { id, transfer, postings }, order.payer);
  if (payer && transfer.payerNumber !== null) {
    const kept = order.payer && rules.keepsBalance(order.payer.kind) ? (after ?? 0n) : BigInt(payer.balance);
    await store.setPayer(tx, payer.id, kept, transfer.payerNumber);
  }
  return { transferId: transfer.publicId as TransferId, at: now, balance: after, repeated: false };
}

async function writeLines(
  tx: Tx,
  ledgerKey: string,
  written: { id: number; transfer: store.NewTransfer; postings: readonly rules.Posting[] },
  payer: rules.AccountRef | null,
): Promise<void> {
  const { id, transfer, postings } = written;
  const entries: store.NewEntry[] = [];
  for (const [line, { account, amount }] of postings.entries()) {
    const { id: accountId } = await madeBy(tx, account, store.find);
    const mac = rules.macOf(ledgerKey, {
      ...transfer,
      transferId: transfer.publicId,
      at: transfer.at.toISOString(),
      payerId: BigInt(transfer.payerId),
      line,
      lines: postings.length,
      accountId: BigInt(accountId),
      amount,
    });
    entries.push({ transferId: id, line, accountId, amount, mac });
    const isPayer = payer !== null && rules.sameAccount(account, payer);
    if (rules.keepsBalance(account.kind) && !isPayer) await store.addToBalance(tx, accountId, amount);
  }
  await store.insertEntries(tx, entries);
}

/** What an account holds now, outside any lock. */
export async function balanceOf(sql: Sql, account: rules.AccountRef): Promise<bigint> {
  const row = await store.find(sql, account);
  return row ? balanceOfRow(sql, account, row) : 0n;
}
