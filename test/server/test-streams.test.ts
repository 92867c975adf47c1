/** Free test streams: seen and heard of by their creator alone, from the first packet to the end. */
import { createHash } from 'node:crypto';
import type { Socket } from 'socket.io-client';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Channel } from '../../server/src/channels/service.ts';
import { sweepGrace } from '../../server/src/shows/media-service.ts';
import { TEST_GRACE_SECONDS } from '../../server/src/shows/rules.ts';
import { sweepTests } from '../../server/src/shows/test-streams.ts';
import { until } from '../kit/until.ts';
import type { TestApp } from './app.ts';
import { report, startApp } from './app.ts';

const LIMIT_SECONDS = 900;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

type Wanted = { showId: string; channelId: string; audience: string; record: boolean; wanted: string };
type Authorized = { ok: boolean; reason?: string; keyId: string; show: Wanted };

const authorize = async (hash: string) => (await app.media.authorize(hash)).body as unknown as Authorized;
const hashOf = (key: unknown) => createHash('sha256').update(String(key)).digest('hex');
const rowOf = async (showId: string) =>
  (await app.owner('SELECT state, endReason, goLiveMode FROM live_show WHERE publicId = ?', [showId]))[0];
const later = (showId: string, column: 'startedAt' | 'createdAt' | 'reconnectingSince', seconds: number) =>
  app.owner(`UPDATE live_show SET ${column} = ${column} - INTERVAL ? SECOND WHERE publicId = ?`, [seconds, showId]);
const prepare = (cookie: string, body: object = { test: true }) =>
  app.call('POST', '/api/live-sessions/start', { cookie, body });
const wantedOf = async (show: Wanted, state: 'playing' | 'lost', keyId: string | null) =>
  (await app.media.sync([report(show, state, { keyId: keyId as never })])).shows.find((s) => s.showId === show.showId);

/** A channel whose creator's test runs, with the lasting key that its encoder used. */
async function runningTest(settings: Partial<Channel> = {}) {
  const channel = await app.make.channel(settings);
  const cookie = await app.signIn(channel);
  const key = await app.make.key(channel);
  expect(await prepare(cookie)).toMatchObject({ status: 200, body: { recipients: { count: 0 } } });
  const { show, keyId } = await authorize(key.hash);
  const wanted = await wantedOf(show, 'playing', keyId);
  return { channel, cookie, key, show, keyId, wanted };
}

test('the channel’s own key goes into the test: recorded by nobody, played to its creator alone', async () => {
  const { channel, cookie, show, wanted } = await runningTest();
  expect(wanted).toMatchObject({ wanted: 'run', audience: 'creator', record: false });
  const page = await app.call('GET', '/api/studio/overview', { cookie });
  expect(page.body).toMatchObject({ show: { showId: show.showId, state: 'preview', test: true }, waitingTest: null });
  const path = `/api/live-sessions/current?channel=${channel.slug}`;
  expect((await app.call('GET', path, { cookie })).body).toMatchObject({ test: true, state: 'preview', access: true });
  expect((await app.call('GET', path)).body).toMatchObject({ test: false, state: 'none', showId: null, viewers: 0 });
  expect((await app.call('GET', `/api/channels/${channel.slug}`)).body).toMatchObject({ state: 'none' });
  expect((await app.call('GET', `/api/streams/${show.showId}/status`)).status).toBe(404);
  for (const state of ['live', 'scheduled']) {
    expect(JSON.stringify((await app.call('GET', `/api/streams?state=${state}`)).body)).not.toContain(channel.slug);
  }
  const code = await app.make.code(channel);
  expect((await app.validate(code.code, channel.slug)).body).toMatchObject({ valid: true, grant: null });
  const open = await app.call('POST', '/api/live-sessions/go-live', { cookie, body: {} });
  expect(open.body).toMatchObject({ code: 'show.illegal_transition' });
  const again = await prepare(cookie);
  expect(again.body).toMatchObject({ code: 'show.already_running' });
});

test('the page of everybody else shows the planned show, as if there were no test', async () => {
  const { channel, cookie } = await runningTest();
  const startsAt = new Date(Date.now() + 3_600_000).toISOString();
  await app.call('POST', '/api/streams/create', { cookie, body: { title: 'Tonight', startsAt } });
  const page = await app.call('GET', `/api/live-sessions/current?channel=${channel.slug}`);
  expect(page.body).toMatchObject({ state: 'scheduled', title: 'Tonight' });
});

test('it ends when its encoder has left, after its time, or by command', async () => {
  const gone = await runningTest({ graceSeconds: 1800 });
  await wantedOf(gone.show, 'lost', null);
  expect(await rowOf(gone.show.showId)).toMatchObject({ state: 'reconnecting' });
  await later(gone.show.showId, 'reconnectingSince', TEST_GRACE_SECONDS + 1);
  await sweepGrace(app.platform.db);
  expect(await rowOf(gone.show.showId)).toMatchObject({ state: 'ended', endReason: 'encoder_gone' });

  const long = await runningTest();
  await later(long.show.showId, 'startedAt', LIMIT_SECONDS - 30);
  expect(await sweepTests(app.platform.db, LIMIT_SECONDS)).toEqual([]);
  await later(long.show.showId, 'startedAt', 31);
  await sweepTests(app.platform.db, LIMIT_SECONDS);
  expect(await rowOf(long.show.showId)).toMatchObject({ state: 'ended', endReason: 'time_over' });
  expect(await wantedOf(long.show, 'playing', long.keyId)).toMatchObject({ wanted: 'end' });

  const told = await runningTest();
  const end = await app.call('POST', '/api/live-sessions/end', { cookie: told.cookie, body: {} });
  expect(end.body).toMatchObject({ state: 'ended', endReason: 'by_creator', test: true });
  const page = await app.call('GET', `/api/live-sessions/current?channel=${told.channel.slug}`);
  expect(page.body).toMatchObject({ state: 'none' });
});

test('a test that waits: a real show, its limit or a command takes its place; its key serves it alone', async () => {
  const channel = await app.make.channel();
  const cookie = await app.signIn(channel);
  const first = await prepare(cookie);
  const second = await prepare(cookie);
  expect(second.body['showId']).toBe(first.body['showId']);
  const overview = await app.call('GET', '/api/studio/overview', { cookie });
  expect(overview.body).toMatchObject({ show: null, upcoming: [], waitingTest: { showId: first.body['showId'] } });
  const real = await prepare(cookie, {});
  expect(real.body['showId']).not.toBe(first.body['showId']);
  expect(await rowOf(String(first.body['showId']))).toMatchObject({ state: 'cancelled' });
  expect(await authorize(hashOf(second.body['streamKey']))).toMatchObject({ ok: false, reason: 'publish.show_over' });
  await app.call('POST', '/api/live-sessions/cancel', { cookie, body: {} });

  const third = await prepare(cookie);
  await later(String(third.body['showId']), 'createdAt', LIMIT_SECONDS);
  await sweepTests(app.platform.db, LIMIT_SECONDS);
  expect(await rowOf(String(third.body['showId']))).toMatchObject({ state: 'cancelled', endReason: 'time_over' });
  const planned = await prepare(cookie, { test: true, startsAt: new Date().toISOString() });
  expect(planned).toMatchObject({ status: 400, body: { details: { field: 'startsAt' } } });
});

test('a show that comes due ends the test; one that was late already does not', async () => {
  const channel = await app.make.channel();
  const cookie = await app.signIn(channel);
  const key = await app.make.key(channel);
  const late = await app.call('POST', '/api/streams/create', {
    cookie,
    body: { startsAt: new Date(Date.now() - 600_000).toISOString() },
  });
  await prepare(cookie);
  const { show, keyId } = await authorize(key.hash);
  await wantedOf(show, 'playing', keyId);
  expect(await sweepTests(app.platform.db, LIMIT_SECONDS)).toEqual([]);
  await later(show.showId, 'startedAt', 60);
  const due = await app.call('POST', '/api/streams/create', { cookie, body: {} });
  expect((await sweepTests(app.platform.db, LIMIT_SECONDS)).map(({ publicId }) => publicId)).toEqual([show.showId]);
  expect(await rowOf(show.showId)).toMatchObject({ state: 'ended', endReason: 'show_due' });

  // The encoder that was cut comes back by itself: it must not put its creator on the air.
  const back = await authorize(key.hash);
  expect([late.body['showId'], due.body['showId']]).toContain(back.show.showId);
  expect(await wantedOf(back.show, 'playing', back.keyId)).toMatchObject({ audience: 'creator' });
  expect(await rowOf(back.show.showId)).toMatchObject({ state: 'preview', goLiveMode: 'manual' });
  const live = await app.call('POST', '/api/live-sessions/go-live', { cookie, body: {} });
  expect(live.body).toMatchObject({ state: 'live', test: false });
});

test('who stopped the encoder after the test goes live as usual', async () => {
  const { show, key, cookie } = await runningTest();
  await wantedOf(show, 'lost', null);
  await app.call('POST', '/api/live-sessions/end', { cookie, body: {} });
  const next = await authorize(key.hash);
  expect(await wantedOf(next.show, 'playing', next.keyId)).toMatchObject({ audience: 'everyone', record: true });
  expect(await rowOf(next.show.showId)).toMatchObject({ state: 'live' });
});

test('rooms hear nothing of a test; its creator does', async () => {
  const channel = await app.make.channel();
  const cookie = await app.signIn(channel);
  const other = await app.signIn(await app.make.channel());
  const key = await app.make.key(channel);
  const heard: Record<string, string[]> = { stranger: [], other: [], creator: [] };
  const join = async (who: string, headers: Record<string, string>): Promise<Socket> => {
    const socket = io(`http://127.0.0.1:${app.port}`, {
      transports: ['websocket'],
      forceNew: true,
      extraHeaders: { origin: app.config.publicUrl, ...headers },
    });
    socket.on('show:state', ({ state }) => heard[who]?.push(state));
    socket.on('show:viewers', () => heard[who]?.push('viewers'));
    expect(await socket.emitWithAck('room:join', { channel: channel.slug })).toEqual({ ok: true });
    return socket;
  };
  const sockets = [
    await join('stranger', {}),
    await join('other', { cookie: other }),
    await join('creator', { cookie }),
  ];
  await prepare(cookie);
  const { show, keyId } = await authorize(key.hash);
  await app.media.sync([report(show, 'playing', { keyId: keyId as never, viewers: 1 })]);
  await app.call('POST', '/api/live-sessions/end', { cookie, body: {} });
  await until(() => heard['creator']?.includes('ended') ?? false, 'its creator hears of the end', 5000);
  expect(heard['creator']).toEqual(['scheduled', 'starting', 'preview', 'viewers', 'ended']);
  // Messages keep their order, so whatever the test would have said to a room had come before this.
  await app.call('POST', '/api/streams/create', { cookie, body: {} });
  await until(() => [heard['stranger'], heard['other']].every((list) => list?.includes('scheduled')), 'the room', 5000);
  expect([heard['stranger'], heard['other']]).toEqual([['scheduled'], ['scheduled']]);
  for (const socket of sockets) socket.close();
});
