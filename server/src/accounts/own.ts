/** What a person does with the own account. */
import type { Config } from '#config/index.ts';
import type { AccountView } from '#contract/accounts.ts';
import { AppError } from '#contract/errors.ts';
import type { UserId } from '#contract/ids.ts';
import { currenciesOf } from '../earnings/store.ts';
import { endAtStripe, forgetCustomers, forgetGuest } from '../payments/leaving.ts';
import type { Payments } from '../payments/payments.ts';
import { audit } from '../platform/audit.ts';
import type { Sql, Tx } from '../platform/db.ts';
import { balanceOf, money } from '../wallet/service.ts';
import * as erasing from './erase-store.ts';
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
  const found = await personal.collect(sql, userId, account.emailVerified ? account.email : null);
  return { exportedAt: new Date().toISOString(), account, ...found };
}

export type Erasing = {
  readonly userId: string;
  /** Tokens that are left are lost. */
  readonly giveUpTokens: boolean;
  /** What only the address ties to the person goes too; where it is left out, if the address was confirmed. */
  readonly withAddress?: boolean;
  readonly actor: string;
};

/** Throws the reason why this account cannot be erased yet. */
async function refuseWhileTied(sql: Sql, config: Config, { userId, giveUpTokens }: Erasing): Promise<void> {
  const currencies = new Set(['TOKEN', config.currency, ...(await currenciesOf(sql, userId))]);
  for (const currency of currencies) {
    if ((await balanceOf(sql, money.held(userId, currency))) !== 0n) throw new AppError('account.payout_pending');
    const earned = await balanceOf(sql, money.creator(userId, currency));
    if (earned !== 0n) throw new AppError('account.wallet_not_empty');
  }
  if (!giveUpTokens && (await balanceOf(sql, money.fan(userId))) !== 0n) {
    throw new AppError('account.wallet_not_empty');
  }
  if ((await erasing.ties(sql, userId, null)).channels > 0) throw new AppError('account.has_channel');
}

/** Throws where something that can still be paid, or is paid each month, has come up again. */
async function refuseWhileRunning(tx: Tx, userId: string | null, email: string | null): Promise<void> {
  const { checkouts, subscriptions } = await erasing.ties(tx, userId, email);
  if (checkouts > 0 || subscriptions > 0) throw new AppError('account.purchase_pending');
}

/**
 * Erases an account for good. What still runs at Stripe is ended first, the customer there is deleted afterwards (again
 * each hour, where Stripe is away). Throws account.wallet_not_empty, account.payout_pending, account.has_channel,
 * account.purchase_pending, payments.away.
 */
export async function eraseAccount(ctx: Payments, wanted: Erasing): Promise<void> {
  const { userId, actor } = wanted;
  const { db, config } = ctx;
  const found = await store.person(db, userId);
  if (!found) return;
  await refuseWhileTied(db, config, wanted);
  await endAtStripe(ctx, { userId, email: null });
  await db.transaction(async (tx) => {
    const user = await store.lockUser(tx, userId);
    if (!user || user.erasedAt) return;
    await refuseWhileTied(tx, config, wanted);
    await refuseWhileRunning(tx, userId, null);
    const withAddress = wanted.withAddress ?? user.emailVerified === 1;
    await erasing.eraseOfAccount(tx, userId);
    await erasing.eraseMails(tx, user.email, withAddress);
    if (withAddress) await erasing.eraseOfAddress(tx, user.email);
    await audit(tx, { kind: 'account.erased', actor, subject: userId });
  });
  await forgetCustomers(ctx);
}

/** The same by the person who owns it. Throws account.wrong_password, and as `eraseAccount`. */
export async function eraseOwnAccount(ctx: Payments, wanted: Omit<Erasing, 'actor'>, password: string): Promise<void> {
  const hash = await store.passwordHash(ctx.db, wanted.userId);
  if (!hash || !(await verifyPassword({ hash, password }))) throw new AppError('account.wrong_password');
  await eraseAccount(ctx, { ...wanted, actor: wanted.userId });
}

/** Clears what an address without an account ties to its owner. Throws account.purchase_pending, payments.away. */
export async function eraseAddress(ctx: Payments, email: string, actor: string): Promise<void> {
  await endAtStripe(ctx, { userId: null, email });
  await forgetGuest(ctx, email);
  await ctx.db.transaction(async (tx) => {
    await refuseWhileRunning(tx, null, email);
    await erasing.eraseMails(tx, email, true);
    await erasing.eraseOfAddress(tx, email);
    await audit(tx, { kind: 'person.erased', actor, subject: 'without an account' });
  });
}
