/** Tax and invoices through the official SDK: amounts, totals and invoices of both kinds agree. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rig, refusal, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig?.stop());

type Behavior = 'inclusive' | 'exclusive';
const line = (behavior: Behavior, amount = 1000) => ({
  quantity: 1,
  price_data: {
    currency: 'eur',
    unit_amount: amount,
    tax_behavior: behavior,
    product_data: { name: 'An access code', tax_code: 'txcd_10000000' },
  },
});
const taxed = (behavior: Behavior, more: Stripe.Checkout.SessionCreateParams = {}) =>
  rig.session(1000, { line_items: [line(behavior)], automatic_tax: { enabled: true }, ...more });
const read = (id: string) =>
  rig.stripe.checkout.sessions.retrieve(id, { expand: ['line_items', 'payment_intent', 'invoice'] });

test('tax is known once the buyer has said from where, on top of the price or within it', async () => {
  const open = await taxed('exclusive');
  expect(open).toMatchObject({
    amount_subtotal: 1000,
    amount_total: 1000,
    total_details: { amount_tax: 0 },
    automatic_tax: { enabled: true, status: 'requires_location_inputs' },
  });
  await rig.press(open, 'pay');
  expect(await read(open.id)).toMatchObject({
    amount_subtotal: 1000,
    amount_total: 1190,
    total_details: { amount_tax: 190 },
    automatic_tax: { status: 'complete', provider: 'stripe' },
    customer_details: { address: { country: 'DE' } },
    line_items: { data: [{ amount_subtotal: 1000, amount_tax: 190, amount_total: 1190 }] },
    payment_intent: { amount_received: 1190 },
    invoice: null,
  });
  const within = await taxed('inclusive');
  await rig.press(within, 'pay');
  expect(await read(within.id)).toMatchObject({
    amount_subtotal: 1000,
    amount_total: 1000,
    total_details: { amount_tax: 160 },
    payment_intent: { amount_received: 1000 },
  });
});

test('the page shows the tax before it is paid', async () => {
  const session = await taxed('exclusive');
  const page = await (await fetch(session.url ?? '')).text();
  expect(page).toMatch(/Tax \(19 %, made up\)<\/span><span>€1\.90/);
  expect(page).toContain('Pay €11.90');
  const within = await (await fetch((await taxed('inclusive')).url ?? '')).text();
  expect(within).toMatch(/Tax in it \(19 %, made up\)<\/span><span>€1\.60/);
  expect(within).toContain('Pay €10.00');
});

test('a customer needs an address, or a page that keeps one', async () => {
  const { id: customer } = await rig.stripe.customers.create({ email: 'fan@example.org' });
  const order = (more: Stripe.Checkout.SessionCreateParams) =>
    rig.stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'http://127.0.0.1/paid',
      customer,
      line_items: [line('exclusive')],
      automatic_tax: { enabled: true },
      ...more,
    });
  const error = await refusal(order({}));
  expect(error).toMatchObject({ code: 'customer_tax_location_invalid', statusCode: 400 });
  await rig.press(await order({ customer_update: { address: 'auto' } }), 'pay');
  expect(await rig.stripe.customers.retrieve(customer)).toMatchObject({ address: { country: 'DE' } });
  // Now it is known from the start.
  expect(await order({})).toMatchObject({ amount_total: 1190, automatic_tax: { status: 'complete' } });
});

test('an invoice of what is paid once agrees with its session, also after a bank debit', async () => {
  for (const action of ['pay', 'later']) {
    const session = await taxed('inclusive', { invoice_creation: { enabled: true } });
    await rig.press(session, action);
    if (action === 'later') {
      expect((await read(session.id)).invoice).toBeNull();
      await rig.control.command('settle', { session: session.id, succeeded: true });
    }
    const { invoice, payment_intent: intent } = await read(session.id);
    expect(invoice).toMatchObject({
      status: 'paid',
      billing_reason: 'manual',
      parent: null,
      subtotal: 1000,
      subtotal_excluding_tax: 840,
      total: 1000,
      total_excluding_tax: 840,
      amount_paid: 1000,
      automatic_tax: { enabled: true, status: 'complete' },
      total_taxes: [{ amount: 160, tax_behavior: 'inclusive', taxable_amount: 840 }],
      lines: { data: [{ amount: 1000, description: 'An access code', taxes: [{ amount: 160 }] }] },
    });
    const { id, hosted_invoice_url: url } = invoice as Stripe.Invoice;
    const payments = await rig.stripe.invoicePayments.list({ invoice: id ?? '' });
    expect(payments.data).toMatchObject([
      { status: 'paid', payment: { payment_intent: (intent as { id: string }).id } },
    ]);
    expect(await (await fetch(url ?? '')).text()).toMatch(/Tax in it .*€1\.60.*All together.*€10\.00/);
  }
  await rig.receiver.waitFor('invoice.paid', 2);
});

test('every month of a subscription is taxed, and its invoices say so', async () => {
  const price = await rig.stripe.prices.create({
    currency: 'eur',
    unit_amount: 500,
    recurring: { interval: 'month' },
    tax_behavior: 'exclusive',
    product_data: { name: 'Membership', tax_code: 'txcd_10000000' },
  });
  const product = await rig.stripe.products.retrieve(price.product as string);
  expect([price.tax_behavior, product.tax_code]).toEqual(['exclusive', 'txcd_10000000']);
  const session = await rig.stripe.checkout.sessions.create({
    mode: 'subscription',
    success_url: 'http://127.0.0.1/paid',
    customer_email: 'fan@example.org',
    automatic_tax: { enabled: true },
    line_items: [{ quantity: 1, price: price.id }],
  });
  await rig.press(session, 'pay');
  const paid = await read(session.id);
  expect(paid).toMatchObject({ amount_subtotal: 500, amount_total: 595, total_details: { amount_tax: 95 } });
  const subscription = await rig.stripe.subscriptions.retrieve(paid.subscription as string);
  expect(subscription.automatic_tax).toMatchObject({ enabled: true, liability: { type: 'self' } });
  await rig.control.command('renew', { subscription: subscription.id, works: true });
  const invoices = await rig.stripe.invoices.list({ subscription: subscription.id });
  expect(invoices.data).toHaveLength(2);
  for (const invoice of invoices.data)
    expect(invoice).toMatchObject({
      subtotal: 500,
      total: 595,
      total_excluding_tax: 500,
      amount_paid: 595,
      total_taxes: [{ amount: 95, tax_behavior: 'exclusive' }],
    });
});
