/** Payouts: their only SQL. */
import type { PayoutState } from '#contract/payouts.ts';
import type { Language } from '../notifications/outbox.ts';
import type { Sql, Tx } from '../platform/db.ts';

export type Payout = {
  readonly id: number;
  readonly publicId: string;
  readonly userId: string;
  readonly state: PayoutState;
  readonly currency: string;
  readonly amount: number;
  readonly cashMinor: number;
  readonly cashCurrency: string;
  readonly payoutRate: number | null;
  readonly method: 'connect' | 'hand' | null;
  readonly mode: string | null;
  readonly destination: string | null;
  readonly sends: number;
  readonly stripeTransferId: string | null;
  readonly reference: string | null;
  readonly reason: string | null;
  readonly problem: string | null;
  readonly holdTransferId: string;
  readonly endTransferId: string | null;
  readonly requestedAt: Date;
  readonly approvedAt: Date | null;
  readonly doneAt: Date | null;
  readonly reversedMinor: number;
  readonly reversedAt: Date | null;
};
const SELECT = `SELECT p.id, p.publicId, p.userId, p.state, p.currency, p.amount, p.cashMinor, p.cashCurrency,
  p.payoutRate, p.method, p.mode, p.destination, p.sends, p.stripeTransferId, p.reference, p.reason, p.problem,
  p.holdTransferId, p.endTransferId, p.requestedAt, p.approvedAt, p.doneAt, p.reversedMinor, p.reversedAt
  FROM payout p`;

export const byId = (sql: Sql, publicId: string) => sql.row<Payout>(`${SELECT} WHERE p.publicId = ?`, [publicId]);
export const lock = (tx: Tx, publicId: string) =>
  tx.row<Payout>(`${SELECT} WHERE p.publicId = ? FOR UPDATE`, [publicId]);
export const byHold = (sql: Sql, transferId: string) =>
  sql.row<Payout>(`${SELECT} WHERE p.holdTransferId = ?`, [transferId]);

/** Holds a creator's requests apart, and refunds of what is asked for. Nothing where the creator never earned. */
export const lockEarnings = (tx: Tx, userId: string, currency: string) =>
  tx.row<{ id: number }>(
    `SELECT id FROM ledger_account WHERE kind = 'creator' AND owner = ? AND currency = ? FOR UPDATE`,
    [userId, currency],
  );

export type NewPayout = Pick<
  Payout,
  'publicId' | 'userId' | 'currency' | 'cashCurrency' | 'payoutRate' | 'holdTransferId' | 'requestedAt'
> & { readonly amount: bigint; readonly cashMinor: bigint };

export const insert = (tx: Tx, p: NewPayout) =>
  tx.run(
    `INSERT INTO payout (publicId, userId, state, currency, amount, cashMinor, cashCurrency, payoutRate, holdTransferId,
       requestedAt) VALUES (?, ?, 'requested', ?, ?, ?, ?, ?, ?, ?)`,
    [
      p.publicId,
      p.userId,
      p.currency,
      p.amount,
      p.cashMinor,
      p.cashCurrency,
      p.payoutRate,
      p.holdTransferId,
      p.requestedAt,
    ],
  );

export type Change = { readonly state: PayoutState } & Partial<
  Pick<
    Payout,
    'method' | 'mode' | 'destination' | 'stripeTransferId' | 'reference' | 'reason' | 'problem' | 'endTransferId'
  >
> & {
    /** It is handed to Stripe once more; the worker looks after so many seconds. */
    readonly sendAgain?: number;
  };

/** Compare and set: changes a payout that is still in the state that was read. Throws (never, under its lock) where not. */
export async function change(tx: Tx, was: Payout, to: Change): Promise<void> {
  const over = to.state === 'paid' || to.state === 'rejected' || to.state === 'failed';
  const approved = to.state === 'approved' || to.state === 'paying' || to.state === 'paid';
  const next = { ...was, ...to };
  const { touched } = await tx.run(
    `UPDATE payout SET state = ?, method = ?, mode = ?, destination = ?, sends = ?, stripeTransferId = ?, reference = ?,
       reason = ?, problem = ?, endTransferId = ?, approvedAt = IF(?, COALESCE(approvedAt, UTC_TIMESTAMP(3)), approvedAt),
       doneAt = IF(?, UTC_TIMESTAMP(3), NULL), nextAt = IF(?, UTC_TIMESTAMP(3) + INTERVAL ? SECOND, NULL)
     WHERE id = ? AND state = ? AND sends = ?`,
    [
      next.state,
      next.method,
      next.mode,
      next.destination,
      to.sendAgain === undefined ? was.sends : was.sends + 1,
      next.stripeTransferId,
      next.reference,
      next.reason?.slice(0, 200) ?? null,
      next.problem?.slice(0, 200) ?? null,
      next.endTransferId,
      approved,
      over,
      to.state === 'paying',
      to.sendAgain ?? 0,
      was.id,
      was.state,
      was.sends,
    ],
  );
  if (touched !== 1) throw new Error('a locked payout was changed by somebody else');
}

/** What was taken back so far of a locked payout that was paid. */
export const setReversed = (tx: Tx, was: Payout, state: PayoutState, reversedMinor: number) =>
  tx.run(
    'UPDATE payout SET state = ?, reversedMinor = ?, reversedAt = UTC_TIMESTAMP(3) WHERE id = ? AND reversedMinor = ?',
    [state, reversedMinor, was.id, was.reversedMinor],
  );

/** Transfers of which something may still be taken back. */
export const sentTransfers = (sql: Sql, mode: string, afterId: number, limit: number) =>
  sql.rows<{ id: number; stripeTransferId: string }>(
    `SELECT id, stripeTransferId FROM payout WHERE mode = ? AND state IN ('paid', 'partly_reversed')
       AND stripeTransferId IS NOT NULL AND id > ? ORDER BY id LIMIT ?`,
    [mode, afterId, String(limit)],
  );

/** Stripe could not be asked: says why, and when it is asked again. */
export const postpone = (sql: Sql, id: number, problem: string, seconds: number) =>
  sql.run(
    `UPDATE payout SET problem = ?, nextAt = UTC_TIMESTAMP(3) + INTERVAL ? SECOND WHERE id = ? AND state = 'paying'`,
    [problem.slice(0, 200), seconds, id],
  );

/** Payouts whose fate at Stripe is to be looked up. */
export const due = (sql: Sql, mode: string, limit: number) =>
  sql.list<{ publicId: string }>(
    `SELECT publicId FROM payout WHERE state = 'paying' AND mode = ? AND nextAt <= UTC_TIMESTAMP(3) ORDER BY id LIMIT ?`,
    [mode, limit],
  );

export const ofUser = (sql: Sql, userId: string, before: string | null, limit: number) =>
  sql.list<Payout>(
    `${SELECT} WHERE p.userId = ? ${before === null ? '' : 'AND p.id < (SELECT id FROM payout WHERE publicId = ?)'}
     ORDER BY p.id DESC LIMIT ?`,
    [userId, ...(before === null ? [] : [before]), limit],
  );

export type CreatorRow = { readonly creatorName: string; readonly creatorEmail: string };

/** For the operator. `oldestFirst`: those that waited longest. */
export const page = (
  sql: Sql,
  { state, after, oldestFirst }: { state: PayoutState | null; after: string | null; oldestFirst: boolean },
  limit: number,
) =>
  sql.list<Payout & CreatorRow>(
    `${SELECT.replace(/\s+FROM/, ', u.name AS creatorName, u.email AS creatorEmail FROM')} JOIN user u ON u.id = p.userId
     WHERE TRUE ${state === null ? '' : 'AND p.state = ?'}
       ${after === null ? '' : `AND p.id ${oldestFirst ? '>' : '<'} (SELECT id FROM payout WHERE publicId = ?)`}
     ORDER BY p.id ${oldestFirst ? 'ASC' : 'DESC'} LIMIT ?`,
    [...(state === null ? [] : [state]), ...(after === null ? [] : [after]), limit],
  );

export const countsByState = (sql: Sql) =>
  sql.rows<{ state: PayoutState; count: number }>('SELECT state, COUNT(*) AS count FROM payout GROUP BY state');

export const slugsOf = (sql: Sql, userIds: readonly string[]) =>
  userIds.length === 0
    ? Promise.resolve([])
    : sql.list<{ ownerId: string; slug: string }>(
        'SELECT ownerId, slug FROM channel WHERE ownerId IN (?) ORDER BY id',
        [userIds],
      );

export const person = (sql: Sql, userId: string) =>
  sql.row<{ email: string; name: string; language: Language }>('SELECT email, name, language FROM user WHERE id = ?', [
    userId,
  ]);
