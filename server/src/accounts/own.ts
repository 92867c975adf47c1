/** What a person does with the own account. */
import type { Config } from '#config/index.ts';
import type { AccountView } from '#contract/accounts.ts';
import { AppError } from '#contract/errors.ts';
import type { UserId } from '#contract/ids.ts';
import { audit } from '../platform/audit.ts';
import type { Db, Sql, Tx } from '../platform/db.ts';
import { balanceOf, money } from '../wallet/service.ts';
import { verifyPassword } from './password.ts';
import * as personal from './personal-store.ts';
import * as store from './store.ts';

/** Throws auth.required where the account is gone. */
export async function accountView(sql: Sql, userId: string): Promise<AccountView> {
  const found = await store.person(sql, userId);
  if (!found) throw new AppError('auth.required');
  return {
    userId: found.id as UserId,
    email: found.email,
    emailVerified: found.emailVerified === 1,
    name: found.name,
    language: found.language,
    createdAt: found.createdAt.toISOString(),
    termsAcceptedAt: found.termsAcceptedAt?.toISOString() ?? null,
    ageConfirmedAt: found.ageConfirmedAt?.toISOString() ?? null,
    unreadNotices: found.unread,
  };
}

/** All that is kept about a person. By address only where it was confirmed: anybody can sign up with any address. */
export async function exportData(sql: Sql, userId: string) {
  const account = await accountView(sql, userId);
  const data = await personal.collect(sql, userId, account.emailVerified ? account.email : null);
  return { exportedAt: new Date().toISOString(), account, data };
}

/** Throws the reason why this account cannot be erased yet. */
async function refuseWhileTied(tx: Tx, config: Config, userId: string): Promise<void> {
  const { channels, subscriptions } = await personal.ties(tx, userId);
  for (const currency of ['TOKEN', config.currency]) {
    if ((await balanceOf(tx, money.held(userId, currency))) !== 0n) throw new AppError('account.payout_pending');
    const earned = await balanceOf(tx, money.creator(userId, currency));
    if (earned !== 0n) throw new AppError('account.wallet_not_empty');
  }
  if ((await balanceOf(tx, money.fan(userId))) !== 0n) throw new AppError('account.wallet_not_empty');
  if (subscriptions > 0) throw new AppError('account.subscription_running');
  if (channels > 0) throw new AppError('account.has_channel');
}

/**
 * Erases an account for good. Throws account.wrong_password, account.wallet_not_empty, account.payout_pending,
 * account.subscription_running, account.has_channel.
 */
export async function eraseAccount(db: Db, config: Config, userId: string, password: string): Promise<void> {
  const hash = await store.passwordHash(db, userId);
  if (!hash || !(await verifyPassword({ hash, password }))) throw new AppError('account.wrong_password');
  await db.transaction(async (tx) => {
    const user = await store.lockUser(tx, userId);
    if (!user || user.erasedAt) return;
    await refuseWhileTied(tx, config, userId);
    await personal.erase(tx, userId, user.email, user.emailVerified === 1);
    await audit(tx, { kind: 'account.erased', actor: userId, subject: userId });
  });
}
