/** What happens to codes by the clock: their holders are reminded before the end, and the end is marked. */

import type { Language } from '../notifications/outbox.ts';
import { addNotice } from '../notifications/outbox.ts';
import type { Db, Sql, Tx } from '../platform/db.ts';
import { markExpired } from './store.ts';

/** How long before a code's end its holder is reminded. */
const REMIND_HOURS = 2;
/** Codes that are looked at together. */
const BATCH = 200;

type Due = { readonly id: number; readonly publicId: string; readonly email: string; readonly language: Language };

/**
 * Codes whose reminder is due: with an address, not reminded, neither over nor withdrawn. One that is valid for no
 * longer than the reminder's time ends soon after it was sent, so nobody is reminded of it.
 */
const due = (sql: Sql) =>
  sql.rows<Due>(
    `SELECT c.id, c.publicId, c.email, COALESCE(k.language, u.language, 'en') AS language
     FROM access_code c LEFT JOIN checkout k ON k.codeId = c.id LEFT JOIN user u ON u.email = c.email
     WHERE c.remindedAt IS NULL AND c.expiresAt > UTC_TIMESTAMP(3)
       AND c.expiresAt <= UTC_TIMESTAMP(3) + INTERVAL ${REMIND_HOURS} HOUR
       AND c.email IS NOT NULL AND c.revokedAt IS NULL
       AND c.expiresAt > COALESCE(c.startsAt, c.createdAt) + INTERVAL ${REMIND_HOURS} HOUR
     ORDER BY c.expiresAt LIMIT ${BATCH}`,
  );

/** Marks first, so that of several workers one tells. */
async function remind(tx: Tx, { id, publicId, email, language }: Due): Promise<number> {
  const { touched } = await tx.run(
    'UPDATE access_code SET remindedAt = UTC_TIMESTAMP(3) WHERE id = ? AND remindedAt IS NULL',
    [id],
  );
  if (touched === 0) return 0;
  const to = { userId: null, email, language };
  await addNotice(tx, { event: 'code.expiring', key: publicId, to, data: { codeId: publicId } });
  return 1;
}

/** Reminds and marks what is due; again changes nothing. Returns how many of each. */
export async function sweepCodes(db: Db): Promise<{ reminded: number; expired: number }> {
  let reminded = 0;
  for (;;) {
    const codes = await due(db);
    for (const code of codes) reminded += await db.transaction((tx) => remind(tx, code));
    if (codes.length < BATCH) break;
  }
  let expired = 0;
  for (;;) {
    const { touched } = await markExpired(db);
    expired += touched;
    if (touched === 0) break;
  }
  return { reminded, expired };
}

/** Milliseconds until the next reminder or end, by the database's clock; null where there is none. */
export async function untilNextCode(sql: Sql): Promise<number | null> {
  const row = await sql.row<{ ms: number | null }>(
    `SELECT TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), MIN(at)) / 1000 AS ms FROM (
       SELECT MIN(expiresAt) AS at FROM access_code WHERE expiredMarkedAt IS NULL AND expiresAt > UTC_TIMESTAMP(3)
       UNION ALL
       SELECT MIN(expiresAt) - INTERVAL ${REMIND_HOURS} HOUR FROM access_code
       WHERE remindedAt IS NULL AND email IS NOT NULL AND revokedAt IS NULL
         AND expiresAt > UTC_TIMESTAMP(3) + INTERVAL ${REMIND_HOURS} HOUR) s`,
  );
  return row?.ms ?? null;
}
