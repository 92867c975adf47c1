/** What Stripe would refuse is refused here, in its words; a request that is sent twice has one effect. */
import { readFileSync } from 'node:fs';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_VERSION } from '../../standin/api.ts';
import { makeTable, tableText } from '../../standin/parameters/table.ts';
import { type Rig, refusal, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig?.stop());

/** Parameters of another version, of a typing mistake, or from JavaScript. */
const loose = (value: unknown) => value as never;
const LINE = { quantity: 1, price_data: { currency: 'eur', unit_amount: 999, product_data: { name: 'A code' } } };
const ORDER = { mode: 'payment', success_url: 'http://127.0.0.1/', line_items: [LINE] } as const;

test('the table of parameters is that of the installed SDK, and so is the version', () => {
  const file = new URL('../../standin/generated/parameters.json', import.meta.url);
  const sdk = new URL('../../node_modules/stripe', import.meta.url).pathname;
  expect(readFileSync(file, 'utf8')).toBe(tableText(makeTable(sdk)));
  expect(API_VERSION).toBe(Stripe.API_VERSION);
});

describe('an order', () => {
  test.for<[string, object, Partial<Stripe.errors.StripeError>]>([
    [
      'with an unknown parameter',
      { ...ORDER, colour: 'red' },
      { code: 'parameter_unknown', param: 'colour', message: 'Received unknown parameter: colour' },
    ],
    [
      'with a parameter of an older version',
      { ...ORDER, payment_method_types: ['card'] },
      { code: 'parameter_unknown', param: 'payment_method_types' },
    ],
    [
      'with an unknown part',
      { ...ORDER, line_items: [{ ...LINE, colour: 'red' }] },
      { code: 'parameter_unknown', param: 'line_items[0][colour]' },
    ],
    [
      'without a currency',
      { ...ORDER, line_items: [{ quantity: 1, price_data: { unit_amount: 1, product_data: { name: 'x' } } }] },
      {
        code: 'parameter_missing',
        param: 'line_items[0][price_data][currency]',
        message: 'Missing required param: line_items[0][price_data][currency].',
      },
    ],
    [
      'with a fraction of a cent',
      { ...ORDER, line_items: [{ ...LINE, price_data: { ...LINE.price_data, unit_amount: 9.5 } }] },
      { code: 'parameter_invalid_integer', message: 'Invalid integer: 9.5' },
    ],
    [
      'with a text for a number',
      { ...ORDER, expires_at: 'tomorrow' },
      { code: 'parameter_invalid_integer', param: 'expires_at' },
    ],
    [
      'with an object for a text',
      { ...ORDER, client_reference_id: { id: 1 } },
      { param: 'client_reference_id', message: 'Invalid string: {"id":"1"}' },
    ],
    ['with a text for a list', { ...ORDER, line_items: 'code' }, { param: 'line_items', message: 'Invalid array' }],
    [
      'with a yes for a number',
      { ...ORDER, allow_promotion_codes: 'perhaps' },
      { param: 'allow_promotion_codes', message: 'Invalid boolean: perhaps' },
    ],
    [
      'of a mode that is none',
      { ...ORDER, mode: 'gift' },
      { param: 'mode', message: 'Invalid mode: must be one of payment, setup, or subscription' },
    ],
    [
      'without a mode',
      { success_url: 'http://127.0.0.1/', line_items: [LINE] },
      { code: 'parameter_missing', param: 'mode' },
    ],
    ['without lines', { ...ORDER, line_items: [] }, { code: 'parameter_missing', param: 'line_items' }],
    [
      'without a quantity',
      { ...ORDER, line_items: [{ price_data: LINE.price_data }] },
      { code: 'parameter_missing', param: 'line_items[0][quantity]' },
    ],
    [
      'with an address that is none',
      { ...ORDER, success_url: 'thanks' },
      { code: 'url_invalid', param: 'success_url' },
    ],
    [
      'with an e-mail that is none',
      { ...ORDER, customer_email: 'fan' },
      { code: 'email_invalid', param: 'customer_email' },
    ],
    [
      'with an empty text',
      { ...ORDER, client_reference_id: '' },
      { code: 'parameter_invalid_empty', param: 'client_reference_id' },
    ],
    [
      'for a customer who is not there',
      { ...ORDER, customer: 'cus_x' },
      { code: 'resource_missing', param: 'customer', message: "No such customer: 'cus_x'" },
    ],
    [
      'of less than 50 cents',
      { ...ORDER, line_items: [{ ...LINE, price_data: { ...LINE.price_data, unit_amount: 49 } }] },
      { code: 'amount_too_small' },
    ],
    ['that ends too soon', { ...ORDER, expires_at: 1 }, { param: 'expires_at' }],
    [
      'of a month in payment mode',
      { ...ORDER, line_items: [{ ...LINE, price_data: { ...LINE.price_data, recurring: { interval: 'month' } } }] },
      { param: 'line_items' },
    ],
    ['of one thing in subscription mode', { ...ORDER, mode: 'subscription' }, { param: 'line_items' }],
    [
      'with data of the other mode',
      { ...ORDER, subscription_data: { metadata: {}, description: 'x' } },
      { param: 'subscription_data' },
    ],
    ['with metadata that is too long', { ...ORDER, metadata: { note: 'x'.repeat(501) } }, { param: 'metadata[note]' }],
    [
      'with what only Stripe has',
      { ...ORDER, tax_id_collection: { enabled: true } },
      { code: 'standin_not_covered', param: 'tax_id_collection' },
    ],
    [
      'with tax for a price that does not say how',
      { ...ORDER, automatic_tax: { enabled: true } },
      { param: 'automatic_tax[enabled]' },
    ],
    [
      'with a tax that is none',
      { ...ORDER, line_items: [{ ...LINE, price_data: { ...LINE.price_data, tax_behavior: 'perhaps' } }] },
      { param: 'line_items[0][price_data][tax_behavior]' },
    ],
    [
      'of something that is in no list of taxes',
      {
        ...ORDER,
        line_items: [{ ...LINE, price_data: { ...LINE.price_data, product_data: { name: 'x', tax_code: 'code' } } }],
      },
      { code: 'resource_missing', param: 'tax_code' },
    ],
    [
      'that keeps the address of nobody',
      { ...ORDER, customer_update: { address: 'auto' } },
      { param: 'customer_update' },
    ],
    [
      'of a month with an invoice, which it has anyway',
      { ...ORDER, mode: 'subscription', invoice_creation: { enabled: true } },
      { param: 'invoice_creation' },
    ],
  ])('%s is refused', async ([, params, expected]) => {
    const error = await refusal(rig.stripe.checkout.sessions.create(loose(params)));
    expect(error).toMatchObject({ ...expected, statusCode: 400, requestId: expect.stringMatching(/^req_\w{14}$/) });
  });
});

test('keys, versions and addresses that are wrong', async () => {
  const { port } = rig.options;
  const with_ = (key: string, more: object = {}) =>
    new Stripe(key, { host: '127.0.0.1', port, protocol: 'http', ...more });
  const key = await refusal(with_('sk_test_wrong').balance.retrieve());
  expect(key).toMatchObject({
    type: 'StripeAuthenticationError',
    statusCode: 401,
    message: 'Invalid API Key provided: sk_test_****rong',
  });
  const version = await refusal(with_(rig.options.secretKey, { apiVersion: '2019-01-01' }).balance.retrieve());
  expect(version.message).toContain('Invalid Stripe API version: 2019-01-01');
  expect(await refusal(rig.stripe.coupons.list())).toMatchObject({
    statusCode: 404,
    message: expect.stringContaining('Unrecognized request URL (GET: /v1/coupons)'),
  });
  expect(await refusal(rig.stripe.paymentIntents.retrieve('pi_none'))).toMatchObject({
    statusCode: 404,
    code: 'resource_missing',
    param: 'id',
  });
  await rig.session();
  const expand = await refusal(rig.stripe.checkout.sessions.list({ expand: ['data.colour'] }));
  expect(expand).toMatchObject({ statusCode: 400, param: 'expand' });
});

test('the same key and body have one effect and one answer; another body is refused', async () => {
  const order = { ...ORDER, line_items: [LINE], metadata: { a: '1' } };
  const idempotencyKey = 'chk_00000001';
  const [first, second] = await Promise.all([
    rig.stripe.checkout.sessions.create(order, { idempotencyKey }),
    rig.stripe.checkout.sessions.create(order, { idempotencyKey }),
  ]);
  expect(second).toEqual(first);
  const replayed = [first, second].filter(({ lastResponse }) => lastResponse.headers['idempotent-replayed'] === 'true');
  expect(replayed).toHaveLength(1);
  const other = await refusal(
    rig.stripe.checkout.sessions.create({ ...order, metadata: { a: '2' } }, { idempotencyKey }),
  );
  expect(other).toMatchObject({ type: 'StripeIdempotencyError', rawType: 'idempotency_error', statusCode: 400 });
  expect(other.message).toContain(`Try using a key other than '${idempotencyKey}'`);
});

test('a refusal that began is kept under its key, and one for its form is not', async () => {
  const session = await rig.session();
  await rig.press(session, 'pay');
  const { payment_intent: intent } = await rig.stripe.checkout.sessions.retrieve(session.id);
  const refund = (params: object, idempotencyKey: string) =>
    rig.stripe.refunds.create(loose(params), { idempotencyKey });
  await refusal(refund({ payment_intent: intent, amount: 1000 }, 'key_of_too_much'));
  const again = await refusal(refund({ payment_intent: intent, amount: 1000 }, 'key_of_too_much'));
  expect(again.headers?.['idempotent-replayed']).toBe('true');
  await refusal(refund({ payment_intent: intent, colour: 'red' }, 'key_of_mistake'));
  expect(await refund({ payment_intent: intent }, 'key_of_mistake')).toMatchObject({ amount: 999 });
});

test('lists are paged as by Stripe, both ways and by the SDK itself', async () => {
  const lone = await startRig();
  try {
    const made: string[] = [];
    for (let index = 0; index < 7; index++)
      made.unshift((await lone.stripe.customers.create({ email: `fan${index}@example.org` })).id);
    const ids = (list: { data: { id: string }[] }) => list.data.map(({ id }) => id);
    const first = await lone.stripe.customers.list({ limit: 3 });
    expect(first).toMatchObject({ object: 'list', has_more: true, url: '/v1/customers' });
    expect(ids(first)).toEqual(made.slice(0, 3));
    const last = await lone.stripe.customers.list({ limit: 4, starting_after: made[2] as string });
    expect([ids(last), last.has_more]).toEqual([made.slice(3), false]);
    const back = await lone.stripe.customers.list({ limit: 2, ending_before: made[3] as string });
    expect([ids(back), back.has_more]).toEqual([made.slice(1, 3), true]);
    const all: string[] = [];
    for await (const customer of lone.stripe.customers.list({ limit: 2 })) all.push(customer.id);
    expect(all).toEqual(made);
    const wrong = await refusal(lone.stripe.customers.list({ limit: 101 }));
    expect(wrong).toMatchObject({ param: 'limit', message: 'This value must be less than or equal to 100.' });
    const events = await lone.stripe.events.list({ types: ['customer.created'], created: { gte: 1 }, limit: 100 });
    expect(events.data).toHaveLength(7);
    expect((await lone.stripe.events.list({ type: 'customer.*' })).data).toHaveLength(7);
    expect((await lone.stripe.events.list({ created: { lt: 1000 } })).data).toEqual([]);
  } finally {
    await lone.stop();
  }
});

test('a customer is deleted once; it is still known by its id, and by nothing else', async () => {
  const lone = await startRig();
  try {
    const { id } = await lone.stripe.customers.create({ email: 'fan@example.org', name: 'Fan' });
    expect(await lone.stripe.customers.del(id)).toEqual(
      expect.objectContaining({ id, object: 'customer', deleted: true }),
    );
    expect(JSON.stringify(await lone.stripe.customers.retrieve(id))).not.toContain('fan@');
    expect(await refusal(lone.stripe.customers.del(id))).toMatchObject({ code: 'resource_missing' });
  } finally {
    await lone.stop();
  }
});
