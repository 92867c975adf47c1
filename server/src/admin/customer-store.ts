/** Everything about one customer, by e-mail and by the account of that address: reads only. */
import type { CheckoutState } from '#contract/checkouts.ts';
import type { TicketState } from '#contract/tickets.ts';
import type { Sql } from '../platform/db.ts';

/** Rows of one kind that are shown, newest first. */
const ROWS = 200;

export type AccountRow = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: number;
  readonly createdAt: Date;
};
export const account = (sql: Sql, email: string) =>
  sql.row<AccountRow>('SELECT id, name, email, emailVerified, createdAt FROM user WHERE email = ?', [email]);

export const slugs = (sql: Sql, userId: string) =>
  sql.rows<{ slug: string }>('SELECT slug FROM channel WHERE ownerId = ? ORDER BY id', [userId]);

type Customer = { readonly email: string; readonly userId: string | null };

export type PurchaseRow = {
  readonly checkoutId: string | null;
  readonly kind: 'code' | 'tokens' | 'membership' | 'plan';
  readonly state: CheckoutState | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly taxMinor: number;
  readonly refundedMinor: number;
  readonly tokens: number | null;
  readonly channel: string | null;
  readonly method: string | null;
  readonly transferId: string | null;
  readonly paymentIntentId: string | null;
  readonly at: Date;
};

/** Payments with their purchases, and purchases that were not paid. */
export const purchases = (sql: Sql, { email, userId }: Customer) =>
  sql.list<PurchaseRow>(
    `SELECT * FROM (
       SELECT k.publicId AS checkoutId, p.kind, k.state, p.amountMinor, p.taxMinor, p.currency, p.returnedMinor AS refundedMinor,
         p.tokens, c.slug AS channel, k.method, p.transferId, p.paymentIntentId, p.createdAt AS at
       FROM payment p LEFT JOIN checkout k ON k.id = p.checkoutId LEFT JOIN channel c ON c.id = p.channelId
       WHERE p.id IN (SELECT q.id FROM payment q JOIN checkout o ON o.id = q.checkoutId WHERE o.email = ?
         UNION SELECT id FROM payment WHERE userId = ?)
       UNION ALL
       SELECT k.publicId, k.kind, k.state, k.amountMinor, 0, k.currency, 0, k.tokens, c.slug, k.method, NULL,
         k.paymentIntentId, k.createdAt
       FROM checkout k LEFT JOIN channel c ON c.id = k.channelId
       WHERE (k.email = ? OR k.userId = ?) AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.checkoutId = k.id)
     ) bought ORDER BY at DESC LIMIT ?`,
    [email, userId ?? '', email, userId ?? '', ROWS],
  );

export type CodeRow = {
  readonly id: string;
  readonly channel: string;
  readonly createdAt: Date;
  readonly startsAt: Date | null;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly usageCount: number;
};
export const codes = (sql: Sql, email: string) =>
  sql.list<CodeRow>(
    `SELECT a.publicId AS id, c.slug AS channel, a.createdAt, a.startsAt, a.expiresAt, a.revokedAt, a.usageCount
     FROM access_code a JOIN channel c ON c.id = a.channelId WHERE a.email = ? ORDER BY a.id DESC LIMIT ?`,
    [email, ROWS],
  );

export type TicketRow = {
  readonly ticketId: string;
  readonly state: TicketState;
  readonly showId: string;
  readonly title: string | null;
  readonly channel: string;
  readonly priceTokens: number;
  readonly transferId: string;
  readonly boughtAt: Date;
  readonly refundedAt: Date | null;
};
export const tickets = (sql: Sql, userId: string) =>
  sql.list<TicketRow>(
    `SELECT t.publicId AS ticketId, t.state, s.publicId AS showId, s.title, c.slug AS channel, t.priceTokens, t.transferId,
       t.boughtAt, t.refundedAt
     FROM ticket t JOIN live_show s ON s.id = t.showId JOIN channel c ON c.id = t.channelId
     WHERE t.userId = ? ORDER BY t.id DESC LIMIT ?`,
    [userId, ROWS],
  );

export type RefundRow = {
  readonly transferId: string | null;
  readonly reverses: string | null;
  readonly kind: 'refund' | 'dispute';
  readonly state: 'wanted' | 'taken' | 'returned' | 'refused';
  readonly amountMinor: number;
  readonly currency: string;
  readonly reason: string;
  readonly actor: string;
  readonly at: Date;
};
export const refunds = (sql: Sql, { email, userId }: Customer) =>
  sql.list<RefundRow>(
    `SELECT r.transferId, p.transferId AS reverses, r.kind, r.state, r.amountMinor, p.currency, r.reason, r.actor,
       r.createdAt AS at
     FROM payment_return r JOIN payment p ON p.id = r.paymentId
     WHERE p.id IN (SELECT q.id FROM payment q JOIN checkout o ON o.id = q.checkoutId WHERE o.email = ?
       UNION SELECT id FROM payment WHERE userId = ?) ORDER BY r.id DESC LIMIT ?`,
    [email, userId ?? '', ROWS],
  );

export const subscriptionUsers = (sql: Sql, email: string) =>
  sql.rows<{ userId: string }>('SELECT DISTINCT userId FROM subscription WHERE email = ? LIMIT 20', [email]);

export async function tips(sql: Sql, userId: string): Promise<{ count: number; totalTokens: number }> {
  const row = await sql.row<{ count: number; total: string }>(
    'SELECT COUNT(*) AS count, CAST(COALESCE(SUM(amountTokens), 0) AS CHAR) AS total FROM tip WHERE fromUserId = ?',
    [userId],
  );
  return { count: row?.count ?? 0, totalTokens: Number(row?.total ?? 0) };
}
