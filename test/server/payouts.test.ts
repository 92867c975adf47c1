/** Paying creators: each amount once, whoever asks twice, and whatever dies on the way. */
import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StripeRefused } from '../../server/src/payments/stripe.ts';
import { finishPayouts, sendPayout } from '../../server/src/payouts/send.ts';
import { approvePayout, type Payouts, requestPayout } from '../../server/src/payouts/service.ts';
import { balanceOf, money } from '../../server/src/wallet/service.ts';
import type { Answer } from './app.ts';
import { creatorsOf, type Owned } from './creators-kit.ts';
import { Killed, mortal } from './creators-mortal.ts';
import { type Shop, startShop } from './payments-rig.ts';

let shop: Shop;
let creators: ReturnType<typeof creatorsOf>;
let ctx: Payouts;
let stripe: Stripe;
beforeAll(async () => {
  shop = await startShop();
  creators = creatorsOf(shop.app);
  const { config, log, db } = shop.app.platform;
  ctx = { config, log, db, stripe: shop.ctx.stripe };
  const { hostname, port } = new URL(config.stripe.apiBase);
  stripe = new Stripe(config.secrets.stripeSecretKey, { host: hostname, port, protocol: 'http', telemetry: false });
});
afterAll(async () => {
  expect(await shop.sums()).toEqual([]);
  await shop.stop();
});

const call = (...args: Parameters<Shop['app']['call']>) => shop.app.call(...args);
const bearer = () => ({ bearer: shop.app.config.secrets.adminApiKey, origin: null });

/** A creator with this much of a long past sale. */
async function earner(minor: bigint, settings: Partial<Owned> = {}) {
  const channel = (await shop.app.make.channel({ creatorBps: 10_000, ...settings })) as Owned;
  if (minor > 0n) await creators.age((await creators.codeSale(channel, minor)).transferId, 30);
  return { channel, cookie: await shop.app.signIn(channel) };
}
type Earner = Awaited<ReturnType<typeof earner>>;

const ask = ({ channel, cookie }: Earner, amount: number, currency = 'eur', key: string = randomUUID()) =>
  call('POST', '/api/payouts', {
    cookie,
    body: { channel: channel.slug, currency, amount },
    headers: { 'idempotency-key': key },
  });
const decide = (id: unknown, what: 'approve' | 'reject' | 'paid', body: object = {}) =>
  call('POST', `/api/admin/payouts/${String(id)}/${what}`, { ...bearer(), body });
const list = ({ channel, cookie }: Earner) => call('GET', `/api/payouts?channel=${channel.slug}`, { cookie });
const transfersOf = async (payoutId: unknown) =>
  (await stripe.transfers.list({ transfer_group: String(payoutId) })).data;
const noticesOf = async ({ channel }: Earner) =>
  (await shop.app.owner('SELECT event, data FROM notice WHERE userId = ? ORDER BY id', [channel.ownerId])).map(
    ({ event, data }) => ({ event, ...(JSON.parse(String(data)) as object) }),
  );
const codes = (answers: readonly Answer[]) =>
  answers.map(({ status, body }) => (status === 200 ? 'done' : body['code']));

/** What one command may put on the platform's balance at Stripe. */
const FUND = 1_000_000;
const fund = () => shop.control.command('fund', { amount: FUND, currency: 'eur' });

async function connected(who: Earner): Promise<string> {
  const begun = await call('POST', '/api/payouts/connect', { cookie: who.cookie, body: { channel: who.channel.slug } });
  expect(begun.status).toBe(200);
  const [row] = await shop.app.owner('SELECT accountId FROM connect_account WHERE userId = ?', [who.channel.ownerId]);
  const account = String(row?.['accountId']);
  await shop.control.command('onboard', { account });
  await shop.control.quiet();
  return account;
}

test('a request holds its amount apart; too little, too much and too young are refused with what is possible', async () => {
  const who = await earner(10_000n);
  await creators.codeSale(who.channel, 3000n);
  expect((await ask(who, 1999)).body).toMatchObject({ code: 'payout.too_small', details: { minimum: 2000 } });
  expect((await ask(who, 10_001)).body).toMatchObject({ code: 'payout.not_available', details: { available: 10_000 } });
  expect((await ask(who, 5000, 'TOKEN')).body).toMatchObject({
    code: 'payout.not_available',
    details: { available: 0 },
  });
  const key = randomUUID();
  const first = await ask(who, 4000, 'eur', key);
  expect(first.body).toMatchObject({ state: 'requested', amount: 4000, cashMinor: 4000, cashCurrency: 'eur' });
  expect((await ask(who, 4000, 'eur', key)).body).toEqual(first.body);
  expect((await ask(who, 4001, 'eur', key)).body['code']).toBe('wallet.key_reused');
  expect(await creators.has(who.channel, 'eur')).toEqual({ balance: 9000n, debt: 0n, inPayout: 4000n });
  const mine = await list(who);
  expect(mine.body['payouts']).toEqual([first.body]);
  expect(mine.body).toMatchObject({
    payoutMinimum: 2000,
    payoutRate: 100,
    payoutHoldDays: 7,
    connect: { state: 'none' },
  });
  expect(mine.body['balances']).toContainEqual(
    expect.objectContaining({ currency: 'eur', balance: 9000, available: 6000, held: 3000, inPayout: 4000 }),
  );
  expect(await noticesOf(who)).toMatchObject([{ event: 'payout.requested', amount: 4000, currency: 'eur' }]);
  // Without the header nothing is asked for.
  const bare = await call('POST', '/api/payouts', { cookie: who.cookie, body: { currency: 'eur', amount: 2000 } });
  expect(bare.body['code']).toBe('request.idempotency_key');
});

test('ten requests at once take what is there once; ten with one key are one', async () => {
  const who = await earner(6000n);
  await creators.codeSale(who.channel, 50_000n);
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(who, 2500)));
  expect(codes(answers).sort()).toEqual(['done', 'done', ...Array(8).fill('payout.not_available')]);
  expect((await creators.has(who.channel, 'eur')).inPayout).toBe(5000n);
  const other = await earner(6000n);
  const same = await Promise.all(Array.from({ length: 10 }, () => ask(other, 2500, 'eur', 'one-key-for-them')));
  expect(new Set(same.map(({ body }) => body['id'])).size).toBe(1);
  expect((await creators.has(other.channel, 'eur')).inPayout).toBe(2500n);
});

test('what a refund could not take back is recovered before anything is paid out', async () => {
  const who = await earner(5000n);
  const [sale] = await shop.app.owner('SELECT publicId FROM ledger_transfer WHERE channelId = ?', [who.channel.id]);
  expect((await ask(who, 5000)).status).toBe(200);
  await creators.takeBack(String(sale?.['publicId']), 3000n);
  expect(await creators.has(who.channel, 'eur')).toEqual({ balance: 0n, debt: -3000n, inPayout: 5000n });
  await creators.age((await creators.codeSale(who.channel, 6000n)).transferId, 30);
  expect((await ask(who, 3001)).body).toMatchObject({ code: 'payout.not_available', details: { available: 3000 } });
  expect((await ask(who, 3000)).status).toBe(200);
  expect(await creators.has(who.channel, 'eur')).toEqual({ balance: 0n, debt: 0n, inPayout: 8000n });
});

test('rejected: the amount is back, the creator is told why, and it is over', async () => {
  const who = await earner(4000n);
  const { body } = await ask(who, 4000);
  const answers = await Promise.all([1, 2, 3].map(() => decide(body['id'], 'reject', { reason: 'Wrong bank' })));
  expect(codes(answers).sort()).toEqual(['done', 'payout.state', 'payout.state']);
  const view = answers.find(({ status }) => status === 200)?.body;
  expect(view).toMatchObject({ state: 'rejected', reason: 'Wrong bank', creator: { email: who.channel.email } });
  expect(await creators.has(who.channel, 'eur')).toEqual({ balance: 4000n, debt: 0n, inPayout: 0n });
  expect((await noticesOf(who)).at(-1)).toMatchObject({ event: 'payout.rejected', reason: 'Wrong bank', amount: 4000 });
  expect((await decide(body['id'], 'approve')).body['code']).toBe('payout.state');
  expect((await decide(`pot_${'0'.repeat(26)}`, 'approve')).body['code']).toBe('payout.not_found');
});

test('tokens by hand: approved once, paid once, at the rate; the reserve gives what they are worth', async () => {
  const who = await earner(0n);
  const fan = await shop.app.make.fan({ balanceTokens: 10_000n });
  await creators.age((await creators.tip(who.channel, fan.userId, 9999n)).transferId, 8);
  const reserve = () => balanceOf(shop.app.platform.db, money.house('reserve', 'eur'));
  const before = await reserve();
  shop.app.config.payoutRate = 75;
  const { body } = await ask(who, 9999, 'TOKEN');
  shop.app.config.payoutRate = 100;
  expect(body).toMatchObject({ amount: 9999, cashMinor: 7499, cashCurrency: 'eur', payoutRate: 75 });
  const approvals = await Promise.all([1, 2, 3].map(() => decide(body['id'], 'approve')));
  expect(codes(approvals).sort()).toEqual(['done', 'payout.state', 'payout.state']);
  expect((await decide(body['id'], 'approve')).body['code']).toBe('payout.state');
  const waiting = await call('GET', '/api/admin/payouts?state=approved', bearer());
  expect((waiting.body['payouts'] as { id: string }[]).map(({ id }) => id)).toContain(body['id']);
  const paid = await Promise.all([1, 2, 3].map(() => decide(body['id'], 'paid', { reference: 'SEPA 17' })));
  expect(codes(paid).sort()).toEqual(['done', 'payout.state', 'payout.state']);
  expect((await list(who)).body['payouts']).toMatchObject([{ state: 'paid', method: 'hand', reference: 'SEPA 17' }]);
  expect(before - (await reserve())).toBe(7499n);
  expect(await creators.has(who.channel, 'TOKEN')).toEqual({ balance: 0n, debt: 0n, inPayout: 0n });
  expect((await noticesOf(who)).map(({ event }) => event)).toEqual(['payout.requested', 'payout.paid']);
});

test('by Stripe: the account is begun, becomes ready by an event, and is paid by one transfer', async () => {
  const who = await earner(BigInt(5 * FUND + 1500));
  const begun = await call('POST', '/api/payouts/connect', { cookie: who.cookie, body: {} });
  expect(begun.body).toMatchObject({ state: 'incomplete', url: expect.stringContaining('/connect/') });
  expect((await list(who)).body['connect']).toEqual({ state: 'incomplete', standIn: true });
  await connected(who);
  expect(
    (await shop.app.owner('SELECT COUNT(*) AS n FROM connect_account WHERE userId = ?', [who.channel.ownerId]))[0],
  ).toEqual({ n: 1 });
  const [known] = await shop.app.owner('SELECT ready FROM connect_account WHERE userId = ?', [who.channel.ownerId]);
  expect(known).toEqual({ ready: 1 });
  const { body } = await ask(who, 5 * FUND);
  // The platform's balance at Stripe is too low: it waits, and can be sent again.
  expect((await decide(body['id'], 'approve')).body).toMatchObject({
    state: 'approved',
    problem: expect.stringContaining('insufficient'),
  });
  for (let n = 0; n < 5; n += 1) await fund();
  const answers = await Promise.all([1, 2, 3].map(() => decide(body['id'], 'approve')));
  expect(codes(answers).filter((code) => code === 'done')).toHaveLength(1);
  expect((await list(who)).body['payouts']).toMatchObject([{ state: 'paid', method: 'connect' }]);
  expect(await transfersOf(body['id'])).toMatchObject([{ amount: 5 * FUND, currency: 'eur' }]);
  expect(await creators.has(who.channel, 'eur')).toEqual({ balance: 1500n, debt: 0n, inPayout: 0n });
});

test('Stripe is away, or its answer is lost: it is looked up, sent once, and finished by the worker', async () => {
  const who = await earner(10_000n);
  await connected(who);
  await fund();
  const away = (await ask(who, 2000)).body['id'];
  await shop.control.command('outage', { how: 'error' });
  const approved = await decide(away, 'approve');
  expect(approved.body).toMatchObject({ state: 'paying', problem: expect.stringContaining('away') });
  expect((await decide(away, 'reject', { reason: 'no' })).body['code']).toBe('payout.state');
  expect((await decide(away, 'paid', { reference: 'x' })).body['code']).toBe('payout.state');
  await shop.control.command('outage', null);
  const passTime = () => shop.app.owner("UPDATE payout SET nextAt = UTC_TIMESTAMP(3) WHERE state = 'paying'");
  await passTime();
  expect(await finishPayouts(ctx)).toBe(1);
  expect(await transfersOf(away)).toHaveLength(1);

  const lost = String((await ask(who, 2000)).body['id']);
  const deaf = {
    ...ctx.stripe,
    createTransfer: async (wanted: Parameters<typeof ctx.stripe.createTransfer>[0]) => {
      await ctx.stripe.createTransfer(wanted);
      // As after a day, when Stripe has forgotten the idempotency key.
      throw Object.assign(new Error('the connection was lost'), { name: 'lost' });
    },
  };
  await approvePayout(ctx, lost, 'admin');
  await expect(sendPayout({ ...ctx, stripe: deaf }, lost)).rejects.toThrow('lost');
  const forgetful = { ...ctx.stripe, createTransfer: () => Promise.reject(new Error('must not be sent again')) };
  await passTime();
  await Promise.all([1, 2, 3].map(() => finishPayouts({ ...ctx, stripe: forgetful })));
  expect(await transfersOf(lost)).toHaveLength(1);

  // Three at once, none of which finds a transfer: the key is the same, so Stripe makes one.
  const raced = String((await ask(who, 2000)).body['id']);
  await approvePayout(ctx, raced, 'admin');
  const blind = { ...ctx.stripe, transferOf: async () => null };
  await Promise.all([1, 2, 3].map(() => sendPayout({ ...ctx, stripe: blind }, raced)));
  expect(await transfersOf(raced)).toHaveLength(1);
  expect((await list(who)).body['payouts']).toMatchObject([{ state: 'paid' }, { state: 'paid' }, { state: 'paid' }]);
});

test('a late refusal of an earlier sending does not end the one that is under way', async () => {
  const who = await earner(4000n);
  await connected(who);
  await fund();
  const id = String((await ask(who, 4000)).body['id']);
  const refusing = (error: StripeRefused, when: Promise<void>): Payouts => {
    const createTransfer = async (): Promise<string> => {
      await when;
      throw error;
    };
    return { ...ctx, stripe: { ...ctx.stripe, createTransfer } };
  };
  const late = Promise.withResolvers<void>();
  await approvePayout(ctx, id, 'admin');
  const slow = sendPayout(refusing(new StripeRefused(new Error('No such account'), null), late.promise), id);
  const tooLow = new StripeRefused(new Error('Too low'), 'balance_insufficient');
  await sendPayout(refusing(tooLow, Promise.resolve()), id);
  expect((await approvePayout(ctx, id, 'admin')).sends).toBe(2);
  late.resolve();
  await slow;
  expect((await list(who)).body['payouts']).toMatchObject([{ state: 'paying' }]);
  await sendPayout(ctx, id);
  expect((await list(who)).body['payouts']).toMatchObject([{ state: 'paid' }]);
  expect(await transfersOf(id)).toHaveLength(1);
});

test('Stripe refuses for good: the amount is back, and the creator is told', async () => {
  const who = await earner(4000n);
  const account = await connected(who);
  const { body } = await ask(who, 4000);
  const gone = { ...ctx.stripe, account: async () => ({ id: account, ready: true }) };
  await approvePayout({ ...ctx, stripe: gone }, String(body['id']), 'admin');
  await shop.app.owner('UPDATE payout SET destination = ? WHERE publicId = ?', ['acct_that_never_was', body['id']]);
  await sendPayout(ctx, String(body['id']));
  const [failed] = (await list(who)).body['payouts'] as Record<string, unknown>[];
  expect(failed).toMatchObject({ state: 'failed', reason: expect.stringContaining('acct_that_never_was') });
  expect(await creators.has(who.channel, 'eur')).toEqual({ balance: 4000n, debt: 0n, inPayout: 0n });
  expect((await noticesOf(who)).at(-1)).toMatchObject({ event: 'payout.rejected' });
});

test('killed at any step of a request: asked again with the same key, one payout', async () => {
  const who = await earner(1_000_000n);
  let deaths = 0;
  for (let dieAt = 1; ; dieAt += 1) {
    const before = await creators.has(who.channel, 'eur');
    const wanted = { userId: who.channel.ownerId, currency: 'eur', amount: 2000n, key: randomUUID(), actor: 'test' };
    const process = mortal(ctx, dieAt);
    const first = await requestPayout(process.ctx, wanted).catch((error: unknown) => error);
    const again = await requestPayout(ctx, wanted);
    expect(again).toMatchObject({ state: 'requested', amount: 2000 });
    const after = await creators.has(who.channel, 'eur');
    expect([dieAt, before.balance - after.balance, after.inPayout - before.inPayout]).toEqual([dieAt, 2000n, 2000n]);
    if (!process.dead()) break;
    expect(first).toBeInstanceOf(Killed);
    deaths += 1;
  }
  expect(deaths).toBeGreaterThan(15);
});

test('killed at any step between approval and the end: exactly one transfer, booked once, told once', async () => {
  const who = await earner(1_000_000n);
  await connected(who);
  await fund();
  let deaths = 0;
  for (let dieAt = 1; ; dieAt += 1) {
    const id = String((await ask(who, 2000)).body['id']);
    const process = mortal(ctx, dieAt);
    await approvePayout(process.ctx, id, 'admin')
      .then(() => sendPayout(process.ctx, id))
      .catch((error: unknown) => expect(error).toBeInstanceOf(Killed));
    const state = (await shop.app.owner('SELECT state FROM payout WHERE publicId = ?', [id]))[0]?.['state'];
    // The operator sees that it is not approved and presses again; all else is the worker's.
    if (state === 'requested') await approvePayout(ctx, id, 'admin');
    await shop.app.owner('UPDATE payout SET nextAt = UTC_TIMESTAMP(3) WHERE publicId = ? AND nextAt IS NOT NULL', [id]);
    await finishPayouts(ctx);
    const [row] = await shop.app.owner(
      `SELECT p.state, (SELECT COUNT(*) FROM ledger_transfer t WHERE t.idempotencyKey = CONCAT('payout:', p.publicId)) AS ends,
         (SELECT COUNT(*) FROM notice n WHERE n.event = 'payout.paid' AND n.dedupeKey = p.publicId) AS told
       FROM payout p WHERE p.publicId = ?`,
      [id],
    );
    expect([dieAt, row]).toEqual([dieAt, { state: 'paid', ends: 1, told: 1 }]);
    expect([dieAt, (await transfersOf(id)).length]).toEqual([dieAt, 1]);
    if (!process.dead()) break;
    deaths += 1;
  }
  expect(deaths).toBeGreaterThan(25);
  expect((await creators.has(who.channel, 'eur')).inPayout).toBe(0n);
});
