/** Subscriptions from the first month to the last, disputes, connected accounts and transfers. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rig, refusal, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig?.stop());

const MONTH_S = 28 * 86_400;
const endOf = (subscription: Stripe.Subscription) => subscription.items.data[0]?.current_period_end ?? 0;

async function begun() {
  const session = await rig.subscription();
  const subscription = session.subscription as Stripe.Subscription;
  const events = async () => (await rig.stripe.events.list({ limit: 100 })).data.map(({ type }) => type);
  return { session, subscription, id: subscription.id, events };
}

test('a session begins a subscription, with a customer and an invoice that is paid', async () => {
  const { session, subscription, id } = await begun();
  expect(session).toMatchObject({
    status: 'complete',
    payment_status: 'paid',
    mode: 'subscription',
    payment_intent: null,
  });
  expect(subscription).toMatchObject({ status: 'active', metadata: { channel: 'c1' }, cancel_at_period_end: false });
  expect(endOf(subscription) - subscription.start_date).toBeGreaterThanOrEqual(MONTH_S);
  const invoice = session.invoice as Stripe.Invoice;
  expect(invoice).toMatchObject({
    status: 'paid',
    billing_reason: 'subscription_create',
    amount_paid: 500,
    parent: { subscription_details: { subscription: id, metadata: { channel: 'c1' } } },
    lines: { data: [{ amount: 500, period: { end: endOf(subscription) } }] },
    payments: { data: [{ status: 'paid', payment: { type: 'payment_intent' } }] },
  });
  const intent = invoice.payments?.data[0]?.payment.payment_intent as string;
  const payments = await rig.stripe.invoicePayments.list({
    payment: { type: 'payment_intent', payment_intent: intent },
  });
  expect(payments.data.map((one) => one.invoice)).toEqual([invoice.id]);
  const customer = await rig.stripe.customers.retrieve(session.customer as string);
  expect(customer).toMatchObject({ email: 'fan@example.org', object: 'customer' });
  await rig.receiver.waitFor('invoice.paid');
  await rig.receiver.waitFor('customer.subscription.created');
});

test('it renews; a card that fails makes it past due, and paying makes it active again', async () => {
  const { subscription, id } = await begun();
  const renewed = await rig.control.command('renew', { subscription: id, works: true });
  expect(renewed.status).toBe('active');
  expect(endOf(renewed)).toBeGreaterThan(endOf(subscription));
  const failed = await rig.control.command('renew', { subscription: id, works: false });
  expect(failed.status).toBe('past_due');
  const open = await rig.stripe.invoices.retrieve(failed.latest_invoice as string);
  expect(open).toMatchObject({ status: 'open', attempt_count: 1, amount_paid: 0 });
  const paid = await rig.control.command('renew', { subscription: id, works: true });
  expect(paid.status).toBe('active');
  expect(endOf(paid)).toBe(endOf(failed));
  const invoices = await rig.stripe.invoices.list({ subscription: id });
  expect(invoices.data.map(({ status, billing_reason }) => `${billing_reason} ${status}`)).toEqual([
    'subscription_cycle paid',
    'subscription_cycle paid',
    'subscription_create paid',
  ]);
});

test('after four failures it ends', async () => {
  const { id, events } = await begun();
  const states: string[] = [];
  for (let attempt = 0; attempt < 4; attempt++)
    states.push((await rig.control.command('renew', { subscription: id, works: false })).status);
  expect(states).toEqual(['past_due', 'past_due', 'past_due', 'canceled']);
  expect((await events()).slice(0, 2)).toEqual(['customer.subscription.deleted', 'invoice.payment_failed']);
  const over = await rig.stripe.subscriptions.retrieve(id);
  expect(over.cancellation_details?.reason).toBe('payment_failed');
});

test('it ends at the end of the paid time when asked, and goes on when asked again', async () => {
  const { subscription, id } = await begun();
  const ending = await rig.stripe.subscriptions.update(id, { cancel_at_period_end: true });
  expect(ending).toMatchObject({ status: 'active', cancel_at_period_end: true, cancel_at: endOf(subscription) });
  const resumed = await rig.stripe.subscriptions.update(id, { cancel_at_period_end: false });
  expect(resumed).toMatchObject({ cancel_at_period_end: false, cancel_at: null, canceled_at: null });
  await rig.stripe.subscriptions.update(id, { cancel_at_period_end: true });
  const ended = await rig.control.command('renew', { subscription: id, works: true });
  expect(ended.status).toBe('canceled');
  const listed = await rig.stripe.subscriptions.list({ customer: subscription.customer as string });
  expect(listed.data).toEqual([]);
  const all = await rig.stripe.subscriptions.list({ customer: subscription.customer as string, status: 'all' });
  expect(all.data.map((one) => one.id)).toEqual([id]);
  const late = await refusal(rig.stripe.subscriptions.update(id, { cancel_at_period_end: false }));
  expect(late.message).toContain('A canceled subscription can only update');
  expect((await refusal(rig.stripe.subscriptions.cancel(id))).code).toBe('resource_missing');
});

test('the clock renews by itself and expires sessions', async () => {
  const lone = await startRig();
  try {
    const { subscription } = await lone.subscription();
    const id = (subscription as Stripe.Subscription).id;
    const session = await lone.session();
    await lone.control.command('advance', { seconds: 65 * 86_400 });
    expect((await lone.stripe.invoices.list({ subscription: id })).data).toHaveLength(3);
    expect((await lone.stripe.checkout.sessions.retrieve(session.id)).status).toBe('expired');
    const page = await fetch(session.url ?? '');
    expect(page.status).toBe(410);
    expect(await page.text()).toContain('This checkout has expired');
    await lone.control.command('card', { subscription: id, works: false });
    await lone.control.command('advance', { seconds: 60 * 86_400 });
    expect((await lone.stripe.subscriptions.retrieve(id)).status).toBe('canceled');
  } finally {
    await lone.stop();
  }
});

test('a dispute takes the money; won, it comes back', async () => {
  const session = await rig.session(2000);
  await rig.press(session, 'pay');
  const { payment_intent: intent } = await rig.stripe.checkout.sessions.retrieve(session.id);
  const opened = await rig.control.command('dispute', { paymentIntent: intent as string });
  const dispute = await rig.stripe.disputes.retrieve(opened.id, { expand: ['charge'] });
  expect(dispute).toMatchObject({ status: 'needs_response', amount: 2000, charge: { disputed: true } });
  const refused = await refusal(rig.stripe.refunds.create({ payment_intent: intent as string }));
  expect(refused.code).toBe('charge_disputed');
  const won = await rig.control.command('closeDispute', { dispute: opened.id, won: true });
  expect(won.balance_transactions.map(({ amount }) => amount)).toEqual([-2000, 2000]);
  const list = await rig.stripe.disputes.list({ payment_intent: intent as string });
  expect(list.data[0]?.status).toBe('won');
  const other = await rig.session(800);
  await rig.press(other, 'pay');
  const paid = await rig.stripe.checkout.sessions.retrieve(other.id);
  const second = await rig.control.command('dispute', { paymentIntent: paid.payment_intent as string });
  expect((await rig.stripe.disputes.close(second.id)).status).toBe('lost');
  await rig.receiver.waitFor('charge.dispute.closed', 2);
});

test('a bank debit is complete before it is paid', async () => {
  for (const succeeded of [true, false]) {
    const session = await rig.session(700);
    await rig.press(session, 'later');
    const waiting = await rig.stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
    expect(waiting).toMatchObject({
      status: 'complete',
      payment_status: 'unpaid',
      payment_intent: { status: 'processing' },
    });
    await rig.control.command('settle', { session: session.id, succeeded });
    const settled = await rig.stripe.checkout.sessions.retrieve(session.id);
    expect(settled.payment_status).toBe(succeeded ? 'paid' : 'unpaid');
    await rig.receiver.waitFor(`checkout.session.async_payment_${succeeded ? 'succeeded' : 'failed'}`);
  }
});

test('a connected account is paid only once its owner has told everything, and no more than there is', async () => {
  const account = await rig.stripe.accounts.create({
    type: 'express',
    country: 'DE',
    email: 'creator@example.org',
    capabilities: { transfers: { requested: true } },
  });
  expect(account).toMatchObject({ payouts_enabled: false, capabilities: { transfers: 'inactive' } });
  const transfer = { amount: 1000, currency: 'eur', destination: account.id };
  const early = await refusal(rig.stripe.transfers.create(transfer));
  expect(early.code).toBe('insufficient_capabilities_for_transfer');
  const nobody = await refusal(rig.stripe.transfers.create({ ...transfer, destination: 'acct_none' }));
  expect(nobody).toMatchObject({ code: 'resource_missing', message: "No such destination: 'acct_none'" });
  expect(await refusal(rig.stripe.accounts.retrieve('acct_none'))).toMatchObject({
    type: 'StripePermissionError',
    code: 'account_invalid',
  });
  const link = await rig.stripe.accountLinks.create({
    account: account.id,
    type: 'account_onboarding',
    refresh_url: 'http://127.0.0.1/again',
    return_url: 'http://127.0.0.1/payouts',
  });
  const finish = () =>
    fetch(link.url, { method: 'POST', body: new URLSearchParams({ action: 'finish' }), redirect: 'manual' });
  expect((await finish()).headers.get('location')).toBe('http://127.0.0.1/payouts');
  expect((await finish()).headers.get('location')).toBe('http://127.0.0.1/again');
  expect(await rig.stripe.accounts.retrieve(account.id)).toMatchObject({
    payouts_enabled: true,
    details_submitted: true,
  });
  await rig.receiver.waitFor('account.updated');
  const poor = await refusal(rig.stripe.transfers.create({ ...transfer, amount: 90_000_000 }));
  expect(poor.code).toBe('balance_insufficient');
  await rig.control.command('fund', { amount: 5000, currency: 'eur' });
  const before = (await rig.stripe.balance.retrieve()).available[0]?.amount ?? 0;
  const made = await rig.stripe.transfers.create(transfer);
  expect((await rig.stripe.balance.retrieve()).available[0]?.amount).toBe(before - 1000);
  await rig.stripe.transfers.createReversal(made.id, { amount: 400 });
  const more = await refusal(rig.stripe.transfers.createReversal(made.id, { amount: 601 }));
  expect(more.param).toBe('amount');
  expect(await rig.stripe.transfers.retrieve(made.id)).toMatchObject({ amount_reversed: 400, reversed: false });
  expect((await rig.stripe.transfers.list({ destination: account.id })).data).toHaveLength(1);
});
