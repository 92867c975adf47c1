/** Tickets on a real database: sold once, paid once, given back once. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { refusal } from '../../media/src/playlists/gate.ts';
import { refundDue } from '../../server/src/access/tickets.ts';
import { balanceOf, money } from '../../server/src/wallet/service.ts';
import type { TestApp } from './app.ts';
import { report, startApp } from './app.ts';
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

test('a hundred buyers race for the last seat: one gets it, nobody else pays', async () => {
  const owned = await ownedChannel(app);
  const show = await privateShow(app, owned, { viewerLimit: 1 });
  const fans = await Promise.all(Array.from({ length: 100 }, () => signedInFan(app, 100n)));
  const answers = await Promise.all(fans.map(({ cookie }) => buy(app, cookie, show)));
  expect(outcomes(answers)).toEqual({ done: 1, 'ticket.sold_out': 99 });
  const left = await Promise.all(fans.map((fan) => app.balanceOf(fan)));
  expect(left.filter((balance) => balance === 70n)).toHaveLength(1);
  expect(left.filter((balance) => balance === 100n)).toHaveLength(99);
  expect(await balanceOf(app.platform.db, money.creator(owned.channel.ownerId, 'TOKEN'))).toBe(24n);
  const access = await app.call('GET', `/api/streams/${show}/access`, { cookie: fans[0]?.cookie ?? '' });
  expect(access.body).toMatchObject({ sale: 'sold_out', price: 30 });
});

test('one fan, one ticket: bought twenty times at once, with one key or many, it is paid once and answered alike', async () => {
  const owned = await ownedChannel(app);
  const [show, other] = [await privateShow(app, owned), await privateShow(app, owned)];
  const fan = await signedInFan(app, 100n);
  const one = key('the-key-of-one-click');
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => buy(app, fan.cookie, show, n % 2 ? one : key())),
  );
  expect(outcomes(answers)).toEqual({ done: 20 });
  expect(
    new Set(answers.map(({ body }) => `${body['ticketId']} ${body['transferId']} ${body['newBalance']}`)).size,
  ).toBe(1);
  expect(await app.balanceOf(fan)).toBe(70n);
  const again = await buy(app, fan.cookie, show, one);
  expect(again.body).toEqual(answers[0]?.body);
  // Which of the keys paid is chance; after a sale under a known one, it is good for nothing else.
  const known = key('a-key-that-bought-a-ticket');
  expect((await buy(app, fan.cookie, other, known)).status).toBe(200);
  const third = await privateShow(app, owned);
  expect((await buy(app, fan.cookie, third, known)).body).toMatchObject({ code: 'wallet.key_reused' });
  expect(
    (await tip(app, fan.cookie, { amountTokens: 1, context: { channel: owned.channel.slug } }, known)).body,
  ).toMatchObject({
    code: 'wallet.key_reused',
  });
});

test('tips and tickets that race for one balance spend it once', async () => {
  const owned = await ownedChannel(app);
  const shows = await Promise.all(Array.from({ length: 8 }, () => privateShow(app, owned)));
  const fan = await signedInFan(app, 100n);
  const context = { channel: owned.channel.slug };
  const answers = await Promise.all(
    shows.flatMap((show) => [buy(app, fan.cookie, show), tip(app, fan.cookie, { amountTokens: 30, context })]),
  );
  expect(outcomes(answers)).toEqual({ done: 3, 'wallet.insufficient_funds': 13 });
  expect(await app.balanceOf(fan)).toBe(10n);
});

test('too few tokens: what is missing is said, nothing is taken, and after a top-up the same click works', async () => {
  const show = await privateShow(app, await ownedChannel(app));
  const fan = await signedInFan(app, 12n);
  const click = key();
  expect(await buy(app, fan.cookie, show, click)).toMatchObject({
    status: 409,
    body: { code: 'wallet.insufficient_funds', details: { balance: 12, needed: 30, missing: 18 } },
  });
  await app.make.gift(fan.userId, 18n);
  expect(await buy(app, fan.cookie, show, click)).toMatchObject({
    status: 200,
    body: { newBalance: 0, replayOnly: false },
  });
  const [notice] = await app.owner('SELECT event, data FROM notice WHERE userId = ?', [fan.userId]);
  expect(notice).toMatchObject({ event: 'ticket.bought', data: expect.stringContaining(show) });
});

test('each reason for which there is no ticket has its own name', async () => {
  const owned = await ownedChannel(app);
  const { channel, owner } = owned;
  const fan = await signedInFan(app, 500n);
  const codeOf = async (show: string, body: object = {}) =>
    (await buy(app, fan.cookie, show, key(), body)).body['code'];
  const cancelled = await privateShow(app, owned);
  await app.call('POST', '/api/live-sessions/cancel', { cookie: owner, body: { sessionId: cancelled } });
  expect(await codeOf(cancelled)).toBe('ticket.show_cancelled');
  const planned = await privateShow(app, owned);
  expect(await codeOf(planned, { price: 29 })).toBe('ticket.price_changed');
  expect((await buy(app, owner, planned)).body['code']).toBe('ticket.own_show');
  const open = await app.call('POST', '/api/streams/create', { cookie: owner, body: { channel: channel.slug } });
  expect(await codeOf(String(open.body['id']))).toBe('ticket.not_sold');
  expect(await codeOf(`shw_${'0'.repeat(26)}`)).toBe('show.not_found');
  expect(
    (await app.call('POST', `/api/streams/${planned}/tickets/checkout`, { cookie: fan.cookie, body: {} })).body,
  ).toMatchObject({
    code: 'request.idempotency_key',
  });
  for (const [body, field] of [
    [{ type: 'private' }, 'ticketPrice'],
    [{ type: 'private', ticketPrice: 5, audience: ['everybody'] }, 'audience'],
    [{ ticketPrice: 5 }, 'ticketPrice'],
    [{ audience: ['ticket'] }, 'audience'],
  ] as const) {
    const answer = await app.call('POST', '/api/streams/create', {
      cookie: owner,
      body: { channel: channel.slug, ...body },
    });
    expect(answer).toMatchObject({ status: 400, body: { details: { field } } });
  }
});

test('codes promise seats too, where they open the show', async () => {
  const owned = await ownedChannel(app);
  const show = await privateShow(app, owned, { viewerLimit: 2, audience: ['ticket', 'code'] });
  await app.make.code(owned.channel);
  const [first, second] = [await signedInFan(app, 50n), await signedInFan(app, 50n)];
  expect((await buy(app, first.cookie, show)).status).toBe(200);
  expect((await buy(app, second.cookie, show)).body['code']).toBe('ticket.sold_out');
});

test('after the end a ticket is for the replay, and only where there is one', async () => {
  const owned = await ownedChannel(app);
  const show = await privateShow(app, owned, { startsAt: new Date().toISOString() });
  const live = await goLive(app, owned.channel);
  expect(live.showId).toBe(show);
  const [early, late] = [await signedInFan(app, 50n), await signedInFan(app, 50n)];
  await buy(app, early.cookie, show);
  const access = async (cookie: string) => (await app.call('GET', `/api/streams/${show}/access`, { cookie })).body;
  expect(await access(early.cookie)).toMatchObject({
    hasAccess: true,
    canWatchLive: true,
    canWatchReplay: false,
    replayUntil: null,
  });
  expect(await access(late.cookie)).toMatchObject({
    hasAccess: false,
    canWatchLive: false,
    sale: 'open',
    transferId: null,
  });
  await app.call('POST', '/api/live-sessions/end', { cookie: owned.owner, body: { sessionId: show } });
  expect((await buy(app, late.cookie, show)).body['code']).toBe('ticket.show_over');
  Object.assign(app.config, { recordingDays: 7 });
  await app.owner('UPDATE live_show SET replayReadyAt = UTC_TIMESTAMP(3) WHERE publicId = ?', [show]);
  expect((await buy(app, late.cookie, show)).body).toMatchObject({ replayOnly: true });
  for (const { cookie } of [early, late]) {
    expect(await access(cookie)).toMatchObject({
      hasAccess: true,
      canWatchLive: false,
      canWatchReplay: true,
      sale: 'replay',
    });
  }
  const until = Date.parse(String((await access(late.cookie))['replayUntil']));
  expect(Math.round((until - Date.now()) / 3_600_000)).toBe(7 * 24);
  await app.owner('UPDATE live_show SET endedAt = UTC_TIMESTAMP(3) - INTERVAL 8 DAY WHERE publicId = ?', [show]);
  expect(await access(late.cookie)).toMatchObject({ canWatchReplay: false, sale: 'over' });
  Object.assign(app.config, { recordingDays: 0 });
});

test('a creator gives one ticket back: access ends with the next word to media, and the fan may buy again', async () => {
  const owned = await ownedChannel(app);
  const show = await privateShow(app, owned, { startsAt: new Date().toISOString() });
  const live = await goLive(app, owned.channel);
  const fan = await signedInFan(app, 60n);
  const bought = await buy(app, fan.cookie, show);
  const watch = () =>
    app.call('GET', `/api/live-sessions/current?channel=${owned.channel.slug}`, { cookie: fan.cookie });
  const grantOf = async (answer: Awaited<ReturnType<typeof watch>>) => {
    const { readGrant } = await import('#contract/grant.ts');
    const cookie = answer.cookies.find((text) => text.startsWith(app.names.grant))?.split(/[=;]/)[1] ?? '';
    return readGrant(app.config.secrets.grantSecret, cookie);
  };
  const seat = { showId: show, audience: 'everyone', paused: false } as const;
  const gate = async (grant: Awaited<ReturnType<typeof grantOf>>) => {
    const { revocations } = await app.media.sync([report(live, 'playing')]);
    return refusal(grant, seat, revocations, Date.now());
  };
  const grant = await grantOf(await watch());
  expect(grant?.viewer).toBe(bought.body['ticketId']);
  expect(await gate(grant)).toBeNull();
  const path = `/api/streams/${show}/tickets/${bought.body['ticketId']}/refund`;
  const back = () => app.call('POST', path, { cookie: owned.owner, body: { reason: 'ill' }, headers: key() });
  const refunds = await Promise.all([back(), back(), back()]);
  expect(outcomes(refunds)).toEqual({ done: 3 });
  expect(new Set(refunds.map(({ body }) => body['transferId'])).size).toBe(1);
  expect(await app.balanceOf(fan)).toBe(60n);
  expect(await gate(grant)).toBe('grant.revoked');
  expect((await watch()).body).toMatchObject({ access: false, accessLost: 'revoked', hlsUrl: null });
  expect((await buy(app, fan.cookie, show)).body).toMatchObject({ newBalance: 30 });
  const fresh = await grantOf(await watch());
  expect(await gate(fresh)).toBeNull();
  expect(await gate(grant)).toBe('grant.revoked');
  const list = await app.call('GET', `/api/streams/${show}/tickets`, { cookie: owned.owner });
  expect(list.body).toMatchObject({
    sold: 1,
    refunded: 1,
    tickets: [{ state: 'valid' }, { state: 'refunded', buyer: fan.name }],
  });
  const own = await app.call('GET', '/api/tickets', { cookie: fan.cookie });
  expect(own.body['tickets']).toHaveLength(2);
});

test('parts of a ticket go back and it stays; the rest by two doors at once, and it goes, once', async () => {
  const owned = await ownedChannel(app);
  const show = await privateShow(app, owned);
  const fan = await signedInFan(app, 30n);
  const { ticketId, transferId } = (await buy(app, fan.cookie, show)).body;
  const give = (amount?: number) =>
    app.call('POST', '/api/refunds', {
      cookie: owned.owner,
      body: { transferId, reason: 'late', ...(amount ? { amount } : {}) },
      headers: key(),
    });
  expect((await give(11)).body).toMatchObject({ amount: 11, refunded: 11 });
  expect((await app.call('GET', `/api/streams/${show}/access`, { cookie: fan.cookie })).body).toMatchObject({
    hasAccess: true,
  });
  const path = `/api/streams/${show}/tickets/${ticketId}/refund`;
  const back = () => app.call('POST', path, { cookie: owned.owner, body: {}, headers: key() });
  const answers = await Promise.all([back(), give(), back(), give()]);
  for (const { status } of answers) expect([200, 409]).toContain(status);
  expect(await app.balanceOf(fan)).toBe(30n);
  expect((await back()).status).toBe(200);
  expect((await app.call('GET', `/api/streams/${show}/access`, { cookie: fan.cookie })).body).toMatchObject({
    hasAccess: false,
    ticketId: null,
    sale: 'open',
  });
});

test('a show that ended before anybody could watch gives its tickets back', async () => {
  const owned = await ownedChannel(app, { goLiveMode: 'manual' });
  const show = await privateShow(app, owned, { startsAt: new Date().toISOString() });
  const fan = await signedInFan(app, 30n);
  await buy(app, fan.cookie, show);
  expect((await goLive(app, owned.channel)).showId).toBe(show);
  expect((await app.call('GET', `/api/streams/${show}/status`)).body).toMatchObject({ state: 'preview' });
  await app.call('POST', '/api/live-sessions/end', { cookie: owned.owner, body: { sessionId: show } });
  expect(await refundDue(app.platform.db, app.config)).toBe(1);
  expect(await app.balanceOf(fan)).toBe(30n);
  const [notice] = await app.owner("SELECT data FROM notice WHERE event = 'ticket.refunded' AND userId = ?", [
    fan.userId,
  ]);
  expect(JSON.parse(String(notice?.['data']))).toMatchObject({ reason: 'never_began', amountTokens: 30 });
});
