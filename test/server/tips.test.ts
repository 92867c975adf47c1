/** Tips: booked once, said once to everybody in the room, kept for the creator. */
import fc from 'fast-check';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { cleanMessage } from '../../server/src/tips/rules.ts';
import { balanceOf, money } from '../../server/src/wallet/service.ts';
import { until } from '../kit/until.ts';
import type { TestApp } from './app.ts';
import { startApp } from './app.ts';
import { expectExact, goLive, key, outcomes, ownedChannel, signedInFan, tip } from './commerce-kit.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());
afterEach(() => expectExact(app));

test('a message is one line of what can be seen, whatever was typed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (typed) => {
      const clean = cleanMessage(typed);
      if (clean === null) return;
      expect(clean).not.toMatch(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069\u200B\uFEFF]/u);
      expect(clean.length).toBeLessThanOrEqual(200);
      expect(clean).toBe(clean.trim());
      expect(clean.isWellFormed()).toBe(true);
      expect(cleanMessage(clean)).toBe(clean);
    }),
    { numRuns: 500 },
  );
  expect(cleanMessage('  Salut,\n\tlume!\u0007  \u202Eabc ')).toBe('Salut, lume! abc');
  expect(cleanMessage('👩‍🎤 bravo 🇷🇴')).toBe('👩‍🎤 bravo 🇷🇴');
  expect(cleanMessage('\u200B \n')).toBeNull();
});

async function listen(
  channel: string,
  ...events: string[]
): Promise<{ heard: Record<string, unknown>[]; socket: Socket }> {
  const socket = io(`http://127.0.0.1:${app.port}`, {
    transports: ['websocket'],
    forceNew: true,
    extraHeaders: { origin: app.config.publicUrl },
  });
  const heard: Record<string, unknown>[] = [];
  for (const event of events) socket.on(event, (told: Record<string, unknown>) => heard.push({ event, ...told }));
  expect(await socket.emitWithAck('room:join', { channel })).toEqual({ ok: true });
  return { heard, socket };
}

test('a tip goes from wallet to creator and platform, and the room hears of it once under both names', async () => {
  const { channel, owner } = await ownedChannel(app, { creatorBps: 7500, audience: 'everybody' });
  const live = await goLive(app, channel);
  const fan = await signedInFan(app, 300n);
  const { heard, socket } = await listen(channel.slug, 'tip:new', `tip:new:${channel.slug}`);
  const click = key();
  const body = {
    toCreatorId: channel.ownerId,
    amountTokens: 101,
    message: ' Bravo!\u0000 ',
    context: { streamId: live.showId },
  };
  const answers = await Promise.all([1, 2, 3].map(() => tip(app, fan.cookie, body, click)));
  expect(outcomes(answers)).toEqual({ done: 3 });
  for (const answer of answers) expect(answer.body).toEqual(answers[0]?.body);
  expect(answers[0]?.body).toMatchObject({ newBalance: 199 });
  expect((await tip(app, fan.cookie, { ...body, amountTokens: 102 }, click)).body['code']).toBe('wallet.key_reused');
  const second = await tip(app, fan.cookie, { amountTokens: 1, context: { channel: channel.slug } });
  await until(() => heard.length >= 4, 'two tips under two names', 5000);
  expect(heard.map(({ event, amountTokens }) => [event, amountTokens])).toEqual([
    ['tip:new', 101],
    [`tip:new:${channel.slug}`, 101],
    ['tip:new', 1],
    [`tip:new:${channel.slug}`, 1],
  ]);
  expect(heard[0]).toMatchObject({
    fromUsername: fan.name,
    message: 'Bravo!',
    id: answers[0]?.body['tipId'],
    showId: live.showId,
  });
  // What runs on the channel is what a tip to the channel is for.
  expect(heard[2]).toMatchObject({ message: null, id: second.body['tipId'], showId: live.showId });
  // 101 at 75 %: the platform's share is rounded down, the rest is the creator's.
  expect(await balanceOf(app.platform.db, money.creator(channel.ownerId, 'TOKEN'))).toBe(76n + 1n);
  const list = await app.call('GET', `/api/tips?channel=${channel.slug}&stream=${live.showId}`, { cookie: owner });
  expect(list.body).toMatchObject({ count: 2, totalTokens: 102, creatorTotalTokens: 77, next: null });
  expect((list.body['tips'] as { amountTokens: number }[]).map(({ amountTokens }) => amountTokens)).toEqual([1, 101]);
  const missed = await app.call('GET', `/api/tips/recent?channel=${channel.slug}`);
  expect((missed.body as unknown as { id: string }[]).map(({ id }) => id)).toEqual([
    heard[0]?.['id'],
    heard[2]?.['id'],
  ]);
  const since = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
  expect((await app.call('GET', `/api/tips/recent?channel=${channel.slug}&since=${since}`)).body).toEqual([]);
  const [notice] = await app.owner("SELECT data FROM notice WHERE userId = ? AND event = 'tip.received' ORDER BY id", [
    channel.ownerId,
  ]);
  expect(JSON.parse(String(notice?.['data']))).toMatchObject({
    fromName: fan.name,
    amountTokens: 101,
    message: 'Bravo!',
  });
  socket.close();
});

test('a tip that cannot be, changes nothing and says why', async () => {
  const { channel, owner } = await ownedChannel(app);
  const other = await app.make.channel();
  const fan = await signedInFan(app, 50n);
  const codeOf = async (body: object, cookie = fan.cookie) => (await tip(app, cookie, body)).body['code'];
  const context = { channel: channel.slug };
  expect(await codeOf({ amountTokens: 51, context })).toBe('wallet.insufficient_funds');
  expect(await codeOf({ amountTokens: 1, context }, owner)).toBe('tip.own_channel');
  for (const amountTokens of [0, -1, 1.5, 100_001, '7', null])
    expect(await codeOf({ amountTokens, context })).toBe('request.invalid');
  expect(await codeOf({ amountTokens: 1, context, message: 'x'.repeat(201) })).toBe('request.invalid');
  expect(await codeOf({ amountTokens: 1, context: { channel: 'nobody' } })).toBe('channel.not_found');
  expect(await codeOf({ amountTokens: 1, context, toCreatorId: other.ownerId })).toBe('channel.not_found');
  expect(await codeOf({ amountTokens: 1 })).toBe('channel.choose');
  expect(await codeOf({ amountTokens: 1, context: { streamId: `shw_${'0'.repeat(26)}` } })).toBe('show.not_found');
  const test = await app.call('POST', '/api/live-sessions/start', { cookie: owner, body: { test: true } });
  expect(await codeOf({ amountTokens: 1, context: { streamId: test.body['showId'] } })).toBe('show.not_found');
  expect(
    (await app.call('POST', '/api/tips/send', { cookie: fan.cookie, body: { amountTokens: 1, context } })).body['code'],
  ).toBe('request.idempotency_key');
  expect(await app.balanceOf(fan)).toBe(50n);
  expect((await tip(app, fan.cookie, { amountTokens: 1, toCreatorId: other.ownerId })).status).toBe(200);
});

test('a flood of tips is stopped in one clear sentence, and only that fan’s', async () => {
  const { channel } = await ownedChannel(app);
  const [eager, calm] = [await signedInFan(app, 100n), await signedInFan(app, 100n)];
  const body = { amountTokens: 1, context: { channel: channel.slug } };
  const answers = await Promise.all(Array.from({ length: 25 }, () => tip(app, eager.cookie, body)));
  expect(outcomes(answers)).toEqual({ done: 10, 'tip.too_fast': 15 });
  expect(answers.find(({ status }) => status === 429)?.body['message']).toMatch(/wait a few seconds/);
  expect(await app.balanceOf(eager)).toBe(90n);
  expect((await tip(app, calm.cookie, body)).status).toBe(200);
});

test('the creator’s list comes in pages that overlap nowhere', async () => {
  const { channel, owner } = await ownedChannel(app);
  const fans = await Promise.all(Array.from({ length: 6 }, () => signedInFan(app, 100n)));
  for (let n = 0; n < 9; n += 1) {
    await Promise.all(
      fans.map(({ cookie }) => tip(app, cookie, { amountTokens: 1 + n, context: { channel: channel.slug } })),
    );
  }
  const seen: string[] = [];
  for (let next = ''; ; ) {
    const page = await app.call('GET', `/api/tips?channel=${channel.slug}${next}`, { cookie: owner });
    seen.push(...(page.body['tips'] as { id: string }[]).map(({ id }) => id));
    expect(page.body).toMatchObject({ count: 54, totalTokens: 6 * 45 });
    if (page.body['next'] === null) break;
    next = `&before=${page.body['next']}`;
  }
  expect(new Set(seen).size).toBe(54);
  expect(seen).toHaveLength(54);
});
