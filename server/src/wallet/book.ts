/** Books a transfer in the caller's transaction: the one place where money moves. */
import { AppError } from '#contract/errors.ts';
import type { TransferId } from '#contract/ids.ts';
import type { Tx } from '../platform/db.ts';
import { isDuplicate } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import { accountIds, lockedAccount } from './accounts.ts';
import { makeSigner } from './proofs.ts';
import * as rules from './rules.ts';
import * as store from './store.ts';

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
  | 'payout_reversed'
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
  /** Whose debt the plan pays or makes: that account and its debt are locked before the plan is asked. */
  readonly debtOf?: rules.AccountRef;
  /**
   * Decides the lines under the locks: from the payer's balance (0n without a payer, and of the house) and from what
   * `debtOf` owes. May throw an AppError.
   */
  readonly plan: (balance: bigint, owed: bigint) => readonly rules.Posting[];
  readonly facts?: Facts;
  readonly reverses?: TransferId;
  readonly channelId?: number | null;
  readonly showId?: number | null;
};

export type Booked = {
  readonly transferId: TransferId;
  readonly at: Date;
  /** What the payer had after it, as it was then; null without a payer, and of the house. */
  readonly balance: bigint | null;
  /** True where this key had been booked before and nothing was changed now. */
  readonly repeated: boolean;
};

const fingerprintOf = ({ kind, request }: Pick<Order, 'kind' | 'request'>): Buffer =>
  rules.fingerprint({ kind, request });

/** The answer to a request that was booked before. Throws wallet.key_reused where it was another one. */
export function repeatOf(earlier: store.Earlier, order: Pick<Order, 'kind' | 'request'>): Booked {
  const wanted = fingerprintOf(order);
  if (!earlier.fingerprint.equals(wanted)) throw new AppError('wallet.key_reused');
  const balance = earlier.payerBalance === null ? null : BigInt(earlier.payerBalance);
  return { transferId: earlier.publicId as TransferId, at: earlier.at, balance, repeated: true };
}

type Payer = {
  readonly ref: rules.AccountRef;
  readonly row: store.Account;
  /** Null for the house, which has no floor and whose sum nobody needs here. */
  readonly balance: bigint | null;
  /** What the row says once it is written: a checkpoint rolled up, where it is one. */
  readonly checkpoint: { readonly balance: bigint; readonly settledTo: number };
};

/** The payer's balance under its lock; of a creator the checkpoint is rolled up on the way. */
async function standingOf(tx: Tx, ref: rules.AccountRef, row: store.Account): Promise<Payer> {
  const stored = BigInt(row.balance);
  const unchanged = { balance: stored, settledTo: row.settledTo };
  if (rules.keepsBalance(ref.kind)) return { ref, row, balance: stored, checkpoint: unchanged };
  if (!rules.isFloored(ref.kind)) return { ref, row, balance: null, checkpoint: unchanged };
  const settledTo = Math.max(await store.settledTo(tx), row.settledTo);
  const sums = await store.sumsAfter(tx, row.id, row.settledTo, settledTo);
  return { ref, row, balance: stored + sums.all, checkpoint: { balance: stored + sums.settled, settledTo } };
}

/** Locks a person's account, then what it owes, always in this order. Returns the debt, not below zero. */
async function lockDebt(tx: Tx, holder: rules.AccountRef, payer: rules.AccountRef | null): Promise<bigint> {
  if (!payer || !rules.sameAccount(holder, payer)) await lockedAccount(tx, holder);
  const row = await store.lock(tx, rules.debt(holder.owner, holder.currency));
  return -BigInt(row?.balance ?? 0);
}

/** The rows of receivers that keep a balance are locked before the transfer gets its id: ids tell the order of bookings. */
async function lockReceivers(tx: Tx, order: Order, postings: readonly rules.Posting[]): Promise<void> {
  for (const { account } of postings) {
    const isPayer = order.payer !== null && rules.sameAccount(account, order.payer);
    if (!isPayer && rules.keepsBalance(account.kind)) await lockedAccount(tx, account);
  }
}

type Planned = { readonly postings: readonly rules.Posting[]; readonly balance: bigint | null };

/** Asks the plan under the locks, and checks what it says. */
function plan(order: Order, payer: Payer | null, owed: bigint): Planned {
  const postings = rules.tidy(order.plan(payer?.balance ?? 0n, owed));
  rules.assertBalanced(postings);
  rules.assertTakesFromPayer(postings, order.payer);
  const balance = payer && payer.balance !== null ? rules.balanceAfter(payer.ref, payer.balance, postings) : null;
  return { postings, balance };
}

type Ids = readonly number[];

function signed(
  key: string,
  transfer: store.NewTransfer,
  postings: readonly rules.Posting[],
  ids: Ids,
): store.NewEntry[] {
  const sign = makeSigner(key, transfer, postings.length);
  return postings.map(({ account, amount }, line) => {
    const accountId = ids[line] ?? 0;
    return { line, accountId, amount, mac: sign({ line, accountId, account: rules.nameOf(account), amount }) };
  });
}

/** Receivers that keep their balance get theirs; the payer's number moves on, and its balance or checkpoint with it. */
function changesOf(
  postings: readonly rules.Posting[],
  ids: Ids,
  payer: Payer | null,
  { payerBalance, payerNumber }: store.NewTransfer,
): store.Changes {
  const added = postings.flatMap(({ account, amount }, line) => {
    const isPayer = payer !== null && rules.sameAccount(account, payer.ref);
    return rules.keepsBalance(account.kind) && !isPayer ? [{ accountId: ids[line] ?? 0, amount }] : [];
  });
  if (!payer || payerNumber === null) return { added, payer: null };
  const balance = rules.keepsBalance(payer.ref.kind) ? (payerBalance ?? 0n) : payer.checkpoint.balance;
  const { settledTo } = payer.checkpoint;
  return { added, payer: { accountId: payer.row.id, balance, settledTo, lastNumber: payerNumber } };
}

/** Locks what the plan looks at, asks it, and writes the transfer. */
async function write(tx: Tx, ledgerKey: string, order: Order, payer: Payer | null): Promise<Booked> {
  const owed = order.debtOf ? await lockDebt(tx, order.debtOf, order.payer) : 0n;
  const { postings, balance } = plan(order, payer, owed);
  await lockReceivers(tx, order, postings);
  const transfer: store.NewTransfer = {
    publicId: newId('trf'),
    kind: order.kind,
    at: payer?.row.now ?? (await store.databaseNow(tx)),
    payerId: payer?.row.id ?? 0,
    payerNumber: payer ? payer.row.lastNumber + 1 : null,
    payerBalance: balance,
    idempotencyKey: order.key,
    fingerprint: fingerprintOf(order),
    reverses: order.reverses ?? null,
    channelId: order.channelId ?? null,
    showId: order.showId ?? null,
    facts: JSON.stringify(order.facts ?? {}),
  };
  const ids = await accountIds(
    tx,
    postings.map(({ account }) => account),
  );
  await store.write(
    tx,
    transfer,
    signed(ledgerKey, transfer, postings, ids),
    changesOf(postings, ids, payer, transfer),
  );
  return { transferId: transfer.publicId as TransferId, at: transfer.at, balance, repeated: false };
}

/**
 * Books a transfer. Locks the payer first; only then is the key looked at, by the unique index as the transfer is
 * written, or by a question where the plan refuses: the other order gives wrong answers to concurrent repeats. Throws
 * what `plan` throws, wallet.insufficient_funds, wallet.key_reused.
 */
export async function book(tx: Tx, ledgerKey: string, order: Order): Promise<Booked> {
  const row = order.payer ? await lockedAccount(tx, order.payer) : null;
  try {
    const payer = order.payer && row ? await standingOf(tx, order.payer, row) : null;
    return await write(tx, ledgerKey, order, payer);
  } catch (error) {
    if (!isDuplicate(error) && !(error instanceof AppError)) throw error;
    // A repeat: the plan may refuse what the first booking has already spent.
    const first = await store.earlier(tx, row?.id ?? 0, order.key);
    if (!first) throw error;
    return repeatOf(first, order);
  }
}
