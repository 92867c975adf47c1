/** What the operator is shown of the whole server: reads only. */
import type { ShowState } from '#contract/live-sessions.ts';
import type { Sql } from '../platform/db.ts';

const one = async <R extends object>(sql: Sql, text: string, values: readonly (string | Date)[] = []): Promise<R> => {
  const row = await sql.row<R>(text, values);
  if (!row) throw new Error('a sum is always one row');
  return row;
};

export const totals = (sql: Sql) =>
  one<{ channels: number; accounts: number; viewers: number }>(
    sql,
    `SELECT (SELECT COUNT(*) FROM channel) AS channels, (SELECT COUNT(*) FROM user) AS accounts,
       (SELECT CAST(COALESCE(SUM(viewers), 0) AS SIGNED) FROM live_show WHERE activeChannelId IS NOT NULL AND test = FALSE)
         AS viewers`,
  );

export type LiveRow = {
  readonly publicId: string;
  readonly slug: string;
  readonly state: ShowState;
  readonly title: string | null;
  readonly viewers: number;
  readonly startedAt: Date | null;
};

/** Shows that run. */
export const liveShows = (sql: Sql, limit: number) =>
  sql.list<LiveRow>(
    `SELECT s.publicId, c.slug, s.state, s.title, s.viewers, s.startedAt FROM live_show s JOIN channel c ON c.id = s.channelId
     WHERE s.activeChannelId IS NOT NULL AND s.test = FALSE ORDER BY s.viewers DESC, s.id LIMIT ?`,
    [limit],
  );

/** Transfers are looked at from so many before the one that the search finds: ids are given in nearly their order. */
const ID_MARGIN = 1000;

/** An id that every transfer since an instant is above, by halving: there is no index by time alone. */
export async function idBefore(sql: Sql, at: Date): Promise<number> {
  const { high } = await one<{ high: number }>(sql, 'SELECT COALESCE(MAX(id), 0) AS high FROM ledger_transfer');
  let [below, above] = [0, high];
  while (above - below > ID_MARGIN) {
    const middle = Math.floor((below + above) / 2);
    const row = await sql.row<{ id: number; at: Date }>(
      'SELECT id, at FROM ledger_transfer WHERE id >= ? ORDER BY id LIMIT 1',
      [middle],
    );
    if (row && row.at < at && row.id < above) below = row.id;
    else above = middle;
  }
  return below - ID_MARGIN;
}

export type SalesRow = {
  readonly kind: string;
  readonly back: number;
  readonly currency: string;
  readonly count: number;
  readonly gross: string;
  readonly tax: string;
  readonly platform: string;
};

/** Kinds that are paid with tokens: their gross is what the fan gives, of all others what Stripe does. */
const IN_TOKENS = "'tip', 'ticket', 'call_block'";
const SALE_KIND = 'COALESCE(o2.kind, o.kind, t.kind)';

/** Sales since an instant by kind and currency, and apart from them what went back. */
export const salesSince = (sql: Sql, aboveId: number, from: Date) =>
  sql.list<SalesRow>(
    `SELECT STRAIGHT_JOIN ${SALE_KIND} AS kind, t.reverses IS NOT NULL AS back, a.currency, COUNT(DISTINCT t.id) AS count,
       CAST(-SUM(IF(a.kind IN ('platform', 'tax'), 0, e.amount)) AS CHAR) AS gross,
       CAST(SUM(IF(a.kind = 'tax', e.amount, 0)) AS CHAR) AS tax,
       CAST(SUM(IF(a.kind = 'platform', e.amount, 0)) AS CHAR) AS platform
     FROM ledger_transfer t LEFT JOIN ledger_transfer o ON o.publicId = t.reverses
     LEFT JOIN ledger_transfer o2 ON o2.publicId = o.reverses
     JOIN ledger_entry e ON e.transferId = t.id
     JOIN ledger_account a ON a.id = e.accountId AND (a.kind IN ('platform', 'tax', 'stripe')
       OR (a.kind = 'fan' AND ${SALE_KIND} IN (${IN_TOKENS})))
     WHERE t.id > ? AND t.at >= ?
       AND ${SALE_KIND} IN (${IN_TOKENS}, 'code_sale', 'membership', 'topup', 'plan') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    [aboveId, from],
  );

export const waitingPayouts = (sql: Sql) =>
  sql.rows<{ currency: string; count: number; amount: string; cashMinor: string; oldest: Date }>(
    `SELECT currency, COUNT(*) AS count, CAST(SUM(amount) AS CHAR) AS amount, CAST(SUM(cashMinor) AS CHAR) AS cashMinor,
       MIN(requestedAt) AS oldest
     FROM payout WHERE state IN ('requested', 'approved') GROUP BY currency ORDER BY currency`,
  );

export type Waiting = {
  readonly paying: number;
  readonly failed: number;
  readonly pending: number;
  readonly oldestPending: Date | null;
  readonly refundsWaiting: number;
};
export const waiting = (sql: Sql) =>
  one<Waiting>(
    sql,
    `SELECT (SELECT COUNT(*) FROM payout WHERE state = 'paying') AS paying,
       (SELECT COUNT(*) FROM notice_delivery WHERE channel = 'mail' AND state = 'failed') AS failed,
       (SELECT COUNT(*) FROM notice_delivery WHERE channel = 'mail' AND state = 'pending') AS pending,
       (SELECT MIN(n.createdAt) FROM notice_delivery d JOIN notice n ON n.id = d.noticeId
         WHERE d.channel = 'mail' AND d.state = 'pending' AND d.nextAt <= UTC_TIMESTAMP(3)) AS oldestPending,
       (SELECT COUNT(*) FROM payment_return WHERE state = 'wanted') AS refundsWaiting`,
  );

export type Told = { readonly webhook: Date | null; readonly reconcile: Date | null };
export const stripeTold = (sql: Sql, mode: string) =>
  one<Told>(
    sql,
    `SELECT (SELECT receivedAt FROM stripe_event WHERE source = 'webhook' AND mode = ? ORDER BY receivedAt DESC LIMIT 1) AS webhook,
       (SELECT eventsUntil FROM stripe_cursor WHERE mode = ?) AS reconcile`,
    [mode, mode],
  );

/** Audit lines of `stagedoor ledger verify`. */
export const VERIFIED = 'ledger.verified';

export type Ledger = {
  readonly sealedAt: Date | null;
  readonly unsealed: number;
  readonly verifiedAt: Date | null;
  readonly verified: string | null;
};
export const ledger = (sql: Sql) =>
  one<Ledger>(
    sql,
    `SELECT (SELECT at FROM ledger_seal ORDER BY id DESC LIMIT 1) AS sealedAt,
       (SELECT COUNT(*) FROM ledger_transfer t LEFT JOIN ledger_seal_item i ON i.transferId = t.id
         WHERE t.id > COALESCE((SELECT settled FROM ledger_seal ORDER BY id DESC LIMIT 1), 0) AND i.transferId IS NULL)
         AS unsealed,
       (SELECT at FROM audit_event WHERE kind = ? ORDER BY at DESC, id DESC LIMIT 1) AS verifiedAt,
       (SELECT details FROM audit_event WHERE kind = ? ORDER BY at DESC, id DESC LIMIT 1) AS verified`,
    [VERIFIED, VERIFIED],
  );

export type Owed = {
  readonly kind: 'fan' | 'creator' | 'payout';
  readonly currency: string;
  readonly amount: string;
};
/** What people have in all their accounts. */
export const owed = (sql: Sql) =>
  sql.rows<Owed>(
    `SELECT a.kind, a.currency, CAST(SUM(a.balance + IF(a.kind = 'creator',
       COALESCE((SELECT SUM(e.amount) FROM ledger_entry e WHERE e.accountId = a.id AND e.transferId > a.settledTo), 0), 0))
       AS CHAR) AS amount
     FROM ledger_account a WHERE a.kind IN ('fan', 'creator', 'payout') GROUP BY a.kind, a.currency
     ORDER BY a.kind, a.currency`,
  );
