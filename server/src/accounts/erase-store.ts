/** Takes a person out of every table: the one place that clears the rows of other features by person. */
import type { Sql, Tx } from '../platform/db.ts';

/** What stands in the way of erasing. */
export type Ties = {
  readonly channels: number;
  /** Running ones; they are ended at Stripe first. */
  readonly subscriptions: number;
  /** Purchases that could still be paid. */
  readonly checkouts: number;
};

export async function ties(sql: Sql, userId: string | null, email: string | null): Promise<Ties> {
  const row = await sql.row<Ties>(
    `SELECT (SELECT COUNT(*) FROM channel WHERE ownerId = ? AND closedAt IS NULL) AS channels,
       (SELECT COUNT(*) FROM subscription WHERE userId = ? AND state IN ('active', 'past_due')) AS subscriptions,
       (SELECT COUNT(*) FROM checkout WHERE state = 'open' AND (userId = ? OR email = ?)) AS checkouts`,
    [userId, userId, userId, email],
  );
  return row ?? { channels: 0, subscriptions: 0, checkouts: 0 };
}

/** Nothing is left to be guessed of an address: this was made from the whole request. */
const NO_FINGERPRINT = "fingerprint = UNHEX(REPEAT('00', 32))";

/** What others were told with the person's name and words in it. */
const TOLD_TO_OTHERS = [
  `UPDATE tip t JOIN channel c ON c.id = t.channelId
     JOIN notice n ON n.recipient = c.ownerId AND n.event = 'tip.received' AND n.dedupeKey = t.publicId
   SET n.data = JSON_SET(n.data, '$.fromName', NULL, '$.message', NULL) WHERE t.fromUserId = ?`,
  `UPDATE subscription s JOIN channel c ON c.id = s.channelId
     JOIN notice n ON n.recipient = c.ownerId AND n.event IN ('membership.started', 'membership.ended')
       AND n.dedupeKey LIKE CONCAT(s.publicId, ':%')
   SET n.data = JSON_SET(n.data, '$.fromName', NULL) WHERE s.userId = ?`,
];

const OF_ACCOUNT = [
  'DELETE FROM session WHERE userId = ?',
  'DELETE FROM account WHERE userId = ?',
  'DELETE FROM verification WHERE value = ?',
  'DELETE d FROM notice_delivery d JOIN notice n ON n.id = d.noticeId WHERE n.userId = ?',
  'DELETE FROM notice WHERE userId = ?',
  'DELETE FROM notice_preference WHERE userId = ?',
  'DELETE FROM spending_limit WHERE userId = ?',
  'DELETE FROM connect_account WHERE userId = ?',
  'DELETE FROM viewer_session WHERE viewer = ?',
  'DELETE v FROM ticket t JOIN viewer_session v ON v.viewer = t.publicId WHERE t.userId = ?',
  'DELETE v FROM subscription s JOIN viewer_session v ON v.viewer = s.publicId WHERE s.userId = ?',
  ...TOLD_TO_OTHERS,
  `UPDATE checkout SET email = NULL, whatsapp = NULL, stripeCustomerId = NULL, checkoutUrl = NULL, ${NO_FINGERPRINT} WHERE userId = ?`,
  'UPDATE payment SET email = NULL WHERE userId = ?',
  'UPDATE subscription SET email = NULL, stripeCustomerId = NULL WHERE userId = ?',
  'UPDATE ticket SET refundReason = NULL WHERE userId = ?',
  "UPDATE tip SET fromName = '', message = NULL WHERE fromUserId = ?",
  'UPDATE payout SET reference = NULL, reason = NULL, problem = NULL WHERE userId = ?',
  'UPDATE audit_event SET address = NULL WHERE subject = ? AND address IS NOT NULL',
];

/** In this order: what is found by the codes' address goes before the address. */
const OF_ADDRESS = [
  "UPDATE access_code c JOIN code_usage u ON u.codeId = c.id SET u.address = '' WHERE c.email = ?",
  'DELETE v FROM access_code c JOIN viewer_session v ON v.viewer = c.publicId WHERE c.email = ?',
  'UPDATE access_code SET email = NULL, label = NULL, lastAddress = NULL WHERE email = ?',
  `UPDATE checkout SET email = NULL, whatsapp = NULL, stripeCustomerId = NULL, checkoutUrl = NULL, ${NO_FINGERPRINT} WHERE email = ?`,
  'UPDATE payment SET email = NULL WHERE email = ?',
  'UPDATE subscription SET email = NULL WHERE email = ?',
];

/** Clears what hangs on an account. Bookings hold neither name nor address. */
export async function eraseOfAccount(tx: Tx, userId: string): Promise<void> {
  await tx.run(
    `UPDATE user SET name = 'Deleted account', email = CONCAT(id, '@erased.invalid'), emailVerified = FALSE, image = NULL,
       erasedAt = UTC_TIMESTAMP(3), updatedAt = UTC_TIMESTAMP(3) WHERE id = ?`,
    [userId],
  );
  for (const text of OF_ACCOUNT) await tx.run(text, [userId]);
}

/** Deletes mails to an address; `all`: not only those about accounts. */
export async function eraseMails(tx: Tx, email: string, all: boolean): Promise<void> {
  const which = all ? '' : " AND n.event LIKE 'account.%'";
  await tx.run(`DELETE d FROM notice_delivery d JOIN notice n ON n.id = d.noticeId WHERE n.email = ?${which}`, [email]);
  await tx.run(`DELETE n FROM notice n WHERE n.email = ?${which}`, [email]);
}

/** Clears what only an address ties to its owner. What was bought stays valid. */
export async function eraseOfAddress(tx: Tx, email: string): Promise<void> {
  for (const text of OF_ADDRESS) await tx.run(text, [email]);
}
