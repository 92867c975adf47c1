/** A fan's own wallet: what moved, what was spent, and the limit that holds against racing purchases. */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { boundsOf, changeLimit, inForce, type Limit, monthOf, RAISE_WAIT_MS } from '../../server/src/spending/rules.ts';
import type { TestApp } from './app.ts';
import { startApp } from './app.ts';
import {
  buy,
  expectExact,
  goLive,
  key,
  outcomes,
  ownedChannel,
  privateShow,
  signedInFan,
  tip,
} from './commerce-kit.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());
afterEach(() => expectExact(app));

const amount = fc.option(fc.bigInt({ min: 0n, max: 1000n }));
const steps = fc.array(fc.record({ wanted: amount, afterMs: fc.integer({ min: 0, max: 2 * RAISE_WAIT_MS }) }));

test('whatever a fan asks for, the limit in force never rises within 24 hours of the question', () => {
  const rank = (tokens: bigint | null) => (tokens === null ? Number.POSITIVE_INFINITY : Number(tokens));
  fc.assert(
    fc.property(amount, steps, (first, asked) => {
      let limit: Limit = { monthlyTokens: first, pending: null };
      let nowMs = 0;
      for (const { wanted, afterMs } of asked) {
        nowMs += afterMs;
        const before = inForce(limit, nowMs).monthlyTokens;
        limit = changeLimit(limit, wanted, nowMs);
        const after = inForce(limit, nowMs).monthlyTokens;
        expect(rank(after)).toBe(Math.min(rank(before), rank(wanted)));
        expect(rank(inForce(limit, nowMs + RAISE_WAIT_MS).monthlyTokens)).toBe(rank(wanted));
        expect(changeLimit(limit, wanted, nowMs + 1000)).toEqual(limit);
      }
    }),
  );
});

test('months are whole and follow each other', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('2020-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }), (at) => {
      const { from, to } = boundsOf(monthOf(at));
      expect(from <= at && at < to).toBe(true);
      expect(boundsOf(monthOf(to)).from).toEqual(to);
    }),
  );
});

const get = async (cookie: string, path: string) => (await app.call('GET', path, { cookie })).body;
const setLimit = (cookie: string, monthlyTokens: number | null) =>
  app.call('POST', '/api/wallet/limit', { cookie, body: { monthlyTokens } });

test('what moved and what was spent are told, refunds taken off, by kind and creator', async () => {
  const [first, second] = [await ownedChannel(app), await ownedChannel(app)];
  const show = await privateShow(app, first, { title: 'Late set' });
  const undone = await privateShow(app, first);
  const fan = await signedInFan(app, 200n);
  await buy(app, fan.cookie, show);
  const ticket = await buy(app, fan.cookie, undone);
  await tip(app, fan.cookie, { amountTokens: 15, context: { channel: second.channel.slug } });
  const path = `/api/streams/${undone}/tickets/${ticket.body['ticketId']}/refund`;
  expect((await app.call('POST', path, { cookie: first.owner, body: {}, headers: key() })).status).toBe(200);
  for (const path of ['/api/wallet/me', '/api/tokens/balance'])
    expect(await get(fan.cookie, path)).toEqual({ balance: 155 });
  const history = await get(fan.cookie, '/api/wallet/history');
  expect(history).toMatchObject({
    next: null,
    lines: [
      { kind: 'refund', of: 'ticket', amountTokens: 30, show: { id: undone } },
      { kind: 'tip', of: null, amountTokens: -15, channel: { slug: second.channel.slug }, show: null },
      { kind: 'ticket', amountTokens: -30, show: { id: undone } },
      { kind: 'ticket', amountTokens: -30, channel: { slug: first.channel.slug }, show: { title: 'Late set' } },
      { kind: 'gift', amountTokens: 200, channel: null },
    ],
  });
  expect(await get(fan.cookie, '/api/wallet/spending')).toMatchObject({
    month: monthOf(new Date()),
    total: { tokens: 45, minor: 0 },
    byKind: [
      { kind: 'ticket', tokens: 30, minor: 0 },
      { kind: 'tip', tokens: 15, minor: 0 },
    ],
    byCreator: [
      { channel: first.channel.slug, tokens: 30 },
      { channel: second.channel.slug, tokens: 15 },
    ],
    limit: { monthlyTokens: null, spentTokens: 45, leftTokens: null },
  });
  expect(await get(fan.cookie, '/api/wallet/spending?month=2024-02')).toMatchObject({
    total: { tokens: 0, minor: 0 },
    byKind: [],
  });
  expect(await get(fan.cookie, '/api/wallet/spending?month=2024-13')).toMatchObject({ code: 'request.invalid' });
  const stranger = await signedInFan(app, 0n);
  expect(await get(stranger.cookie, '/api/wallet/history')).toEqual({ lines: [], next: null });
  expect(await get(stranger.cookie, '/api/wallet/me')).toEqual({ balance: 0 });
});

test('the history comes in pages', async () => {
  const fan = await signedInFan(app, 0n);
  for (let n = 1; n <= 53; n += 1) await app.make.gift(fan.userId, BigInt(n));
  const first = await get(fan.cookie, '/api/wallet/history');
  const rest = await get(fan.cookie, `/api/wallet/history?before=${first['next']}`);
  const amounts = [first, rest].map((page) =>
    (page['lines'] as { amountTokens: number }[]).map((line) => line.amountTokens),
  );
  expect(amounts.flat()).toEqual(Array.from({ length: 53 }, (_, n) => 53 - n));
  expect(amounts.map((page) => page.length)).toEqual([50, 3]);
  expect(rest['next']).toBeNull();
});

test('a limit holds against purchases that race, and a refund gives room again', async () => {
  const owned = await ownedChannel(app);
  await goLive(app, owned.channel);
  const fan = await signedInFan(app, 1000n);
  expect((await setLimit(fan.cookie, 100)).body).toEqual({
    monthlyTokens: 100,
    pending: null,
    spentTokens: 0,
    leftTokens: 100,
  });
  const shows = await Promise.all(Array.from({ length: 6 }, () => privateShow(app, owned)));
  const context = { channel: owned.channel.slug };
  const answers = await Promise.all([
    ...shows.map((show) => buy(app, fan.cookie, show)),
    ...shows.map(() => tip(app, fan.cookie, { amountTokens: 30, context })),
  ]);
  expect(outcomes(answers)).toEqual({ done: 3, 'wallet.limit_reached': 9 });
  expect(answers.find(({ status }) => status === 409)?.body['details']).toEqual({
    limit: 100,
    spent: 90,
    left: 10,
    needed: 30,
  });
  expect((await tip(app, fan.cookie, { amountTokens: 10, context })).status).toBe(200);
  expect((await tip(app, fan.cookie, { amountTokens: 1, context })).body['code']).toBe('wallet.limit_reached');
  const [sold] = answers.filter(({ status, body }) => status === 200 && body['ticketId']);
  if (!sold) return;
  const [row] = await app.owner(
    'SELECT s.publicId AS id FROM ticket t JOIN live_show s ON s.id = t.showId WHERE t.publicId = ?',
    [sold.body['ticketId']],
  );
  const path = `/api/streams/${row?.['id']}/tickets/${sold.body['ticketId']}/refund`;
  expect((await app.call('POST', path, { cookie: owned.owner, body: {}, headers: key() })).status).toBe(200);
  expect((await tip(app, fan.cookie, { amountTokens: 30, context })).status).toBe(200);
});

test('a repeat is answered, also where the limit would refuse it by now', async () => {
  const owned = await ownedChannel(app);
  const fan = await signedInFan(app, 100n);
  const click = key();
  const body = { amountTokens: 60, context: { channel: owned.channel.slug } };
  const first = await tip(app, fan.cookie, body, click);
  await setLimit(fan.cookie, 10);
  expect((await tip(app, fan.cookie, body, click)).body).toEqual(first.body);
  expect((await tip(app, fan.cookie, body)).body['code']).toBe('wallet.limit_reached');
});

test('a lower limit holds at once, a higher one after 24 hours, by the database’s clock', async () => {
  const fan = await signedInFan(app, 10n);
  await setLimit(fan.cookie, 100);
  const raised = await setLimit(fan.cookie, null);
  expect(raised.body).toMatchObject({ monthlyTokens: 100, pending: { monthlyTokens: null } });
  const from = Date.parse(String((raised.body['pending'] as { from: string }).from));
  expect(Math.round((from - Date.now()) / 60_000)).toBe(24 * 60);
  await app.owner('UPDATE spending_limit SET pendingFrom = UTC_TIMESTAMP(3) WHERE userId = ?', [fan.userId]);
  expect((await get(fan.cookie, '/api/wallet/spending'))['limit']).toMatchObject({
    monthlyTokens: null,
    pending: null,
  });
  expect((await setLimit(fan.cookie, 5)).body).toMatchObject({ monthlyTokens: 5, pending: null, leftTokens: 5 });
  const unused = await signedInFan(app, 0n);
  expect((await setLimit(unused.cookie, 7)).body).toMatchObject({ monthlyTokens: 7, spentTokens: 0 });
});
