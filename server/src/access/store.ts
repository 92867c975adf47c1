import type { Sql, Tx } from '../platform/db.ts';

/** A code with all that a validation needs, read in one statement. */
export type FoundCode = {
  readonly id: number;
  readonly publicId: string;
  readonly channel: string;
  readonly maxDevices: number;
  readonly expiresAt: Date;
  readonly expired: number;
  readonly revoked: number;
  /** 1 where its hours have not begun. */
  readonly early: number;
  readonly now: Date;
  /** The channel's running show, where codes open it; a test stream is none. */
  readonly showId: string | null;
  /** 1 where this device is let in already, 0 where not or not any more. */
  readonly admitted: number;
};

const FIND = `SELECT c.id, c.publicId, h.slug AS channel, h.maxDevices, c.expiresAt,
    c.expiresAt <= UTC_TIMESTAMP(3) AS expired, c.revokedAt IS NOT NULL AS revoked,
    c.startsAt > UTC_TIMESTAMP(3) AS early, UTC_TIMESTAMP(3) AS now,
    s.publicId AS showId, d.id IS NOT NULL AND d.displacedAt IS NULL AS admitted
  FROM access_code c JOIN channel h ON h.id = c.channelId
  LEFT JOIN live_show s ON s.activeChannelId = c.channelId AND s.test = FALSE
    AND (FIND_IN_SET('code', s.audience) OR FIND_IN_SET('everybody', s.audience))
  LEFT JOIN code_device d ON d.codeId = c.id AND d.deviceHash = ?
  WHERE c.lookup = ?`;

export const find = (sql: Sql, lookup: Buffer, deviceHash: Buffer) => sql.row<FoundCode>(FIND, [deviceHash, lookup]);

export type Usage = readonly [codeId: number, deviceHash: Buffer, address: string, at: Date];
export const insertUsages = (sql: Sql, usages: readonly Usage[]) =>
  sql.bulk('INSERT INTO code_usage (codeId, deviceHash, address, at) VALUES ?', [usages]);

/** Codes used after a line of the log, `limit` at a time in order of their ids. */
export async function usedSince(sql: Sql, line: number, afterCode: number, limit: number): Promise<number[]> {
  const rows = await sql.rows<{ codeId: number }>(
    'SELECT codeId FROM code_usage WHERE id > ? AND codeId > ? GROUP BY codeId ORDER BY codeId LIMIT ?',
    [line, afterCode, String(limit)],
  );
  return rows.map(({ codeId }) => codeId);
}

export async function lastUsageId(sql: Sql): Promise<number> {
  return (await sql.row<{ id: number | null }>('SELECT MAX(id) AS id FROM code_usage'))?.id ?? 0;
}

/**
 * Brings the figures on codes in line with the log: what was counted for good, and the lines after it. Lines up to
 * `calmId`, none of which can still appear, are counted for good now. Doing it twice changes nothing.
 */
export const sumUsages = (sql: Sql, codeIds: readonly number[], calmId: number) =>
  sql.bulk(
    `UPDATE access_code c JOIN (
       SELECT a.id, a.settledUsageId AS since, a.settledUses + COUNT(*) AS uses, MAX(u.id) AS lastId,
         a.settledUses + SUM(u.id <= ?) AS settledUses, GREATEST(a.settledUsageId, MAX(IF(u.id <= ?, u.id, 0))) AS settledId
       FROM access_code a JOIN code_usage u ON u.codeId = a.id AND u.id > a.settledUsageId
       WHERE a.id IN (?) GROUP BY a.id
     ) s ON s.id = c.id AND s.since = c.settledUsageId JOIN code_usage u ON u.id = s.lastId
     SET c.usageCount = s.uses, c.lastUsedAt = u.at, c.lastAddress = u.address,
       c.settledUses = s.settledUses, c.settledUsageId = s.settledId`,
    [calmId, calmId, codeIds],
  );

export const lockCode = (tx: Tx, codeId: number) =>
  tx.row<{ id: number }>('SELECT id FROM access_code WHERE id = ? FOR UPDATE', [codeId]);

export const otherDevices = (tx: Tx, codeId: number, deviceHash: Buffer) =>
  tx.rows<{ id: number }>(
    `SELECT d.id FROM code_device d WHERE d.codeId = ? AND d.deviceHash <> ? AND d.displacedAt IS NULL
     ORDER BY GREATEST(d.lastUsedAt, COALESCE((SELECT MAX(u.at) FROM code_usage u
       WHERE u.codeId = d.codeId AND u.deviceHash = d.deviceHash), d.lastUsedAt)), d.id`,
    [codeId, deviceHash],
  );

export const displaceDevice = (tx: Tx, id: number) =>
  tx.run('UPDATE code_device SET displacedAt = UTC_TIMESTAMP(3) WHERE id = ?', [id]);

export const admitDevice = (tx: Tx, codeId: number, deviceHash: Buffer) =>
  tx.run(
    `INSERT INTO code_device (codeId, deviceHash, firstUsedAt, lastUsedAt)
     VALUES (?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE displacedAt = NULL, lastUsedAt = UTC_TIMESTAMP(3)`,
    [codeId, deviceHash],
  );

export async function databaseNow(sql: Sql): Promise<Date> {
  const row = await sql.row<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now');
  if (!row) throw new Error('the database has no clock');
  return row.now;
}

export type NewCode = {
  readonly publicId: string;
  readonly channelId: number;
  readonly lookup: Buffer;
  readonly sealed: Buffer;
  readonly label: string | null;
  readonly email: string | null;
  readonly issuedBy: string;
  readonly createdAt: Date;
  readonly startsAt: Date | null;
  readonly expiresAt: Date;
};

export const insertCodes = (tx: Tx, codes: readonly NewCode[]) =>
  tx.bulk(
    `INSERT INTO access_code
       (publicId, channelId, lookup, sealed, label, email, issuedBy, createdAt, startsAt, expiresAt) VALUES ?`,
    [
      codes.map((c) => [
        c.publicId,
        c.channelId,
        c.lookup,
        c.sealed,
        c.label,
        c.email,
        c.issuedBy,
        c.createdAt,
        c.startsAt,
        c.expiresAt,
      ]),
    ],
  );

export type ListedCode = {
  readonly id: number;
  readonly publicId: string;
  readonly channelId: number;
  readonly sealed: Buffer;
  readonly label: string | null;
  readonly email: string | null;
  readonly createdAt: Date;
  /** Null: valid from its creation. */
  readonly startsAt: Date | null;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly usageCount: number;
  readonly expired: number;
};
const LISTED = `id, publicId, channelId, sealed, label, email, createdAt, startsAt, expiresAt, revokedAt, lastUsedAt, usageCount,
  expiresAt <= UTC_TIMESTAMP(3) AS expired`;

export const newest = (sql: Sql, channelId: number) =>
  sql.rows<ListedCode>(`SELECT ${LISTED} FROM access_code WHERE channelId = ? ORDER BY id DESC LIMIT 200`, [channelId]);

export const byPublicId = (sql: Sql, publicId: string) =>
  sql.row<ListedCode>(`SELECT ${LISTED} FROM access_code WHERE publicId = ?`, [publicId]);

export const byLookup = (sql: Sql, lookup: Buffer) =>
  sql.row<ListedCode>(`SELECT ${LISTED} FROM access_code WHERE lookup = ?`, [lookup]);

export const revoke = (tx: Tx, id: number) =>
  tx.run('UPDATE access_code SET revokedAt = UTC_TIMESTAMP(3) WHERE id = ? AND revokedAt IS NULL', [id]);

/** Takes a withdrawal back. */
export const restore = (tx: Tx, publicId: string) =>
  tx.run('UPDATE access_code SET revokedAt = NULL WHERE publicId = ? AND revokedAt IS NOT NULL', [publicId]);

export type DeviceRight = {
  readonly codeId: string;
  readonly expiresAt: Date;
  readonly maxDevices: number;
  readonly now: Date;
  readonly state: 'valid' | 'expired' | 'revoked' | 'taken_over';
};

/** The best code that a device has held on a channel: a valid one first, else the latest. */
export const deviceRight = (sql: Sql, deviceHash: Buffer, channelId: number) =>
  sql.row<DeviceRight>(
    `SELECT c.publicId AS codeId, c.expiresAt, h.maxDevices, UTC_TIMESTAMP(3) AS now,
       CASE WHEN c.revokedAt IS NOT NULL THEN 'revoked' WHEN c.expiresAt <= UTC_TIMESTAMP(3) THEN 'expired'
            WHEN d.displacedAt IS NOT NULL THEN 'taken_over' ELSE 'valid' END AS state
     FROM code_device d JOIN access_code c ON c.id = d.codeId JOIN channel h ON h.id = c.channelId
     WHERE d.deviceHash = ? AND c.channelId = ?
     ORDER BY state = 'valid' DESC, c.expiresAt DESC LIMIT 1`,
    [deviceHash, channelId],
  );

/** The channels on which a device holds a valid code. */
export async function openChannels(sql: Sql, deviceHash: Buffer): Promise<number[]> {
  const rows = await sql.rows<{ channelId: number }>(
    `SELECT DISTINCT c.channelId FROM code_device d JOIN access_code c ON c.id = d.codeId
     WHERE d.deviceHash = ? AND d.displacedAt IS NULL AND c.revokedAt IS NULL AND c.expiresAt > UTC_TIMESTAMP(3) LIMIT 200`,
    [deviceHash],
  );
  return rows.map(({ channelId }) => channelId);
}

/** The longest that a grant by a ticket, by a membership or for a free show holds, hours; each visit gives a new one. */
export const LONGEST_GRANT_HOURS = 24;

/** What is taken back is told of for an hour longer: a grant may be given while the end is being written. */
const TOLD_HOURS = LONGEST_GRANT_HOURS + 1;

/**
 * Rights that are over as a whole and whose grants could still be unexpired, on channels that run a show. A membership
 * is over too where what is paid for has come to its end sooner than it was going to when the grant was given.
 */
export async function endedRights(sql: Sql): Promise<string[]> {
  const rows = await sql.rows<{ viewer: string }>(
    `SELECT c.publicId AS viewer FROM live_show s JOIN access_code c ON c.channelId = s.activeChannelId
     WHERE s.activeChannelId IS NOT NULL AND c.expiresAt > UTC_TIMESTAMP(3) AND c.revokedAt IS NOT NULL
     UNION ALL
     SELECT t.publicId FROM live_show s JOIN ticket t ON t.showId = s.id AND t.state = 'refunded'
     WHERE s.activeChannelId IS NOT NULL AND t.refundedAt > UTC_TIMESTAMP(3) - INTERVAL ${TOLD_HOURS} HOUR
     UNION ALL
     SELECT m.subscriptionId FROM live_show s JOIN membership m ON m.channelId = s.activeChannelId
     WHERE s.activeChannelId IS NOT NULL AND (m.endedAt > UTC_TIMESTAMP(3) - INTERVAL ${TOLD_HOURS} HOUR
       OR (m.state <> 'ended' AND m.until <= UTC_TIMESTAMP(3)
         AND m.until > UTC_TIMESTAMP(3) - INTERVAL ${TOLD_HOURS} HOUR))
     LIMIT 20000`,
  );
  return rows.map(({ viewer }) => viewer);
}

/** Devices that made room for others, the newest first. Media itself lets no more players of a code run at once. */
export const displacedDevices = (sql: Sql) =>
  sql.rows<{ readonly viewer: string; readonly device: string; readonly at: Date }>(
    `SELECT c.publicId AS viewer, LOWER(HEX(d.deviceHash)) AS device, d.displacedAt AS at
     FROM live_show s JOIN access_code c ON c.channelId = s.activeChannelId JOIN code_device d ON d.codeId = c.id
     WHERE s.activeChannelId IS NOT NULL AND c.expiresAt > UTC_TIMESTAMP(3) AND d.displacedAt IS NOT NULL
     ORDER BY d.displacedAt DESC LIMIT 5000`,
  );

export const markExpired = (sql: Sql) =>
  sql.run(
    `UPDATE access_code SET expiredMarkedAt = UTC_TIMESTAMP(3)
     WHERE expiredMarkedAt IS NULL AND expiresAt <= UTC_TIMESTAMP(3) LIMIT 5000`,
  );
