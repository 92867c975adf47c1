/** What money bought: codes, seats, and who was told. */
import type { Env } from './clients.ts';
import type { Row } from './database/cells.ts';
import type { Model } from './database/driver.ts';
import { takenOf } from './stripe.ts';
import { committed, type Ledger, number, text } from './tables.ts';

type Fail = (problem: string) => void;

const count = (rows: readonly Row[], wanted: Readonly<Record<string, unknown>>): number =>
  rows.filter((row) => Object.entries(wanted).every(([column, value]) => row[column] === value)).length;

/** Paid has exactly one code, unpaid none; what Stripe has taken back is withdrawn. */
function checkPages(model: Model, env: Env, fail: Fail): void {
  const checkouts = committed(model, 'checkout');
  const codes = committed(model, 'access_code');
  const payments = committed(model, 'payment');
  for (const page of env.stripe.pages.values()) {
    const row = checkouts.find((one) => one['publicId'] === page.checkoutId);
    if (!row) {
      fail(`${page.id} has no purchase`);
      continue;
    }
    const paid = page.status === 'complete';
    if (paid !== ['paid', 'refunded'].includes(text(row, 'state')))
      fail(`${page.id} is ${page.status}, its purchase ${text(row, 'state')}`);
    const issued = codes.filter((one) => one['issuedBy'] === page.checkoutId);
    const wanted = paid && row['kind'] === 'code' ? 1 : 0;
    if (issued.length !== wanted) fail(`${page.id} is ${page.status} and has ${issued.length} codes`);
    const { intent } = page;
    const disputed = intent?.returns.some(({ kind, status }) => kind === 'dispute' && status !== 'won');
    const gone = intent !== null && (disputed || takenOf(intent) >= intent.amountMinor);
    for (const code of issued)
      if ((code['revokedAt'] !== null) !== gone) fail(`a code of ${page.id} is ${gone ? 'still' : 'not'} valid`);
  }
  for (const intent of env.stripe.intents.values()) {
    const booked = payments.filter((row) => row['paymentIntentId'] === intent.id);
    if (booked.length !== 1) fail(`${intent.id} was booked ${booked.length} times`);
    const returned = number(booked[0] ?? {}, 'returnedMinor');
    if (returned !== takenOf(intent)) fail(`${returned} of ${intent.id} went back, and ${takenOf(intent)} at Stripe`);
  }
  const waiting = count(committed(model, 'payment_return'), { state: 'wanted' });
  if (waiting > 0) fail(`${waiting} refunds were never carried out`);
  if (committed(model, 'stripe_event').length !== env.stripe.events.length) fail('an event was not recorded');
}

function checkSeats(model: Model, ledger: Ledger, fail: Fail): void {
  const tickets = committed(model, 'ticket');
  for (const show of committed(model, 'live_show')) {
    const valid = tickets.filter((row) => row['showId'] === show['id'] && row['state'] === 'valid');
    if (valid.length > number(show, 'viewerLimit'))
      fail(`${valid.length} tickets for ${number(show, 'viewerLimit')} seats`);
    if (number(show, 'ticketsSold') !== valid.length)
      fail(`${number(show, 'ticketsSold')} seats are taken by ${valid.length} tickets`);
    if (show['state'] === 'cancelled' && valid.length > 0) fail('a ticket of a cancelled show is still valid');
    if (new Set(valid.map((row) => row['userId'])).size !== valid.length) fail('a fan has two tickets for one show');
  }
  for (const kind of ['ticket', 'tip']) {
    const rows = committed(model, kind);
    const booked = ledger.bookings.filter((one) => one.kind === kind).map(({ publicId }) => publicId);
    const named = new Set(rows.map((row) => row['transferId']));
    if (rows.length !== booked.length || booked.some((id) => !named.has(id)))
      fail(`${booked.length} bookings of a ${kind}, ${rows.length} of it`);
  }
}

/** Each thing that happened has told whom it concerns, once, by each of their ways. */
function checkNotices(model: Model, fail: Fail): void {
  const notices = committed(model, 'notice');
  const deliveries = committed(model, 'notice_delivery');
  const told = (event: string, key: string, times: number): void => {
    const found = count(notices, { event, dedupeKey: key });
    if (found !== times) fail(`${event} ${key} was written ${found} times instead of ${times}`);
  };
  for (const tip of committed(model, 'tip')) told('tip.received', text(tip, 'publicId'), 1);
  for (const ticket of committed(model, 'ticket')) {
    told('ticket.bought', text(ticket, 'publicId'), 1);
    told('ticket.refunded', text(ticket, 'publicId'), ticket['state'] === 'refunded' ? 1 : 0);
  }
  for (const row of committed(model, 'payment')) {
    told('payment.received', text(row, 'transferId'), row['kind'] === 'membership' ? 2 : 1);
  }
  for (const row of committed(model, 'payout')) {
    told('payout.requested', text(row, 'publicId'), 1);
    told('payout.paid', text(row, 'publicId'), row['state'] === 'paid' ? 1 : 0);
    told('payout.rejected', text(row, 'publicId'), row['state'] === 'rejected' ? 1 : 0);
  }
  for (const code of committed(model, 'access_code')) told('code.issued', text(code, 'publicId'), 1);
  for (const notice of notices) {
    const ways = (notice['userId'] === null ? 0 : 1) + (notice['email'] === null ? 0 : 1);
    if (count(deliveries, { noticeId: notice['id'] }) !== ways)
      fail(`${text(notice, 'event')} is not delivered ${ways} times`);
  }
}

export function checkHandedOver(model: Model, env: Env, ledger: Ledger, fail: Fail): void {
  checkPages(model, env, fail);
  checkSeats(model, ledger, fail);
  checkNotices(model, fail);
}
