/** What a mail tells of a code: the one place outside the page of the buyer where a code is opened. */
import type { Config } from '#config/index.ts';
import type { Sql } from '../platform/db.ts';
import { unseal } from './seal.ts';

type Row = {
  readonly publicId: string;
  readonly sealed: Buffer;
  readonly channelId: number;
  readonly maxDevices: number;
  readonly from: Date;
  readonly expiresAt: Date;
  readonly revoked: number;
  readonly now: Date;
};

/** A code in clear with its times, or null where there is none. Throws where the key is another. */
export async function codeFacts(sql: Sql, config: Config, publicId: string) {
  const row = await sql.row<Row>(
    `SELECT c.publicId, c.sealed, c.channelId, h.maxDevices, COALESCE(c.startsAt, c.createdAt) AS \`from\`, c.expiresAt,
       c.revokedAt IS NOT NULL AS revoked, UTC_TIMESTAMP(3) AS now
     FROM access_code c JOIN channel h ON h.id = c.channelId WHERE c.publicId = ?`,
    [publicId],
  );
  if (!row) return null;
  const { sealed, revoked, ...rest } = row;
  return { ...rest, code: unseal(config.secrets.codeSealKey, sealed, row.publicId), revoked: revoked === 1 };
}
