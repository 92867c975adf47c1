/** What time does: renewals, dunning, sessions that expire, bank debits that arrive. */
import { change, type Desk, find } from './desk.ts';
import { invalid } from './faults.ts';
import type { Subscription } from './objects.ts';
import { settleLater } from './pay.ts';
import { failInvoice, newInvoice, payInvoice } from './resources/invoices.ts';
import { expireSession } from './resources/sessions.ts';
import { endSubscription, periodEnd, periodOf } from './resources/subscriptions.ts';

/** After so many failures a subscription ends. */
const MOST_ATTEMPTS = 4;
/** A bank debit arrives by itself after so long, seconds; control can be quicker. */
const DEBIT_ARRIVES_S = 60;

/** Whether the card of a subscription works; control says when not. */
const cardNote = (id: string) => `card:${id}`;
export const setCard = (desk: Desk, id: string, works: boolean) => desk.store.setNote(cardNote(id), works);

function methodOf(desk: Desk, subscription: Subscription) {
  return find(desk, 'payment_method', subscription.default_payment_method ?? '');
}

/** The next try of an invoice that could not be paid. */
function tryAgain(desk: Desk, subscription: Subscription, works: boolean): Subscription {
  const invoice = find(desk, 'invoice', subscription.latest_invoice ?? '');
  if (works) {
    payInvoice(desk, invoice, methodOf(desk, subscription));
    return change<'subscription'>(desk, subscription, { status: 'active' }, 'customer.subscription.updated');
  }
  const more = invoice.attempt_count + 1 < MOST_ATTEMPTS;
  failInvoice(desk, invoice, methodOf(desk, subscription), more);
  return more ? subscription : endSubscription(desk, subscription, 'payment_failed');
}

/** The next period begins, and its invoice is paid or not. */
function nextPeriod(desk: Desk, subscription: Subscription, works: boolean): Subscription {
  const start = periodOf(subscription).end;
  const recurring = subscription.items.data[0]?.price.recurring ?? { interval: 'month', interval_count: 1 };
  const period = { start, end: periodEnd(start, recurring) };
  const data = subscription.items.data.map((item) => ({
    ...item,
    current_period_start: period.start,
    current_period_end: period.end,
  }));
  const moved = change<'subscription'>(desk, subscription, { items: { ...subscription.items, data } });
  const invoice = newInvoice(desk, moved, 'subscription_cycle', period);
  const method = methodOf(desk, subscription);
  if (works) payInvoice(desk, invoice, method);
  else failInvoice(desk, invoice, method, true);
  return change<'subscription'>(
    desk,
    { ...moved, items: subscription.items },
    { items: moved.items, latest_invoice: invoice.id, status: works ? 'active' : 'past_due' },
    'customer.subscription.updated',
  );
}

/**
 * The next thing that time brings a subscription: its end where that was asked for, another try of a failed invoice,
 * else the next period. Throws where it is over.
 */
export function renew(desk: Desk, id: string, works: boolean): Subscription {
  const subscription = find(desk, 'subscription', id);
  if (subscription.status === 'canceled') throw invalid(`Subscription ${id} is over.`);
  if (subscription.cancel_at_period_end) return endSubscription(desk, subscription, 'cancellation_requested');
  if (subscription.status === 'past_due') return tryAgain(desk, subscription, works);
  return nextPeriod(desk, subscription, works);
}

/** When time next brings this subscription something, Unix seconds. */
function dueAt(desk: Desk, subscription: Subscription): number {
  if (subscription.status === 'past_due' && !subscription.cancel_at_period_end)
    return (
      desk.store.get('invoice', subscription.latest_invoice ?? '')?.next_payment_attempt ?? Number.POSITIVE_INFINITY
    );
  return periodOf(subscription).end;
}

/** Brings everything up to the clock. A long leap renews once for each period in it. */
export function catchUp(desk: Desk): void {
  const now = desk.now();
  for (const session of desk.store.find('checkout.session', { where: { status: 'open' } }))
    if (session.expires_at <= now) expireSession(desk, session);
  for (const intent of desk.store.find('payment_intent', { where: { status: 'processing' } })) {
    const [session] = desk.store.find('checkout.session', { where: { payment_intent: intent.id } });
    if (session && intent.created + DEBIT_ARRIVES_S <= now) settleLater(desk, session, true);
  }
  for (const { id } of desk.store.find('subscription', { whereNot: { status: 'canceled' } }))
    for (;;) {
      const subscription = find(desk, 'subscription', id);
      const due = dueAt(desk, subscription);
      if (subscription.status === 'canceled' || due > now) break;
      // At its own moment, not at the end of the leap: what follows from it is counted from there.
      renew({ ...desk, now: () => due }, id, desk.store.note(cardNote(id), true));
    }
}
