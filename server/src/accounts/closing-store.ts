/** Channels of creators who leave: what is in the way, and taking out what they say. */
import type { Sql, Tx } from '../platform/db.ts';

export type OpenChannel = { readonly id: number; readonly publicId: string; readonly slug: string };

export const openChannels = (sql: Sql, ownerId: string) =>
  sql.rows<OpenChannel>('SELECT id, publicId, slug FROM channel WHERE ownerId = ? AND closedAt IS NULL ORDER BY id', [
    ownerId,
  ]);

/** Shows that run or are planned. */
export async function comingShows(sql: Sql, channelId: number): Promise<number> {
  const row = await sql.row<{ n: number }>(
    `SELECT COUNT(*) AS n FROM live_show WHERE channelId = ? AND (activeChannelId IS NOT NULL OR state = 'scheduled')`,
    [channelId],
  );
  return row?.n ?? 0;
}

const CLOSING = [
  "UPDATE stream_key SET revokedAt = COALESCE(revokedAt, UTC_TIMESTAMP(3)), label = '' WHERE channelId = ?",
  'UPDATE live_show SET title = NULL, location = NULL, ingestInput = NULL, thumbnail = NULL WHERE channelId = ?',
  'UPDATE access_code SET label = NULL WHERE channelId = ?',
  "UPDATE checkout SET returnTo = '/' WHERE channelId = ?",
];

/** Nothing is sold any more, nobody can send to it, and neither its name nor its words are left. */
export async function close(tx: Tx, { id, publicId }: OpenChannel): Promise<void> {
  await tx.run(
    `UPDATE channel SET closedAt = UTC_TIMESTAMP(3), slug = ?, name = 'Closed channel', bio = '', listed = FALSE,
       publicThumbnail = FALSE, codePriceMinor = NULL, membershipPriceMinor = NULL WHERE id = ?`,
    [`closed-${publicId.slice(-16).toLowerCase()}`, id],
  );
  for (const text of CLOSING) await tx.run(text, [id]);
}
