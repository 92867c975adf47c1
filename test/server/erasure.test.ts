/** A person leaves: what is kept about them is given to them whole, and then nothing of it can be found any more. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TABLE_GRANTS } from '../../prisma/grants.ts';
import { reconcile } from '../../server/src/payments/reconcile.ts';
import { believed, checkReceipt, type PublishedKey } from '../../server/src/receipts/rules.ts';
import { verifyLedger } from '../../server/src/wallet/verify.ts';
import { freshAddress, unique } from './app.ts';
import { goLive, tip } from './commerce-kit.ts';
import { type Shop, startShop } from './payments-rig.ts';

let shop: Shop;
let stripe: Stripe;
beforeAll(async () => {
  shop = await startShop();
  const { hostname, port } = new URL(shop.app.config.stripe.apiBase);
  const key = shop.app.config.secrets.stripeSecretKey;
  stripe = new Stripe(key, { host: hostname, port, protocol: 'http', telemetry: false });
  const { varDir, secrets, secure: _secure, ...settings } = shop.app.config;
  writeFileSync(join(varDir, 'settings.json'), JSON.stringify(settings));
  writeFileSync(join(varDir, 'secrets.json'), JSON.stringify(secrets));
});
afterAll(async () => {
  const { db, config } = shop.app.platform;
  expect((await verifyLedger(db, config.secrets.ledgerKey, [])).problems).toEqual([]);
  expect(await shop.sums()).toEqual([]);
  await shop.stop();
});

const PASSWORD = 'a long enough password';
const call = (...args: Parameters<Shop['app']['call']>) => shop.app.call(...args);

/** Which of these stand in the database, and where. */
async function foundOf(words: Readonly<Record<string, string>>): Promise<string[]> {
  const found: string[] = [];
  for (const table of Object.keys(TABLE_GRANTS)) {
    const text = JSON.stringify(await shop.app.owner(`SELECT * FROM \`${table}\``), (_key, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
    ).toLowerCase();
    for (const [what, word] of Object.entries(words))
      if (text.includes(word.toLowerCase())) found.push(`${what} in ${table}`);
  }
  return found;
}

/** Somebody with an account and a confirmed address who has done everything that one can do here. */
async function busyFan() {
  const { app } = shop;
  const name = unique('Violeta Quux ');
  const email = `${unique('violeta.q')}@example.org`;
  const words = { name, email, whatsapp: '+40799123456', message: unique('a poem for you '), address: freshAddress() };
  const body = { email, name, password: PASSWORD, language: 'es', acceptTerms: true };
  expect((await call('POST', '/api/auth/sign-up/email', { body, address: words.address })).status).toBe(200);
  await app.owner('UPDATE user SET emailVerified = TRUE WHERE email = ?', [email]);
  const signedIn = await call('POST', '/api/auth/sign-in/email', {
    body: { email, password: PASSWORD },
    address: words.address,
  });
  const cookie = signedIn.cookies.find((text) => text.startsWith(`${app.names.session}=`))?.split(';')[0] ?? '';
  const userId = String((await call('GET', '/api/account', { cookie })).body['userId']);
  await call('POST', '/api/account/consent', { cookie, body: { acceptTerms: true }, address: words.address });
  const channel = await shop.channel();
  const tokens = shop.boughtOf(await shop.buyTokens(cookie, 500));
  await shop.press(tokens);
  await shop.control.quiet();
  expect(
    (
      await tip(app, cookie, {
        toCreatorId: channel.ownerId,
        amountTokens: 200,
        message: words.message,
        context: { channel: channel.slug },
      })
    ).status,
  ).toBe(200);
  await call('POST', '/api/wallet/limit', { cookie, body: { monthlyTokens: 5000 } });
  const membership = shop.boughtOf(await shop.subscribe(cookie, channel));
  await shop.press(membership);
  await shop.control.quiet();
  const code = await shop.paidCode(channel, { email, whatsapp: words.whatsapp });
  const text = String((await shop.checkout(code)).body['code']);
  await goLive(app, channel);
  const entered = await app.validate(text, channel.slug, { address: words.address });
  expect(entered.status).toBe(200);
  await app.owner('UPDATE access_code SET label = ? WHERE email = ?', [`for ${name}`, email]);
  // The line of a use is carried to the code by the worker.
  await app.owner('UPDATE access_code SET lastAddress = ? WHERE email = ?', [words.address, email]);
  return { words, cookie, userId, email, channel, tokens, code, device: app.deviceCookie(entered) };
}

test('the export holds purchases, payments, words, notices and uses; then all of it is gone, and the books hold', async () => {
  const { app } = shop;
  const who = await busyFan();
  const { words, cookie, userId, channel } = who;
  const transferId = await shop.transferOf(who.tokens);
  const receipt = (await call('GET', `/api/receipts/${transferId}`, { cookie })).body;
  expect(await foundOf(words)).toEqual(
    expect.arrayContaining([
      'name in user',
      'name in tip',
      'name in notice',
      'email in checkout',
      'email in payment',
      'email in subscription',
      'whatsapp in checkout',
      'message in tip',
      'message in notice',
      'email in access_code',
      'name in access_code',
      'address in code_usage',
      'address in audit_event',
      'address in session',
      'address in access_code',
    ]),
  );
  const { body } = await call('GET', '/api/account/export', { cookie });
  expect(body['incomplete']).toEqual([]);
  const exported = JSON.stringify(body);
  for (const [what, word] of Object.entries(words)) expect([what, exported.includes(word)]).toEqual([what, true]);
  const data = body['data'] as Record<string, unknown[]>;
  const filled = Object.entries(data).flatMap(([table, rows]) => (rows.length > 0 ? [table] : []));
  expect(filled).toEqual(
    expect.arrayContaining([
      'sessions',
      'notices',
      'bookings',
      'checkouts',
      'payments',
      'subscriptions',
      'stripeCustomers',
      'memberships',
      'tips',
      'spendingLimit',
      'done',
      'codes',
      'codeUses',
      'codeDevices',
      'checkoutsWithoutAccount',
      'paymentsWithoutAccount',
      'mails',
    ]),
  );
  const [customer] = await app.owner('SELECT customerId FROM stripe_customer WHERE userId = ?', [userId]);
  const [running] = await app.owner('SELECT stripeSubscriptionId AS id FROM subscription WHERE userId = ?', [userId]);

  const erase = (more: object = {}) =>
    call('POST', '/api/account/erase', { cookie, body: { password: PASSWORD, ...more } });
  expect((await erase()).body['code']).toBe('account.wallet_not_empty');
  expect((await erase({ giveUpTokens: true })).body).toEqual({ erased: true });
  await shop.control.quiet();
  expect(await foundOf(words)).toEqual([]);
  // The membership ended at Stripe first, and the customer there is deleted.
  expect(await shop.ctx.stripe.subscription(String(running?.['id']))).toMatchObject({ status: 'canceled' });
  await expect(stripe.customers.retrieve(String(customer?.['customerId']))).resolves.toMatchObject({ deleted: true });
  expect(await app.owner('SELECT * FROM stripe_customer WHERE userId = ?', [userId])).toEqual([]);
  // What was bought with the address alone still opens the door to the device that holds it.
  const current = await call('GET', `/api/live-sessions/current?channel=${channel.slug}`, { cookie: who.device });
  expect(current.body['access']).toBe(true);
  // The creator still sees the sales, of somebody without a name; the receipt that was handed out still proves.
  const earned = await call('GET', `/api/tips?channel=${channel.slug}`, { cookie: await app.signIn(channel) });
  expect(JSON.stringify(earned.body)).toContain('"amountTokens":200');
  const published = (await call('GET', '/api/receipts/keys')).body['keys'] as PublishedKey[];
  expect(checkReceipt(receipt, believed(published, [published[0]?.id ?? '']))).toMatchObject({ good: true });
  const again = (await call('GET', `/api/receipts/${transferId}`, { bearer: app.config.secrets.adminApiKey })).body;
  expect(again).toEqual(receipt);
  // Late events of what is over change nothing and bring no name back.
  await reconcile(shop.ctx, true);
  expect(await foundOf(words)).toEqual([]);
});

test('Stripe is away: nothing is erased while something runs there; a customer is deleted later', async () => {
  const { app } = shop;
  const who = await busyFan();
  const erase = () =>
    call('POST', '/api/account/erase', { cookie: who.cookie, body: { password: PASSWORD, giveUpTokens: true } });
  await shop.control.command('outage', { how: 'error' });
  expect((await erase()).body['code']).toBe('payments.away');
  expect((await call('GET', '/api/account', { cookie: who.cookie })).body).toMatchObject({ email: who.email });
  await shop.control.command('outage', null);
  // Nothing runs any more, and then Stripe is away.
  const [row] = await app.owner('SELECT publicId FROM subscription WHERE userId = ?', [who.userId]);
  await shop.ctx.stripe.cancelNow(
    String(
      (await app.owner('SELECT stripeSubscriptionId AS id FROM subscription WHERE userId = ?', [who.userId]))[0]?.[
        'id'
      ],
    ),
  );
  await shop.control.quiet();
  expect(row).toBeDefined();
  await shop.control.command('outage', { how: 'error' });
  expect((await erase()).body).toEqual({ erased: true });
  await shop.control.command('outage', null);
  expect(await app.owner('SELECT mode FROM stripe_customer WHERE userId = ?', [who.userId])).toHaveLength(1);
  expect(await reconcile(shop.ctx, false)).toMatchObject({ failed: 0 });
  expect(await app.owner('SELECT mode FROM stripe_customer WHERE userId = ?', [who.userId])).toEqual([]);
  expect(await foundOf(who.words)).toEqual([]);
});

test('a page that is open for payment is closed first; a payment that the bank has not decided stands in the way', async () => {
  const { app } = shop;
  const fan = await app.make.fan();
  const cookie = await app.signIn(fan);
  const erase = () => call('POST', '/api/account/erase', { cookie, body: { password: fan.password } });
  const left = shop.boughtOf(await shop.buyTokens(cookie, 500));
  const pending = shop.boughtOf(await shop.buyTokens(cookie, 500));
  await shop.press(pending, 'later');
  await shop.control.quiet();
  expect((await erase()).body['code']).toBe('account.purchase_pending');
  expect((await shop.ctx.stripe.session(left.session))?.status).toBe('expired');
  await shop.control.command('settle', { session: pending.session, succeeded: false });
  await shop.control.quiet();
  expect((await erase()).body).toEqual({ erased: true });
});

const run = promisify(execFile);
/** The `stagedoor` command on this install. */
async function stagedoor(...args: string[]): Promise<string> {
  const main = resolve(import.meta.dirname, '../../scripts/cli/main.ts');
  const env = { ...process.env, STAGEDOOR_VAR: shop.app.config.varDir };
  return (await run(process.execPath, [main, ...args], { env })).stdout;
}

test('without an account: the operator takes along and erases what an address bought', async () => {
  const email = `${unique('guest.q')}@example.org`;
  const words = { email, whatsapp: '+40711222333' };
  const channel = await shop.channel();
  const code = await shop.paidCode(channel, { email, whatsapp: words.whatsapp });
  const open = shop.boughtOf(await shop.buyCode(channel, { email, whatsapp: words.whatsapp }));
  const exported = JSON.parse(await stagedoor('person', 'export', email.toUpperCase())) as {
    data: Record<string, unknown[]>;
  };
  for (const word of Object.values(words)) expect(JSON.stringify(exported)).toContain(word);
  expect(exported.data['codes']).toHaveLength(1);
  expect(exported.data['paymentsWithoutAccount']).toHaveLength(1);
  expect(await stagedoor('person', 'erase', email)).toContain('Nothing was erased');
  expect(await foundOf(words)).not.toEqual([]);
  expect(await stagedoor('person', 'erase', email, '--yes')).toMatch(/^Erased\./);
  await shop.control.quiet();
  expect(await foundOf(words)).toEqual([]);
  expect((await shop.ctx.stripe.session(open.session))?.status).toBe('expired');
  expect((await shop.checkout(code)).body).toMatchObject({ state: 'paid', code: expect.any(String) });
  await expect(stagedoor('person', 'erase', email, '--yes')).rejects.toThrow(/Nothing is kept/);
});

test('with an account, by the operator: the same, without the password', async () => {
  const who = await busyFan();
  await expect(stagedoor('person', 'erase', who.email, '--yes')).rejects.toThrow(/still tokens or earnings/);
  expect(await stagedoor('person', 'erase', who.email, '--yes', '--give-up-tokens')).toContain(who.userId);
  expect(await foundOf(who.words)).toEqual([]);
});

test('a creator, by the operator: shows first, then channels are closed, memberships end, and the words are gone', async () => {
  const { app } = shop;
  const channel = await shop.channel();
  const words = {
    email: channel.email,
    name: unique('The Amazing Zorba '),
    bio: unique('born in a circus '),
    title: unique('An evening with Z '),
    place: unique('Tent no. '),
    label: unique('my blue OBS '),
  };
  const cookie = await app.signIn(channel);
  await app.owner('UPDATE channel SET name = ?, bio = ? WHERE id = ?', [words.name, words.bio, channel.id]);
  await call('POST', '/api/keys', { cookie, body: { channel: channel.slug, label: words.label } });
  const show = await call('POST', '/api/streams/create', {
    cookie,
    body: {
      channel: channel.slug,
      type: 'public',
      title: words.title,
      location: words.place,
      startsAt: new Date(Date.now() + 3_600_000).toISOString(),
    },
  });
  expect(show.status).toBe(200);
  const fan = await app.make.fan();
  const membership = shop.boughtOf(await shop.subscribe(await app.signIn(fan), channel));
  await shop.press(membership);
  await shop.control.quiet();
  expect(await foundOf(words)).toHaveLength(Object.keys(words).length);
  const erase = (...more: string[]) => stagedoor('person', 'erase', channel.email, '--yes', ...more);
  await expect(erase('--close-channels')).rejects.toThrow(/runs or is planned/);
  await app.owner("UPDATE live_show SET state = 'cancelled' WHERE channelId = ?", [channel.id]);
  // What was earned is paid out before anything is erased; the channel is closed by then.
  await expect(erase('--close-channels')).rejects.toThrow(/tokens or earnings/);
  const [paying] = await app.owner('SELECT stripeSubscriptionId AS id FROM subscription WHERE userId = ?', [
    fan.userId,
  ]);
  expect(await shop.ctx.stripe.subscription(String(paying?.['id']))).toMatchObject({ status: 'canceled' });
  await shop.refund(await shop.transferOf(membership));
  await shop.control.quiet();
  expect(await erase()).toMatch(/^Erased\./);
  expect(await foundOf(words)).toEqual([]);
  const page = await call('GET', `/api/live-sessions/current?channel=${channel.slug}`);
  expect(page.body['code']).toBe('channel.not_found');
});
