import type { Sql, Tx } from '../platform/db.ts';

export type StreamKey = {
  readonly id: number;
  readonly publicId: string;
  readonly channelId: number;
  readonly showId: number | null;
  readonly label: string;
  readonly keyHash: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
};

const COLUMNS = 'id, publicId, channelId, showId, label, keyHash, createdAt, lastUsedAt, revokedAt';

export const byHash = (sql: Sql, keyHash: string) =>
  sql.row<StreamKey>(`SELECT ${COLUMNS} FROM stream_key WHERE keyHash = ?`, [keyHash]);

export const byPublicId = (sql: Sql, publicId: string) =>
  sql.row<StreamKey>(`SELECT ${COLUMNS} FROM stream_key WHERE publicId = ?`, [publicId]);

export const ofChannel = (sql: Sql, channelId: number) =>
  sql.rows<StreamKey>(
    `SELECT ${COLUMNS} FROM stream_key WHERE channelId = ? AND revokedAt IS NULL ORDER BY id LIMIT 200`,
    [channelId],
  );

export async function countLasting(tx: Tx, channelId: number): Promise<number> {
  const row = await tx.row<{ n: number }>(
    'SELECT COUNT(*) AS n FROM stream_key WHERE channelId = ? AND showId IS NULL AND revokedAt IS NULL',
    [channelId],
  );
  return row?.n ?? 0;
}

export const insert = (
  tx: Tx,
  key: { publicId: string; channelId: number; showId: number | null; label: string; keyHash: string },
) =>
  tx.run(
    `INSERT INTO stream_key (publicId, channelId, showId, label, keyHash, createdAt)
     VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
    [key.publicId, key.channelId, key.showId, key.label, key.keyHash],
  );

export const revoke = (tx: Tx, id: number) =>
  tx.run('UPDATE stream_key SET revokedAt = UTC_TIMESTAMP(3) WHERE id = ? AND revokedAt IS NULL', [id]);

export const revokeOfShow = (tx: Tx, showId: number) =>
  tx.run('UPDATE stream_key SET revokedAt = UTC_TIMESTAMP(3) WHERE showId = ? AND revokedAt IS NULL', [showId]);

/** Revokes the keys of a show that is to be deleted, and keeps them without it: an encoder is told that its key is revoked. */
export const releaseOfShow = (tx: Tx, showId: number) =>
  tx.run('UPDATE stream_key SET revokedAt = COALESCE(revokedAt, UTC_TIMESTAMP(3)), showId = NULL WHERE showId = ?', [
    showId,
  ]);

export const used = (tx: Tx, id: number) =>
  tx.run('UPDATE stream_key SET lastUsedAt = UTC_TIMESTAMP(3) WHERE id = ?', [id]);
