/** What must hold of the database alone. Each question's rows are faults. */

const EVERYTHING: Readonly<Record<string, string>> = {
  'a transfer does not balance': `SELECT t.publicId AS what, a.currency, SUM(e.amount) AS off FROM ledger_transfer t
    JOIN ledger_entry e ON e.transferId = t.id JOIN ledger_account a ON a.id = e.accountId
    GROUP BY t.id, a.currency HAVING SUM(e.amount) <> 0`,
  'a transfer has no entries': `SELECT publicId AS what FROM ledger_transfer t
    WHERE NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.transferId = t.id)`,
  'a currency does not sum to zero': `SELECT a.currency AS what, SUM(e.amount) AS off FROM ledger_entry e
    JOIN ledger_account a ON a.id = e.accountId GROUP BY a.currency HAVING SUM(e.amount) <> 0`,
  'a balance is not its entries': `SELECT CONCAT_WS(':', a.kind, a.owner, a.currency) AS what, a.balance FROM ledger_account a
    WHERE a.balance <> (SELECT COALESCE(SUM(e.amount), 0) FROM ledger_entry e WHERE e.accountId = a.id
      AND (a.kind IN ('fan', 'payout', 'debt') OR e.transferId <= a.settledTo))`,
  'an account is below zero': `SELECT CONCAT_WS(':', a.kind, a.owner, a.currency) AS what, SUM(e.amount) AS off
    FROM ledger_account a JOIN ledger_entry e ON e.accountId = a.id WHERE a.kind IN ('fan', 'creator', 'payout')
    GROUP BY a.id HAVING SUM(e.amount) < 0`,
  'a paid order has not one payment': `SELECT c.publicId AS what, c.state FROM checkout c WHERE c.kind IN ('code', 'tokens') AND
    (SELECT COUNT(*) FROM payment p WHERE p.checkoutId = c.id) <> IF(c.state IN ('paid', 'refunded'), 1, 0)`,
  'a payment has not one booking': `SELECT p.id AS what, p.transferId FROM payment p
    WHERE (SELECT COUNT(*) FROM ledger_transfer t WHERE t.publicId = p.transferId AND t.kind IN ('code_sale', 'topup')) <> 1`,
  'a booking of money has no payment': `SELECT t.publicId AS what FROM ledger_transfer t WHERE t.kind IN ('code_sale', 'topup')
    AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.transferId = t.publicId)`,
  'a paid code is not there once': `SELECT c.publicId AS what, c.state FROM checkout c WHERE c.kind = 'code' AND
    (SELECT COUNT(*) FROM access_code a WHERE a.issuedBy = c.publicId) <> IF(c.state IN ('paid', 'refunded'), 1, 0)`,
  'an order names another code': `SELECT c.publicId AS what FROM checkout c WHERE c.codeId IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM access_code a WHERE a.publicId = c.codeId AND a.issuedBy = c.publicId)`,
  'a tip has not one booking': `SELECT i.publicId AS what FROM tip i
    WHERE (SELECT COUNT(*) FROM ledger_transfer t WHERE t.publicId = i.transferId AND t.kind = 'tip') <> 1`,
  'tokens were taken and no tip written': `SELECT t.publicId AS what FROM ledger_transfer t
    WHERE t.kind = 'tip' AND NOT EXISTS (SELECT 1 FROM tip i WHERE i.transferId = t.publicId)`,
  'a ticket has not one booking': `SELECT k.publicId AS what FROM ticket k
    WHERE (SELECT COUNT(*) FROM ledger_transfer t WHERE t.publicId = k.transferId AND t.kind = 'ticket') <> 1`,
  'tokens were taken and no ticket given': `SELECT t.publicId AS what FROM ledger_transfer t
    WHERE t.kind = 'ticket' AND NOT EXISTS (SELECT 1 FROM ticket k WHERE k.transferId = t.publicId)`,
  'a ticket went back otherwise than once': `SELECT k.publicId AS what FROM ticket k
    WHERE (SELECT COALESCE(SUM(e.amount), 0) FROM ledger_transfer t JOIN ledger_entry e ON e.transferId = t.id
      JOIN ledger_account a ON a.id = e.accountId AND a.kind = 'fan' WHERE t.reverses = k.transferId)
      <> IF(k.state = 'refunded', k.priceTokens, 0)`,
  'a show counts its tickets wrongly': `SELECT s.publicId AS what, s.ticketsSold FROM live_show s
    WHERE s.ticketsSold <> (SELECT COUNT(*) FROM ticket k WHERE k.showId = s.id AND k.state = 'valid')`,
  'a ticket of a cancelled show was kept': `SELECT k.publicId AS what FROM ticket k JOIN live_show s ON s.id = k.showId
    WHERE s.state = 'cancelled' AND k.state = 'valid'`,
  'a refund is stuck':
    "SELECT publicId AS what, state FROM payment_return WHERE state NOT IN ('taken', 'returned', 'refused')",
  'a payment gave back what its refunds do not say': `SELECT p.transferId AS what, p.returnedMinor FROM payment p
    WHERE p.returnedMinor <> (SELECT COALESCE(SUM(r.amountMinor), 0) FROM payment_return r
      WHERE r.paymentId = p.id AND r.state = 'taken')`,
  'a payout is stuck': "SELECT publicId AS what FROM payout WHERE state = 'paying'",
  'somebody was not told': `SELECT a.publicId AS what FROM access_code a WHERE a.issuedBy LIKE 'chk\\_%'
      AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.event = 'code.issued' AND n.dedupeKey = a.publicId)
    UNION ALL SELECT p.transferId FROM payment p WHERE p.kind = 'tokens'
      AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.event = 'payment.received' AND n.dedupeKey = p.transferId)
    UNION ALL SELECT i.publicId FROM tip i
      WHERE NOT EXISTS (SELECT 1 FROM notice n WHERE n.event = 'tip.received' AND n.dedupeKey = i.publicId)
    UNION ALL SELECT k.publicId FROM ticket k
      WHERE NOT EXISTS (SELECT 1 FROM notice n WHERE n.event = 'ticket.bought' AND n.dedupeKey = k.publicId)
    UNION ALL SELECT k.publicId FROM ticket k WHERE k.state = 'refunded'
      AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.event = 'ticket.refunded' AND n.dedupeKey = k.publicId)`,
  'a notice has not all its deliveries': `SELECT n.publicId AS what FROM notice n
    WHERE (SELECT COUNT(*) FROM notice_delivery d WHERE d.noticeId = n.id) <> IF(n.userId IS NULL, 0, 1) + IF(n.email IS NULL, 0, 1)`,
  'a delivery was given up': `SELECT n.publicId AS what, d.channel, d.lastError FROM notice_delivery d
    JOIN notice n ON n.id = d.noticeId WHERE d.state IN ('failed', 'kept')`,
};

/** A delivery that a dead worker held is due again within a minute: until then it is no fault. */
const DELIVERED: Readonly<Record<string, string>> = {
  'a notice was never delivered': `SELECT n.publicId AS what, d.channel, d.attempts, d.nextAt FROM notice_delivery d
    JOIN notice n ON n.id = d.noticeId WHERE d.state = 'pending' AND n.notBefore <= UTC_TIMESTAMP(3)`,
};

/** Faults of the database's own rows, by name. `last`: nothing may be on its way any more. */
export async function sqlFaults(
  owner: (text: string) => Promise<Readonly<Record<string, unknown>>[]>,
  last: boolean,
): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, text] of Object.entries({ ...EVERYTHING, ...(last ? DELIVERED : {}) })) {
    for (const row of await owner(text)) faults.push(`${name}: ${JSON.stringify(row)}`);
  }
  return faults;
}
