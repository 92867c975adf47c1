/** What a creator is shown of the ledger: every figure is the ledger's own. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, startApp, type TestApp } from './app.ts';
import { creatorsOf, type Owned } from './creators-kit.ts';

let app: TestApp;
let creators: ReturnType<typeof creatorsOf>;
beforeAll(async () => {
  app = await startApp();
  creators = creatorsOf(app);
});
afterAll(() => app.stop());

type Balance = Record<'balance' | 'available' | 'held' | 'debt' | 'inPayout', number> & { currency: string };
type Line = Record<'amount' | 'debt', number> & Record<'gross' | 'tax' | 'platform', number | null> & { kind: string };

async function ownerOf(settings: Partial<Owned> = {}) {
  const channel = (await app.make.channel(settings)) as Owned;
  return { channel, cookie: await app.signIn(channel) };
}
const earnings = (cookie: string, channel: Owned, more = '') =>
  app.call('GET', `/api/earnings?channel=${channel.slug}${more}`, { cookie });
const balanceIn = (answer: Answer, currency: string) =>
  (answer.body['balances'] as Balance[]).find((one) => one.currency === currency);
const THIS_MONTH = new Date().toISOString().slice(0, 7);
const statement = (cookie: string, channel: Owned, currency: string, more = '') =>
  app.call('GET', `/api/earnings/statement?channel=${channel.slug}&month=${THIS_MONTH}&currency=${currency}${more}`, {
    cookie,
  });

test('earnings by source, with gross, both shares and what went back; every sale with its split', async () => {
  const { channel, cookie } = await ownerOf({ creatorBps: 7500 });
  const fan = await app.make.fan({ balanceTokens: 1000n });
  const first = await creators.codeSale(channel, 999n);
  await creators.codeSale(channel, 1000n);
  await creators.takeBack(first.transferId, 333n);
  const dispute = await creators.takeBack(first.transferId, null, 'dispute');
  await creators.takeBack(dispute.transferId, null, 'dispute_won');
  const tip = await creators.tip(channel, fan.userId, 101n);
  const answer = await earnings(cookie, channel);
  expect(answer.body).toMatchObject({ channel: channel.slug, currency: 'eur', creatorBps: 7500, next: null });
  expect(answer.body['bySource']).toEqual([
    // Of 999 the platform has 249, of 333 that went back 83.
    {
      source: 'code',
      currency: 'eur',
      count: 2,
      gross: 1999,
      tax: 0,
      platform: 499,
      own: 1500,
      refunded: 333,
      refundedOwn: 250,
    },
    {
      source: 'tip',
      currency: 'TOKEN',
      count: 1,
      gross: 101,
      tax: 0,
      platform: 25,
      own: 76,
      refunded: 0,
      refundedOwn: 0,
    },
  ]);
  expect(answer.body['totals']).toHaveLength(2);
  const sales = answer.body['sales'] as Record<string, unknown>[];
  expect(sales.map(({ kind }) => kind)).toEqual(['sale', 'dispute_won', 'dispute', 'refund', 'sale', 'sale']);
  expect(sales[0]).toMatchObject({ transferId: tip.transferId, gross: 101, platform: 25, own: 76, bps: 7500 });
  expect(sales[0]).toMatchObject({ source: 'tip', buyer: fan.name, reverses: null, refunded: 0 });
  expect(sales[3]).toMatchObject({ gross: -333, platform: -83, own: -250, reverses: first.transferId });
  expect(sales[1]).toMatchObject({ source: 'code', gross: 666, reverses: first.transferId });
  expect(sales.at(-1)).toMatchObject({ transferId: first.transferId, refunded: 333, buyer: 'f…@example.org' });
  // Another channel of the same person has none of it, and the same balance.
  const has = await creators.has(channel, 'eur');
  expect(balanceIn(answer, 'eur')).toMatchObject({ balance: Number(has.balance), held: 1250, available: 0, debt: 0 });
});

test('pages of sales hold each once, and a time leaves out what is not in it', async () => {
  const { channel, cookie } = await ownerOf();
  const ids: string[] = [];
  for (let n = 0; n < 53; n += 1) ids.push((await creators.codeSale(channel, 500n)).transferId);
  const first = await earnings(cookie, channel);
  const second = await earnings(cookie, channel, `&before=${String(first.body['next'])}`);
  const shown = [first, second].flatMap(({ body }) =>
    (body['sales'] as { transferId: string }[]).map((s) => s.transferId),
  );
  expect(shown).toEqual([...ids].reverse());
  expect(second.body['next']).toBeNull();
  await creators.age(ids[0] ?? '', 40);
  expect((await earnings(cookie, channel)).body['bySource']).toMatchObject([{ count: 52, gross: 26_000 }]);
  const from = new Date(Date.now() - 50 * 86_400_000).toISOString();
  const to = new Date(Date.now() - 35 * 86_400_000).toISOString();
  expect((await earnings(cookie, channel, `&from=${from}&to=${to}`)).body['bySource']).toMatchObject([{ count: 1 }]);
  expect((await earnings(cookie, channel, `&from=${to}&to=${from}`)).body['code']).toBe('earnings.range');
});

test('money waits for the holding time; a refund takes from what it was of, and a debt is covered first', async () => {
  const { channel, cookie } = await ownerOf({ creatorBps: 8000 });
  const old = await creators.codeSale(channel, 10_000n);
  const young = await creators.codeSale(channel, 5000n);
  await creators.age(old.transferId, 8);
  const now = async () => balanceIn(await earnings(cookie, channel), 'eur');
  expect(await now()).toMatchObject({ balance: 12_000, available: 8000, held: 4000, debt: 0, inPayout: 0 });
  // Half of the young sale goes back: what was available stays.
  await creators.takeBack(young.transferId, 2500n);
  expect(await now()).toMatchObject({ balance: 10_000, available: 8000, held: 2000 });
  // A part of the old sale goes back: what is held stays, and it is the available that shrinks.
  await creators.takeBack(old.transferId, 1000n);
  expect(await now()).toMatchObject({ balance: 9200, available: 7200, held: 2000 });
  // A dispute over the young one, won: it is as young as it was.
  const dispute = await creators.takeBack(young.transferId, null, 'dispute');
  expect(await now()).toMatchObject({ balance: 7200, available: 7200, held: 0 });
  await creators.takeBack(dispute.transferId, null, 'dispute_won');
  expect(await now()).toMatchObject({ balance: 9200, available: 7200, held: 2000 });
  const { oldest, next } = { oldest: young.at.getTime(), next: (await now()) as unknown as Record<string, string> };
  expect(Date.parse(next['nextAvailableAt'] ?? '')).toBe(oldest + 7 * 86_400_000);
  await creators.age(young.transferId, 8);
  expect(await now()).toMatchObject({ available: 9200, held: 0, nextAvailableAt: null });
});

test('opening, every line and closing add up to the ledger, whatever happened in whichever month', async () => {
  const { channel, cookie } = await ownerOf({ creatorBps: 7777 });
  const fan = await app.make.fan({ balanceTokens: 1_000_000n });
  const booked: { id: string; gross: bigint }[] = [];
  const act = fc.record({ what: fc.constantFrom('tip', 'sale', 'back'), size: fc.bigInt({ min: 1n, max: 3000n }) });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 8 }), fc.integer(), async (acts, pick) => {
      for (const { what, size } of acts) {
        const target = booked[Math.abs(pick) % Math.max(1, booked.length)];
        if (what === 'tip')
          booked.push({ id: (await creators.tip(channel, fan.userId, size)).transferId, gross: size });
        else if (what === 'sale') booked.push({ id: (await creators.codeSale(channel, size)).transferId, gross: size });
        else if (target && target.gross > 0n) {
          const part = BigInt(Math.min(Number(size), Number(target.gross)));
          target.gross -= part;
          const back = await creators.takeBack(target.id, part);
          if (pick % 2 === 0) await creators.age(back.transferId, 40);
        }
      }
      for (const currency of ['TOKEN', 'eur']) {
        const { body } = await statement(cookie, channel, currency);
        const { opening, closing } = body as unknown as Record<
          'opening' | 'closing',
          { balance: number; debt: number }
        >;
        const lines = body['lines'] as Line[];
        const has = await creators.has(channel, currency);
        expect(closing).toEqual({ balance: Number(has.balance), debt: Number(has.debt) });
        expect(opening.balance + lines.reduce((sum, line) => sum + line.amount, 0)).toBe(closing.balance);
        expect(opening.debt + lines.reduce((sum, line) => sum + line.debt, 0)).toBe(closing.debt);
        const sum = (of: (line: Line) => number | null) => lines.reduce((all, line) => all + (of(line) ?? 0), 0);
        expect(body['totals']).toEqual({
          lines: lines.length,
          gross: sum(({ gross }) => gross),
          tax: sum(({ tax }) => tax),
          platform: sum(({ platform }) => platform),
          amount: sum(({ amount }) => amount),
          debt: sum(({ debt }) => debt),
        });
        for (const line of lines) expect((line.gross ?? 0) - (line.platform ?? 0)).toBe(line.amount + line.debt);
      }
    }),
    { numRuns: 12 },
  );
});

test('a statement of many lines comes by pages that add up; months meet without a gap', async () => {
  const { channel, cookie } = await ownerOf();
  const fan = await app.make.fan({ balanceTokens: 10_000n });
  for (let n = 0; n < 505; n += 1) await creators.tip(channel, fan.userId, 5n);
  const first = await statement(cookie, channel, 'TOKEN');
  expect(first.body['lines']).toHaveLength(500);
  const rest = await statement(cookie, channel, 'TOKEN', `&after=${String(first.body['next'])}`);
  expect(rest.body['next']).toBeNull();
  expect(rest.body['lines']).toHaveLength(5);
  expect(first.body['closing']).toEqual({ balance: 505 * 4, debt: 0 });
  // Sums are the whole month's, whichever page they come with, and however long it is.
  const totals = { lines: 505, gross: 505 * 5, tax: 0, platform: 505, amount: 505 * 4, debt: 0 };
  expect([first.body['totals'], rest.body['totals']]).toEqual([totals, totals]);
  const short = await statement(cookie, channel, 'TOKEN', `&after=${String(first.body['next'])}&limit=2`);
  expect(short.body).toMatchObject({ totals, lines: (rest.body['lines'] as Line[]).slice(0, 2) });
  await app.owner(
    `UPDATE ledger_transfer SET at = CONCAT(DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL 1 MONTH, '%Y-%m-10'), ' 12:00:00')
     WHERE channelId = ? ORDER BY id LIMIT 100`,
    [channel.id],
  );
  const past = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - 1, 1))
    .toISOString()
    .slice(0, 7);
  const before = await app.call('GET', `/api/earnings/statement?channel=${channel.slug}&month=${past}&currency=TOKEN`, {
    cookie,
  });
  expect(before.body).toMatchObject({ opening: { balance: 0 }, closing: { balance: 400 } });
  expect((await statement(cookie, channel, 'TOKEN')).body['opening']).toEqual({ balance: 400, debt: 0 });
});

test('the CSV is a download with every line and the balance after it; names cannot be formulas', async () => {
  const { channel, cookie } = await ownerOf();
  const fan = await app.make.fan({ balanceTokens: 100n });
  await app.owner('UPDATE user SET name = ? WHERE id = ?', ['=HYPERLINK("http://evil.example","x")', fan.userId]);
  await creators.tip(channel, fan.userId, 100n);
  const sale = await creators.codeSale(channel, 1000n);
  await creators.takeBack(sale.transferId, 500n);
  const url = (currency: string) =>
    `http://127.0.0.1:${app.port}/api/earnings/statement?channel=${channel.slug}&month=${THIS_MONTH}&format=csv&currency=${currency}`;
  const response = await fetch(url('TOKEN'), { headers: { cookie } });
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="statement-${channel.slug}-${THIS_MONTH}-TOKEN.csv"`,
  );
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.text()).toContain(`,"'=HYPERLINK(""http://evil.example"",""x"")",TOKEN,100,0,20,8000,80,80,`);
  const cash = (await (await fetch(url('eur'), { headers: { cookie } })).text()).trim().split('\r\n');
  expect(cash.map((row) => row.split(',')[1])).toEqual(['kind', 'opening', 'code_sale', 'refund', 'closing']);
  expect(cash.at(-1)?.split(',').slice(10, 13)).toEqual(['400', '', '0']);
  // A column of the file sums to what the page says below it.
  const sum = (name: string) => {
    const column = cash[0]?.split(',').indexOf(name) ?? -1;
    return cash.slice(1).reduce((all, row) => all + Number(row.split(',')[column]), 0);
  };
  expect((await statement(cookie, channel, 'eur')).body['totals']).toEqual({
    lines: 2,
    gross: sum('gross'),
    tax: sum('tax'),
    platform: sum('platform'),
    amount: sum('amount'),
    debt: sum('debt_change'),
  });
  // A stranger gets no file.
  const other = await app.signIn(await app.make.channel());
  expect((await fetch(url('eur'), { headers: { cookie: other } })).status).toBe(403);
});

test("the studio's dashboard: state, tickets, revenue by show, search and order", async () => {
  const { channel, cookie } = await ownerOf();
  const fan = await app.make.fan({ balanceTokens: 1000n });
  const plan = async (title: string) => {
    const body = { channel: channel.slug, title, startsAt: new Date(Date.now() + 3_600_000).toISOString() };
    return String((await app.call('POST', '/api/streams/create', { cookie, body })).body['id']);
  };
  const [quiet, busy, other] = [await plan('Quiet 100 %'), await plan('Busy night'), await plan('Other_night')];
  const rows = await app.owner('SELECT id, publicId FROM live_show WHERE channelId = ?', [channel.id]);
  const rowOf = (id: string) => Number(rows.find(({ publicId }) => publicId === id)?.['id']);
  const tip = await creators.tip(channel, fan.userId, 100n, rowOf(busy));
  await creators.tip(channel, fan.userId, 10n, rowOf(quiet));
  await creators.takeBack(tip.transferId, 50n);
  await creators.codeSale(channel, 1000n);
  await app.owner("UPDATE live_show SET state = 'ended', peakViewers = 7 WHERE id = ?", [rowOf(other)]);
  const ask = async (more: string) =>
    (await app.call('GET', `/api/studio/dashboard?channel=${channel.slug}${more}`, { cookie })).body;
  const titles = (body: Answer['body']) => (body['shows'] as { title: string }[]).map(({ title }) => title);
  const all = await ask('&sort=revenue');
  expect(titles(all)).toEqual(['Busy night', 'Quiet 100 %', 'Other_night']);
  expect(all).toMatchObject({
    total: 3,
    pages: 1,
    counts: { scheduled: 2, running: 0, ended: 1, cancelled: 0 },
    shows: [
      { revenue: [{ currency: 'TOKEN', gross: 50, own: 40 }], audience: ['code'], refundTokens: 0 },
      { ticketsSold: 0 },
      { revenue: [] },
    ],
  });
  expect(all['revenue30Days']).toEqual([
    { currency: 'eur', gross: 1000, own: 800 },
    { currency: 'TOKEN', gross: 60, own: 48 },
  ]);
  expect(titles(await ask('&sort=viewers'))[0]).toBe('Other_night');
  expect(titles(await ask('&state=ended'))).toEqual(['Other_night']);
  // Signs of SQL mean themselves.
  expect(titles(await ask('&search=%25'))).toEqual(['Quiet 100 %']);
  expect(titles(await ask('&search=_night'))).toEqual(['Other_night']);
  expect((await ask('&page=2'))['shows']).toEqual([]);
});
