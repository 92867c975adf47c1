/** What Stripe still has to do with a person who leaves: its only SQL. */
import type { Sql } from '../platform/db.ts';

/** An account, whoever bought with an address and has none, or a channel that is closed. */
export type Leaving = {
  readonly userId: string | null;
  readonly email: string | null;
  readonly channelId?: number | null;
};

/** Purchases that could still be paid. */
export const openCheckouts = (sql: Sql, mode: string, { userId, email, channelId = null }: Leaving) =>
  sql.rows<{ id: number; publicId: string; stripeSessionId: string | null }>(
    `SELECT id, publicId, stripeSessionId FROM checkout WHERE mode = ? AND state = 'open'
       AND (userId = ? OR email = ? OR channelId = ?) ORDER BY id`,
    [mode, userId, email, channelId],
  );

export const runningSubscriptions = (sql: Sql, mode: string, { userId, channelId = null }: Leaving) =>
  sql.rows<{ stripeSubscriptionId: string }>(
    `SELECT stripeSubscriptionId FROM subscription WHERE mode = ? AND (userId = ? OR channelId = ?) AND state <> 'ended'
     ORDER BY id`,
    [mode, userId, channelId],
  );

/** Customers at Stripe of accounts that were erased. */
export const erasedCustomers = (sql: Sql, mode: string, limit: number) =>
  sql.rows<{ userId: string; customerId: string }>(
    `SELECT c.userId, c.customerId FROM user u JOIN stripe_customer c ON c.userId = u.id
     WHERE u.erasedAt IS NOT NULL AND c.mode = ? LIMIT ?`,
    [mode, String(limit)],
  );

export const forgetCustomer = (sql: Sql, userId: string, mode: string) =>
  sql.run('DELETE FROM stripe_customer WHERE userId = ? AND mode = ?', [userId, mode]);

/** Customers that Stripe made for purchases without an account. */
export const guestCustomers = (sql: Sql, mode: string, email: string) =>
  sql.rows<{ customerId: string }>(
    `SELECT DISTINCT stripeCustomerId AS customerId FROM checkout
     WHERE mode = ? AND email = ? AND userId IS NULL AND stripeCustomerId IS NOT NULL`,
    [mode, email],
  );
