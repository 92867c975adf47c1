/** What the operator sees, and what the operator says on the command line. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unique } from './app.ts';
import { creatorsOf, type Owned } from './creators-kit.ts';
import { type Shop, startShop } from './payments-rig.ts';

let shop: Shop;
let creators: ReturnType<typeof creatorsOf>;
beforeAll(async () => {
  shop = await startShop();
  creators = creatorsOf(shop.app);
  const { varDir, secrets, secure: _secure, ...settings } = shop.app.config;
  writeFileSync(join(varDir, 'settings.json'), JSON.stringify(settings));
  writeFileSync(join(varDir, 'secrets.json'), JSON.stringify(secrets));
});
afterAll(() => shop.stop());

const get = (path: string) => shop.app.call('GET', path, { bearer: shop.app.config.secrets.adminApiKey });

/** Not `spawnSync`: the stand-in that the command asks lives in this process. */
async function stagedoor(...args: string[]) {
  const main = resolve(import.meta.dirname, '../../scripts/cli/main.ts');
  const env = { ...process.env, STAGEDOOR_VAR: shop.app.config.varDir };
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> };
}

async function askedFor(channel: Owned, amount: number): Promise<string> {
  await creators.age((await creators.codeSale(channel, BigInt(amount))).transferId, 40);
  const { body } = await shop.app.call('POST', '/api/payouts', {
    bearer: shop.app.config.secrets.adminApiKey,
    origin: null,
    body: { channel: channel.slug, currency: 'eur', amount },
    headers: { 'idempotency-key': randomUUID() },
  });
  return String(body['id']);
}

test('the dashboard: sales of today and of 30 days by source, payouts, mails, Stripe, the ledger', async () => {
  const channel = (await shop.channel({ codePriceMinor: 1000, creatorBps: 8000 })) as Owned;
  const bought = await shop.paidCode(channel);
  await shop.refund(await shop.transferOf(bought), 300);
  const fan = await shop.fan();
  const topup = shop.boughtOf(await shop.buyTokens(fan.cookie, 1000));
  await shop.press(topup);
  await shop.control.quiet();
  await creators.tip(channel, fan.userId, 100n);
  const old = await creators.tip(channel, fan.userId, 50n);
  await creators.age(old.transferId, 5);
  await creators.age((await creators.tip(channel, fan.userId, 7n)).transferId, 31);
  const id = await askedFor({ ...channel, creatorBps: 10_000 } as Owned, 4000);
  const { body } = await get('/api/admin/dashboard');
  const sales = body['sales'] as Record<'today' | 'days30', Record<string, unknown>[]>;
  expect(sales.today).toEqual([
    { source: 'code', currency: 'eur', count: 1, gross: 1000, tax: 0, platform: 200, refunded: 300 },
    { source: 'tip', currency: 'TOKEN', count: 1, gross: 100, tax: 0, platform: 20, refunded: 0 },
    { source: 'tokens', currency: 'eur', count: 1, gross: 999, tax: 0, platform: 0, refunded: 0 },
  ]);
  expect(sales.days30).toContainEqual(expect.objectContaining({ source: 'tip', count: 2, gross: 150 }));
  expect(body).toMatchObject({
    live: { shows: [], viewers: 0 },
    payouts: { waiting: [{ currency: 'eur', count: 1, amount: 4000, cashMinor: 4000 }], paying: 0 },
    outbox: { failed: 0 },
    stripe: { mode: 'standin', lastReconcileAt: null, refundsWaiting: 0 },
    ledger: { lastVerify: null, lastSealAt: null },
  });
  expect((body['stripe'] as Record<string, unknown>)['lastWebhookAt']).toEqual(expect.any(String));
  expect((body['ledger'] as { owed: unknown[] }).owed).toContainEqual({
    kind: 'payout',
    currency: 'eur',
    amount: 4000,
  });
  await stagedoor('ledger', 'verify');
  const later = (await get('/api/admin/dashboard')).body['ledger'] as { lastVerify: unknown };
  // These tests made bookings older than they are, and the proof says so.
  expect(later.lastVerify).toEqual({ at: expect.any(String), ok: false });
  expect((await stagedoor('payout', 'reject', id, '--reason', 'a test')).status).toBe(0);
});

test('a show that runs is on the dashboard with its viewers; a test stream is not', async () => {
  const channel = await shop.channel();
  const other = await shop.channel();
  const insert = (channelId: number, state: string, isTest: boolean, viewers: number) =>
    shop.app.owner(
      `INSERT INTO live_show (publicId, channelId, title, state, goLiveMode, viewerLimit, graceSeconds, test, viewers)
       VALUES (?, ?, 'On air', ?, 'auto', 100, 60, ?, ?)`,
      [`shw_${randomUUID().replaceAll('-', '').slice(0, 26)}`, channelId, state, isTest, viewers],
    );
  await insert(channel.id, 'live', false, 12);
  await insert(other.id, 'live', true, 1);
  const { live } = (await get('/api/admin/dashboard')).body as unknown as { live: Record<string, unknown> };
  expect(live).toMatchObject({ viewers: 12, shows: [{ channel: channel.slug, state: 'live', viewers: 12 }] });
});

test('a customer: purchases with and without an account, codes as hints, tickets, subscriptions, refunds', async () => {
  const channel = await shop.channel({ codePriceMinor: 1000, membershipPriceMinor: 500 });
  const fan = await shop.fan();
  const code = await shop.paidCode(channel, { email: fan.email });
  const clear = String((await shop.checkout(code)).body['code']);
  const sale = await shop.transferOf(code);
  const back = await shop.refund(sale, 400);
  const member = shop.boughtOf(await shop.subscribe(fan.cookie, channel));
  await shop.press(member);
  const unpaid = shop.boughtOf(await shop.buyTokens(fan.cookie, 500));
  await shop.control.quiet();
  const answer = await get(`/api/admin/customers?email=${encodeURIComponent(fan.email.toUpperCase())}`);
  expect(answer.body).toMatchObject({
    account: {
      userId: fan.userId,
      emailVerified: expect.any(Boolean),
      channels: [fan.slug],
      wallet: { balance: 0, debt: 0 },
    },
    tickets: [],
    tips: { count: 0, totalTokens: 0 },
    subscriptions: [{ kind: 'membership', channel: channel.slug, state: 'active' }],
    refunds: [
      { reverses: sale, transferId: back.body['transferId'], amountMinor: 400, kind: 'refund', state: 'taken' },
    ],
  });
  const purchases = answer.body['purchases'] as Record<string, unknown>[];
  expect(purchases).toHaveLength(3);
  expect(purchases).toContainEqual(
    expect.objectContaining({ checkoutId: code.id, kind: 'code', state: 'paid', refundedMinor: 400, transferId: sale }),
  );
  expect(purchases).toContainEqual(
    expect.objectContaining({ checkoutId: unpaid.id, kind: 'tokens', state: 'open', transferId: null }),
  );
  const [shown] = answer.body['codes'] as { hint: string }[];
  expect(shown?.hint).toBe(`${clear.slice(0, 3)}…${clear.slice(-2)}`);
  expect(JSON.stringify(answer.body)).not.toContain(clear);
  // Somebody without an account, and nobody at all.
  const email = `${unique('guest')}@example.org`;
  await shop.paidCode(channel, { email });
  const guest = await get(`/api/admin/customers?email=${email}`);
  expect(guest.body).toMatchObject({
    account: null,
    purchases: [{ kind: 'code' }],
    codes: [{ channel: channel.slug }],
  });
  expect((await get('/api/admin/customers?email=nobody@example.org')).body).toMatchObject({
    account: null,
    purchases: [],
  });
  expect((await get('/api/admin/customers?email=nonsense')).status).toBe(400);
});

test('stagedoor payout: list, approve, paid, reject; what cannot be done is one sentence and exit code 1', async () => {
  const channel = (await shop.channel({ creatorBps: 10_000 })) as Owned;
  const [byHand, rejected] = [await askedFor(channel, 4000), await askedFor(channel, 2500)];
  const listed = (await stagedoor('payout', 'list', '--state', 'requested', '--json')).json();
  const ids = (listed['payouts'] as { id: string }[]).map(({ id }) => id);
  expect(ids.indexOf(byHand)).toBeLessThan(ids.indexOf(rejected));
  expect((await stagedoor('payout', 'list')).stdout).toMatch(
    new RegExp(`${byHand}\\s+requested\\s+4000 eur \\(minor\\)`),
  );
  expect((await stagedoor('payout', 'approve', byHand, '--json')).json()).toMatchObject({
    state: 'approved',
    method: null,
  });
  const paid = await stagedoor('payout', 'paid', byHand, '--reference', 'SEPA 4711', '--json');
  expect(paid.json()).toMatchObject({ state: 'paid', method: 'hand', reference: 'SEPA 4711' });
  const again = await stagedoor('payout', 'paid', byHand, '--reference', 'SEPA 4711');
  expect(again).toMatchObject({ status: 1, stderr: 'This payout is paid: that cannot be done with it any more.\n' });
  expect((await stagedoor('payout', 'reject', rejected, '--reason', 'Ask again')).stdout).toMatch(
    /is rejected: 2500 eur/,
  );
  expect((await stagedoor('payout', 'approve', 'pot_x')).status).toBe(1);
  expect((await stagedoor('payout', 'list', '--state', 'odd')).stderr).toMatch(/--state is one of requested/);
  expect((await stagedoor('payout', 'reject', rejected)).status).toBe(2);
  const [line] = await shop.app.owner("SELECT actor FROM audit_event WHERE kind = 'payout.paid' AND subject = ?", [
    byHand,
  ]);
  expect(line).toEqual({ actor: 'cli' });
});
