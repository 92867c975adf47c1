/** What media reports beside states: its place in the order of reports, viewers' sessions, refusals. */
import type { Refusal, ViewerSession } from '#contract/media-port.ts';
import type { Sql, Tx } from '../platform/db.ts';

/** Latest instant of a DATETIME, Unix milliseconds. */
const LATEST_MS = Date.UTC(9999, 0, 1);
const instant = (unixMs: number): Date => new Date(Math.min(Math.max(unixMs, 0), LATEST_MS));

/** How long after its last report media counts as there, seconds. */
const FRESH_SECONDS = 10;

/** Locks the one row that orders reports. */
export async function lockReport(tx: Tx): Promise<{ bootId: string; sequence: number }> {
  const row = await tx.row<{ bootId: string; sequence: number }>(
    'SELECT bootId, sequence FROM media_report WHERE id = 1 FOR UPDATE',
  );
  if (!row) throw new Error('media_report has lost its row');
  return row;
}

export const saveReport = (tx: Tx, bootId: string, sequence: number) =>
  tx.run('UPDATE media_report SET bootId = ?, sequence = ?, at = UTC_TIMESTAMP(3) WHERE id = 1', [bootId, sequence]);

/** True where media has reported lately. */
export async function mediaIsThere(sql: Sql): Promise<boolean> {
  const row = await sql.row<{ there: number }>(
    `SELECT at > UTC_TIMESTAMP(3) - INTERVAL ${FRESH_SECONDS} SECOND AS there FROM media_report WHERE id = 1`,
  );
  return row?.there === 1;
}

/** Writes viewers' sessions; those of a show that we do not know are left out. Twice changes nothing. */
export async function upsertSessions(tx: Tx, sessions: readonly ViewerSession[]): Promise<void> {
  if (sessions.length === 0) return;
  const publicIds = [...new Set(sessions.map(({ showId }) => showId))];
  const shows = await tx.list<{ id: number; publicId: string }>(
    'SELECT id, publicId FROM live_show WHERE publicId IN (?)',
    [publicIds],
  );
  const ids = new Map(shows.map(({ id, publicId }) => [publicId, id]));
  const rows = sessions.flatMap((s) => {
    const showId = ids.get(s.showId);
    if (showId === undefined) return [];
    return [
      [s.sessionId, showId, s.viewer, s.device, instant(s.joinedMs), s.leftMs === null ? null : instant(s.leftMs)],
    ];
  });
  if (rows.length === 0) return;
  await tx.bulk(
    `INSERT INTO viewer_session (sessionId, showId, viewer, device, joinedAt, leftAt) VALUES ?
     ON DUPLICATE KEY UPDATE leftAt = VALUES(leftAt)`,
    [rows],
  );
}

async function channelOf(tx: Tx, refusal: Refusal): Promise<number | null> {
  if (refusal.channelId !== null) {
    const row = await tx.row<{ id: number }>('SELECT id FROM channel WHERE publicId = ?', [refusal.channelId]);
    return row?.id ?? null;
  }
  // A full prefix alone: a shorter one could name somebody else's key.
  if (refusal.keyHashPrefix?.length !== 8 || !/^[0-9a-f]{8}$/.test(refusal.keyHashPrefix)) return null;
  const row = await tx.row<{ channelId: number }>('SELECT channelId FROM stream_key WHERE keyHash LIKE ? LIMIT 1', [
    `${refusal.keyHashPrefix}%`,
  ]);
  return row?.channelId ?? null;
}

/** Keeps refused publishers for the creator's page. Twice changes nothing. */
export async function insertRefusals(tx: Tx, refusals: readonly Refusal[]): Promise<void> {
  for (const refusal of refusals) {
    await tx.run(
      `INSERT IGNORE INTO ingest_refusal (refusalId, channelId, keyHashPrefix, reason, address, at)
       VALUES (?, ?, ?, ?, ?, ?)`,
      [
        refusal.refusalId,
        await channelOf(tx, refusal),
        refusal.keyHashPrefix,
        refusal.reason,
        refusal.address,
        instant(refusal.atMs),
      ],
    );
  }
}

/** Closes what media never said the end of: sessions of shows that are over. */
export const closeSessions = (sql: Sql) =>
  sql.run(
    `UPDATE viewer_session v JOIN live_show s ON s.id = v.showId
     SET v.leftAt = GREATEST(v.joinedAt, COALESCE(s.endedAt, UTC_TIMESTAMP(3)))
     WHERE v.leftAt IS NULL AND s.state IN ('ended', 'cancelled') AND s.endedAt < UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE`,
  );

export const pruneRefusals = (sql: Sql, days: number) =>
  sql.run('DELETE FROM ingest_refusal WHERE at < UTC_TIMESTAMP(3) - INTERVAL ? DAY LIMIT 5000', [days]);
