/** Invoices of what was bought once: made when the money is there. */
import { change, type Desk } from '../desk.ts';
import type { PaymentIntent, Session } from '../objects.ts';
import { markPaid, openInvoice, payBy } from './invoice-form.ts';
import { purchaseLine } from './invoice-lines.ts';
import { secretsOf } from './sessions.ts';

/** Makes the paid invoice of an order that asked for one. Returns the session, which names it then. */
export function invoiceOrder(desk: Desk, session: Session, intent: PaymentIntent): Session {
  const customer = session.customer ?? intent.customer;
  if (!session.invoice_creation?.enabled || session.invoice !== null || customer === null) return session;
  const now = desk.now();
  const invoice = openInvoice(desk, {
    reason: 'manual',
    customer,
    currency: session.currency ?? 'eur',
    taxed: session.automatic_tax.enabled,
    lines: secretsOf(desk, session.id).lineItems.map((line) => purchaseLine(line, now)),
    parent: null,
    period: { start: now, end: now },
  });
  markPaid(desk, invoice, payBy(desk, invoice, intent.id).id);
  return change<'checkout.session'>(desk, session, { invoice: invoice.id });
}
