import type { Sql, Tx } from '../platform/db.ts';

export type NewTip = {
  readonly publicId: string;
  readonly transferId: string;
  readonly channelId: number;
  readonly showId: number | null;
  readonly fromUserId: string;
  readonly fromName: string;
  readonly amountTokens: bigint;
  readonly creatorTokens: bigint;
  readonly message: string | null;
  readonly at: Date;
};

export const insert = (tx: Tx, tip: NewTip) =>
  tx.run(
    `INSERT INTO tip (publicId, transferId, channelId, showId, fromUserId, fromName, amountTokens, creatorTokens, message, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      tip.publicId,
      tip.transferId,
      tip.channelId,
      tip.showId,
      tip.fromUserId,
      tip.fromName,
      tip.amountTokens,
      tip.creatorTokens,
      tip.message,
      tip.at,
    ],
  );

export type Tip = {
  readonly publicId: string;
  readonly transferId: string;
  readonly showId: string | null;
  /** Our own id of the show, and who may watch it, as text; null where it was for none. */
  readonly showRow: number | null;
  readonly audience: string | null;
  readonly fromName: string;
  readonly amountTokens: number;
  readonly creatorTokens: number;
  readonly message: string | null;
  readonly at: Date;
};
const SELECT = `SELECT t.publicId, t.transferId, s.publicId AS showId, s.id AS showRow, s.audience, t.fromName,
    t.amountTokens, t.creatorTokens, t.message, t.at FROM tip t LEFT JOIN live_show s ON s.id = t.showId`;

export const byTransfer = (sql: Sql, transferId: string) =>
  sql.row<Tip>(`${SELECT} WHERE t.transferId = ?`, [transferId]);

type Question = { readonly channelId: number; readonly showId: string | null };

/** A channel's tips, or a show's, newest first. */
export const page = (sql: Sql, { channelId, showId }: Question, before: string | null, limit: number) =>
  sql.list<Tip>(
    `${SELECT} WHERE t.channelId = ? ${showId === null ? '' : 'AND s.publicId = ?'}
       ${before === null ? '' : 'AND t.id < (SELECT id FROM tip WHERE publicId = ?)'} ORDER BY t.id DESC LIMIT ?`,
    [channelId, ...(showId === null ? [] : [showId]), ...(before === null ? [] : [before]), limit],
  );

export async function totals(
  sql: Sql,
  { channelId, showId }: Question,
): Promise<{ count: number; totalTokens: number; creatorTotalTokens: number }> {
  const [row] = await sql.list<{ count: number; total: string; creator: string }>(
    `SELECT COUNT(*) AS count, CAST(COALESCE(SUM(t.amountTokens), 0) AS CHAR) AS total,
       CAST(COALESCE(SUM(t.creatorTokens), 0) AS CHAR) AS creator
     FROM tip t LEFT JOIN live_show s ON s.id = t.showId
     WHERE t.channelId = ? ${showId === null ? '' : 'AND s.publicId = ?'}`,
    [channelId, ...(showId === null ? [] : [showId])],
  );
  return {
    count: row?.count ?? 0,
    totalTokens: Number(row?.total ?? 0),
    creatorTotalTokens: Number(row?.creator ?? 0),
  };
}

/** Tips of the last minutes from an instant on, oldest first; the newest of them where there are too many. */
export const recent = (sql: Sql, channelId: number, since: Date | null, minutes: number, limit: number) =>
  sql.list<Tip>(
    `SELECT * FROM (${SELECT} WHERE t.channelId = ?
       AND t.at >= GREATEST(COALESCE(?, '1970-01-01'), UTC_TIMESTAMP(3) - INTERVAL ? MINUTE)
     ORDER BY t.at DESC, t.id DESC LIMIT ?) newest ORDER BY at, publicId`,
    [channelId, since, minutes, limit],
  );
