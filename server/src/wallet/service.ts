/** The ledger: every amount that moves is booked here, once, in the caller's transaction. Knows no feature above it. */
import { AppError } from '#contract/errors.ts';
import type { TransferId } from '#contract/ids.ts';
import type { Db, Sql, Tx } from '../platform/db.ts';
import { CommitUnknownError } from '../platform/db.ts';
import { waitFor } from '../platform/wait.ts';
import { lockedAccount } from './accounts.ts';
import { type Booked, book, type Facts, repeatOf, type TransferKind } from './book.ts';
import * as plans from './plans.ts';
import * as rules from './rules.ts';
import * as store from './store.ts';
import { reversedSoFar, type Transfer, transferById } from './transfers.ts';

export { type Booked, book, type Facts, type Order } from './book.ts';
export * as plans from './plans.ts';
export * as money from './rules.ts';
export { reversedSoFar, type Transfer, transferById, transferByKey } from './transfers.ts';

/** What an account holds now, outside any lock. */
export const balanceOf = (sql: Sql, account: rules.AccountRef): Promise<bigint> =>
  rules.keepsBalance(account.kind) ? store.kept(sql, account) : store.checkpointed(sql, account);

export type Reversal = {
  readonly transferId: TransferId;
  /** Of what was paid, in its units; null: all that is left. */
  readonly amount: bigint | null;
  /** `refund` by default. `dispute_won` takes a dispute back. */
  readonly kind?: Extract<TransferKind, 'refund' | 'dispute' | 'dispute_won'>;
  readonly key: string;
  /** Added to those of the original. */
  readonly facts?: Facts;
};

export type Reversed = Booked & {
  /** What was taken back now, or by the earlier call that this one repeats: units of what was paid. */
  readonly amount: bigint;
  readonly original: Transfer;
};

/** `gross`, `creator`, `platform` and `tax` of what is taken back: above zero, as in a sale. */
function factsOf(original: Transfer, lines: readonly rules.Posting[], amount: bigint, added: Facts = {}): Facts {
  const part = (...kinds: rules.AccountKind[]): number => {
    const sum = lines.reduce((all, line) => (kinds.includes(line.account.kind) ? all + line.amount : all), 0n);
    return Math.abs(Number(sum));
  };
  const earned = plans.sidesOf(original.lines)?.holder.kind === 'creator';
  const creator = earned ? part('creator', 'debt') : 0;
  const tax = original.lines.some(({ account }) => account.kind === 'tax') ? { tax: part('tax') } : {};
  return { ...original.facts, gross: Number(amount), creator, platform: part('platform'), ...tax, ...added };
}

/**
 * Takes a transfer back, wholly or in part, as a transfer of its own. The payer is whoever gained by it (the creator, the
 * fan of a top-up, else the platform), whose lock orders several reversals of one transfer. Throws
 * wallet.transfer_not_found, wallet.not_refundable, wallet.refund_too_large (`left`), wallet.key_reused.
 */
export async function reverse(tx: Tx, ledgerKey: string, reversal: Reversal): Promise<Reversed> {
  const original = await transferById(tx, reversal.transferId);
  if (!original) throw new AppError('wallet.transfer_not_found');
  const sides = plans.sidesOf(original.lines);
  if (!sides) throw new AppError('wallet.not_refundable');
  const { kind = 'refund' } = reversal;
  const payer = sides.holder;
  const request = { transferId: reversal.transferId, amount: reversal.amount };
  const { id } = await lockedAccount(tx, payer);
  const earlier = await store.earlier(tx, id, reversal.key);
  if (earlier) {
    const repeat = await transferById(tx, earlier.publicId);
    const amount = BigInt(Number(repeat?.facts['gross'] ?? 0));
    return { ...repeatOf(earlier, { kind, request }), amount, original };
  }
  const reversed = await reversedSoFar(tx, original);
  const amount = reversal.amount ?? sides.gross - reversed;
  // Shares do not depend on what the holder has, only whether they are taken from the balance or become debt.
  const planned = (balance: bigint, owed: bigint) =>
    plans.planRefund({ original: original.lines, reversed, amount, standing: { balance, owed } });
  const booked = await book(tx, ledgerKey, {
    kind,
    payer,
    key: reversal.key,
    request,
    debtOf: payer,
    plan: planned,
    facts: factsOf(original, planned(0n, 0n), amount, reversal.facts),
    reverses: original.transferId,
    channelId: original.channelId,
    showId: original.showId,
  });
  return { ...booked, amount, original };
}

/**
 * Pays a person's debt from what the account holds, as far as it reaches: a creator's before a payout, a fan's wallet.
 * Returns what was recovered. Nothing is booked where nothing is owed, so that it may be called at any time.
 */
export async function recoverDebt(tx: Tx, ledgerKey: string, holder: rules.AccountRef): Promise<bigint> {
  if ((await store.kept(tx, rules.debt(holder.owner, holder.currency))) === 0n) return 0n;
  const { lastNumber } = await lockedAccount(tx, holder);
  const row = await store.lock(tx, rules.debt(holder.owner, holder.currency));
  const standing = { balance: await balanceOf(tx, holder), owed: -BigInt(row?.balance ?? 0) };
  const lines = plans.planDebtRecovery(holder, standing);
  const recovered = lines.find(({ account: of }) => of.kind === 'debt')?.amount ?? 0n;
  if (recovered === 0n) return 0n;
  await book(tx, ledgerKey, {
    kind: 'debt_recovered',
    payer: holder,
    // Under this lock the number is the next one's alone.
    key: `recovered:${lastNumber + 1}`,
    request: { recovered },
    plan: () => lines,
    facts: { gross: Number(recovered) },
  });
  return recovered;
}

/** Longest that the answer to a lost commit is waited for; the database may be starting again. Milliseconds. */
const FATE_WAIT_MS = 5000;

/** Whether this key is booked, once nobody is writing it any more: waits for the locks of the lost transaction. */
async function isBooked(db: Db, payer: rules.AccountRef | null, key: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    if (!payer) return (await store.awaitedFromOutside(tx, key)) !== null;
    const row = await store.lock(tx, payer);
    return row !== null && (await store.earlier(tx, row.id, key)) !== null;
  });
}

/**
 * A command that books `key` in `work`'s transaction. Where the connection is lost during the commit, the ledger is read
 * again by the key, and nothing is sent twice: if it is booked, `work` runs once more and answers as a repeat (`book`
 * changes nothing then, and `work` must not either); if not, or where nobody can tell in time, `unavailable` is thrown and
 * the caller asks again with the same key.
 */
export async function commandOnce<T>(
  db: Db,
  command: { readonly payer: rules.AccountRef | null; readonly key: string },
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  try {
    return await db.transaction(work);
  } catch (error) {
    if (!(error instanceof CommitUnknownError)) throw error;
    const booked = await waitFor(() => isBooked(db, command.payer, command.key), FATE_WAIT_MS).catch(() => false);
    if (!booked) throw new AppError('unavailable');
    return db.transaction(work);
  }
}
