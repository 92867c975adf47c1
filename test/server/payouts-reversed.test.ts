/** Transfers to creators that are taken back at Stripe, and what the webhook for connected accounts tells. */
import { createHmac, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reconcile } from '../../server/src/payments/reconcile.ts';
import { takeIn } from '../../server/src/payments/settle.ts';
import type { SeenEvent } from '../../server/src/payments/stripe.ts';
import { finishPayouts } from '../../server/src/payouts/send.ts';
import { approvePayout, type Payouts } from '../../server/src/payouts/service.ts';
import { believed, checkReceipt, type PublishedKey } from '../../server/src/receipts/rules.ts';
import { balanceOf, money, plans } from '../../server/src/wallet/service.ts';
import { verifyLedger } from '../../server/src/wallet/verify.ts';
import { unique } from './app.ts';
import { creatorsOf, type Owned } from './creators-kit.ts';
import { type Shop, startShop } from './payments-rig.ts';

let shop: Shop;
let creators: ReturnType<typeof creatorsOf>;
let ctx: Payouts;
let stripe: Stripe;
beforeAll(async () => {
  shop = await startShop();
  creators = creatorsOf(shop.app);
  const { config, log, db } = shop.app.platform;
  // Sales need not wait here: their age may not be changed, since the ledger is proved at the end.
  config.payoutHoldDays = 0;
  ctx = { config, log, db, stripe: shop.ctx.stripe };
  const { hostname, port } = new URL(config.stripe.apiBase);
  stripe = new Stripe(config.secrets.stripeSecretKey, { host: hostname, port, protocol: 'http', telemetry: false });
  for (let n = 0; n < 5; n += 1) await shop.control.command('fund', { amount: 1_000_000, currency: 'eur' });
});
afterAll(async () => {
  const { db, config } = shop.app.platform;
  expect((await verifyLedger(db, config.secrets.ledgerKey, [])).problems).toEqual([]);
  expect(await shop.sums()).toEqual([]);
  await shop.stop();
});

const bearer = () => ({ bearer: shop.app.config.secrets.adminApiKey, origin: null });

/** A creator whose account at Stripe is ready, with this much of cash, or of tokens. */
async function earner(minor: bigint, tokens = 0n) {
  const channel = (await shop.app.make.channel({ creatorBps: 10_000 })) as Owned;
  const cookie = await shop.app.signIn(channel);
  if (minor > 0n) await creators.codeSale(channel, minor);
  if (tokens > 0n) {
    const fan = await shop.app.make.fan({ balanceTokens: tokens });
    await creators.tip(channel, fan.userId, tokens);
  }
  await shop.app.call('POST', '/api/payouts/connect', { cookie, body: { channel: channel.slug } });
  const [row] = await shop.app.owner('SELECT accountId FROM connect_account WHERE userId = ?', [channel.ownerId]);
  const account = String(row?.['accountId']);
  await shop.control.command('onboard', { account });
  await shop.control.quiet();
  return { channel, cookie, account };
}
type Earner = Awaited<ReturnType<typeof earner>>;

const ask = async ({ channel, cookie }: Earner, amount: number, currency = 'eur'): Promise<string> => {
  const body = { channel: channel.slug, currency, amount };
  const headers = { 'idempotency-key': randomUUID() };
  return String((await shop.app.call('POST', '/api/payouts', { cookie, body, headers })).body['id']);
};
/** A payout that Stripe has paid. Returns its id and that of the transfer at Stripe. */
async function paidOut(who: Earner, amount: number, currency = 'eur') {
  const id = await ask(who, amount, currency);
  const { body } = await shop.app.call('POST', `/api/admin/payouts/${id}/approve`, { ...bearer(), body: {} });
  expect(body).toMatchObject({ state: 'paid', reversedMinor: 0, reversedAt: null });
  return { id, transfer: String(body['reference']) };
}
const payoutOf = async ({ channel, cookie }: Earner, id: string) => {
  const { body } = await shop.app.call('GET', `/api/payouts?channel=${channel.slug}`, { cookie });
  return (body['payouts'] as Record<string, unknown>[]).find((one) => one['id'] === id);
};
const takenBack = async ({ channel }: Earner) =>
  (
    await shop.app.owner("SELECT data FROM notice WHERE userId = ? AND event = 'payout.reversed' ORDER BY id", [
      channel.ownerId,
    ])
  ).map(({ data }) => JSON.parse(String(data)) as Record<string, unknown>);
const bookings = (id: string) =>
  shop.app.owner("SELECT publicId FROM ledger_transfer WHERE kind = 'payout_reversed' AND idempotencyKey LIKE ?", [
    `payout_reversed:${id}:%`,
  ]);

test('a transfer is taken back in parts: the creator has each part again, once, and is told', async () => {
  const who = await earner(10_000n);
  const { id, transfer } = await paidOut(who, 7000);
  const bank = () => balanceOf(shop.app.platform.db, money.house('bank', 'eur'));
  const before = await bank();
  await stripe.transfers.createReversal(transfer, { amount: 1999 });
  await shop.control.quiet();
  expect(await payoutOf(who, id)).toMatchObject({ state: 'partly_reversed', reversedMinor: 1999, cashMinor: 7000 });
  expect(await creators.has(who.channel, 'eur')).toEqual({ balance: 4999n, debt: 0n, inPayout: 0n });
  await stripe.transfers.createReversal(transfer);
  await shop.control.quiet();
  expect(await payoutOf(who, id)).toMatchObject({ state: 'reversed', reversedMinor: 7000 });
  expect(await creators.has(who.channel, 'eur')).toEqual({ balance: 10_000n, debt: 0n, inPayout: 0n });
  expect(before - (await bank())).toBe(7000n);
  expect(await takenBack(who)).toEqual([
    { payoutId: id, amount: 1999, currency: 'eur', reason: null, partial: true },
    { payoutId: id, amount: 5001, currency: 'eur', reason: null, partial: false },
  ]);
  const audited = await shop.app.owner(
    "SELECT details FROM audit_event WHERE kind = 'payout.taken_back' AND subject = ?",
    [id],
  );
  expect(audited.map(({ details }) => JSON.parse(String(details)))).toMatchObject([
    { state: 'partly_reversed', reversedMinor: 1999, was: 0 },
    { state: 'reversed', reversedMinor: 7000, was: 1999 },
  ]);
  // It is over for the operator, and the money can be asked for again.
  const again = await shop.app.call('POST', `/api/admin/payouts/${id}/approve`, { ...bearer(), body: {} });
  expect(again.body['code']).toBe('payout.state');
  await paidOut(who, 10_000);
});

test('tokens come back in proportion, exactly over any parts; reserve and bank are as before', async () => {
  const who = await earner(0n, 9999n);
  const { db, config } = shop.app.platform;
  const house = async () =>
    Promise.all(
      (['reserve', 'bank'] as const)
        .map((kind) => balanceOf(db, money.house(kind, 'eur')))
        .concat(balanceOf(db, money.house('issued', 'TOKEN'))),
    );
  const before = await house();
  config.payoutRate = 75;
  const { id, transfer } = await paidOut(who, 9999, 'TOKEN');
  config.payoutRate = 100;
  expect(await payoutOf(who, id)).toMatchObject({ amount: 9999, cashMinor: 7499 });
  for (const amount of [1, 333, 4000, 3165]) await stripe.transfers.createReversal(transfer, { amount });
  await shop.control.quiet();
  expect(await payoutOf(who, id)).toMatchObject({ state: 'reversed', reversedMinor: 7499 });
  expect(await creators.has(who.channel, 'TOKEN')).toEqual({ balance: 9999n, debt: 0n, inPayout: 0n });
  expect(await house()).toEqual(before);
  const amounts = (await takenBack(who)).map(({ amount }) => Number(amount));
  expect(amounts.reduce((sum, one) => sum + one, 0)).toBe(9999);
});

test('any parts of any payout sum to the whole, line by line', () => {
  const whole = fc.record({
    tokens: fc.boolean(),
    amount: fc.integer({ min: 1, max: 3_000_000 }),
    rate: fc.integer({ min: 1, max: 900 }),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
  });
  fc.assert(
    fc.property(whole, ({ tokens, amount, rate, cuts }) => {
      const currency = tokens ? 'TOKEN' : 'eur';
      const cashMinor = tokens ? (BigInt(amount) * BigInt(rate)) / 100n : BigInt(amount);
      fc.pre(cashMinor > 0n);
      const points = [...new Set(cuts.map((cut) => BigInt(Math.floor(cut * Number(cashMinor)))))].filter((n) => n > 0n);
      const stops = [...points.filter((n) => n < cashMinor).sort((a, b) => (a < b ? -1 : 1)), cashMinor];
      const payout = { creatorId: 'usr_x', currency, amount: BigInt(amount), cash: 'eur', cashMinor };
      const sums = new Map<string, bigint>();
      let before = 0n;
      for (const stop of stops) {
        const lines = plans.planPayoutReversed({ ...payout, before, now: stop - before });
        money.assertBalanced(lines);
        for (const line of lines) {
          const name = money.nameOf(line.account);
          sums.set(name, (sums.get(name) ?? 0n) + line.amount);
        }
        before = stop;
      }
      // What was paid, turned round, but that the creator has it and not the payout.
      for (const line of plans.planPayoutPaid({ ...payout, payoutRate: rate })) {
        const name = money.nameOf(line.account).replace(/^payout:/, 'creator:');
        expect([name, sums.get(name)]).toEqual([name, -line.amount]);
      }
    }),
  );
});

test('told of lost, twice, late, in any order, by several at once: booked once; the reconciler finds what is missing', async () => {
  const who = await earner(20_000n);
  const { id, transfer } = await paidOut(who, 20_000);
  await shop.control.command('faults', { lose: 1000 });
  for (const amount of [1, 20, 300, 4000]) await stripe.transfers.createReversal(transfer, { amount });
  expect(await payoutOf(who, id)).toMatchObject({ state: 'paid' });
  await Promise.all([shop.reconcile(), shop.reconcile(), shop.reconcile()]);
  expect(await payoutOf(who, id)).toMatchObject({ state: 'partly_reversed', reversedMinor: 4321 });
  expect((await creators.has(who.channel, 'eur')).balance).toBe(4321n);
  await shop.control.command('faults', { repeat: 3, shuffleMs: 60 });
  for (const amount of [7, 8, 9, 10, 11]) await stripe.transfers.createReversal(transfer, { amount });
  await shop.control.quiet();
  await shop.control.command('faults', {});
  expect(await payoutOf(who, id)).toMatchObject({ state: 'partly_reversed', reversedMinor: 4366 });
  // An answer that is older than what is written changes nothing.
  const old = {
    ...shop.ctx.stripe,
    transfer: async () => ({ id: transfer, payoutId: id, installId: shop.app.config.installId, reversedMinor: 1 }),
  };
  await shop.ctx.above.followTransfer({ ...shop.ctx, stripe: old }, transfer, null);
  expect((await creators.has(who.channel, 'eur')).balance).toBe(4366n);
  // Even where every event of it was seen before, as before this was followed: a full look finds it.
  await shop.control.command('faults', { lose: 1000 });
  await stripe.transfers.createReversal(transfer, { amount: 5634 });
  await shop.control.command('faults', {});
  const { data } = await stripe.events.list({ type: 'transfer.reversed', limit: 1 });
  await shop.app.owner(
    "INSERT INTO stripe_event (id, mode, type, objectId, outcome, source, createdAt) VALUES (?, 'standin', 'transfer.reversed', ?, 'unused', 'webhook', UTC_TIMESTAMP(3))",
    [data[0]?.id, transfer],
  );
  expect((await shop.reconcile()).body).toMatchObject({ failed: 0 });
  expect(await payoutOf(who, id)).toMatchObject({ state: 'partly_reversed', reversedMinor: 10_000 });
  expect((await creators.has(who.channel, 'eur')).balance).toBe(10_000n);
});

test('taken back before we heard that it was sent: it is paid and taken back, whoever comes first', async () => {
  const who = await earner(6000n);
  for (const eventFirst of [true, false]) {
    const id = await ask(who, 2000);
    await approvePayout(ctx, id, 'admin');
    // The answer is lost, and so is every event.
    await shop.control.command('faults', { lose: 1000 });
    const transfer = await ctx.stripe.createTransfer({
      payoutId: id,
      installId: ctx.config.installId,
      idempotencyKey: id,
      destination: who.account,
      amountMinor: 2000,
      currency: 'eur',
    });
    await stripe.transfers.createReversal(transfer, { amount: 500 });
    await shop.control.command('faults', {});
    const passTime = () => shop.app.owner("UPDATE payout SET nextAt = UTC_TIMESTAMP(3) WHERE state = 'paying'");
    await passTime();
    const steps = [() => shop.reconcile(), () => finishPayouts(ctx)];
    for (const step of eventFirst ? steps : steps.reverse()) await step();
    expect([eventFirst, await payoutOf(who, id)]).toMatchObject([
      eventFirst,
      { state: 'partly_reversed', reversedMinor: 500, reference: transfer },
    ]);
    expect((await stripe.transfers.list({ transfer_group: id })).data).toHaveLength(1);
  }
  expect(await creators.has(who.channel, 'eur')).toEqual({ balance: 3000n, debt: 0n, inPayout: 0n });
});

test('what came back has a receipt that proves, for the creator alone', async () => {
  const who = await earner(0n, 4000n);
  const { id, transfer } = await paidOut(who, 4000, 'TOKEN');
  await stripe.transfers.createReversal(transfer, { amount: 1000 });
  await shop.control.quiet();
  const [booked] = await bookings(id);
  const path = `/api/receipts/${String(booked?.['publicId'])}`;
  const { body } = await shop.app.call('GET', path, { cookie: who.cookie });
  expect(body['receipt']).toMatchObject({
    kind: 'payout_reversed',
    party: 'creator',
    amount: 1000,
    currency: 'eur',
    tokens: 1000,
  });
  const published = (await shop.app.call('GET', '/api/receipts/keys')).body['keys'] as PublishedKey[];
  expect(checkReceipt(body, believed(published, [published[0]?.id ?? '']))).toMatchObject({ good: true });
  const other = await earner(0n);
  expect((await shop.app.call('GET', path, { cookie: other.cookie })).body['code']).toBe('receipt.none');
});

const signed = (payload: string, secret: string, seconds = Math.floor(Date.now() / 1000)) =>
  `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${payload}`).digest('hex')}`;
const post = (body: string, signature: string) =>
  shop.app.call('POST', '/api/webhooks/stripe', { origin: null, body, headers: { 'stripe-signature': signature } });
const told = (account: string | null, type = 'account.updated', object: object = { id: account }) => ({
  id: unique('evt_'),
  object: 'event',
  type,
  created: Math.floor(Date.now() / 1000),
  ...(account === null ? {} : { account }),
  data: { object },
});
const ready = async (account: string) =>
  (await shop.app.owner('SELECT ready FROM connect_account WHERE accountId = ?', [account]))[0]?.['ready'];

test('the webhook for connected accounts has a secret of its own; both may be changed without a gap', async () => {
  const { secrets } = shop.app.config;
  const own = secrets.stripeWebhookSecret;
  const [connect, next] = ['whsec_of_the_connected_accounts', 'whsec_the_next_one_of_the_account'];
  const who = await earner(0n);
  await shop.app.owner('UPDATE connect_account SET ready = FALSE WHERE accountId = ?', [who.account]);
  const body = () => JSON.stringify(told(who.account));
  const sent = async (secret: string, text = body()) => (await post(text, signed(text, secret))).status;
  try {
    expect(await sent(connect)).toBe(400);
    secrets.stripeConnectWebhookSecret = connect;
    expect([await sent(own), await sent(connect), await sent(next), await sent('')]).toEqual([200, 200, 400, 400]);
    expect(await ready(who.account)).toBe(1);
    secrets.stripeWebhookSecret = `${own},${next}`;
    expect([await sent(own), await sent(connect), await sent(next), await sent(`${own},${next}`)]).toEqual([
      200, 200, 200, 400,
    ]);
    const counts = () =>
      shop.app.owner('SELECT (SELECT COUNT(*) FROM stripe_event) AS e, (SELECT COUNT(*) FROM audit_event) AS a');
    const before = await counts();
    const text = body();
    const old = Math.floor(Date.now() / 1000) - 301;
    const refused = [];
    for (const secret of [own, next, connect]) {
      refused.push(
        await post(text.replace(who.account, 'acct_another'), signed(text, secret)),
        await post(text, signed(text, secret, old)),
        await post(text, signed(text, `${secret}x`)),
        await post(JSON.stringify(JSON.parse(text), null, 1), signed(text, secret)),
      );
    }
    expect(refused.map(({ status, body: said }) => [status, said['code']])).toEqual(
      refused.map(() => [400, 'payments.signature']),
    );
    expect(await counts()).toEqual(before);
  } finally {
    secrets.stripeWebhookSecret = own;
    secrets.stripeConnectWebhookSecret = null;
  }
});

test('what happens to connected accounts is asked for afresh, and is never taken for what happens to ours', async () => {
  const who = await earner(0n);
  const { stripeWebhookSecret: secret } = shop.app.config.secrets;
  const send = async (event: object) => {
    const text = JSON.stringify(event);
    return (await post(text, signed(text, secret))).body;
  };
  // The event says that it is not ready; Stripe says that it is.
  const lie = { id: who.account, capabilities: { transfers: 'inactive' } };
  expect(await send(told(who.account, 'account.updated', lie))).toMatchObject({ outcome: 'applied' });
  expect(await ready(who.account)).toBe(1);
  const foreign = told('acct_of_somebody_else');
  expect(await send(foreign)).toMatchObject({ outcome: 'foreign' });
  expect(await send(foreign)).toMatchObject({ outcome: 'duplicate' });
  // A purchase of ours, named by an event of another account: nothing is asked or changed.
  const channel = await shop.channel();
  const bought = shop.boughtOf(await shop.buyCode(channel));
  await shop.control.command('faults', { lose: 1000 });
  await shop.press(bought);
  await shop.control.command('faults', {});
  const session = { id: bought.session, object: 'checkout.session' };
  expect(await send(told('acct_of_somebody_else', 'checkout.session.completed', session))).toMatchObject({
    outcome: 'foreign',
  });
  expect(await shop.codesOf(bought)).toHaveLength(0);
  const kept = await shop.app.owner('SELECT outcome FROM stripe_event WHERE id = ?', [foreign.id]);
  expect(kept).toEqual([{ outcome: 'foreign' }]);
  // The creator has taken the account away from us.
  const gone = { ...shop.ctx.stripe, account: async () => null };
  const left = told(who.account, 'account.application.deauthorized', { id: 'ca_x' });
  const seen: SeenEvent = {
    id: left.id,
    type: left.type,
    objectId: 'ca_x',
    createdAt: new Date(),
    ref: { about: 'account', id: who.account },
  };
  expect(await takeIn({ ...shop.ctx, stripe: gone }, seen, 'webhook')).toBe('applied');
  expect(await ready(who.account)).toBe(0);
  // No list of ours names events of connected accounts: the hourly look asks for those that are not ready.
  expect(await reconcile(shop.ctx, false)).toMatchObject({ failed: 0, transfers: 0 });
  expect(await ready(who.account)).toBe(1);
});

test('a transfer of another product is foreign', async () => {
  const who = await earner(0n);
  const transfer = await stripe.transfers.create({ amount: 100, currency: 'eur', destination: who.account });
  await stripe.transfers.createReversal(transfer.id);
  // Another install, which by chance has a payout of the same id.
  const { id } = await paidOut(await earner(3000n), 3000);
  const other = await stripe.transfers.create({
    amount: 100,
    currency: 'eur',
    destination: who.account,
    metadata: { install: 'another1', payout: id },
  });
  await stripe.transfers.createReversal(other.id);
  await shop.control.quiet();
  const rows = await shop.app.owner('SELECT DISTINCT outcome FROM stripe_event WHERE objectId IN (?)', [
    [transfer.id, other.id],
  ]);
  expect(rows).toEqual([{ outcome: 'foreign' }]);
});
