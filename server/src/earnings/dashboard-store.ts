/** A channel's shows with what they earned: reads only. */
import type { ShowState } from '#contract/live-sessions.ts';
import type { Sql } from '../platform/db.ts';

export type ShowRow = {
  readonly id: number;
  readonly publicId: string;
  readonly state: ShowState;
  readonly title: string | null;
  readonly location: string | null;
  readonly estimatedMinutes: number | null;
  readonly audience: string;
  readonly startsAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly createdAt: Date;
  readonly viewers: number;
  readonly peakViewers: number;
  readonly viewerLimit: number;
  readonly ticketPrice: number | null;
  readonly ticketsSold: number;
};

/** `%` and `_` of a search mean themselves. */
const literally = (text: string): string => `%${text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;

/** A channel's newest shows, tests left out, in these states. */
export const shows = (
  sql: Sql,
  channelId: number,
  { states, search }: { states: readonly ShowState[]; search: string | null },
  limit: number,
) =>
  sql.list<ShowRow>(
    `SELECT id, publicId, state, title, location, estimatedMinutes, audience, startsAt, startedAt, endedAt, createdAt, viewers, peakViewers,
       viewerLimit, ticketPrice, ticketsSold
     FROM live_show WHERE channelId = ? AND test = FALSE AND state IN (?)
       ${search === null ? '' : "AND CONCAT_WS(' ', title, location) LIKE ?"} ORDER BY id DESC LIMIT ?`,
    [channelId, states, ...(search === null ? [] : [literally(search)]), limit],
  );

export const countsByState = (sql: Sql, channelId: number) =>
  sql.rows<{ state: ShowState; count: number }>(
    'SELECT state, COUNT(*) AS count FROM live_show WHERE channelId = ? AND test = FALSE GROUP BY state',
    [channelId],
  );

export type Revenue = {
  readonly showId: number;
  readonly currency: string;
  readonly gross: string;
  readonly own: string;
};

/** What a channel's shows earned, less what went back. */
export const revenueByShow = (sql: Sql, channelId: number) =>
  sql.rows<Revenue>(
    `SELECT STRAIGHT_JOIN t.showId, a.currency, CAST(SUM(e.amount) AS CHAR) AS gross,
       CAST(SUM(IF(a.kind = 'platform', 0, e.amount)) AS CHAR) AS own
     FROM ledger_transfer t JOIN ledger_entry e ON e.transferId = t.id
     JOIN ledger_account a ON a.id = e.accountId AND a.kind IN ('platform', 'creator', 'debt')
     WHERE t.channelId = ? AND t.showId IS NOT NULL GROUP BY t.showId, a.currency`,
    [channelId],
  );

/** What holders of these shows' tickets paid and have not got back. */
export const ticketTokens = (sql: Sql, ids: readonly number[]) =>
  ids.length === 0
    ? Promise.resolve([])
    : sql.list<{ showId: number; tokens: string }>(
        `SELECT showId, CAST(SUM(tokens) AS CHAR) AS tokens FROM (
           SELECT showId, priceTokens AS tokens FROM ticket WHERE showId IN (?) AND state = 'valid'
           UNION ALL
           SELECT k.showId, e.amount FROM ticket k JOIN ledger_transfer r ON r.reverses = k.transferId
           JOIN ledger_entry e ON e.transferId = r.id
           JOIN ledger_account a ON a.id = e.accountId AND a.kind IN ('platform', 'creator', 'debt')
           WHERE k.showId IN (?) AND k.state = 'valid') held GROUP BY showId`,
        [ids, ids],
      );
