/** Receipts: for whom they are, what they say, and that anybody can check them with the published keys alone. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { receiptKeys, rotateKey } from '../../server/src/receipts/keys.ts';
import { addKey, type Receipt, signReceipt } from '../../server/src/receipts/rules.ts';
import type { Answer, Options } from './app.ts';
import { creatorsOf, type Owned } from './creators-kit.ts';
import { type Shop, startShop } from './payments-rig.ts';

let shop: Shop;
let creators: ReturnType<typeof creatorsOf>;
beforeAll(async () => {
  shop = await startShop();
  creators = creatorsOf(shop.app);
});
afterAll(() => shop.stop());

const get = (transferId: string, options: Options, query = '') =>
  shop.app.call('GET', `/api/receipts/${transferId}${query}`, options);
const admin = () => ({ bearer: shop.app.config.secrets.adminApiKey });
const said = (answer: Answer) => (answer.body as unknown as Receipt).receipt;

const fileOf = (name: string, value: unknown): string => {
  const file = join(shop.app.config.varDir, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
};

/** As a stranger runs it: there is no install, only the receipt and the saved list of keys. */
function verify(receipt: unknown, keys: unknown) {
  const main = resolve(import.meta.dirname, '../../scripts/cli/main.ts');
  const files = [fileOf('receipt.json', receipt), '--keys', fileOf('keys.json', keys)];
  const { PATH } = process.env;
  const done = spawnSync(process.execPath, [main, 'receipt', 'verify', ...files], { env: { PATH }, encoding: 'utf8' });
  return { status: done.status, text: done.stdout + done.stderr };
}

test('a code bought without an account: its buyer by the claim, its creator with the shares, nobody else', async () => {
  const channel = await shop.channel({ codePriceMinor: 999, creatorBps: 8000 });
  const owner = await shop.app.signIn(channel);
  const bought = await shop.paidCode(channel);
  const id = await shop.transferOf(bought);
  const claim = `?checkout=${bought.id}&claim=${bought.claim}`;
  const buyers = await get(id, {}, claim);
  expect(said(buyers)).toEqual({
    format: 'stagedoor-receipt/1',
    issuer: shop.app.config.publicUrl,
    transferId: id,
    kind: 'code_sale',
    what: 'code',
    at: expect.stringMatching(/^20\d\d-.*Z$/),
    party: 'buyer',
    currency: 'eur',
    amount: 999,
    channel: channel.slug,
    channelName: channel.name,
    show: null,
    reverses: null,
    standIn: true,
  });
  const own = await get(id, { cookie: owner });
  expect(said(own)).toMatchObject({
    party: 'creator',
    amount: 999,
    creatorShare: 800,
    platformShare: 199,
    creatorBps: 8000,
  });
  expect(said(await get(id, admin(), '?party=creator'))).toEqual(said(own));
  expect(said(await get(id, admin()))).toEqual(said(buyers));
  // The creator cannot have the buyer's copy, a stranger none, and a claim opens its own purchase only.
  const stranger = await shop.app.signIn(await shop.channel());
  const other = await shop.paidCode(channel);
  const foreign = `?checkout=${other.id}&claim=${other.claim}`;
  for (const [options, query] of [
    [{ cookie: owner }, '?party=buyer'],
    [{ cookie: stranger }, ''],
    [{ cookie: stranger }, '?party=creator'],
    [{}, ''],
    [{}, foreign],
    [{}, `?checkout=${bought.id}&claim=${other.claim}`],
    [{}, `${claim}&party=creator`],
  ] as const) {
    expect((await get(id, options, query)).body['code'], query).toBe('receipt.none');
  }
});

test('a refund has a receipt of its own for both, which names what it takes back, to the cent', async () => {
  const channel = await shop.channel({ codePriceMinor: 999, creatorBps: 8000 });
  const owner = await shop.app.signIn(channel);
  const bought = await shop.paidCode(channel);
  const id = await shop.transferOf(bought);
  const back = String((await shop.refund(id, 333)).body['transferId']);
  const buyers = await get(back, {}, `?checkout=${bought.id}&claim=${bought.claim}`);
  expect(said(buyers)).toMatchObject({ kind: 'refund', what: 'code', amount: 333, currency: 'eur', reverses: id });
  expect(said(buyers)).not.toHaveProperty('creatorShare');
  const shares = said(await get(back, { cookie: owner }));
  expect(shares).toMatchObject({ party: 'creator', amount: 333, reverses: id });
  expect(Number(shares['creatorShare']) + Number(shares['platformShare'])).toBe(333);
});

test('tokens, tips and payouts: the fan has the buyer’s copy, the creator the other', async () => {
  const channel = (await shop.channel({ creatorBps: 8000 })) as Owned;
  const owner = await shop.app.signIn(channel);
  const fan = await shop.fan();
  const bought = shop.boughtOf(await shop.buyTokens(fan.cookie, 1000));
  await shop.press(bought);
  await shop.control.quiet();
  const topup = await shop.transferOf(bought);
  expect(said(await get(topup, { cookie: fan.cookie }))).toMatchObject({
    kind: 'topup',
    amount: 999,
    tokens: 1000,
    currency: 'eur',
  });
  expect((await get(topup, { cookie: owner })).status).toBe(404);
  const tip = await creators.tip(channel, fan.userId, 101n);
  expect(said(await get(tip.transferId, { cookie: fan.cookie }))).toMatchObject({
    party: 'buyer',
    amount: 101,
    currency: 'TOKEN',
  });
  expect(said(await get(tip.transferId, { cookie: owner }))).toMatchObject({ creatorShare: 81, platformShare: 20 });
  // What was held, and what was given, was bought by nobody.
  const [gift] = await shop.app.owner("SELECT publicId FROM ledger_transfer WHERE kind = 'gift' LIMIT 1");
  if (gift) expect((await get(String(gift['publicId']), admin())).body['code']).toBe('receipt.none');
  const big = await creators.codeSale(channel, 10_000n);
  await creators.age(big.transferId, 8);
  const { body } = await shop.app.call('POST', '/api/payouts', {
    cookie: owner,
    body: { channel: channel.slug, currency: 'eur', amount: 5000 },
    headers: { 'idempotency-key': randomUUID() },
  });
  expect((await get(String(body['holdTransferId']), { cookie: owner })).body['code']).toBe('receipt.none');
  await shop.app.call('POST', `/api/admin/payouts/${body['id']}/paid`, {
    ...admin(),
    origin: null,
    body: { reference: 'x' },
  });
  const payouts = await shop.app.call('GET', `/api/payouts?channel=${channel.slug}`, { cookie: owner });
  const [paid] = payouts.body['payouts'] as { endTransferId: string }[];
  expect(said(await get(paid?.endTransferId ?? '', { cookie: owner }))).toMatchObject({
    kind: 'payout_paid',
    what: 'payout',
    party: 'creator',
    amount: 5000,
    currency: 'eur',
  });
  expect((await get(paid?.endTransferId ?? '', { cookie: fan.cookie })).status).toBe(404);
});

test('checked offline with the published keys alone; rotated keys verify; re-signed by another key it is refused', async () => {
  const channel = await shop.channel({ codePriceMinor: 1234 });
  const cookie = await shop.app.signIn(channel);
  const id = await shop.transferOf(await shop.paidCode(channel));
  const before = (await get(id, { cookie })).body;
  const published = async () => (await shop.app.call('GET', '/api/receipts/keys')).body;
  const early = await published();
  expect(JSON.stringify(early)).not.toContain(receiptKeys(shop.app.config.varDir).privateKey);
  expect(verify(before, early)).toMatchObject({ status: 0, text: expect.stringContaining('1234 eur') });
  rotateKey(shop.app.config.varDir);
  const after = (await get(id, { cookie })).body;
  expect(after['keyId']).not.toBe(before['keyId']);
  expect(after['receipt']).toEqual(before['receipt']);
  const late = await published();
  expect(verify(before, late).status).toBe(0);
  expect(verify(after, late).status).toBe(0);
  // Who saved the list before the key was changed fetches it again: the old list cannot know the new key.
  expect(verify(after, early)).toMatchObject({ status: 1, text: expect.stringContaining('not among') });
  const cheaper = { ...before, receipt: { ...(before['receipt'] as object), amount: 1 } };
  expect(verify(cheaper, late)).toMatchObject({ status: 1, text: expect.stringContaining('does not fit') });
  const forger = addKey(null, new Date().toISOString());
  const forged = signReceipt(forger, cheaper.receipt as unknown as Receipt['receipt']);
  expect(verify(forged, late)).toMatchObject({ status: 1, text: expect.stringContaining('not among') });
  expect(verify({ ...forged, keyId: before['keyId'] }, late).status).toBe(1);
  // Smuggled into the list, nobody vouches for it.
  const list = [...(late['keys'] as object[]), ...forger.keys];
  expect(verify(forged, { keys: list }).status).toBe(1);
});
