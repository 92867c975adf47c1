/** Where a person's data lies: the one place that reads and clears the rows of other features by person. */
import type { Sql, Tx } from '../platform/db.ts';

/** Rows of one table that an export holds at most. */
const EXPORT_ROWS = 5000;

/** What is told of each table, `?` being the account's id. No secret, no key and no other person's data. */
const BY_ACCOUNT: Readonly<Record<string, string>> = {
  sessions: 'SELECT createdAt, expiresAt, ipAddress, userAgent FROM session WHERE userId = ?',
  notices: 'SELECT event, data, createdAt, readAt FROM notice WHERE userId = ?',
  channels: 'SELECT slug, name, bio, createdAt FROM channel WHERE ownerId = ?',
  bookings: `SELECT t.publicId AS id, t.kind, t.at, a.kind AS account, a.currency, e.amount, t.facts
    FROM ledger_account a JOIN ledger_entry e ON e.accountId = a.id JOIN ledger_transfer t ON t.id = e.transferId
    WHERE a.owner = ? ORDER BY e.id`,
  checkouts: `SELECT publicId AS id, kind, state, email, whatsapp, language, amountMinor, currency, tokens, createdAt, paidAt, consentAt
    FROM checkout WHERE userId = ?`,
  subscriptions: `SELECT publicId AS id, kind, state, email, amountMinor, currency, currentPeriodEnd, createdAt, endedAt
    FROM subscription WHERE userId = ?`,
  tickets: 'SELECT publicId AS id, state, priceTokens, boughtAt, refundedAt FROM ticket WHERE userId = ?',
  memberships: 'SELECT state, until, startedAt, endedAt FROM membership WHERE userId = ?',
  tips: 'SELECT publicId AS id, amountTokens, message, at FROM tip WHERE fromUserId = ?',
  payouts: `SELECT publicId AS id, state, currency, amount, cashMinor, cashCurrency, reference, reason, requestedAt, doneAt
    FROM payout WHERE userId = ?`,
  spendingLimit: 'SELECT monthlyTokens, pendingTokens, pendingFrom, updatedAt FROM spending_limit WHERE userId = ?',
};
/** The same by address, for a person who has shown that it is theirs. */
const BY_EMAIL: Readonly<Record<string, string>> = {
  codes:
    'SELECT publicId AS id, createdAt, expiresAt, revokedAt, lastUsedAt, usageCount FROM access_code WHERE email = ?',
  checkoutsWithoutAccount: `SELECT publicId AS id, kind, state, email, whatsapp, amountMinor, currency, createdAt, paidAt
    FROM checkout WHERE email = ? AND userId IS NULL`,
  mails: 'SELECT event, createdAt FROM notice WHERE email = ? AND userId IS NULL',
};

export type PersonalData = Record<string, Record<string, unknown>[]>;

/** All that is kept about a person; by address too where `email` is given. */
export async function collect(sql: Sql, userId: string, email: string | null): Promise<PersonalData> {
  const found: PersonalData = {};
  for (const [name, text] of Object.entries(BY_ACCOUNT)) {
    found[name] = await sql.rows<Record<string, unknown>>(`${text} LIMIT ${EXPORT_ROWS}`, [userId]);
  }
  for (const [name, text] of Object.entries(email === null ? {} : BY_EMAIL)) {
    found[name] = await sql.rows<Record<string, unknown>>(`${text} LIMIT ${EXPORT_ROWS}`, [email]);
  }
  return found;
}

/** What stands in the way of erasing an account. */
export type Ties = { readonly channels: number; readonly subscriptions: number };

export async function ties(tx: Tx, userId: string): Promise<Ties> {
  const row = await tx.row<{ channels: number; subscriptions: number }>(
    `SELECT (SELECT COUNT(*) FROM channel WHERE ownerId = ?) AS channels,
       (SELECT COUNT(*) FROM subscription WHERE userId = ? AND endedAt IS NULL AND state IN ('active', 'past_due')) AS subscriptions`,
    [userId, userId],
  );
  return row ?? { channels: 0, subscriptions: 0 };
}

/**
 * Takes name and address out of every row that has them. Bookings hold neither. What only the address ties to the
 * person goes where the address was confirmed.
 */
export async function erase(tx: Tx, userId: string, email: string, confirmed: boolean): Promise<void> {
  await tx.run(
    `UPDATE user SET name = 'Deleted account', email = CONCAT(id, '@erased.invalid'), emailVerified = FALSE, image = NULL,
       erasedAt = UTC_TIMESTAMP(3), updatedAt = UTC_TIMESTAMP(3) WHERE id = ?`,
    [userId],
  );
  for (const text of [
    'DELETE FROM session WHERE userId = ?',
    'DELETE FROM account WHERE userId = ?',
    'DELETE FROM verification WHERE value = ?',
    'DELETE d FROM notice_delivery d JOIN notice n ON n.id = d.noticeId WHERE n.userId = ?',
    'DELETE FROM notice WHERE userId = ?',
    'UPDATE checkout SET email = NULL, whatsapp = NULL WHERE userId = ?',
    'UPDATE payment SET email = NULL WHERE userId = ?',
    'UPDATE subscription SET email = NULL WHERE userId = ?',
    "UPDATE tip SET fromName = '', message = NULL WHERE fromUserId = ?",
  ])
    await tx.run(text, [userId]);
  const ownMails = confirmed ? '' : " AND n.event LIKE 'account.%'";
  const deliveries = 'DELETE d FROM notice_delivery d JOIN notice n ON n.id = d.noticeId WHERE n.email = ?';
  await tx.run(deliveries + ownMails, [email]);
  await tx.run(`DELETE n FROM notice n WHERE n.email = ?${ownMails}`, [email]);
  if (!confirmed) return;
  for (const text of [
    'UPDATE access_code SET email = NULL WHERE email = ?',
    'UPDATE checkout SET email = NULL, whatsapp = NULL WHERE email = ?',
    'UPDATE payment SET email = NULL WHERE email = ?',
  ])
    await tx.run(text, [email]);
}
