/** Subscriptions, events, and what is remembered of Stripe: their only SQL. */
import type { SubscriptionState } from '#contract/subscriptions.ts';
import type { Language } from '../notifications/outbox.ts';
import type { Sql, Tx } from '../platform/db.ts';

export type SubscriptionRow = {
  readonly id: number;
  readonly publicId: string;
  readonly mode: string;
  readonly kind: 'membership' | 'plan';
  readonly state: SubscriptionState;
  readonly version: number;
  readonly checkoutId: number | null;
  readonly userId: string;
  readonly email: string | null;
  readonly language: Language;
  readonly channelId: number | null;
  readonly plan: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly stripeSubscriptionId: string;
  readonly cancelAtPeriodEnd: number;
  readonly cancelWanted: number;
  readonly currentPeriodEnd: Date | null;
  readonly accessUntil: Date | null;
  readonly createdAt: Date;
};
const COLUMNS = `s.id, s.publicId, s.mode, s.kind, s.state, s.version, s.checkoutId, s.userId, s.email, s.language,
  s.channelId, s.plan, s.amountMinor, s.currency, s.stripeSubscriptionId, s.cancelAtPeriodEnd, s.cancelWanted,
  s.currentPeriodEnd, s.accessUntil, s.createdAt`;

export const byStripeId = (sql: Sql, stripeId: string) =>
  sql.row<SubscriptionRow>(`SELECT ${COLUMNS} FROM subscription s WHERE s.stripeSubscriptionId = ?`, [stripeId]);
export const byPublicId = (sql: Sql, publicId: string) =>
  sql.row<SubscriptionRow>(`SELECT ${COLUMNS} FROM subscription s WHERE s.publicId = ?`, [publicId]);
export const byRow = (sql: Sql, id: number) =>
  sql.row<SubscriptionRow>(`SELECT ${COLUMNS} FROM subscription s WHERE s.id = ?`, [id]);
export const lock = (tx: Tx, id: number) =>
  tx.row<SubscriptionRow>(`SELECT ${COLUMNS} FROM subscription s WHERE s.id = ? FOR UPDATE`, [id]);
export const ofUser = (sql: Sql, userId: string) =>
  sql.rows<SubscriptionRow>(`SELECT ${COLUMNS} FROM subscription s WHERE s.userId = ? ORDER BY s.id DESC LIMIT 200`, [
    userId,
  ]);

/** One that is not over, so that another cannot be bought beside it. */
export const running = (sql: Sql, userId: string, channelId: number | null, plan: string | null) =>
  sql.row<{ id: number }>(
    `SELECT id FROM subscription WHERE userId = ? AND channelId <=> ? AND plan <=> ? AND state IN ('active', 'past_due')
     LIMIT 1`,
    [userId, channelId, plan],
  );

/** Subscriptions that Stripe may know more of; `all`: every one that is not over. */
export const toAsk = (sql: Sql, mode: string, all: boolean, afterId: number, limit: number) =>
  sql.rows<SubscriptionRow>(
    `SELECT ${COLUMNS} FROM subscription s WHERE s.mode = ? AND s.id > ? AND s.state <> 'ended'
       AND (? OR s.state <> 'active' OR s.cancelWanted OR s.currentPeriodEnd <= UTC_TIMESTAMP(3))
     ORDER BY s.id LIMIT ?`,
    [mode, afterId, all, String(limit)],
  );

export type NewSubscription = Omit<
  SubscriptionRow,
  'id' | 'version' | 'state' | 'cancelAtPeriodEnd' | 'cancelWanted' | 'currentPeriodEnd' | 'accessUntil' | 'createdAt'
> & { readonly stripeCustomerId: string | null };

export const insert = (tx: Tx, s: NewSubscription) =>
  tx.run(
    `INSERT INTO subscription (publicId, mode, kind, state, checkoutId, userId, email, language, channelId, plan,
       amountMinor, currency, stripeSubscriptionId, stripeCustomerId, stripeStatus, createdAt)
     VALUES (?, ?, ?, 'incomplete', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'incomplete', UTC_TIMESTAMP(3))`,
    [
      s.publicId,
      s.mode,
      s.kind,
      s.checkoutId,
      s.userId,
      s.email,
      s.language,
      s.channelId,
      s.plan,
      s.amountMinor,
      s.currency,
      s.stripeSubscriptionId,
      s.stripeCustomerId,
    ],
  );

export type Followed = {
  readonly state: SubscriptionState;
  readonly stripeStatus: string;
  readonly cancelAtPeriodEnd: boolean;
  readonly cancelWanted: boolean;
  readonly currentPeriodEnd: Date | null;
  readonly accessUntil: Date | null;
  readonly endedAt: Date | null;
};
export const save = (tx: Tx, id: number, f: Followed) =>
  tx.run(
    `UPDATE subscription SET state = ?, stripeStatus = ?, cancelAtPeriodEnd = ?, cancelWanted = ?, currentPeriodEnd = ?,
       accessUntil = ?, endedAt = ?, version = version + 1 WHERE id = ?`,
    [f.state, f.stripeStatus, f.cancelAtPeriodEnd, f.cancelWanted, f.currentPeriodEnd, f.accessUntil, f.endedAt, id],
  );

export type EventRow = {
  readonly id: string;
  readonly type: string;
  readonly objectId: string | null;
  readonly createdAt: Date;
  readonly source: 'webhook' | 'reconcile';
};
export type Outcome = 'applied' | 'foreign' | 'unused';

/** Fails with a duplicate key where the event was recorded before. */
export const insertEvent = (sql: Sql, mode: string, event: EventRow, outcome: Outcome) =>
  sql.run(
    `INSERT INTO stripe_event (id, mode, type, objectId, outcome, source, createdAt, receivedAt)
     VALUES (?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
    [event.id, mode, event.type.slice(0, 100), event.objectId, outcome, event.source, event.createdAt],
  );
export const hasEvent = async (sql: Sql, id: string): Promise<boolean> =>
  (await sql.row('SELECT 1 AS one FROM stripe_event WHERE id = ?', [id])) !== null;

export const eventsUntil = (sql: Sql, mode: string) =>
  sql.row<{ until: Date }>('SELECT eventsUntil AS until FROM stripe_cursor WHERE mode = ?', [mode]);
export const setEventsUntil = (sql: Sql, mode: string, until: Date) =>
  sql.run('INSERT INTO stripe_cursor (mode, eventsUntil) VALUES (?, ?) ON DUPLICATE KEY UPDATE eventsUntil = ?', [
    mode,
    until,
    until,
  ]);

export const customerOf = (sql: Sql, userId: string, mode: string) =>
  sql.row<{ customerId: string }>('SELECT customerId FROM stripe_customer WHERE userId = ? AND mode = ?', [
    userId,
    mode,
  ]);
/** Two requests at once get the same customer from Stripe, by the idempotency key. */
export const saveCustomer = (sql: Sql, userId: string, mode: string, customerId: string) =>
  sql.run(
    `INSERT INTO stripe_customer (userId, mode, customerId, createdAt) VALUES (?, ?, ?, UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE userId = userId`,
    [userId, mode, customerId],
  );

export const priceOf = (sql: Sql, ref: string, mode: string) =>
  sql.row<{ priceId: string }>('SELECT priceId FROM stripe_price WHERE ref = ? AND mode = ?', [ref, mode]);
export const savePrice = (sql: Sql, ref: string, mode: string, priceId: string) =>
  sql.run(
    `INSERT INTO stripe_price (ref, mode, priceId, createdAt) VALUES (?, ?, ?, UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE ref = ref`,
    [ref, mode, priceId],
  );
/** Which plan a price of Stripe stands for; what it provisions is told by `enhance_plan_id`. */
export const savePlan = (sql: Sql, priceId: string, plan: string) =>
  sql.run(
    `INSERT INTO plan_mappings (billing_provider, billing_plan_id, plan, createdAt)
     VALUES ('stripe', ?, ?, UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE plan = VALUES(plan)`,
    [priceId, plan],
  );

export const userById = (sql: Sql, userId: string) =>
  sql.row<{ email: string; name: string; language: Language }>('SELECT email, name, language FROM user WHERE id = ?', [
    userId,
  ]);
