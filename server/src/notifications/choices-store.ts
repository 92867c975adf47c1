/** What people want to be told of: their choices by account, and addresses that took a kind of mail off. */
import type { Language, NoticeGroup } from '#contract/notices.ts';
import type { Sql, Tx } from '../platform/db.ts';

/** The account that an address belongs to for certain. */
const CONFIRMED = 'SELECT id FROM user WHERE email = ? AND emailVerified = TRUE AND erasedAt IS NULL';

export type MailSaid = { readonly suppressed: number; readonly said: number | null };

/** What was said of mails of a group to an address, by its link and by its account. */
export async function mailSaid(
  sql: Sql,
  to: { readonly userId: string | null; readonly email: string; readonly hash: Buffer },
  group: NoticeGroup,
): Promise<MailSaid> {
  const row = await sql.row<MailSaid>(
    `SELECT EXISTS (SELECT 1 FROM notice_suppression WHERE addressHash = ? AND noticeGroup = ?) AS suppressed,
       (SELECT mail FROM notice_preference WHERE userId = COALESCE(?, (${CONFIRMED})) AND noticeGroup = ?) AS said`,
    [to.hash, group, to.userId, to.email, group],
  );
  return row ?? { suppressed: 0, said: null };
}

export type Said = { readonly noticeGroup: NoticeGroup; readonly mail: number | null; readonly app: number | null };

export const said = (sql: Sql, userId: string) =>
  sql.rows<Said>('SELECT noticeGroup, mail, app FROM notice_preference WHERE userId = ?', [userId]);

export const saidOf = (sql: Sql, userId: string, group: NoticeGroup) =>
  sql.row<Said>('SELECT noticeGroup, mail, app FROM notice_preference WHERE userId = ? AND noticeGroup = ?', [
    userId,
    group,
  ]);

/** Sets what is given and leaves the other. */
export const say = (tx: Tx, userId: string, group: NoticeGroup, mail: boolean | null, app: boolean | null) =>
  tx.run(
    `INSERT INTO notice_preference (userId, noticeGroup, mail, app) VALUES (?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE mail = COALESCE(VALUES(mail), mail), app = COALESCE(VALUES(app), app),
       updatedAt = UTC_TIMESTAMP(3)`,
    [userId, group, mail, app],
  );

export type Reader = {
  readonly email: string;
  readonly confirmed: number;
  readonly language: Language;
  readonly channels: number;
};

/** Whose choices they are; null where the account is gone. */
export const reader = (sql: Sql, userId: string) =>
  sql.row<Reader>(
    `SELECT email, emailVerified AS confirmed, language, (SELECT COUNT(*) FROM channel WHERE ownerId = user.id) AS channels
     FROM user WHERE id = ? AND erasedAt IS NULL`,
    [userId],
  );

export const confirmedAccount = (sql: Sql, email: string) => sql.row<{ id: string }>(CONFIRMED, [email]);

export const suppressed = (sql: Sql, hash: Buffer) =>
  sql.rows<{ noticeGroup: NoticeGroup }>('SELECT noticeGroup FROM notice_suppression WHERE addressHash = ?', [hash]);

export const suppress = (tx: Tx, hash: Buffer, group: NoticeGroup) =>
  tx.run('INSERT IGNORE INTO notice_suppression (addressHash, noticeGroup) VALUES (?, ?)', [hash, group]);

export const lift = (tx: Tx, hash: Buffer, group: NoticeGroup) =>
  tx.run('DELETE FROM notice_suppression WHERE addressHash = ? AND noticeGroup = ?', [hash, group]);

/** Adds the mail of a notice that was for the page alone. Twice is once. */
export async function addMail(tx: Tx, noticeId: number, to: Pick<Reader, 'email' | 'language'>): Promise<void> {
  await tx.run('UPDATE notice SET email = ?, language = ? WHERE id = ? AND email IS NULL', [
    to.email,
    to.language,
    noticeId,
  ]);
  await tx.run(
    `INSERT IGNORE INTO notice_delivery (noticeId, channel, state, nextAt) VALUES (?, 'mail', 'pending', UTC_TIMESTAMP(3))`,
    [noticeId],
  );
}
