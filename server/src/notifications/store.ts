import type { Language, MailState, NoticeEvent } from '#contract/notices.ts';
import type { Sql, Tx, Value } from '../platform/db.ts';

export type StoredNotice = {
  readonly id: number;
  readonly publicId: string;
  readonly event: NoticeEvent;
  readonly userId: string | null;
  readonly email: string | null;
  readonly language: Language;
  readonly data: string;
  readonly createdAt: Date;
  readonly readAt: Date | null;
};
const NOTICE = 'n.id, n.publicId, n.event, n.userId, n.email, n.language, n.data, n.createdAt, n.readAt';

const OWN_TURN = "id = ? AND attempts = ? AND state = 'pending'";

export type Claimed = StoredNotice & { readonly deliveryId: number; readonly attempts: number };
export type Channel = 'app' | 'mail';

/**
 * Takes what is due, so that no other worker does for `leaseSeconds`: who takes it and dies has it taken over then.
 * The number of attempts says whose turn it is. Nothing is locked while it is looked for: rows that one worker holds
 * for a moment would be passed over by all others. `more`: there may be more to take.
 */
export async function claim(
  sql: Sql,
  channel: Channel,
  most: number,
  leaseSeconds: number,
): Promise<{ turns: Claimed[]; more: boolean }> {
  const due = await sql.rows<Claimed>(
    `SELECT ${NOTICE}, d.id AS deliveryId, d.attempts FROM notice_delivery d JOIN notice n ON n.id = d.noticeId
     WHERE d.channel = ? AND d.state = 'pending' AND d.nextAt <= UTC_TIMESTAMP(3) ORDER BY d.nextAt, d.id LIMIT ?`,
    [channel, String(most)],
  );
  const taken = await Promise.all(
    due.map(async (one) => {
      const { touched } = await sql.run(
        `UPDATE notice_delivery SET attempts = attempts + 1, nextAt = UTC_TIMESTAMP(3) + INTERVAL ? SECOND
         WHERE ${OWN_TURN}`,
        [leaseSeconds, one.deliveryId, one.attempts],
      );
      return touched === 1 ? [{ ...one, attempts: one.attempts + 1 }] : [];
    }),
  );
  return { turns: taken.flat(), more: due.length === most };
}

type Turn = Pick<Claimed, 'deliveryId' | 'attempts'>;

/** Says how a delivery came out. Nothing is changed where another worker has taken it over. */
export const finish = (sql: Sql, { deliveryId, attempts }: Turn, state: MailState, error: string | null = null) =>
  sql.run(
    `UPDATE notice_delivery SET state = ?, sentAt = IF(? = 'sent', UTC_TIMESTAMP(3), sentAt), lastError = ? WHERE ${OWN_TURN}`,
    [state, state, error, deliveryId, attempts],
  );

export const postpone = (sql: Sql, { deliveryId, attempts }: Turn, pauseMs: number, error: string) =>
  sql.run(
    `UPDATE notice_delivery SET nextAt = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND, lastError = ? WHERE ${OWN_TURN}`,
    [pauseMs * 1000, error, deliveryId, attempts],
  );

/** Mails that failed before go again at once: the server that refused them works again. */
export const hurry = (sql: Sql) =>
  sql.run(
    `UPDATE notice_delivery SET nextAt = UTC_TIMESTAMP(3)
     WHERE channel = 'mail' AND state = 'pending' AND lastError IS NOT NULL AND nextAt > UTC_TIMESTAMP(3)`,
  );

/** The next instant at which something comes due, and the database's clock. */
export const nextDue = (sql: Sql) =>
  sql.row<{ at: Date | null; now: Date }>(
    `SELECT MIN(nextAt) AS at, UTC_TIMESTAMP(3) AS now FROM notice_delivery
     WHERE channel IN ('app', 'mail') AND state = 'pending' AND nextAt > UTC_TIMESTAMP(3)`,
  );

/** What its person wants to see: no notice whose delivery in the app was skipped. */
const SHOWN = `NOT EXISTS (SELECT 1 FROM notice_delivery d WHERE d.noticeId = n.id AND d.channel = 'app' AND d.state = 'skipped')`;

/** A person's notices whose time has come, newest first. */
export const ofUser = (sql: Sql, userId: string, before: string | null, limit: number) =>
  sql.rows<StoredNotice>(
    `SELECT ${NOTICE} FROM notice n WHERE n.userId = ? AND n.notBefore <= UTC_TIMESTAMP(3) AND ${SHOWN}
       AND n.id < COALESCE((SELECT b.id FROM notice b WHERE b.publicId = ?), 9223372036854775807)
     ORDER BY n.id DESC LIMIT ?`,
    [userId, before, String(limit)],
  );

export async function unread(sql: Sql, userId: string): Promise<number> {
  const row = await sql.row<{ n: number }>(
    `SELECT COUNT(*) AS n FROM notice n WHERE n.userId = ? AND n.readAt IS NULL AND n.notBefore <= UTC_TIMESTAMP(3)
       AND ${SHOWN}`,
    [userId],
  );
  return row?.n ?? 0;
}

/** Marks as read: those named, or all up to now where none are. */
export const markRead = (sql: Sql, userId: string, ids: readonly string[] | null) =>
  ids === null
    ? sql.run(
        'UPDATE notice SET readAt = UTC_TIMESTAMP(3) WHERE userId = ? AND readAt IS NULL AND notBefore <= UTC_TIMESTAMP(3)',
        [userId],
      )
    : sql.bulk('UPDATE notice SET readAt = UTC_TIMESTAMP(3) WHERE userId = ? AND readAt IS NULL AND publicId IN (?)', [
        userId,
        ids,
      ]);

export type StoredMail = StoredNotice & {
  readonly state: MailState;
  readonly attempts: number;
  readonly nextAt: Date;
  readonly sentAt: Date | null;
  readonly lastError: string | null;
};
const MAIL = `${NOTICE}, d.state, d.attempts, d.nextAt, d.sentAt, d.lastError`;
const MAILS = "FROM notice n JOIN notice_delivery d ON d.noticeId = n.id AND d.channel = 'mail'";

export type Filter = {
  readonly state?: MailState | undefined;
  readonly event?: NoticeEvent | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
};

/** Mails, newest first. */
export function mails(sql: Sql, filter: Filter): Promise<StoredMail[]> {
  const where: string[] = ['TRUE'];
  const values: Value[] = [];
  const narrow = (text: string, value: Value | undefined) => {
    if (value === undefined) return;
    where.push(text);
    values.push(value);
  };
  narrow('d.state = ?', filter.state);
  narrow('n.event = ?', filter.event);
  narrow('n.id < (SELECT b.id FROM notice b WHERE b.publicId = ?)', filter.before);
  return sql.rows<StoredMail>(`SELECT ${MAIL} ${MAILS} WHERE ${where.join(' AND ')} ORDER BY n.id DESC LIMIT ?`, [
    ...values,
    String(filter.limit),
  ]);
}

export const mail = (sql: Sql, publicId: string) =>
  sql.row<StoredMail>(`SELECT ${MAIL} ${MAILS} WHERE n.publicId = ?`, [publicId]);

export const mailCounts = (sql: Sql) =>
  sql.rows<{ state: MailState; n: number }>(
    "SELECT state, COUNT(*) AS n FROM notice_delivery WHERE channel = 'mail' GROUP BY state",
  );

/** Lets a mail be tried from the beginning, whatever became of it. */
export const restart = (sql: Sql, noticeId: number) =>
  sql.run(
    `UPDATE notice_delivery SET state = 'pending', attempts = 0, nextAt = UTC_TIMESTAMP(3)
     WHERE noticeId = ? AND channel = 'mail'`,
    [noticeId],
  );

/** Takes out notices that are older, with their deliveries; at most `most`. */
export async function prune(tx: Tx, days: number, most: number): Promise<number> {
  const old = await tx.rows<{ id: number }>(
    'SELECT id FROM notice WHERE createdAt < UTC_TIMESTAMP(3) - INTERVAL ? DAY ORDER BY id LIMIT ?',
    [days, String(most)],
  );
  if (old.length === 0) return 0;
  const ids = old.map(({ id }) => id);
  await tx.bulk('DELETE FROM notice_delivery WHERE noticeId IN (?)', [ids]);
  return tx.bulk('DELETE FROM notice WHERE id IN (?)', [ids]);
}
