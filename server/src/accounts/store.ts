import type { Language } from '#contract/notices.ts';
import type { Sql, Tx } from '../platform/db.ts';

export async function insertAccount(
  tx: Tx,
  account: { userId: string; accountRowId: string; email: string; name: string; passwordHash: string },
): Promise<void> {
  const { userId, accountRowId, email, name, passwordHash } = account;
  await tx.run('INSERT INTO user (id, name, email, emailVerified) VALUES (?, ?, ?, TRUE)', [userId, name, email]);
  await tx.run("INSERT INTO account (id, accountId, providerId, userId, password) VALUES (?, ?, 'credential', ?, ?)", [
    accountRowId,
    userId,
    userId,
    passwordHash,
  ]);
}

export const userByEmail = (sql: Sql, email: string) =>
  sql.row<{ id: string; name: string }>('SELECT id, name FROM user WHERE email = ?', [email]);

/** Sets the password and ends every session of the account. */
export async function replacePassword(tx: Tx, userId: string, passwordHash: string): Promise<void> {
  await tx.run(
    "UPDATE account SET password = ?, updatedAt = UTC_TIMESTAMP(3) WHERE userId = ? AND providerId = 'credential'",
    [passwordHash, userId],
  );
  await tx.run('DELETE FROM session WHERE userId = ?', [userId]);
}

export type Person = {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: number;
  readonly name: string;
  readonly language: Language;
  readonly createdAt: Date;
  readonly termsAcceptedAt: Date | null;
  readonly ageConfirmedAt: Date | null;
  readonly unread: number;
};

export const person = (sql: Sql, userId: string) =>
  sql.row<Person>(
    `SELECT id, email, emailVerified, name, language, createdAt, termsAcceptedAt, ageConfirmedAt,
       (SELECT COUNT(*) FROM notice n WHERE n.userId = user.id AND n.readAt IS NULL AND n.notBefore <= UTC_TIMESTAMP(3)
         AND NOT EXISTS (SELECT 1 FROM notice_delivery d WHERE d.noticeId = n.id AND d.channel = 'app' AND d.state = 'skipped'))
         AS unread
     FROM user WHERE id = ?`,
    [userId],
  );

export const lockUser = (tx: Tx, userId: string) =>
  tx.row<{ id: string; email: string; emailVerified: number; erasedAt: Date | null }>(
    'SELECT id, email, emailVerified, erasedAt FROM user WHERE id = ? FOR UPDATE',
    [userId],
  );

export async function passwordHash(sql: Sql, userId: string): Promise<string | null> {
  const row = await sql.row<{ password: string | null }>(
    "SELECT password FROM account WHERE userId = ? AND providerId = 'credential'",
    [userId],
  );
  return row?.password ?? null;
}

export const setLanguage = (tx: Tx, userId: string, language: Language) =>
  tx.run('UPDATE user SET language = ?, updatedAt = UTC_TIMESTAMP(3) WHERE id = ?', [language, userId]);

export const setName = (tx: Tx, userId: string, name: string) =>
  tx.run('UPDATE user SET name = ?, updatedAt = UTC_TIMESTAMP(3) WHERE id = ?', [name, userId]);

/** Keeps the first time of each. */
export const setConsent = (tx: Tx, userId: string, age: boolean) =>
  tx.run(
    `UPDATE user SET termsAcceptedAt = COALESCE(termsAcceptedAt, UTC_TIMESTAMP(3)),
       ageConfirmedAt = IF(?, COALESCE(ageConfirmedAt, UTC_TIMESTAMP(3)), ageConfirmedAt) WHERE id = ?`,
    [age, userId],
  );
