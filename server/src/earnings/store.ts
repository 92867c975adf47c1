/** A creator's side of the ledger: its only SQL. Reads only. */
import type { Sql } from '../platform/db.ts';
import { SALE_KINDS } from './rules.ts';

/** Ids of a creator's account and debt in one currency; 0 where one was never used. */
export type Accounts = { readonly creator: number; readonly debt: number };

export async function accountsOf(sql: Sql, userId: string, currency: string): Promise<Accounts> {
  const rows = await sql.rows<{ kind: 'creator' | 'debt'; id: number }>(
    `SELECT kind, id FROM ledger_account WHERE kind IN ('creator', 'debt') AND owner = ? AND currency = ?`,
    [userId, currency],
  );
  const idOf = (wanted: string): number => rows.find(({ kind }) => kind === wanted)?.id ?? 0;
  return { creator: idOf('creator'), debt: idOf('debt') };
}

/** Currencies in which a creator ever had something. */
export async function currenciesOf(sql: Sql, userId: string): Promise<string[]> {
  const rows = await sql.rows<{ currency: string }>(
    `SELECT DISTINCT currency FROM ledger_account WHERE kind IN ('creator', 'payout') AND owner = ? ORDER BY currency`,
    [userId],
  );
  return rows.map(({ currency }) => currency);
}

/** The sale that a reversal is about, however deep. */
const SALE = `LEFT JOIN ledger_transfer o ON o.publicId = t.reverses
  LEFT JOIN ledger_transfer o2 ON o2.publicId = o.reverses`;
const SALE_KIND = 'COALESCE(o2.kind, o.kind, t.kind)';

/**
 * The creator's share of sales younger than so many days, less what of it went back, and the instant of the oldest of
 * them. By the creator's channels, whose transfers have an index by time: every sale names its channel, and whatever
 * takes a young sale back is as young. The order of the joins is given, since the planner would begin with the account.
 */
export async function young(
  sql: Sql,
  userId: string,
  { creator, debt }: Accounts,
  days: number,
): Promise<{ sum: bigint; oldest: Date | null }> {
  const [row] = await sql.list<{ sum: string; oldest: Date | null }>(
    `SELECT CAST(COALESCE(SUM(own), 0) AS CHAR) AS sum, MIN(IF(own > 0, at, NULL)) AS oldest FROM (
       SELECT STRAIGHT_JOIN MIN(t.at) AS at, SUM(e.amount) AS own
       FROM channel c JOIN ledger_transfer t ON t.channelId = c.id AND t.at > UTC_TIMESTAMP(3) - INTERVAL ? DAY ${SALE}
       JOIN ledger_entry e ON e.transferId = t.id AND e.accountId IN (?)
       WHERE c.ownerId = ? AND COALESCE(o2.at, o.at, t.at) > UTC_TIMESTAMP(3) - INTERVAL ? DAY AND ${SALE_KIND} IN (?)
       GROUP BY COALESCE(o2.id, o.id, t.id)) sales`,
    [days, [creator, debt], userId, days, SALE_KINDS],
  );
  return { sum: BigInt(row?.sum ?? 0), oldest: row?.oldest ?? null };
}

/** Lines of a channel's sales: the tax, the platform, its creator, and what the creator owes for refunds. */
const SHARES = `ledger_entry e ON e.transferId = t.id
  JOIN ledger_account a ON a.id = e.accountId AND a.kind IN ('tax', 'platform', 'creator', 'debt')`;
const TAX = `CAST(SUM(IF(a.kind = 'tax', e.amount, 0)) AS CHAR) AS tax`;
const PLATFORM = `CAST(SUM(IF(a.kind = 'platform', e.amount, 0)) AS CHAR) AS platform`;
const OWN = `CAST(SUM(IF(a.kind IN ('tax', 'platform'), 0, e.amount)) AS CHAR) AS own`;

export type SourceSum = {
  readonly kind: string;
  readonly back: number;
  readonly currency: string;
  readonly count: number;
  readonly tax: string;
  readonly platform: string;
  readonly own: string;
};

/** A channel's sales in a time by kind, and apart from them what went back. */
export const sumsBySource = (sql: Sql, channelId: number, from: Date, to: Date) =>
  sql.list<SourceSum>(
    `SELECT STRAIGHT_JOIN ${SALE_KIND} AS kind, t.reverses IS NOT NULL AS back, a.currency,
       COUNT(DISTINCT t.id) AS count, ${TAX}, ${PLATFORM}, ${OWN}
     FROM ledger_transfer t ${SALE} JOIN ${SHARES}
     WHERE t.channelId = ? AND t.at >= ? AND t.at < ? AND ${SALE_KIND} IN (?) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    [channelId, from, to, SALE_KINDS],
  );

export type SaleRow = {
  readonly id: number;
  readonly transferId: string;
  readonly at: Date;
  readonly kind: string;
  readonly saleKind: string;
  readonly reverses: string | null;
  readonly currency: string;
  readonly tax: string;
  readonly platform: string;
  readonly own: string;
  readonly facts: string;
  readonly showId: string | null;
  readonly showTitle: string | null;
};

/** Kinds that take a sale back, or take that back. */
const REVERSALS = ['refund', 'dispute', 'dispute_won'];

/**
 * A channel's sales and what went back of them in a time, newest first, after the page that ended with `before`. The page
 * is found by the index first, and only its transfers are summed.
 */
export const sales = (
  sql: Sql,
  { channelId, from, to, before }: { channelId: number; from: Date; to: Date; before: string | null },
  limit: number,
) =>
  sql.list<SaleRow>(
    `SELECT t.id, t.publicId AS transferId, t.at, t.kind, ${SALE_KIND} AS saleKind,
       COALESCE(o.reverses, t.reverses) AS reverses, MIN(a.currency) AS currency, ${TAX}, ${PLATFORM}, ${OWN}, t.facts,
       s.publicId AS showId, s.title AS showTitle
     FROM (SELECT id FROM ledger_transfer WHERE channelId = ? AND at >= ? AND at < ? AND kind IN (?)
         ${before === null ? '' : 'AND (at, id) < (SELECT b.at, b.id FROM ledger_transfer b WHERE b.publicId = ?)'}
       ORDER BY at DESC, id DESC LIMIT ?) shown
     STRAIGHT_JOIN ledger_transfer t ON t.id = shown.id ${SALE} JOIN ${SHARES}
     LEFT JOIN live_show s ON s.id = t.showId GROUP BY t.id ORDER BY t.at DESC, t.id DESC`,
    [channelId, from, to, [...SALE_KINDS, ...REVERSALS], ...(before === null ? [] : [before]), limit],
  );

/** How much of each of these sales has gone back by now, of what was paid. */
export const refundedOf = (sql: Sql, transferIds: readonly string[]) =>
  transferIds.length === 0
    ? Promise.resolve([])
    : sql.list<{ sale: string; refunded: string }>(
        `SELECT x.sale, CAST(-SUM(e.amount) AS CHAR) AS refunded FROM (
           SELECT r.id, r.reverses AS sale FROM ledger_transfer r WHERE r.reverses IN (?)
           UNION ALL
           SELECT r2.id, r.reverses FROM ledger_transfer r JOIN ledger_transfer r2 ON r2.reverses = r.publicId
           WHERE r.reverses IN (?)) x
         JOIN ledger_transfer t ON t.id = x.id JOIN ${SHARES} GROUP BY x.sale`,
        [transferIds, transferIds],
      );

/** Names of buyers who have an account. */
export const namesOf = (sql: Sql, userIds: readonly string[]) =>
  userIds.length === 0
    ? Promise.resolve([])
    : sql.list<{ id: string; name: string }>('SELECT id, name FROM user WHERE id IN (?)', [userIds]);

export type AccountSums = { readonly accountId: number; readonly opening: string; readonly closing: string };

/** What two accounts held at an instant and at a later one. */
export const sumsAt = (sql: Sql, { creator, debt }: Accounts, from: Date, until: Date) =>
  sql.rows<AccountSums>(
    `SELECT e.accountId, CAST(SUM(IF(t.at < ?, e.amount, 0)) AS CHAR) AS opening, CAST(SUM(e.amount) AS CHAR) AS closing
     FROM ledger_entry e STRAIGHT_JOIN ledger_transfer t ON t.id = e.transferId
     WHERE e.accountId IN (?, ?) AND t.at < ? GROUP BY e.accountId`,
    [from, creator, debt, until],
  );

export type MonthSums = {
  readonly lines: number;
  readonly gross: string;
  readonly tax: string;
  readonly platform: string;
};

/**
 * How many lines a month has, and the sums of what they say was paid, is tax and is the platform's: of `back` below zero.
 * It is what the bookings' facts say, as the lines do.
 */
export async function monthSums(
  sql: Sql,
  { creator, debt }: Accounts,
  { from, until }: { from: Date; until: Date },
  { sales: plus, back }: { sales: readonly string[]; back: readonly string[] },
): Promise<MonthSums> {
  const sum = (fact: string) =>
    `CAST(COALESCE(SUM(CAST(JSON_VALUE(t.facts, '$.${fact}') AS SIGNED)
       * CASE WHEN t.kind IN (?) THEN 1 WHEN t.kind IN (?) THEN -1 ELSE 0 END), 0) AS CHAR) AS ${fact}`;
  const [row] = await sql.list<MonthSums>(
    `SELECT COUNT(*) AS \`lines\`, ${sum('gross')}, ${sum('tax')}, ${sum('platform')}
     FROM (SELECT STRAIGHT_JOIN DISTINCT e.transferId AS id FROM ledger_entry e
       JOIN ledger_transfer t ON t.id = e.transferId WHERE e.accountId IN (?, ?) AND t.at >= ? AND t.at < ?) moved
     STRAIGHT_JOIN ledger_transfer t ON t.id = moved.id`,
    [plus, back, plus, back, plus, back, creator, debt, from, until],
  );
  return row ?? { lines: 0, gross: '0', tax: '0', platform: '0' };
}

export type LineRow = {
  readonly transferId: string;
  readonly at: Date;
  readonly kind: string;
  readonly reverses: string | null;
  readonly facts: string;
  readonly slug: string | null;
  readonly amount: string;
  readonly debt: string;
};

/** Transfers of one account in a time, in the order of their booking; stops at the page's end. */
const pageOf = (after: string | null): string =>
  `(SELECT STRAIGHT_JOIN DISTINCT e.transferId AS id FROM ledger_entry e JOIN ledger_transfer t ON t.id = e.transferId
    WHERE e.accountId = ? AND t.at >= ? AND t.at < ?
      ${after === null ? '' : 'AND e.transferId > (SELECT b.id FROM ledger_transfer b WHERE b.publicId = ?)'}
    ORDER BY e.transferId LIMIT ?)`;

/**
 * What moved two accounts in a time, a transfer a line, in the order of their booking, after the page that ended with
 * `after`.
 */
export const lines = (
  sql: Sql,
  { creator, debt }: Accounts,
  { from, until, after }: { from: Date; until: Date; after: string | null },
  limit: number,
) => {
  const arm = (accountId: number) => [accountId, from, until, ...(after === null ? [] : [after]), limit];
  return sql.list<LineRow>(
    `SELECT t.publicId AS transferId, t.at, t.kind, t.reverses, t.facts, c.slug,
       CAST(SUM(IF(e.accountId = ?, e.amount, 0)) AS CHAR) AS amount,
       CAST(SUM(IF(e.accountId = ?, e.amount, 0)) AS CHAR) AS debt
     FROM (${pageOf(after)} UNION ${pageOf(after)} ORDER BY id LIMIT ?) shown
     STRAIGHT_JOIN ledger_transfer t ON t.id = shown.id STRAIGHT_JOIN ledger_entry e ON e.transferId = t.id
     LEFT JOIN channel c ON c.id = t.channelId GROUP BY t.id ORDER BY t.id`,
    [creator, debt, ...arm(creator), ...arm(debt), limit],
  );
};
