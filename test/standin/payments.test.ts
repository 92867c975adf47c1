/** Orders, payments and refunds through the official SDK. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rig, refusal, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig?.stop());

async function bought(amount = 999) {
  const session = await rig.session(amount, { metadata: { checkout: 'chk_1' }, client_reference_id: 'ref' });
  const answer = await rig.press(session, 'pay');
  expect(answer.status).toBe(303);
  return { session, location: answer.headers.get('location') };
}

test('an order is paid once, and the answers hold together', async () => {
  const { session, location } = await bought();
  expect(location).toBe(`http://127.0.0.1/paid?session=${session.id}`);
  expect(session).toMatchObject({ status: 'open', payment_status: 'unpaid', payment_intent: null, amount_total: 999 });
  expect(session.id).toMatch(/^cs_test_\w{58}$/);
  const paid = await rig.stripe.checkout.sessions.retrieve(session.id, {
    expand: ['line_items', 'payment_intent.latest_charge.balance_transaction'],
  });
  expect(paid).toMatchObject({
    status: 'complete',
    payment_status: 'paid',
    url: null,
    metadata: { checkout: 'chk_1' },
    client_reference_id: 'ref',
    customer_details: { email: 'fan@example.org' },
  });
  expect(paid.line_items?.data).toMatchObject([{ description: 'An access code', amount_total: 999, quantity: 1 }]);
  expect(paid.payment_intent).toMatchObject({
    object: 'payment_intent',
    status: 'succeeded',
    amount_received: 999,
    latest_charge: {
      object: 'charge',
      paid: true,
      balance_transaction: { type: 'charge', amount: 999, fee: 40, net: 959 },
    },
  });
  // The address of a paid session is gone from the object, not from the buyer's browser.
  const again = await rig.press(session, 'pay');
  expect(again.status).toBe(303);
  const charges = await rig.stripe.charges.list({ payment_intent: (paid.payment_intent as { id: string }).id });
  expect(charges.data).toHaveLength(1);
});

test('two clicks at once pay once', async () => {
  const session = await rig.session();
  const answers = await Promise.all([rig.press(session, 'pay'), rig.press(session, 'pay'), rig.press(session, 'pay')]);
  expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
  const places = answers.map(({ headers }) => headers.get('location'));
  expect(new Set(places)).toEqual(new Set([`http://127.0.0.1/paid?session=${session.id}`]));
  const { payment_intent: intent } = await rig.stripe.checkout.sessions.retrieve(session.id);
  const charges = await rig.stripe.charges.list({ payment_intent: intent as string });
  expect(charges.data).toHaveLength(1);
});

test('an order that expired cannot be paid', async () => {
  const session = await rig.session();
  await rig.stripe.checkout.sessions.expire(session.id);
  await rig.press(session, 'pay');
  const over = await rig.stripe.checkout.sessions.retrieve(session.id);
  expect(over).toMatchObject({ status: 'expired', payment_status: 'unpaid', payment_intent: null, url: null });
  const again = await refusal(rig.stripe.checkout.sessions.expire(session.id));
  expect(again.message).toContain('This Checkout Session has a status of `expired`.');
});

test('a declined card says so, the session stays open, and the next card pays', async () => {
  const session = await rig.session();
  const declined = await rig.press(session, 'decline');
  expect(declined.status).toBe(303);
  const page = await fetch(new URL(declined.headers.get('location') ?? '', session.url ?? ''));
  expect(await page.text()).toContain('Your card was declined.');
  const open = await rig.stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
  expect(open).toMatchObject({
    status: 'open',
    payment_status: 'unpaid',
    payment_intent: {
      status: 'requires_payment_method',
      last_payment_error: { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline' },
    },
  });
  await rig.press(session, 'pay');
  const paid = await rig.stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
  expect(paid).toMatchObject({
    payment_status: 'paid',
    payment_intent: { status: 'succeeded', last_payment_error: null },
  });
  const { data } = await rig.stripe.charges.list({ payment_intent: (paid.payment_intent as { id: string }).id });
  expect(data.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
});

test('refunds in part and in full, and no more than is left', async () => {
  const { session } = await bought(1000);
  const paid = await rig.stripe.checkout.sessions.retrieve(session.id);
  const intent = paid.payment_intent as string;
  const part = await rig.stripe.refunds.create({
    payment_intent: intent,
    amount: 400,
    reason: 'requested_by_customer',
  });
  expect(part).toMatchObject({ object: 'refund', amount: 400, status: 'succeeded', payment_intent: intent });
  const tooMuch = await refusal(rig.stripe.refunds.create({ payment_intent: intent, amount: 601 }));
  expect(tooMuch).toMatchObject({ type: 'StripeInvalidRequestError', param: 'amount', statusCode: 400 });
  expect(tooMuch.message).toBe('Refund amount (€6.01) is greater than unrefunded amount on charge (€6.00)');
  const rest = await rig.stripe.refunds.create({ payment_intent: intent });
  expect(rest.amount).toBe(600);
  const over = await refusal(rig.stripe.refunds.create({ payment_intent: intent }));
  expect(over.code).toBe('charge_already_refunded');
  const { latest_charge: charge } = await rig.stripe.paymentIntents.retrieve(intent, {
    expand: ['latest_charge.refunds'],
  });
  expect(charge).toMatchObject({
    refunded: true,
    amount_refunded: 1000,
    refunds: { data: [{ amount: 600 }, { amount: 400 }] },
  });
  const list = await rig.stripe.refunds.list({ payment_intent: intent });
  expect(list.data.map(({ id }) => id)).toEqual([rest.id, part.id]);
});

test('every step is told by a signed event, and the list of events has them too', async () => {
  const { session } = await bought(700);
  const told = await rig.receiver.about(session.id);
  expect(told.event).toMatchObject({
    object: 'event',
    type: 'checkout.session.completed',
    api_version: expect.stringMatching(/^\d{4}-\d\d-\d\d\.\w+$/),
    livemode: false,
    data: { object: { payment_status: 'paid', customer_details: { email: 'fan@example.org' } } },
  });
  const { data } = await rig.stripe.events.list({ type: 'checkout.session.completed', limit: 1 });
  expect(data[0]?.id).toBe(told.event.id);
  expect(rig.receiver.types()).toEqual(expect.arrayContaining(['payment_intent.succeeded', 'charge.succeeded']));
});
