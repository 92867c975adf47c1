/** Money on its way back, and what is paid each month: the right follows the money. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reconcile } from '../../server/src/payments/reconcile.ts';
import { giveBack } from '../../server/src/payments/refunds.ts';
import { settleCheckout } from '../../server/src/payments/settle.ts';
import { openDb } from '../../server/src/platform/db.ts';
import { type Bought, type Shop, startShop } from './payments-rig.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(async () => {
  expect(await shop.sums()).toEqual([]);
  await shop.stop();
});

const isRevoked = async (bought: Bought) => ((await shop.codesOf(bought))[0]?.['revokedAt'] ?? null) !== null;
const stateOf = async (bought: Bought) => (await shop.checkout(bought)).body['state'];

test('a part given back keeps the code; the rest ends it, and shares go back to the cent', async () => {
  const channel = await shop.channel({ codePriceMinor: 999, creatorBps: 8000 });
  const bought = await shop.paidCode(channel);
  expect(await shop.creatorHas(channel)).toBe(800n);
  const transferId = await shop.transferOf(bought);
  const first = await shop.refund(transferId, 333);
  expect(first.body).toMatchObject({ state: 'done', amount: 333, refunded: 333 });
  expect(await isRevoked(bought)).toBe(false);
  expect((await shop.refund(transferId, 667)).body).toMatchObject({
    code: 'wallet.refund_too_large',
    details: { left: 666 },
  });
  const rest = await shop.refund(transferId);
  expect(rest.body).toMatchObject({ state: 'done', amount: 666, refunded: 999 });
  expect(await isRevoked(bought)).toBe(true);
  expect(await stateOf(bought)).toBe('refunded');
  expect((await shop.checkout(bought)).body['code']).toBeNull();
  expect(await shop.creatorHas(channel)).toBe(0n);
  await shop.control.quiet();
  const rows = await shop.app.owner('SELECT COUNT(*) AS n FROM ledger_transfer WHERE reverses = ?', [transferId]);
  expect(rows).toEqual([{ n: 2 }]);
});

test('one key is one refund, also for ten at once; more than was paid cannot go back', async () => {
  const channel = await shop.channel();
  const bought = await shop.paidCode(channel);
  const transferId = await shop.transferOf(bought);
  const same = await Promise.all(Array.from({ length: 10 }, () => shop.refund(transferId, 400, 'one-key-for-all')));
  expect(new Set(same.map(({ body }) => body['transferId'])).size).toBe(1);
  const others = await Promise.all(Array.from({ length: 5 }, () => shop.refund(transferId, 400)));
  expect(others.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
  expect((await shop.refund(transferId, 100, 'one-key-for-all')).body['code']).toBe('wallet.key_reused');
  await shop.control.quiet();
  const [payment] = await shop.app.owner('SELECT returnedMinor FROM payment WHERE transferId = ?', [transferId]);
  expect(payment).toEqual({ returnedMinor: 800 });
  expect(await shop.creatorHas(channel)).toBe(160n);
});

test('a creator gives back own sales alone; strangers none', async () => {
  const channel = await shop.channel();
  const transferId = await shop.transferOf(await shop.paidCode(channel));
  const body = { transferId, reason: 'sorry', amount: 1 };
  const ask = (cookie: string) =>
    shop.app.call('POST', '/api/refunds', { cookie, body, headers: { 'idempotency-key': 'by-a-creator' } });
  const stranger = await shop.app.signIn(await shop.channel());
  expect((await ask(stranger)).body['code']).toBe('auth.forbidden');
  expect((await ask(await shop.app.signIn(channel))).body).toMatchObject({ state: 'done', amount: 1 });
});

test('a refund while Stripe is away waits, and is carried out once', async () => {
  const channel = await shop.channel();
  const bought = await shop.paidCode(channel);
  const transferId = await shop.transferOf(bought);
  await shop.control.command('outage', { how: 'error' });
  const answer = await shop.refund(transferId);
  await shop.control.command('outage', null);
  expect(answer.body).toMatchObject({ state: 'pending', transferId: null, amount: 1000, refunded: 0 });
  await shop.app.owner('UPDATE payment_return SET createdAt = createdAt - INTERVAL 1 MINUTE');
  expect((await shop.reconcile()).body).toMatchObject({ refunds: 1, failed: 0 });
  expect((await shop.reconcile()).body).toMatchObject({ refunds: 0, failed: 0 });
  expect(await stateOf(bought)).toBe('refunded');
  expect(await shop.creatorHas(channel)).toBe(0n);
});

test("Stripe's answer to a refund is lost: the repeat finds the same one", async () => {
  const channel = await shop.channel();
  const transferId = await shop.transferOf(await shop.paidCode(channel));
  await shop.control.command('outage', { how: 'lose_answer', requests: 2 });
  await shop.refund(transferId, 400, 'lost-answer');
  await shop.control.command('outage', null);
  await shop.control.quiet();
  await shop.app.owner('UPDATE payment_return SET createdAt = createdAt - INTERVAL 1 MINUTE');
  await shop.reconcile();
  const [payment] = await shop.app.owner('SELECT returnedMinor FROM payment WHERE transferId = ?', [transferId]);
  expect(payment).toEqual({ returnedMinor: 400 });
  expect((await shop.refund(transferId, 400, 'lost-answer')).body).toMatchObject({ state: 'done', refunded: 400 });
});

test('a dispute ends the code and takes the money; one that is won gives both back', async () => {
  const channel = await shop.channel();
  const [won, lost] = [await shop.paidCode(channel), await shop.paidCode(channel)];
  const disputes = [];
  for (const one of [won, lost]) {
    disputes.push(await shop.control.command('dispute', { paymentIntent: await shop.intentOf(one) }));
  }
  await shop.control.quiet();
  expect([await isRevoked(won), await isRevoked(lost), await shop.creatorHas(channel)]).toEqual([true, true, 0n]);
  await shop.control.command('closeDispute', { dispute: disputes[0]?.id ?? '', won: true });
  await shop.control.command('closeDispute', { dispute: disputes[1]?.id ?? '', won: false });
  await shop.control.quiet();
  expect([await isRevoked(won), await isRevoked(lost), await shop.creatorHas(channel)]).toEqual([false, true, 800n]);
  expect([await stateOf(won), await stateOf(lost)]).toEqual(['paid', 'refunded']);
});

test('a code that its creator withdrew stays withdrawn when a dispute is won', async () => {
  const channel = await shop.channel();
  const bought = await shop.paidCode(channel);
  const [code] = await shop.codesOf(bought);
  const cookie = await shop.app.signIn(channel);
  await shop.app.call('POST', `/api/access-codes/${code?.['publicId']}/revoke`, { cookie, body: {} });
  const { id } = await shop.control.command('dispute', { paymentIntent: await shop.intentOf(bought) });
  await shop.control.quiet();
  await shop.control.command('closeDispute', { dispute: id, won: true });
  await shop.control.quiet();
  expect([await stateOf(bought), await isRevoked(bought)]).toEqual(['paid', true]);
});

test('tokens that were spent and charged back become a debt, which the next pack pays first', async () => {
  const fan = await shop.fan();
  const pack = shop.boughtOf(await shop.buyTokens(fan.cookie, 500));
  await shop.press(pack);
  await shop.control.quiet();
  await shop.app.make.channel();
  const [tip] = [{ toCreatorId: (await shop.channel()).ownerId, amountTokens: 400, context: {} }];
  const headers = { 'idempotency-key': 'tip-of-the-test' };
  expect((await shop.app.call('POST', '/api/tips/send', { cookie: fan.cookie, body: tip, headers })).status).toBe(200);
  await shop.control.command('dispute', { paymentIntent: await shop.intentOf(pack) });
  await shop.control.quiet();
  expect([await shop.app.balanceOf(fan), await shop.fanOwes(fan.userId)]).toEqual([0n, -400n]);
  const next = shop.boughtOf(await shop.buyTokens(fan.cookie, 1000));
  await shop.press(next);
  await shop.control.quiet();
  expect([await shop.app.balanceOf(fan), await shop.fanOwes(fan.userId)]).toEqual([600n, 0n]);
});

test('a refund that the bank sends back later counts as never made', async () => {
  const channel = await shop.channel();
  const bought = await shop.paidCode(channel);
  await shop.refund(await shop.transferOf(bought));
  await shop.control.quiet();
  expect([await isRevoked(bought), await shop.creatorHas(channel)]).toEqual([true, 0n]);
  const { stripe } = shop.ctx;
  // The stand-in's refunds never fail, Stripe's may, days later.
  const returnsOf = async (id: string) =>
    (await stripe.returnsOf(id)).map((one) => ({ ...one, status: 'failed' as const }));
  const failing = { ...shop.ctx, stripe: { ...stripe, returnsOf } };
  for (const _twice of [1, 2]) await settleCheckout(failing, bought.id);
  expect([await isRevoked(bought), await shop.creatorHas(channel), await stateOf(bought)]).toEqual([
    false,
    800n,
    'paid',
  ]);
});

test('one connection is enough, as the command line has it', async () => {
  const db = openDb(shop.app.config.secrets.databaseUrl, 1);
  try {
    const channel = await shop.channel();
    const bought = shop.boughtOf(await shop.buyCode(channel));
    await shop.control.command('faults', { lose: 100_000 });
    await shop.press(bought);
    await shop.control.command('faults', {});
    const ctx = { ...shop.ctx, db };
    expect((await reconcile(ctx, true)).failed).toBe(0);
    expect(await stateOf(bought)).toBe('paid');
    const transferId = await shop.transferOf(bought);
    const refund = { transferId, amount: null, reason: 'by command', actor: 'cli', key: 'cli:one-connection' };
    expect(await giveBack(ctx, refund)).toMatchObject({ state: 'done', amount: 1000 });
    expect(await giveBack(ctx, refund)).toMatchObject({ state: 'done', amount: 1000, refunded: 1000 });
  } finally {
    await db.close();
  }
});

test('a ticket goes back into the wallet at once, through the same door', async () => {
  const { app } = shop;
  const channel = await shop.channel();
  const cookie = await app.signIn(channel);
  const startsAt = new Date(Date.now() + 3_600_000).toISOString();
  const show = { channel: channel.slug, type: 'private', ticketPrice: 50, startsAt };
  const { body } = await app.call('POST', '/api/streams/create', { cookie, body: show });
  const fan = await app.make.fan({ balanceTokens: 50n });
  const headers = { 'idempotency-key': 'ticket-of-the-test' };
  const path = `/api/streams/${body['id']}/tickets/checkout`;
  const ticket = await app.call('POST', path, { cookie: await app.signIn(fan), body: {}, headers });
  expect(await app.balanceOf(fan)).toBe(0n);
  const part = await shop.refund(String(ticket.body['transferId']), 20);
  expect(part.body).toMatchObject({ state: 'done', amount: 20, refunded: 20 });
  expect((await shop.refund(String(ticket.body['transferId']))).body).toMatchObject({ amount: 30, refunded: 50 });
  expect(await app.balanceOf(fan)).toBe(50n);
  const rows = await app.owner('SELECT state FROM ticket WHERE userId = ?', [fan.userId]);
  expect(rows).toEqual([{ state: 'refunded' }]);
});

const subscriptionOf = async (cookie: string) => {
  const { body } = await shop.app.call('GET', '/api/subscriptions', { cookie });
  return (body as unknown as Record<string, string | boolean>[])[0] ?? {};
};
const stripeIdOf = async (id: unknown) => {
  const rows = await shop.app.owner('SELECT stripeSubscriptionId AS id FROM subscription WHERE publicId = ?', [id]);
  return String(rows[0]?.['id']);
};
const membershipOf = async (userId: string) =>
  (await shop.app.owner('SELECT state, until FROM membership WHERE userId = ?', [userId]))[0] as
    | { state: string; until: Date }
    | undefined;

async function member() {
  const channel = await shop.channel();
  const fan = await shop.fan();
  const bought = shop.boughtOf(await shop.subscribe(fan.cookie, channel));
  await shop.press(bought);
  await shop.control.quiet();
  const subscription = await subscriptionOf(fan.cookie);
  return { channel, fan, bought, id: String(subscription['id']), stripeId: await stripeIdOf(subscription['id']) };
}
const DAY_MS = 86_400_000;
const GRACE_MS = 3 * DAY_MS;

test('a membership: joined, renewed, cancelled with the paid time, resumed, ended', async () => {
  const { channel, fan, bought, id, stripeId } = await member();
  const joined = await subscriptionOf(fan.cookie);
  expect(joined).toMatchObject({ state: 'active', channel: channel.slug, priceMinor: 500, cancelAtPeriodEnd: false });
  expect((await shop.app.call('GET', `/api/checkouts/${bought.id}`, { cookie: fan.cookie })).body['state']).toBe(
    'paid',
  );
  const until = async () => (await membershipOf(fan.userId))?.until.getTime() ?? 0;
  expect(await until()).toBe(Date.parse(String(joined['currentPeriodEnd'])) + GRACE_MS);
  expect(await shop.creatorHas(channel)).toBe(400n);
  expect((await shop.subscribe(fan.cookie, channel)).body['code']).toBe('subscription.exists');
  const first = await until();
  await shop.control.command('renew', { subscription: stripeId, works: true });
  await shop.control.quiet();
  expect(await until()).toBeGreaterThan(first + 27 * DAY_MS);
  expect(await shop.creatorHas(channel)).toBe(800n);
  const post = (what: string, cookie = fan.cookie) =>
    shop.app.call('POST', `/api/subscriptions/${id}/${what}`, { cookie, body: {} });
  const stranger = await shop.fan();
  expect((await post('cancel', stranger.cookie)).body['code']).toBe('subscription.not_found');
  const cancelled = await post('cancel');
  expect(cancelled.body).toMatchObject({ cancelAtPeriodEnd: true, state: 'active' });
  expect(await until()).toBe(Date.parse(String(cancelled.body['currentPeriodEnd'])));
  expect((await post('resume')).body).toMatchObject({ cancelAtPeriodEnd: false });
  await post('cancel');
  await shop.control.command('renew', { subscription: stripeId, works: true });
  await shop.control.quiet();
  expect(await subscriptionOf(fan.cookie)).toMatchObject({ state: 'ended' });
  expect((await membershipOf(fan.userId))?.state).toBe('ended');
  expect((await post('resume')).body['code']).toBe('subscription.ended');
  const notices = await shop.app.owner('SELECT event FROM notice WHERE userId = ? ORDER BY id', [fan.userId]);
  expect(notices.map(({ event }) => event)).toEqual([
    'payment.received',
    'membership.started',
    'payment.received',
    'membership.ended',
  ]);
});

test('a renewal fails: access for the grace time, then paid after all; or never, and it ends', async () => {
  const [good, bad] = [await member(), await member()];
  for (const { stripeId } of [good, bad]) await shop.control.command('renew', { subscription: stripeId, works: false });
  await shop.control.quiet();
  for (const { fan } of [good, bad]) {
    expect(await subscriptionOf(fan.cookie)).toMatchObject({ state: 'past_due' });
    expect((await membershipOf(fan.userId))?.state).toBe('past_due');
  }
  const grace = (await membershipOf(good.fan.userId))?.until.getTime() ?? 0;
  await shop.control.command('renew', { subscription: good.stripeId, works: true });
  for (let tries = 0; tries < 3; tries += 1) {
    await shop.control.command('renew', { subscription: bad.stripeId, works: false });
  }
  await shop.control.quiet();
  expect(await subscriptionOf(good.fan.cookie)).toMatchObject({ state: 'active' });
  expect((await membershipOf(good.fan.userId))?.until.getTime()).toBeGreaterThan(grace + 20 * DAY_MS);
  expect(await subscriptionOf(bad.fan.cookie)).toMatchObject({ state: 'ended' });
  expect((await membershipOf(bad.fan.userId))?.state).toBe('ended');
});

test('a month given back ends the membership, here and at Stripe', async () => {
  const { channel, fan, id } = await member();
  const [payment] = await shop.app.owner(
    'SELECT p.transferId FROM payment p JOIN subscription s ON s.id = p.subscriptionId WHERE s.publicId = ?',
    [id],
  );
  expect((await shop.refund(String(payment?.['transferId']))).body).toMatchObject({ state: 'done', amount: 500 });
  await shop.control.quiet();
  expect(await subscriptionOf(fan.cookie)).toMatchObject({ state: 'ended' });
  expect((await membershipOf(fan.userId))?.state).toBe('ended');
  expect(await shop.creatorHas(channel)).toBe(0n);
});

test('two tabs join once: the open page is shown again', async () => {
  const channel = await shop.channel();
  const fan = await shop.fan();
  const [one, two] = await Promise.all([shop.subscribe(fan.cookie, channel), shop.subscribe(fan.cookie, channel)]);
  expect(one.body).toEqual(two.body);
});

test("every event of a membership is lost: one reconciling run, or the admin's sync, brings it in line", async () => {
  const channel = await shop.channel();
  const [fan, other] = [await shop.fan(), await shop.fan()];
  await shop.control.command('faults', { lose: 100_000 });
  for (const { cookie } of [fan, other]) await shop.press(shop.boughtOf(await shop.subscribe(cookie, channel)));
  await shop.control.command('faults', {});
  expect((await shop.reconcile()).body).toMatchObject({ failed: 0 });
  expect(await subscriptionOf(fan.cookie)).toMatchObject({ state: 'active' });
  expect(await shop.creatorHas(channel)).toBe(800n);
  const { id } = await subscriptionOf(other.cookie);
  await shop.control.command('faults', { lose: 100_000 });
  await shop.control.command('renew', { subscription: await stripeIdOf(id), works: true });
  await shop.control.command('faults', {});
  const admin = { bearer: shop.app.config.secrets.adminApiKey, origin: null };
  const synced = await shop.app.call('POST', '/api/admin/sync', { ...admin, body: { subscriptionId: id } });
  expect(synced.body).toMatchObject({ id, state: 'active' });
  expect(await shop.creatorHas(channel)).toBe(1200n);
  const unknown = await shop.app.call('POST', '/api/admin/sync', { ...admin, body: { subscriptionId: 'sub_x' } });
  expect(unknown.body['code']).toBe('subscription.not_found');
});

test("a creator's plan is sold and followed; what it provisions is told by its mapping", async () => {
  const creator = await shop.channel();
  const cookie = await shop.app.signIn(creator);
  expect((await shop.app.call('GET', '/api/plans')).body).toEqual([
    { id: 'creator', name: 'Creator', priceMinor: 1900, tax: 'none', currency: 'eur', interval: 'month' },
  ]);
  const began = await shop.app.call('POST', '/api/plans/checkout', { cookie, body: { plan: 'creator' } });
  await shop.press(shop.boughtOf(began));
  await shop.control.quiet();
  expect(await subscriptionOf(cookie)).toMatchObject({ kind: 'plan', plan: 'creator', state: 'active' });
  const mapped = await shop.app.owner('SELECT billing_provider, plan, enhance_plan_id FROM plan_mappings');
  expect(mapped).toEqual([{ billing_provider: 'stripe', plan: 'creator', enhance_plan_id: null }]);
  const unknown = await shop.app.call('POST', '/api/plans/checkout', { cookie, body: { plan: 'none' } });
  expect(unknown.body['code']).toBe('shop.not_sold');
});
