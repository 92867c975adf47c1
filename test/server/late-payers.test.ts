/** Seats of codes: held while they are paid for, given away once, and money that comes too late goes back by itself. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '#contract/errors.ts';
import { refunds } from '../../server/src/payments/reconcile.ts';
import { settleCheckout } from '../../server/src/payments/settle.ts';
import { StripeRefused } from '../../server/src/payments/stripe.ts';
import { unique } from './app.ts';
import { buy, goLive, privateShow, signedInFan } from './commerce-kit.ts';
import { type Bought, type Shop, startShop } from './payments-rig.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(async () => {
  expect(await shop.sums()).toEqual([]);
  await shop.stop();
});

const begin = async (channel: { slug: string }, email = `${unique('f')}@example.org`) =>
  ({ ...shop.boughtOf(await shop.buyCode(channel, { email })), email }) as Bought & { email: string };
/** The seat is not held any more, as if so many minutes had passed. */
const age = (bought: Bought, minutes = 11) =>
  shop.app.owner('UPDATE checkout SET createdAt = createdAt - INTERVAL ? MINUTE WHERE publicId = ?', [
    minutes,
    bought.id,
  ]);
const settle = async (bought: Bought) => {
  await shop.control.command('settle', { session: bought.session, succeeded: true });
  await shop.control.quiet();
};

test('a bank debit that comes when the last seat is gone: no code, all of it back at once, and everybody is told why', async () => {
  const { app } = shop;
  const channel = await shop.channel({ viewerLimit: 1, creatorBps: 8000 });
  const late = await begin(channel);
  await shop.press(late, 'later');
  await shop.control.quiet();
  await age(late);
  const quick = await shop.paidCode(channel);
  expect(await shop.codesOf(quick)).toHaveLength(1);
  await settle(late);
  expect(await shop.codesOf(late)).toHaveLength(0);
  expect((await shop.checkout(late)).body).toMatchObject({ state: 'refunded', noSeat: true, code: null });
  expect((await shop.checkout(quick)).body).toMatchObject({ state: 'paid', noSeat: false });
  expect(await shop.transfersOf(late)).toHaveLength(1);
  const [payment] = await app.owner(
    'SELECT p.amountMinor, p.returnedMinor FROM payment p JOIN checkout c ON c.id = p.checkoutId WHERE c.publicId = ?',
    [late.id],
  );
  expect(payment).toMatchObject({ amountMinor: 1000, returnedMinor: 1000 });
  expect(await shop.ctx.stripe.returnsOf(await shop.intentOf(late))).toMatchObject([
    { kind: 'refund', amountMinor: 1000 },
  ]);
  // Of the two sales one is left.
  expect(await shop.creatorHas(channel)).toBe(800n);
  const told = await app.owner(
    "SELECT event, data FROM notice WHERE (email = ? OR userId = ?) AND event IN ('code.issued', 'payment.refunded') ORDER BY id",
    [late.email, channel.ownerId],
  );
  expect(told.map(({ data }) => JSON.parse(String(data)))).toEqual([
    expect.objectContaining({ role: 'buyer', noSeat: true, partial: false, amount: 1000 }),
    expect.objectContaining({ role: 'seller', noSeat: true, partial: false, amount: 1000 }),
  ]);
  const audits = await app.owner("SELECT kind FROM audit_event WHERE subject = ? AND kind = 'payment.no_seat'", [
    late.id,
  ]);
  expect(audits).toHaveLength(1);
  // Told again by whomever: nothing more happens.
  await shop.reconcile();
  await shop.control.quiet();
  expect(await shop.ctx.stripe.returnsOf(await shop.intentOf(late))).toHaveLength(1);
  expect((await shop.checkout(late)).body['state']).toBe('refunded');
});

test('late, and there is room still: the code is theirs; in time, and the room was filled by hand: theirs too', async () => {
  const channel = await shop.channel({ viewerLimit: 2 });
  const [late, held] = [await begin(channel), await begin(channel)];
  for (const one of [late, held]) await shop.press(one, 'later');
  await shop.control.quiet();
  await age(late);
  await settle(late);
  expect(await shop.codesOf(late)).toHaveLength(1);
  await shop.app.make.code(channel);
  await settle(held);
  expect(await shop.codesOf(held)).toHaveLength(1);
});

test('twelve late payers race for the two seats that are left: two codes, ten refunds, to the cent', async () => {
  const channel = await shop.channel({ viewerLimit: 12, creatorBps: 8000 });
  const payers = await Promise.all(Array.from({ length: 12 }, () => begin(channel)));
  for (const one of payers) await shop.press(one, 'later');
  await shop.control.quiet();
  await Promise.all(payers.map((one) => age(one)));
  await shop.app.owner('UPDATE channel SET viewerLimit = 2 WHERE id = ?', [channel.id]);
  await Promise.all(payers.map((one) => shop.control.command('settle', { session: one.session, succeeded: true })));
  await shop.control.quiet();
  await shop.reconcile();
  const codes = await Promise.all(payers.map(async (one) => (await shop.codesOf(one)).length));
  expect(codes.filter((n) => n === 1)).toHaveLength(2);
  expect(codes.filter((n) => n === 0)).toHaveLength(10);
  const states = await Promise.all(payers.map(async (one) => (await shop.checkout(one)).body['state']));
  expect(states.map((state, at) => [state, codes[at]])).toEqual(codes.map((n) => [n === 1 ? 'paid' : 'refunded', n]));
  expect(await shop.creatorHas(channel)).toBe(1600n);
});

test('Stripe is away when it should go back: the sale is settled, and the run of each minute sends it back, once', async () => {
  const channel = await shop.channel({ viewerLimit: 1 });
  const late = await begin(channel);
  await shop.press(late, 'later');
  await shop.control.quiet();
  await age(late);
  await shop.paidCode(channel);
  await shop.control.command('faults', { lose: 1000 });
  try {
    await shop.control.command('settle', { session: late.session, succeeded: true });
    const away = { ...shop.ctx.stripe, createRefund: () => Promise.reject(new AppError('payments.away')) };
    expect(await settleCheckout({ ...shop.ctx, stripe: away }, late.id)).toBe('refunded');
    expect(await shop.ctx.stripe.returnsOf(await shop.intentOf(late))).toEqual([]);
    await shop.app.owner("UPDATE payment_return SET createdAt = createdAt - INTERVAL 1 MINUTE WHERE state = 'wanted'");
    expect((await refunds(shop.ctx)).failed).toBe(0);
    expect(await refunds(shop.ctx)).toEqual({ count: 0, failed: 0 });
  } finally {
    await shop.control.command('faults', {});
  }
  expect(await shop.ctx.stripe.returnsOf(await shop.intentOf(late))).toHaveLength(1);
  expect((await shop.checkout(late)).body).toMatchObject({ state: 'refunded', noSeat: true });
});

test('Stripe refuses to send it back: no code all the same, and the operator is told', async () => {
  const channel = await shop.channel({ viewerLimit: 1 });
  const late = await begin(channel);
  await shop.press(late, 'later');
  await shop.control.quiet();
  await age(late);
  await shop.paidCode(channel);
  await shop.control.command('faults', { lose: 1000 });
  try {
    await shop.control.command('settle', { session: late.session, succeeded: true });
    const no = () => Promise.reject(new StripeRefused(new Error('the charge cannot be refunded'), null));
    const ctx = { ...shop.ctx, stripe: { ...shop.ctx.stripe, createRefund: no } };
    expect(await settleCheckout(ctx, late.id)).toBe('refunded');
    await shop.app.owner("UPDATE payment_return SET createdAt = createdAt - INTERVAL 1 MINUTE WHERE state = 'wanted'");
    expect(await refunds(ctx)).toEqual({ count: 1, failed: 0 });
    expect(await refunds(ctx)).toEqual({ count: 0, failed: 0 });
  } finally {
    await shop.control.command('faults', {});
  }
  expect(await shop.codesOf(late)).toHaveLength(0);
  const told = await shop.app.owner("SELECT data FROM notice WHERE event = 'operator.payment_mismatch'");
  expect(told.map(({ data }) => JSON.parse(String(data)))).toEqual([
    { checkoutId: late.id, wrong: expect.stringMatching(/no seat .* refused the refund: the charge cannot/) },
  ]);
  // By hand it still goes back.
  expect((await shop.refund(await shop.transferOf(late))).body).toMatchObject({ state: 'done', refunded: 1000 });
});

test('a code that is being paid for and a ticket do not get the same last seat, whoever comes first', async () => {
  const { app } = shop;
  const owner = async (channel: Awaited<ReturnType<typeof shop.channel>>) => ({
    channel,
    owner: await app.signIn(channel),
  });
  for (let round = 0; round < 6; round += 1) {
    const owned = await owner(await shop.channel({ audience: 'code' }));
    const show = await privateShow(app, owned, {
      startsAt: new Date().toISOString(),
      viewerLimit: 1,
      audience: ['ticket', 'code'],
    });
    await goLive(app, owned.channel);
    const fan = await signedInFan(app, 50n);
    const ticket = () => buy(app, fan.cookie, show);
    const code = () => shop.buyCode(owned.channel);
    const answers =
      round === 0
        ? [await code(), await ticket()]
        : round === 1
          ? [await ticket(), await code()]
          : await Promise.all(round % 2 ? [code(), ticket()] : [ticket(), code()]);
    const refused = answers.filter(({ status }) => status !== 200).map(({ body }) => body['code']);
    expect(refused).toHaveLength(1);
    expect(['shop.sold_out', 'ticket.sold_out']).toContain(refused[0]);
  }
});
