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
