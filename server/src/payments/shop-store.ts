/** What a shop asks before it sells: seats, the next show, codes that an address has. */
import { SEAT_HOLD_MINUTES } from '../access/rules.ts';
import type { Language } from '../notifications/outbox.ts';
import type { Sql, Tx } from '../platform/db.ts';

/**
 * Seats that are taken at an instant: codes whose hours cover it, and codes that are being paid for, as long as their
 * seats are held; the purchase `except` is not counted.
 */
export async function seatsTaken(sql: Sql, channelId: number, at: Date, except = 0): Promise<number> {
  const row = await sql.row<{ seats: number }>(
    `SELECT (SELECT COUNT(*) FROM access_code WHERE channelId = ? AND revokedAt IS NULL AND expiresAt > ?
        AND (startsAt IS NULL OR startsAt <= ?)) +
      (SELECT COUNT(*) FROM checkout WHERE mode IN ('standin', 'test', 'live') AND state = 'open' AND kind = 'code'
        AND channelId = ? AND id <> ? AND createdAt > UTC_TIMESTAMP(3) - INTERVAL ${SEAT_HOLD_MINUTES} MINUTE) AS seats`,
    [channelId, at, at, channelId, except],
  );
  return Number(row?.seats ?? 0);
}

/** Valid codes that were bought or issued with this address, newest first. */
export const validCodes = (sql: Sql, email: string, channelId: number | null, limit: number) =>
  sql.rows<{ codeId: string; channelId: number; language: Language | null }>(
    `SELECT a.publicId AS codeId, a.channelId, c.language FROM access_code a LEFT JOIN checkout c ON c.codeId = a.publicId
     WHERE a.email = ? AND a.revokedAt IS NULL AND a.expiresAt > UTC_TIMESTAMP(3) AND (? IS NULL OR a.channelId = ?)
     ORDER BY a.id DESC LIMIT ?`,
    [email, channelId, channelId, String(limit)],
  );

/** The next planned show of a channel that buyers can prepare for. */
export const plannedShow = (sql: Sql, channelId: number) =>
  sql.row<{ startsAt: Date; minutes: number | null; now: Date }>(
    `SELECT startsAt, estimatedMinutes AS minutes, UTC_TIMESTAMP(3) AS now FROM live_show
     WHERE channelId = ? AND state = 'scheduled' AND test = FALSE AND startsAt > UTC_TIMESTAMP(3)
     ORDER BY startsAt LIMIT 1`,
    [channelId],
  );
// A seat that a ticket was sold for is no code's any more.
const RUNNING_SEATS =
  'SELECT viewerLimit - ticketsSold AS seats FROM live_show WHERE activeChannelId = ? AND test = FALSE';

export const runningSeats = (sql: Sql, channelId: number) => sql.row<{ seats: number }>(RUNNING_SEATS, [channelId]);

/** The same, and nobody sells a ticket for one of them meanwhile. */
export const lockRunningSeats = (tx: Tx, channelId: number) =>
  tx.row<{ seats: number }>(`${RUNNING_SEATS} FOR UPDATE`, [channelId]);
