/** What is kept about a person, table by table: the one place that reads the rows of other features by person. */
import type { Sql } from '../platform/db.ts';

/** Rows of one page, and of one table in one export. */
const PAGE = 2000;
const EXPORT_ROWS = 100_000;

const WATCHED = `SELECT v.joinedAt, v.leftAt, s.publicId AS showId FROM viewer_session v
    JOIN live_show s ON s.id = v.showId WHERE`;

/** What is told of each table, each `?` being the account's id. No secret, no key and no other person's data. */
const BY_ACCOUNT: Readonly<Record<string, string>> = {
  sessions: 'SELECT createdAt, expiresAt, ipAddress, userAgent FROM session WHERE userId = ? ORDER BY id',
  notices: 'SELECT event, data, email, language, createdAt, readAt FROM notice WHERE userId = ? ORDER BY id',
  noticePreferences:
    'SELECT noticeGroup, mail, app, updatedAt FROM notice_preference WHERE userId = ? ORDER BY noticeGroup',
  channels: `SELECT slug, name, bio, listed, codePriceMinor, membershipPriceMinor, creatorBps, createdAt FROM channel
    WHERE ownerId = ? ORDER BY id`,
  streamKeys: `SELECT k.publicId AS id, k.label, k.createdAt, k.lastUsedAt, k.revokedAt FROM channel c
    JOIN stream_key k ON k.channelId = c.id WHERE c.ownerId = ? ORDER BY k.id`,
  shows: `SELECT s.publicId AS id, s.title, s.location, s.state, s.startsAt, s.openedAt, s.endedAt, s.ticketPrice,
    s.ticketsSold, s.peakViewers FROM channel c JOIN live_show s ON s.channelId = c.id WHERE c.ownerId = ? ORDER BY s.id`,
  bookings: `SELECT t.publicId AS id, t.kind, t.at, a.kind AS account, a.currency, e.amount, t.facts
    FROM ledger_account a JOIN ledger_entry e ON e.accountId = a.id JOIN ledger_transfer t ON t.id = e.transferId
    WHERE a.owner = ? ORDER BY e.id`,
  checkouts: `SELECT publicId AS id, kind, state, email, whatsapp, language, amountMinor, currency, tokens, plan, createdAt,
    paidAt, consentAt, method, stripeSessionId, stripeCustomerId FROM checkout WHERE userId = ? ORDER BY id`,
  payments: `SELECT kind, email, amountMinor, currency, returnedMinor, tokens, periodEnd, transferId, paymentIntentId,
    invoiceId, createdAt FROM payment WHERE userId = ? ORDER BY id`,
  refunds: `SELECT r.publicId AS id, r.kind, r.state, r.amountMinor, p.currency, r.reason, r.transferId, r.createdAt
    FROM payment p JOIN payment_return r ON r.paymentId = p.id WHERE p.userId = ? ORDER BY r.id`,
  subscriptions: `SELECT publicId AS id, kind, state, email, amountMinor, currency, currentPeriodEnd, createdAt, endedAt,
    stripeSubscriptionId FROM subscription WHERE userId = ? ORDER BY id`,
  stripeCustomers: 'SELECT mode, customerId, createdAt FROM stripe_customer WHERE userId = ? ORDER BY mode',
  stripeAccounts:
    'SELECT mode, accountId, ready, createdAt, checkedAt FROM connect_account WHERE userId = ? ORDER BY mode',
  tickets: `SELECT publicId AS id, state, priceTokens, transferId, boughtAt, refundReason, refundedAt FROM ticket
    WHERE userId = ? ORDER BY id`,
  memberships: 'SELECT state, until, startedAt, endedAt FROM membership WHERE userId = ? ORDER BY id',
  watched: `${WATCHED} v.viewer = ? UNION ALL ${WATCHED} v.viewer IN (SELECT publicId FROM ticket WHERE userId = ?)
    UNION ALL ${WATCHED} v.viewer IN (SELECT publicId FROM subscription WHERE userId = ?) ORDER BY joinedAt, showId`,
  tips: 'SELECT publicId AS id, fromName, amountTokens, message, transferId, at FROM tip WHERE fromUserId = ? ORDER BY id',
  payouts: `SELECT publicId AS id, state, currency, amount, cashMinor, cashCurrency, method, destination, stripeTransferId,
    reference, reason, reversedMinor, requestedAt, doneAt FROM payout WHERE userId = ? ORDER BY id`,
  spendingLimit:
    'SELECT monthlyTokens, pendingTokens, pendingFrom, updatedAt FROM spending_limit WHERE userId = ? ORDER BY userId',
  done: 'SELECT at, kind, actor, address, details FROM audit_event WHERE subject = ? ORDER BY id',
};

/** The same by address, for a person who has shown that it is theirs. */
const BY_EMAIL: Readonly<Record<string, string>> = {
  codes: `SELECT publicId AS id, label, createdAt, expiresAt, revokedAt, lastUsedAt, usageCount, lastAddress FROM access_code
    WHERE email = ? ORDER BY id`,
  codeUses: `SELECT c.publicId AS code, u.at, u.address FROM access_code c JOIN code_usage u ON u.codeId = c.id
    WHERE c.email = ? ORDER BY u.id`,
  codeDevices: `SELECT c.publicId AS code, d.firstUsedAt, d.lastUsedAt, d.displacedAt FROM access_code c
    JOIN code_device d ON d.codeId = c.id WHERE c.email = ? ORDER BY d.id`,
  codesWatched: `SELECT v.joinedAt, v.leftAt, s.publicId AS showId FROM access_code c JOIN viewer_session v ON v.viewer = c.publicId
    JOIN live_show s ON s.id = v.showId WHERE c.email = ? ORDER BY v.joinedAt, v.sessionId`,
  checkoutsWithoutAccount: `SELECT publicId AS id, kind, state, email, whatsapp, language, amountMinor, currency, createdAt,
    paidAt, consentAt, method, stripeSessionId, stripeCustomerId FROM checkout WHERE email = ? AND userId IS NULL ORDER BY id`,
  paymentsWithoutAccount: `SELECT kind, email, amountMinor, currency, returnedMinor, transferId, paymentIntentId, createdAt
    FROM payment WHERE email = ? AND userId IS NULL ORDER BY id`,
  refundsWithoutAccount: `SELECT r.publicId AS id, r.kind, r.state, r.amountMinor, p.currency, r.reason, r.transferId, r.createdAt
    FROM payment p JOIN payment_return r ON r.paymentId = p.id WHERE p.email = ? AND p.userId IS NULL ORDER BY r.id`,
  mails: 'SELECT event, data, language, createdAt FROM notice WHERE email = ? AND userId IS NULL ORDER BY id',
};

type PersonalData = Record<string, Record<string, unknown>[]>;
export type Collected = { readonly data: PersonalData; readonly incomplete: string[] };

/** Reads one table to its end, or to the most that an export holds. */
async function whole(sql: Sql, text: string, value: string) {
  const rows: Record<string, unknown>[] = [];
  const values = Array.from(text.matchAll(/\?/g), () => value);
  while (rows.length < EXPORT_ROWS) {
    const page = await sql.rows<Record<string, unknown>>(`${text} LIMIT ? OFFSET ?`, [
      ...values,
      String(PAGE),
      String(rows.length),
    ]);
    rows.push(...page);
    if (page.length < PAGE) return { rows, complete: true };
  }
  return { rows, complete: false };
}

async function fill(sql: Sql, found: Collected, tables: Readonly<Record<string, string>>, value: string) {
  for (const [name, text] of Object.entries(tables)) {
    const { rows, complete } = await whole(sql, text, value);
    found.data[name] = rows;
    if (!complete) found.incomplete.push(name);
  }
}

/** All that is kept about an account, about an address, or both. */
export async function collect(sql: Sql, userId: string | null, email: string | null): Promise<Collected> {
  const found: Collected = { data: {}, incomplete: [] };
  if (userId !== null) await fill(sql, found, BY_ACCOUNT, userId);
  if (email !== null) await fill(sql, found, BY_EMAIL, email);
  return found;
}
