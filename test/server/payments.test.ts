/** Sales through Stripe's stand-in, from the click to the thing bought, and what may go wrong on the way. */
import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settleCheckout } from '../../server/src/payments/settle.ts';
import { WEBHOOK_PATHS } from '../../server/src/payments/webhook.ts';
import { unique } from './app.ts';
import { type Shop, startShop } from './payments-rig.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.stop());

test('a stranger buys a code and watches with it: booked once, mailed once, kept with the purchase', async () => {
  const { app } = shop;
  const channel = await shop.channel();
  const offer = await app.call('GET', `/api/shop?channel=${channel.slug}`);
  expect(offer.body).toMatchObject({
    currency: 'eur',
    standIn: true,
    code: { priceMinor: 1000, hours: 8, symbolsHint: 'PLI•••••••••', warning: null, soldOut: false },
    membership: { priceMinor: 500 },
    custom: { minorPer100: 110, min: 100 },
  });
  const email = `${unique('f')}@example.org`;
  const bought = shop.boughtOf(await shop.buyCode(channel, { email, whatsapp: '+40712345678', language: 'ro' }));
  expect((await shop.checkout(bought)).body).toMatchObject({ state: 'open', code: null, checkoutUrl: bought.url });
  await shop.press(bought);
  await shop.control.quiet();
  const page = await shop.checkout(bought);
  expect(page.body).toMatchObject({ state: 'paid', kind: 'code', channel: channel.slug, standIn: true });
  expect((await app.validate(String(page.body['code']), channel.slug)).status).toBe(200);
  expect(await shop.creatorHas(channel)).toBe(800n);
  const [row] = await app.owner('SELECT * FROM checkout WHERE publicId = ?', [bought.id]);
  expect(row).toMatchObject({ email, whatsapp: '+40712345678', amountMinor: 1000, currency: 'eur', method: 'card' });
  expect(row?.['paymentIntentId']).toMatch(/^pi_/);
  const notices = await app.owner('SELECT event, language FROM notice WHERE email = ?', [email]);
  expect(notices).toEqual([{ event: 'code.issued', language: 'ro' }]);
  // Neither a stranger, nor who guesses the claim, sees the code.
  expect((await shop.checkout(bought, null)).status).toBe(404);
  expect((await shop.checkout(bought, 'x'.repeat(43))).status).toBe(404);
});

test('a declined card leaves the purchase open, and the same page takes another card', async () => {
  const channel = await shop.channel();
  const bought = shop.boughtOf(await shop.buyCode(channel));
  await shop.press(bought, 'decline');
  await shop.control.quiet();
  expect((await shop.checkout(bought)).body).toMatchObject({ state: 'open', code: null });
  expect(await shop.codesOf(bought)).toHaveLength(0);
  await shop.press(bought);
  await shop.control.quiet();
  expect((await shop.checkout(bought)).body['state']).toBe('paid');
});

test('the webhook is lost: the success page asks by itself and shows the one code', async () => {
  const channel = await shop.channel();
  const bought = shop.boughtOf(await shop.buyCode(channel));
  await shop.control.command('faults', { lose: 1000 });
  try {
    await shop.press(bought);
    const page = await shop.checkout(bought);
    expect(page.body['state']).toBe('paid');
    expect((await shop.checkout(bought)).body['code']).toBe(page.body['code']);
  } finally {
    await shop.control.command('faults', {});
  }
  expect(await shop.codesOf(bought)).toHaveLength(1);
  expect(await shop.transfersOf(bought)).toHaveLength(1);
});

test('a bank debit: complete, and paid only when the money is there; one that fails gives nothing', async () => {
  const channel = await shop.channel();
  const [good, bad] = [shop.boughtOf(await shop.buyCode(channel)), shop.boughtOf(await shop.buyCode(channel))];
  for (const one of [good, bad]) await shop.press(one, 'later');
  await shop.control.quiet();
  expect((await shop.checkout(good)).body['state']).toBe('open');
  await shop.control.command('settle', { session: good.session, succeeded: true });
  await shop.control.command('settle', { session: bad.session, succeeded: false });
  await shop.control.quiet();
  expect((await shop.checkout(good)).body['state']).toBe('paid');
  expect((await shop.checkout(bad)).body['state']).toBe('failed');
  expect(await shop.codesOf(bad)).toHaveLength(0);
});

test('webhook, success page and reconciler at once, twenty racers: one code, one transfer', async () => {
  const channel = await shop.channel();
  await shop.control.command('faults', { lose: 1000 });
  const bought = shop.boughtOf(await shop.buyCode(channel));
  await shop.press(bought);
  await shop.control.command('faults', {});
  const deliveries = await shop.control.command('deliveries', { limit: 20 });
  const lost = deliveries.filter(({ state }) => state === 'lost');
  const resent = lost.flatMap(({ event }) => [event, event]).map((event) => shop.control.command('resend', { event }));
  const pages = Array.from({ length: 4 }, () => shop.checkout(bought));
  const asked = Array.from({ length: 10 }, () => settleCheckout(shop.ctx, bought.id));
  const states = await Promise.all([...asked, ...pages, ...resent, shop.reconcile(), shop.reconcile()]);
  expect(states.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'paid'));
  await shop.control.quiet();
  expect(await shop.codesOf(bought)).toHaveLength(1);
  expect(await shop.transfersOf(bought)).toHaveLength(1);
  expect(await shop.creatorHas(channel)).toBe(800n);
});

test('a repeated request is the same purchase; another one with its key is refused', async () => {
  const channel = await shop.channel();
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 8 }, () => shop.buyCode(channel, {}, key)));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  const other = await shop.buyCode(channel, { email: 'other@example.org' }, key);
  expect(other.body['code']).toBe('wallet.key_reused');
  const headers = { 'idempotency-key': 'short' };
  const body = { channel: channel.slug, email: 'a@example.org', language: 'en', consent: true };
  expect((await shop.app.call('POST', '/api/access-codes/buy', { body, headers })).body['code']).toBe(
    'request.idempotency_key',
  );
});

test('what is not sold, not agreed to, too late or sold out is refused with its name', async () => {
  const none = await shop.channel({ codePriceMinor: null, membershipPriceMinor: null });
  expect((await shop.buyCode(none)).body['code']).toBe('shop.not_sold');
  const channel = await shop.channel({ viewerLimit: 1 });
  expect((await shop.buyCode(channel, { consent: false })).body['details']).toMatchObject({ field: 'consent' });
  const far = new Date(Date.now() + 40 * 86_400_000).toISOString();
  expect((await shop.buyCode(channel, { startsAt: far })).body['code']).toBe('shop.starts_at');
  // Connections that are open already, so that the racers meet.
  const wide = await shop.channel();
  await Promise.all(Array.from({ length: 20 }, () => shop.buyCode(wide)));
  const racers = await Promise.all(Array.from({ length: 20 }, () => shop.buyCode(channel)));
  const refused = racers.filter(({ status }) => status !== 200);
  expect(refused.map(({ body }) => body['code'])).toEqual(Array.from({ length: 19 }, () => 'shop.sold_out'));
});

test('what Stripe itself refuses is one clear sentence, and the purchase is closed later', async () => {
  const channel = await shop.channel();
  // Below the least that Stripe takes; the studio would not save it.
  await shop.app.owner('UPDATE channel SET codePriceMinor = 10 WHERE slug = ?', [channel.slug]);
  const answer = await shop.buyCode(channel);
  expect([answer.status, answer.body['code']]).toEqual([502, 'payments.refused']);
});

test('hours that would end before the show are warned of; a code for later opens nothing before', async () => {
  const channel = await shop.channel();
  const startsAt = new Date(Date.now() + 20 * 3_600_000);
  const cookie = await shop.app.signIn(channel);
  const body = { channel: channel.slug, startsAt: startsAt.toISOString(), type: 'public' };
  expect((await shop.app.call('POST', '/api/streams/create', { cookie, body })).status).toBe(200);
  const offer = (await shop.app.call('GET', `/api/shop?channel=${channel.slug}`)).body['code'] as Record<
    string,
    string
  >;
  expect(offer['warning']).toBe('ends_before');
  expect(Date.parse(offer['laterStart'] ?? '')).toBe(startsAt.getTime() - 15 * 60_000);
  const bought = await shop.paidCode(channel, { startsAt: offer['laterStart'] });
  const page = (await shop.checkout(bought)).body;
  expect(page['codeStartsAt']).toBe(offer['laterStart']);
  expect(Date.parse(String(page['codeExpiresAt'])) - Date.parse(String(page['codeStartsAt']))).toBe(8 * 3_600_000);
  expect((await shop.app.validate(String(page['code']), channel.slug)).body['code']).toBe('code.not_started');
});

test('tokens: a pack, a custom amount, and the wallet once the page asks', async () => {
  const fan = await shop.fan();
  const pack = shop.boughtOf(await shop.buyTokens(fan.cookie, 500));
  const custom = shop.boughtOf(await shop.buyTokens(fan.cookie, 150));
  for (const one of [pack, custom]) await shop.press(one);
  await shop.control.quiet();
  const page = await shop.app.call('GET', `/api/checkouts/${pack.id}`, { cookie: fan.cookie });
  expect(page.body).toMatchObject({ state: 'paid', amountMinor: 549, tokens: 500, balanceTokens: 650 });
  const [row] = await shop.app.owner('SELECT amountMinor FROM checkout WHERE publicId = ?', [custom.id]);
  expect(row?.['amountMinor']).toBe(165);
  expect((await shop.buyTokens(fan.cookie, 99)).body['code']).toBe('shop.amount');
  const other = await shop.fan();
  expect((await shop.app.call('GET', `/api/checkouts/${pack.id}`, { cookie: other.cookie })).status).toBe(404);
});

test('Stripe away: a clear answer and nothing lost; the reconciler opens the page, and a buyer who asks again gets it', async () => {
  const channel = await shop.channel();
  const key = randomUUID();
  await shop.control.command('outage', { how: 'error' });
  const answer = await shop.buyCode(channel, {}, key);
  await shop.control.command('outage', null);
  expect(answer).toMatchObject({ status: 503, body: { code: 'payments.away' } });
  const bought = shop.boughtOf(await shop.buyCode(channel, {}, key));
  await shop.press(bought);
  await shop.control.quiet();
  expect((await shop.checkout(bought)).body['state']).toBe('paid');
});

test("Stripe's answer is lost: the repeat finds the same session, and a payment on it is known by its metadata", async () => {
  const channel = await shop.channel();
  const key = randomUUID();
  await shop.control.command('outage', { how: 'lose_answer', requests: 2 });
  await shop.buyCode(channel, {}, key);
  const [session] = await shop.app.owner(
    'SELECT publicId FROM checkout WHERE requestKey = ? AND stripeSessionId IS NULL',
    [`code:${key}`],
  );
  expect(session).toBeDefined();
  const events = await shop.control.command('deliveries', { limit: 1 });
  expect(events).toBeDefined();
  const bought = shop.boughtOf(await shop.buyCode(channel, {}, key));
  // As if the process had died before it noted the session.
  await shop.app.owner('UPDATE checkout SET stripeSessionId = NULL WHERE publicId = ?', [bought.id]);
  await shop.press(bought);
  await shop.control.quiet();
  expect(await shop.codesOf(bought)).toHaveLength(1);
});

const signed = (payload: string, secret: string, seconds = Math.floor(Date.now() / 1000)) =>
  `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${payload}`).digest('hex')}`;

test('a webhook that Stripe did not sign is refused at each of its addresses, and nothing is written', async () => {
  const { app } = shop;
  const secret = app.config.secrets.stripeWebhookSecret;
  const object = { id: 'cs_x', object: 'checkout.session', metadata: { install: app.config.installId } };
  const event = {
    id: unique('evt_'),
    object: 'event',
    type: 'checkout.session.completed',
    created: 1,
    data: { object },
  };
  const payload = JSON.stringify(event);
  const counts = () =>
    app.owner('SELECT (SELECT COUNT(*) FROM stripe_event) AS e, (SELECT COUNT(*) FROM audit_event) AS a');
  const before = await counts();
  const post = (path: string, body: string, signature: string | null) =>
    app.call('POST', path, { origin: null, body, headers: signature ? { 'stripe-signature': signature } : {} });
  for (const path of WEBHOOK_PATHS) {
    const wrong = [
      await post(path, payload.replace('cs_x', 'cs_y'), signed(payload, secret)),
      await post(path, payload, signed(payload, secret, Math.floor(Date.now() / 1000) - 301)),
      await post(path, payload, signed(payload, `${secret}x`)),
      await post(path, JSON.stringify(event, null, 2), signed(payload, secret)),
      await post(path, payload, null),
      await post(path, payload, 'nonsense'),
    ];
    expect(wrong.map(({ status, body }) => [status, body['code']])).toEqual(
      wrong.map(() => [400, 'payments.signature']),
    );
  }
  expect(await counts()).toEqual(before);
  for (const path of WEBHOOK_PATHS) {
    const body = JSON.stringify({ ...event, id: unique('evt_') });
    expect(await post(path, body, signed(body, secret))).toMatchObject({ status: 200, body: { outcome: 'foreign' } });
    expect(await post(path, body, signed(body, secret))).toMatchObject({ status: 200, body: { outcome: 'duplicate' } });
  }
  const unknown = JSON.stringify({ ...event, id: unique('evt_'), type: 'issuing_card.created' });
  expect((await post(WEBHOOK_PATHS[0] ?? '', unknown, signed(unknown, secret))).body['outcome']).toBe('unused');
});

test('a code is sent again only to the address it was bought with, and everybody gets the same answer', async () => {
  const { app } = shop;
  const channel = await shop.channel();
  const email = `${unique('f')}@example.org`;
  const bought = await shop.paidCode(channel, { email });
  const again = (body: Record<string, unknown>) => app.call('POST', '/api/access-codes/resend', { body });
  const answers = [
    await again({ email }),
    await again({ email: 'nobody@example.org' }),
    await again({ email, channel: 'none' }),
  ];
  expect(answers.map(({ body }) => body)).toEqual(answers.map(() => ({ sent: true })));
  const [code] = await shop.codesOf(bought);
  const sent = await app.owner("SELECT email, data FROM notice WHERE event = 'code.resent' AND email = ?", [email]);
  expect(sent.map(({ data }) => JSON.parse(String(data)))).toEqual([{ codeId: code?.['publicId'] }]);
  expect(await app.owner("SELECT 1 FROM notice WHERE email = 'nobody@example.org'")).toHaveLength(0);
});

test('an abandoned page expires', async () => {
  // The last one: the stand-in's clock is then an hour ahead of ours.
  const channel = await shop.channel();
  const bought = shop.boughtOf(await shop.buyCode(channel));
  await shop.app.platform.db.run('UPDATE checkout SET createdAt = createdAt - INTERVAL 1 HOUR WHERE publicId = ?', [
    bought.id,
  ]);
  await shop.control.command('advance', { seconds: 3600 });
  await shop.control.quiet();
  expect((await shop.checkout(bought)).body).toMatchObject({ state: 'expired', checkoutUrl: null });
});
