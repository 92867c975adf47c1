/** Tax by Stripe Tax: asked for, booked apart from everybody's revenue, told to whom it concerns, and given back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tax } from '#contract/money.ts';
import { settleCheckout } from '../../server/src/payments/settle.ts';
import type { Session } from '../../server/src/payments/stripe.ts';
import { balanceOf, money } from '../../server/src/wallet/service.ts';
import { verifyLedger } from '../../server/src/wallet/verify.ts';
import { type Bought, type Shop, startShop } from './payments-rig.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(async () => {
  if (!shop) return;
  expect(await shop.sums()).toEqual([]);
  const { platform, config } = shop.app;
  expect((await verifyLedger(platform.db, config.secrets.ledgerKey, [])).problems).toEqual([]);
  await shop.stop();
});

/** How this server taxes from now on. */
const taxes = (stripeTax: Tax, more: { stripeInvoices?: boolean; stripeTaxCode?: string | null } = {}) =>
  void Object.assign(shop.app.config, { stripeTax, stripeInvoices: false, stripeTaxCode: null, ...more });
const owed = () => balanceOf(shop.app.platform.db, money.house('tax', 'eur'));
const house = (kind: 'stripe' | 'reserve' | 'platform') => balanceOf(shop.app.platform.db, money.house(kind, 'eur'));
/** The lines of a booking by account, in minor units. */
async function linesOf(transferId: string): Promise<Record<string, number>> {
  const rows = await shop.app.owner(
    `SELECT a.kind, e.amount FROM ledger_entry e JOIN ledger_transfer t ON t.id = e.transferId
     JOIN ledger_account a ON a.id = e.accountId WHERE t.publicId = ?`,
    [transferId],
  );
  return Object.fromEntries(rows.map(({ kind, amount }) => [String(kind), Number(amount)]));
}
const receiptOf = async (bought: Bought, transferId: string) => {
  const path = `/api/receipts/${transferId}?checkout=${bought.id}&claim=${bought.claim}`;
  return (await shop.app.call('GET', path)).body['receipt'];
};
const viewOf = async (bought: Bought) => (await shop.checkout(bought)).body;

test('a price that contains its tax: the buyer pays the price, and what is left of it is shared', async () => {
  taxes('inclusive');
  const channel = await shop.channel({ codePriceMinor: 999 });
  expect((await shop.app.call('GET', `/api/shop?channel=${channel.slug}`)).body['tax']).toBe('inclusive');
  const bought = await shop.paidCode(channel);
  expect(await viewOf(bought)).toMatchObject({ state: 'paid', amountMinor: 999, tax: 'inclusive', taxMinor: 160 });
  const transferId = await shop.transferOf(bought);
  expect(await linesOf(transferId)).toEqual({ stripe: -999, tax: 160, creator: 672, platform: 167 });
  expect(await receiptOf(bought, transferId)).toMatchObject({ amount: 999, tax: 160 });
  const board = await shop.app.call('GET', '/api/admin/dashboard', {
    bearer: shop.app.config.secrets.adminApiKey,
    origin: null,
  });
  expect(board.body['sales']).toMatchObject({ today: [{ source: 'code', gross: 999, tax: 160, platform: 167 }] });
});

test('a price with its tax on top: the creator has the share of the price, and every account says the same', async () => {
  taxes('exclusive');
  const channel = await shop.channel({ codePriceMinor: 1000 });
  const cookie = await shop.app.signIn(channel);
  const bought = await shop.paidCode(channel);
  expect(await viewOf(bought)).toMatchObject({ state: 'paid', amountMinor: 1190, tax: 'exclusive', taxMinor: 190 });
  const transferId = await shop.transferOf(bought);
  expect(await linesOf(transferId)).toEqual({ stripe: -1190, tax: 190, creator: 800, platform: 200 });
  await shop.refund(transferId, 119);
  const { body } = await shop.app.call('GET', `/api/earnings?channel=${channel.slug}`, { cookie });
  expect(body['sales']).toMatchObject([
    { gross: -119, tax: -19, platform: -20, own: -80 },
    { gross: 1190, tax: 190, platform: 200, own: 800, refunded: 119 },
  ]);
  expect(body['bySource']).toMatchObject([{ gross: 1190, tax: 190, platform: 200, own: 800, refunded: 119 }]);
  const month = new Date().toISOString().slice(0, 7);
  const path = `/api/earnings/statement?channel=${channel.slug}&month=${month}`;
  const statement = await shop.app.call('GET', path, { cookie });
  expect(statement.body['lines']).toMatchObject([
    { gross: 1190, tax: 190, platform: 200, amount: 800 },
    { gross: -119, tax: -19, platform: -20, amount: -80 },
  ]);
  const copy = await shop.app.call('GET', `/api/receipts/${transferId}`, { cookie });
  expect(copy.body['receipt']).toMatchObject({ amount: 1190, tax: 190, creatorShare: 800, platformShare: 200 });
});

test('given back in parts, of any size, the tax goes back with them to the cent', async () => {
  taxes('exclusive');
  const channel = await shop.channel({ codePriceMinor: 777, creatorBps: 8333 });
  const before = [await owed(), await house('platform'), await house('stripe')];
  const transferId = await shop.transferOf(await shop.paidCode(channel));
  expect(await owed()).toBe((before[0] ?? 0n) + 148n);
  for (const part of [1, 1, 333, 7, 250]) expect((await shop.refund(transferId, part)).body['state']).toBe('done');
  expect((await shop.refund(transferId)).body).toMatchObject({ state: 'done', amount: 333, refunded: 925 });
  expect([await owed(), await house('platform'), await house('stripe')]).toEqual(before);
  expect(await shop.creatorHas(channel)).toBe(0n);
  const facts = await shop.app.owner('SELECT facts FROM ledger_transfer WHERE reverses = ?', [transferId]);
  for (const row of facts) {
    const { gross, tax, creator, platform } = JSON.parse(String(row['facts'])) as Record<string, number>;
    expect((tax ?? 0) + (creator ?? 0) + (platform ?? 0)).toBe(gross);
  }
});

test('tokens: the reserve has what was paid for them without the tax, and a dispute takes both back', async () => {
  taxes('inclusive');
  const fan = await shop.fan();
  const before = [await owed(), await house('reserve')];
  const pack = shop.boughtOf(await shop.buyTokens(fan.cookie, 500));
  await shop.press(pack);
  await shop.control.quiet();
  expect(await linesOf(await shop.transferOf(pack))).toEqual({
    stripe: -549,
    tax: 88,
    reserve: 461,
    issued: -500,
    fan: 500,
  });
  await shop.refund(await shop.transferOf(pack), 100);
  await shop.control.command('dispute', { paymentIntent: await shop.intentOf(pack) });
  await shop.control.quiet();
  expect([await owed(), await house('reserve')]).toEqual(before);
  expect(await shop.app.balanceOf(fan)).toBe(0n);
});

test('every month of a membership is taxed, and its months can be given back', async () => {
  taxes('exclusive', { stripeTaxCode: 'txcd_10000000' });
  const [channel, fan] = [await shop.channel(), await shop.fan()];
  const before = await owed();
  const bought = shop.boughtOf(await shop.subscribe(fan.cookie, channel));
  await shop.press(bought);
  await shop.control.quiet();
  const [row] = await shop.app.owner('SELECT stripeSubscriptionId AS id FROM subscription WHERE userId = ?', [
    fan.userId,
  ]);
  await shop.control.command('renew', { subscription: String(row?.['id']), works: true });
  await shop.control.quiet();
  const payments = await shop.app.owner(
    'SELECT amountMinor, taxMinor, transferId FROM payment WHERE userId = ? ORDER BY id',
    [fan.userId],
  );
  expect(payments).toMatchObject([
    { amountMinor: 595, taxMinor: 95 },
    { amountMinor: 595, taxMinor: 95 },
  ]);
  expect(await shop.creatorHas(channel)).toBe(800n);
  const { body } = await shop.app.call('GET', '/api/subscriptions', { cookie: fan.cookie });
  expect(body).toMatchObject([{ priceMinor: 500, tax: 'exclusive' }]);
  const told = await shop.app.owner("SELECT data FROM notice WHERE userId = ? AND event = 'payment.received'", [
    fan.userId,
  ]);
  expect(told.map(({ data }) => JSON.parse(String(data)))).toMatchObject([
    { amount: 595, tax: 95 },
    { amount: 595, tax: 95 },
  ]);
  for (const payment of payments) await shop.refund(String(payment['transferId']));
  await shop.control.quiet();
  expect([await owed(), await shop.creatorHas(channel)]).toEqual([before, 0n]);
});

test('an open page goes on as it was begun, whatever the operator changes meanwhile', async () => {
  taxes('exclusive');
  const [channel, fan] = [await shop.channel(), await shop.fan()];
  const begun = shop.boughtOf(await shop.buyCode(channel));
  const joining = shop.boughtOf(await shop.subscribe(fan.cookie, channel));
  taxes('none');
  await shop.press(begun);
  await shop.control.quiet();
  expect(await viewOf(begun)).toMatchObject({ state: 'paid', amountMinor: 1190, taxMinor: 190 });
  // A membership that is taxed otherwise is another price, and so another page.
  const again = shop.boughtOf(await shop.subscribe(fan.cookie, channel));
  expect(again.id).not.toBe(joining.id);
  await shop.press(again);
  await shop.control.quiet();
  const { body } = await shop.app.call('GET', `/api/checkouts/${again.id}`, { cookie: fan.cookie });
  expect(body).toMatchObject({ state: 'paid', amountMinor: 500, tax: 'none', taxMinor: 0 });
  taxes('inclusive');
  const other = await shop.fan();
  const within = shop.boughtOf(await shop.subscribe(other.cookie, channel));
  await shop.press(within);
  await shop.control.quiet();
  const joined = await shop.app.call('GET', `/api/checkouts/${within.id}`, { cookie: other.cookie });
  expect(joined.body).toMatchObject({ state: 'paid', amountMinor: 500, tax: 'inclusive', taxMinor: 80 });
});

test('what was charged must be the price with its tax: else nothing is handed over', async () => {
  const { stripe } = shop.ctx;
  const sells = async (tax: Tax, wrong: Partial<Session>) => {
    taxes(tax);
    await shop.control.command('faults', { lose: 100_000 });
    const bought = shop.boughtOf(await shop.buyCode(await shop.channel()));
    await shop.press(bought);
    await shop.control.command('faults', {});
    const session = async (id: string) => {
      const right = await stripe.session(id);
      return right && { ...right, ...wrong };
    };
    const state = await settleCheckout({ ...shop.ctx, stripe: { ...stripe, session } }, bought.id);
    return [state, (await shop.transfersOf(bought)).length, (await shop.codesOf(bought)).length];
  };
  const failed = ['failed', 0, 0];
  expect(await sells('none', {})).toEqual(['paid', 1, 1]);
  expect(await sells('none', { taxMinor: 160 })).toEqual(failed);
  expect(await sells('none', { amountMinor: 1190, taxMinor: 190 })).toEqual(failed);
  expect(await sells('inclusive', { amountMinor: 1190, taxMinor: 190 })).toEqual(failed);
  expect(await sells('inclusive', { taxMinor: 1000 })).toEqual(failed);
  expect(await sells('exclusive', { taxMinor: 189 })).toEqual(failed);
  expect(await sells('exclusive', { amountMinor: 1000, subtotalMinor: 840, taxMinor: 160 })).toEqual(failed);
  expect(await sells('exclusive', { taxMinor: -10, amountMinor: 990 })).toEqual(failed);
  expect(await sells('exclusive', { taxMinor: 0, amountMinor: 1000 })).toEqual(['paid', 1, 1]);
});

test('an invoice is shown to who paid, and to nobody else', async () => {
  taxes('inclusive', { stripeInvoices: true });
  const channel = await shop.channel();
  const bought = await shop.paidCode(channel);
  expect(await viewOf(bought)).toMatchObject({ invoice: true });
  const path = `/api/invoices/${await shop.transferOf(bought)}`;
  const shown = await shop.app.call('GET', `${path}?checkout=${bought.id}&claim=${bought.claim}`);
  expect(shown.body).toEqual({ url: expect.stringMatching(/\/standin\/invoices\/in_\w+$/), pdf: null });
  expect((await fetch(String(shown.body['url']))).status).toBe(200);
  const other = await shop.paidCode(channel);
  for (const query of ['', `?checkout=${other.id}&claim=${other.claim}`, `?checkout=${bought.id}&claim=${other.claim}`])
    expect((await shop.app.call('GET', path + query)).body['code']).toBe('receipt.none');
  taxes('none');
  const plain = await shop.paidCode(channel);
  expect(await viewOf(plain)).toMatchObject({ invoice: false, tax: 'none' });
  const none = `/api/invoices/${await shop.transferOf(plain)}?checkout=${plain.id}&claim=${plain.claim}`;
  expect((await shop.app.call('GET', none)).body['code']).toBe('receipt.none');
});
