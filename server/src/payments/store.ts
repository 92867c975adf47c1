/** Checkouts, payments and what goes back: their only SQL. */
import type { CheckoutKind, CheckoutState } from '#contract/checkouts.ts';
import type { Tax } from '#contract/money.ts';
import type { Language } from '../notifications/outbox.ts';
import type { Sql, Tx } from '../platform/db.ts';

export type Checkout = {
  readonly id: number;
  readonly publicId: string;
  readonly mode: string;
  readonly kind: CheckoutKind;
  readonly state: CheckoutState;
  readonly version: number;
  readonly fingerprint: Buffer;
  readonly channelId: number | null;
  readonly userId: string | null;
  readonly email: string | null;
  readonly whatsapp: string | null;
  readonly language: Language;
  /** The price, without tax that comes on top. */
  readonly amountMinor: number;
  readonly tax: Tax;
  readonly currency: string;
  readonly creatorBps: number;
  readonly tokens: number | null;
  readonly plan: string | null;
  readonly startsAt: Date | null;
  readonly returnTo: string;
  readonly stripeSessionId: string | null;
  readonly checkoutUrl: string | null;
  readonly paymentIntentId: string | null;
  readonly codeId: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly now: Date;
};

const CHECKOUT = `SELECT id, publicId, mode, kind, state, version, fingerprint, channelId, userId, email, whatsapp,
  language, amountMinor, tax, currency, creatorBps, tokens, plan, startsAt, returnTo, stripeSessionId, checkoutUrl,
  paymentIntentId, codeId, createdAt, expiresAt, UTC_TIMESTAMP(3) AS now FROM checkout`;

export const checkoutById = (sql: Sql, publicId: string) =>
  sql.row<Checkout>(`${CHECKOUT} WHERE publicId = ?`, [publicId]);
export const checkoutByRow = (sql: Sql, id: number) => sql.row<Checkout>(`${CHECKOUT} WHERE id = ?`, [id]);
export const checkoutByKey = (sql: Sql, requestKey: string) =>
  sql.row<Checkout>(`${CHECKOUT} WHERE requestKey = ?`, [requestKey]);
export const checkoutBySession = (sql: Sql, sessionId: string) =>
  sql.row<Checkout>(`${CHECKOUT} WHERE stripeSessionId = ?`, [sessionId]);
export const lockCheckout = (tx: Tx, id: number) => tx.row<Checkout>(`${CHECKOUT} WHERE id = ? FOR UPDATE`, [id]);

/** Holds everything that this account buys apart: two tabs begin one after the other. */
export const lockBuyer = (tx: Tx, userId: string) =>
  tx.row<{ id: string }>('SELECT id FROM user WHERE id = ? FOR UPDATE', [userId]);

/** A subscription's checkout that can still be paid. */
export const openSubscriptionCheckout = (tx: Tx, userId: string, channelId: number | null, plan: string | null) =>
  tx.row<Checkout>(
    `${CHECKOUT} WHERE userId = ? AND kind IN ('membership', 'plan') AND state = 'open' AND channelId <=> ? AND plan <=> ?
       AND expiresAt > UTC_TIMESTAMP(3) + INTERVAL 5 MINUTE ORDER BY id DESC LIMIT 1`,
    [userId, channelId, plan],
  );

export type NewCheckout = Pick<
  Checkout,
  | 'publicId'
  | 'mode'
  | 'kind'
  | 'fingerprint'
  | 'channelId'
  | 'userId'
  | 'email'
  | 'whatsapp'
  | 'language'
  | 'amountMinor'
  | 'tax'
  | 'currency'
  | 'creatorBps'
  | 'tokens'
  | 'plan'
  | 'startsAt'
  | 'returnTo'
> & { readonly requestKey: string; readonly minutes: number };

export const insertCheckout = (tx: Tx, c: NewCheckout) =>
  tx.run(
    `INSERT INTO checkout (publicId, mode, kind, state, requestKey, fingerprint, channelId, userId, email, whatsapp,
       language, amountMinor, tax, currency, creatorBps, tokens, plan, startsAt, returnTo, consentAt, createdAt, expiresAt)
     VALUES (?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3),
       UTC_TIMESTAMP(3) + INTERVAL ? MINUTE)`,
    [
      c.publicId,
      c.mode,
      c.kind,
      c.requestKey,
      c.fingerprint,
      c.channelId,
      c.userId,
      c.email,
      c.whatsapp,
      c.language,
      c.amountMinor,
      c.tax,
      c.currency,
      c.creatorBps,
      c.tokens,
      c.plan,
      c.startsAt,
      c.returnTo,
      c.minutes,
    ],
  );

export const saveSession = (sql: Sql, id: number, sessionId: string, url: string | null) =>
  sql.run('UPDATE checkout SET stripeSessionId = ?, checkoutUrl = COALESCE(?, checkoutUrl) WHERE id = ?', [
    sessionId,
    url,
    id,
  ]);

/** Sets what became of a checkout. `codeId` and payment are kept where they are left out. */
export const setCheckout = (
  tx: Tx,
  id: number,
  set: {
    readonly state: CheckoutState;
    readonly paymentIntentId?: string | null;
    readonly customerId?: string | null;
    readonly method?: string | null;
    readonly codeId?: string | null;
  },
) =>
  tx.run(
    `UPDATE checkout SET state = ?, version = version + 1, paymentIntentId = COALESCE(?, paymentIntentId),
       stripeCustomerId = COALESCE(?, stripeCustomerId), method = COALESCE(?, method), codeId = COALESCE(?, codeId),
       paidAt = IF(? = 'paid', COALESCE(paidAt, UTC_TIMESTAMP(3)), paidAt),
       closedAt = IF(? IN ('expired', 'failed'), COALESCE(closedAt, UTC_TIMESTAMP(3)), closedAt) WHERE id = ?`,
    [
      set.state,
      set.paymentIntentId ?? null,
      set.customerId ?? null,
      set.method ?? null,
      set.codeId ?? null,
      set.state,
      set.state,
      id,
    ],
  );

/** Open checkouts that Stripe may know more of, oldest first. */
export const openCheckouts = (sql: Sql, mode: string, afterId: number, limit: number) =>
  sql.rows<Checkout>(
    `${CHECKOUT} WHERE mode = ? AND state = 'open' AND id > ? AND createdAt < UTC_TIMESTAMP(3) - INTERVAL 30 SECOND
     ORDER BY id LIMIT ?`,
    [mode, afterId, String(limit)],
  );

export type Payment = {
  readonly id: number;
  readonly mode: string;
  readonly kind: CheckoutKind;
  readonly checkoutId: number | null;
  readonly subscriptionId: number | null;
  readonly paymentIntentId: string | null;
  readonly invoiceId: string | null;
  readonly channelId: number | null;
  readonly userId: string | null;
  readonly email: string | null;
  /** What was paid, with the tax in it. */
  readonly amountMinor: number;
  readonly taxMinor: number;
  readonly currency: string;
  readonly returnedMinor: number;
  readonly withdrawn: number;
  readonly periodEnd: Date | null;
  readonly transferId: string;
};
const PAYMENT = `SELECT id, mode, kind, checkoutId, subscriptionId, paymentIntentId, channelId, userId, email,
  invoiceId, amountMinor, taxMinor, currency, returnedMinor, withdrawn, periodEnd, transferId FROM payment`;

export const paymentByIntent = (sql: Sql, paymentIntentId: string) =>
  sql.row<Payment>(`${PAYMENT} WHERE paymentIntentId = ?`, [paymentIntentId]);
export const paymentByTransfer = (sql: Sql, transferId: string) =>
  sql.row<Payment>(`${PAYMENT} WHERE transferId = ?`, [transferId]);
export const paymentOfCheckout = (sql: Sql, checkoutId: number) =>
  sql.row<Payment>(`${PAYMENT} WHERE checkoutId = ? ORDER BY id LIMIT 1`, [checkoutId]);
export const paymentsOfSubscription = (sql: Sql, subscriptionId: number) =>
  sql.rows<Payment>(`${PAYMENT} WHERE subscriptionId = ? ORDER BY id`, [subscriptionId]);
export const lockPayment = (tx: Tx, id: number) => tx.row<Payment>(`${PAYMENT} WHERE id = ? FOR UPDATE`, [id]);

export async function insertPayment(
  tx: Tx,
  p: Omit<Payment, 'id' | 'returnedMinor' | 'withdrawn'> & { readonly tokens: number | null },
): Promise<Payment> {
  const { insertId } = await tx.run(
    `INSERT INTO payment (mode, kind, checkoutId, subscriptionId, paymentIntentId, invoiceId, channelId, userId, email,
       amountMinor, taxMinor, currency, tokens, periodEnd, transferId, createdAt)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
    [
      p.mode,
      p.kind,
      p.checkoutId,
      p.subscriptionId,
      p.paymentIntentId,
      p.invoiceId,
      p.channelId,
      p.userId,
      p.email,
      p.amountMinor,
      p.taxMinor,
      p.currency,
      p.tokens,
      p.periodEnd,
      p.transferId,
    ],
  );
  return { ...p, id: insertId, returnedMinor: 0, withdrawn: 0 };
}

export const setReturned = (tx: Tx, id: number, returnedMinor: number, withdrawn: boolean) =>
  tx.run('UPDATE payment SET returnedMinor = ?, withdrawn = ? WHERE id = ?', [returnedMinor, withdrawn, id]);

export type ReturnRow = {
  readonly id: number;
  readonly publicId: string;
  readonly paymentId: number;
  readonly kind: 'refund' | 'dispute';
  readonly state: 'wanted' | 'taken' | 'returned' | 'refused';
  readonly stripeId: string | null;
  readonly fingerprint: Buffer | null;
  readonly amountMinor: number;
  readonly reason: string;
  readonly actor: string;
  readonly transferId: string | null;
};
const RETURN = `SELECT id, publicId, paymentId, kind, state, stripeId, fingerprint, amountMinor, reason, actor, transferId
  FROM payment_return`;

export const returnsOfPayment = (sql: Sql, paymentId: number) =>
  sql.rows<ReturnRow>(`${RETURN} WHERE paymentId = ? ORDER BY id`, [paymentId]);
export const returnByKey = (sql: Sql, requestKey: string) =>
  sql.row<ReturnRow>(`${RETURN} WHERE requestKey = ?`, [requestKey]);
export const returnById = (sql: Sql, publicId: string) =>
  sql.row<ReturnRow>(`${RETURN} WHERE publicId = ?`, [publicId]);

/** Refunds that were asked for and that Stripe has not confirmed yet. */
export const wantedReturns = (sql: Sql, mode: string, limit: number) =>
  sql.rows<ReturnRow & { paymentIntentId: string }>(
    `SELECT r.id, r.publicId, r.paymentId, r.kind, r.state, r.stripeId, r.fingerprint, r.amountMinor, r.reason, r.actor,
       r.transferId, p.paymentIntentId
     FROM payment_return r JOIN payment p ON p.id = r.paymentId
     WHERE r.state = 'wanted' AND p.mode = ? AND r.createdAt < UTC_TIMESTAMP(3) - INTERVAL 10 SECOND
     ORDER BY r.id LIMIT ?`,
    [mode, String(limit)],
  );

export async function insertReturn(
  tx: Tx,
  r: Omit<ReturnRow, 'id' | 'transferId'> & { readonly requestKey: string | null },
): Promise<ReturnRow> {
  const { insertId } = await tx.run(
    `INSERT INTO payment_return (publicId, paymentId, kind, state, stripeId, requestKey, fingerprint, amountMinor, reason,
       actor, createdAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
    [
      r.publicId,
      r.paymentId,
      r.kind,
      r.state,
      r.stripeId,
      r.requestKey,
      r.fingerprint,
      r.amountMinor,
      r.reason.slice(0, 200),
      r.actor,
    ],
  );
  return { ...r, id: insertId, transferId: null };
}

export const setReturn = (
  sql: Sql,
  id: number,
  set: {
    readonly state: ReturnRow['state'];
    readonly stripeId: string | null;
    readonly transferId?: string | null;
    readonly restoredTransferId?: string | null;
  },
) =>
  sql.run(
    `UPDATE payment_return SET state = ?, stripeId = COALESCE(?, stripeId), transferId = COALESCE(?, transferId),
       restoredTransferId = COALESCE(?, restoredTransferId) WHERE id = ?`,
    [set.state, set.stripeId, set.transferId ?? null, set.restoredTransferId ?? null, id],
  );
