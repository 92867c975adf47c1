/** Events on their way: late, lost, twice, out of order; the API being away; the process being killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { standinClient } from '../../standin/client.ts';
import { until } from '../kit/until.ts';
import { type Rig, refusal, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig?.stop());

const idsOf = (from: Rig) => from.receiver.received.map(({ event }) => event.id);

test('an event that is refused comes again until it is taken, with growing pauses', async () => {
  const at: number[] = [];
  rig.receiver.answerWith((event) => {
    if (event.type !== 'customer.created') return 200;
    at.push(Date.now());
    return at.length < 4 ? 500 : 200;
  });
  const { id } = await rig.stripe.customers.create({ email: 'fan@example.org' });
  await until(() => at.length === 4, 'four tries', 10_000, 10);
  await rig.control.quiet();
  const pauses = at.slice(1).map((time, index) => time - (at[index] as number));
  expect(pauses[2]).toBeGreaterThan(pauses[0] as number);
  const [event] = (await rig.stripe.events.list({ type: 'customer.created', limit: 1 })).data;
  expect(event).toMatchObject({
    pending_webhooks: 0,
    data: { object: { id } },
    request: { id: expect.stringMatching(/^req_/) },
  });
  const [delivery] = await rig.control.command('deliveries', { limit: 1 });
  expect(delivery).toMatchObject({ event: event?.id, state: 'delivered', attempts: 4, last: '200' });
  rig.receiver.answerWith(() => 200);
});

test('a signature of another secret is not ours', () => {
  const [first] = rig.receiver.received;
  if (!first) throw new Error('nothing was received');
  const check = (raw: string, secret: string) => () => Stripe.webhooks.constructEvent(raw, first.signature, secret);
  expect(check(first.raw, rig.options.webhookSecret)).not.toThrow();
  expect(check(first.raw, `whsec_${'0'.repeat(32)}`)).toThrow(/No signatures found/);
  expect(check(first.raw.replace('customer', 'costumer'), rig.options.webhookSecret)).toThrow(/No signatures found/);
});

test('events can be lost, of one type too; the list has them, and they can be sent again', async () => {
  await rig.control.command('faults', { lose: 1, loseTypes: ['checkout.session.completed'] });
  const session = await rig.session();
  await rig.press(session, 'pay');
  await rig.control.quiet();
  const [event] = (await rig.stripe.events.list({ type: 'checkout.session.completed', limit: 1 })).data;
  if (!event) throw new Error('the list has lost it too');
  expect(event.data.object).toMatchObject({ id: session.id });
  expect(idsOf(rig)).not.toContain(event.id);
  expect(rig.receiver.types()).toContain('payment_intent.succeeded');
  await rig.control.command('resend', { event: event.id });
  await until(() => idsOf(rig).includes(event.id), 'the event', 5000, 10);
});

test('events can come twice, late and out of order', async () => {
  const lone = await startRig();
  try {
    await lone.control.command('faults', { repeat: 2, shuffleMs: 300 });
    const made: string[] = [];
    for (let index = 0; index < 12; index++)
      made.push((await lone.stripe.customers.create({ email: `f${index}@example.org` })).id);
    await lone.control.quiet();
    const seen = lone.receiver.received.map(({ event }) => (event.data.object as { id: string }).id);
    expect(seen).toHaveLength(36);
    expect([...seen].sort()).toEqual([...made, ...made, ...made].sort());
    const firsts = [...new Set(seen)];
    expect(firsts).not.toEqual(made);
    await lone.control.command('faults', { delayMs: 400 });
    const from = Date.now();
    const late = await lone.stripe.customers.create({});
    await lone.receiver.about(late.id);
    expect(Date.now() - from).toBeGreaterThanOrEqual(400);
  } finally {
    await lone.stop();
  }
});

test('the API can fail, hang, limit, be closed, and lose its answer after it did what was asked', async () => {
  const { stripe, control, options } = rig;
  const quick = new Stripe(options.secretKey, {
    host: '127.0.0.1',
    port: options.port,
    protocol: 'http',
    timeout: 300,
    maxNetworkRetries: 0,
  });
  await control.command('outage', { how: 'error', requests: 1 });
  expect(await refusal(stripe.balance.retrieve())).toMatchObject({ statusCode: 500, type: 'StripeAPIError' });
  await stripe.balance.retrieve();
  await control.command('outage', { how: 'limit', requests: 1 });
  expect((await refusal(stripe.balance.retrieve())).type).toBe('StripeRateLimitError');
  await control.command('outage', { how: 'hang' });
  expect((await refusal(quick.balance.retrieve())).message).toContain('timeout');
  await control.command('outage', null);
  await stripe.balance.retrieve();
  await control.command('outage', { how: 'refuse', forMs: 400 });
  await until(
    async () => (await refusal(stripe.balance.retrieve())).type === 'StripeConnectionError',
    'a closed port',
    2000,
    10,
  );
  await until(async () => (await stripe.balance.retrieve()).object === 'balance', 'an open port', 5000, 50);
  await control.command('outage', { how: 'lose_answer', requests: 2 });
  const customer = { email: 'lost@example.org' };
  await refusal(stripe.customers.create(customer, { idempotencyKey: 'customer_lost' }));
  // It is there, though nobody was told; the same key then answers what was answered into the void.
  const there = (await stripe.customers.list({ email: customer.email })).data.map(({ id }) => id);
  expect(there).toHaveLength(1);
  const made = await stripe.customers.create(customer, { idempotencyKey: 'customer_lost' });
  expect([made.id]).toEqual(there);
});

test('control needs its secret, and knows what it takes', async () => {
  const base = `http://127.0.0.1:${rig.options.port}`;
  await expect(standinClient(base, 'wrong').command('advance', { seconds: 1 })).rejects.toThrow(/control secret/);
  await expect(rig.control.command('advance', { seconds: -1 })).rejects.toThrow(/advance/);
});

test('an event of a product that is not ours comes like the others', async () => {
  const made = await rig.control.command('foreign', {
    type: 'invoice.paid',
    object: { id: 'in_elsewhere', object: 'invoice' },
  });
  const told = await rig.receiver.about('in_elsewhere');
  expect(told.event).toMatchObject({ id: made.id, type: 'invoice.paid' });
});

test('a kill loses nothing: neither what was paid, nor the answers to keys, nor events on their way', async () => {
  const lone = await startRig();
  await lone.standin.stop();
  const start = async () => {
    const code = `import { startStandin } from './standin/start.ts';
      const { port } = await startStandin(JSON.parse(process.argv[1])); process.stdout.write(String(port));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, JSON.stringify(lone.options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return child;
  };
  let child = await start();
  try {
    lone.receiver.answerWith(() => 500);
    const params = {
      mode: 'payment',
      success_url: 'http://127.0.0.1/',
      line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 500, product_data: { name: 'x' } } }],
    } as const;
    const session = await lone.stripe.checkout.sessions.create(
      { ...params, line_items: [...params.line_items] },
      { idempotencyKey: 'chk_killed01' },
    );
    await lone.control.command('press', { session: session.id, action: 'pay' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    lone.receiver.answerWith(() => 200);
    const before = lone.receiver.received.length;
    child = await start();
    const again = await lone.stripe.checkout.sessions.create(
      { ...params, line_items: [...params.line_items] },
      { idempotencyKey: 'chk_killed01' },
    );
    expect(again.id).toBe(session.id);
    expect((await lone.stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('paid');
    expect((await lone.stripe.charges.list()).data).toHaveLength(1);
    await lone.control.quiet();
    const after = lone.receiver.received.slice(before).map(({ event }) => event.type);
    expect(after).toContain('checkout.session.completed');
  } finally {
    child.kill('SIGKILL');
    lone.receiver.stop();
  }
});
