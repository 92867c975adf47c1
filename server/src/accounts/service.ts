import { randomBytes } from 'node:crypto';
import { AppError } from '#contract/errors.ts';
import { audit } from '../platform/audit.ts';
import type { Tx } from '../platform/db.ts';
import { isDuplicate } from '../platform/db.ts';
import { base32 } from '../platform/ids.ts';
import { hashPassword } from './password.ts';
import * as store from './store.ts';

/** A password of 80 random bits that can be read out. */
export const newPassword = (): string => base32(randomBytes(10)).replaceAll(/(.{4})(?=.)/g, '$1-');

/** Makes an account. Throws account.taken. */
export async function createAccount(
  tx: Tx,
  account: { email: string; name: string; password: string },
): Promise<{ userId: string }> {
  const userId = `usr_${base32(randomBytes(16))}`;
  const passwordHash = await hashPassword(account.password);
  const email = account.email.toLowerCase();
  try {
    await store.insertAccount(tx, {
      userId,
      accountRowId: base32(randomBytes(16)),
      email,
      name: account.name,
      passwordHash,
    });
  } catch (error) {
    throw isDuplicate(error) ? new AppError('account.taken') : error;
  }
  await audit(tx, { kind: 'account.created', actor: 'cli', subject: userId });
  return { userId };
}

/** Sets a new password and signs the account out everywhere. Throws account.not_found. */
export async function setPassword(tx: Tx, email: string, password: string): Promise<void> {
  const user = await store.userByEmail(tx, email.toLowerCase());
  if (!user) throw new AppError('account.not_found');
  await store.replacePassword(tx, user.id, await hashPassword(password));
  await audit(tx, { kind: 'account.password_set', actor: 'cli', subject: user.id });
}
