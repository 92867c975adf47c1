/** What people hold beside codes: tickets and memberships. */
import type { Sql } from '../platform/db.ts';

/** The newest ticket of an account for a show, and its best membership of the channel; null fields where there is none. */
export type Personal = {
  readonly now: Date;
  readonly ticketId: string | null;
  readonly ticketState: 'valid' | 'refunded' | null;
  readonly ticketTransferId: string | null;
  readonly subscriptionId: string | null;
  readonly memberUntil: Date | null;
  /** 1 while the membership opens shows. */
  readonly member: number;
};

export async function personal(sql: Sql, userId: string, channelId: number, showId: number | null): Promise<Personal> {
  const row = await sql.row<Personal>(
    `SELECT UTC_TIMESTAMP(3) AS now, t.publicId AS ticketId, t.state AS ticketState, t.transferId AS ticketTransferId,
       m.subscriptionId, m.until AS memberUntil,
       COALESCE(m.state <> 'ended' AND m.until > UTC_TIMESTAMP(3), FALSE) AS member
     FROM (SELECT 1 AS one) o
     LEFT JOIN ticket t ON t.id = (SELECT MAX(id) FROM ticket WHERE showId = ? AND userId = ?)
     LEFT JOIN membership m ON m.id = (SELECT id FROM membership WHERE userId = ? AND channelId = ?
       ORDER BY state <> 'ended' DESC, until DESC LIMIT 1)`,
    [showId, userId, userId, channelId],
  );
  if (!row) throw new Error('a row of constants is always there');
  return row;
}

/** The channels of which an account is a member, and the shows for which it has a ticket. */
export async function openTo(sql: Sql, userId: string): Promise<{ channels: number[]; shows: number[] }> {
  const [channels, shows] = await Promise.all([
    sql.rows<{ id: number }>(
      `SELECT DISTINCT channelId AS id FROM membership WHERE userId = ? AND state <> 'ended' AND until > UTC_TIMESTAMP(3)
       LIMIT 500`,
      [userId],
    ),
    sql.rows<{ id: number }>(
      `SELECT t.showId AS id FROM ticket t JOIN live_show s ON s.id = t.showId
       WHERE t.userId = ? AND t.state = 'valid' AND s.activeChannelId IS NOT NULL LIMIT 500`,
      [userId],
    ),
  ]);
  return { channels: channels.map(({ id }) => id), shows: shows.map(({ id }) => id) };
}
