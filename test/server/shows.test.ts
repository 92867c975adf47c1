import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sweepGrace } from '../../server/src/shows/media-service.ts';
import type { TestApp } from './app.ts';
import { report, startApp, unique } from './app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

type Wanted = {
  showId: string;
  channelId: string;
  audience: string;
  paused: boolean;
  wanted: string;
  keys: { keyId: string }[];
};
type Authorized = { ok: boolean; reason?: string; keyId: string; show: Wanted };

const authorize = async (hash: string, path?: string) =>
  (await app.media.authorize(hash, path)).body as unknown as Authorized;
const stateOf = async (showId: string) =>
  (await app.owner('SELECT state, version, endReason FROM live_show WHERE publicId = ?', [showId]))[0];
const wantedOf = async (show: Wanted, ...said: Parameters<typeof report>[1][]) => {
  const reply = await app.media.sync(said.map((state) => report(show, state)));
  return reply.shows.find(({ showId }) => showId === show.showId);
};

test('publishing opens a show, playing makes it live, two racing publishers get the same one', async () => {
  const channel = await app.make.channel();
  const key = await app.make.key(channel);
  const answers = await Promise.all(Array.from({ length: 8 }, () => authorize(key.hash)));
  expect(new Set(answers.map(({ show }) => show.showId)).size).toBe(1);
  const { show } = answers[0] as Authorized;
  expect(await stateOf(show.showId)).toMatchObject({ state: 'starting' });
  expect(await wantedOf(show, 'playing')).toMatchObject({ wanted: 'run', audience: 'everyone', paused: false });
  expect(await stateOf(show.showId)).toMatchObject({ state: 'live' });
  const [row] = await app.owner('SELECT COUNT(*) AS n FROM live_show WHERE channelId = ?', [channel.id]);
  expect(row?.['n']).toBe(1);
});

test('unknown, revoked, wrong-channel and second keys are refused', async () => {
  const channel = await app.make.channel();
  const [first, second] = [await app.make.key(channel), await app.make.key(channel)];
  expect(await authorize('0'.repeat(64))).toMatchObject({ ok: false, reason: 'publish.unknown_key' });
  expect(await authorize(first.hash, 'live/another')).toMatchObject({ ok: false, reason: 'publish.wrong_channel' });
  const { show } = await authorize(first.hash, `live/${channel.slug}`);
  await app.media.sync([report(show, 'playing', { keyId: first.id })]);
  expect(await authorize(second.hash)).toMatchObject({ ok: false, reason: 'publish.other_key_live' });
  await app.media.sync([report(show, 'lost')]);
  expect(await authorize(second.hash)).toMatchObject({ ok: true });
  const cookie = await app.signIn(channel);
  expect((await app.call('POST', `/api/keys/${first.id}/revoke`, { cookie, body: {} })).status).toBe(200);
  expect(await authorize(first.hash)).toMatchObject({ ok: false, reason: 'publish.revoked_key' });
  expect((await wantedOf(show, 'playing'))?.keys.map(({ keyId }) => keyId)).toEqual([second.id]);
});

test('a lost encoder makes the show wait; it returns, or the grace time ends it', async () => {
  const channel = await app.make.channel({ graceSeconds: 60 });
  const key = await app.make.key(channel);
  const { show } = await authorize(key.hash);
  await app.media.sync([report(show, 'playing')]);
  await app.media.sync([report(show, 'lost')]);
  const waiting = await app.call('GET', `/api/live-sessions/current?channel=${channel.slug}`);
  expect(waiting.body).toMatchObject({ state: 'reconnecting', showId: show.showId });
  expect(Date.parse(String(waiting.body['reconnectUntil']))).toBeGreaterThan(Date.now());
  expect((await authorize(key.hash)).show.showId).toBe(show.showId);
  await app.media.sync([report(show, 'playing')]);
  expect(await stateOf(show.showId)).toMatchObject({ state: 'live' });
  await app.media.sync([report(show, 'lost')]);
  await app.owner('UPDATE live_show SET reconnectingSince = UTC_TIMESTAMP(3) - INTERVAL 61 SECOND WHERE publicId = ?', [
    show.showId,
  ]);
  // Media has just reported, so it would have said if the encoder were back.
  expect((await sweepGrace(app.platform.db)).map(({ publicId }) => publicId)).toContain(show.showId);
  expect(await stateOf(show.showId)).toMatchObject({ state: 'ended', endReason: 'encoder_gone' });
  expect(await wantedOf(show, 'lost')).toMatchObject({ wanted: 'end' });
  expect((await authorize(key.hash)).show.showId).not.toBe(show.showId);
});

test('while media is away no grace time runs out, and its return begins the wait again', async () => {
  const channel = await app.make.channel({ graceSeconds: 60 });
  const { show } = await authorize((await app.make.key(channel)).hash);
  await app.media.sync([report(show, 'playing')]);
  await app.media.sync([report(show, 'lost')]);
  await app.owner('UPDATE live_show SET reconnectingSince = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR WHERE publicId = ?', [
    show.showId,
  ]);
  await app.owner('UPDATE media_report SET at = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR');
  expect(await sweepGrace(app.platform.db)).toEqual([]);
  app.media.bootId = unique('boot');
  await app.media.sync([]);
  expect(await stateOf(show.showId)).toMatchObject({ state: 'reconnecting' });
});

test('one report twice, and an old one late, change nothing', async () => {
  const channel = await app.make.channel();
  const { show } = await authorize((await app.make.key(channel)).hash);
  const sessions = [
    { sessionId: unique('s'), showId: show.showId, viewer: 'v', device: 'd', joinedMs: 1e12, leftMs: null },
  ] as never;
  const refusals = [
    {
      refusalId: unique('r'),
      channelId: show.channelId,
      keyHashPrefix: null,
      reason: 'publish.disk_full',
      address: 'x',
      atMs: 1e12,
    },
  ] as never;
  await app.media.sync([report(show, 'playing', { viewers: 7 })], { sequence: 1000, sessions, refusals });
  const before = await stateOf(show.showId);
  await app.media.sync([report(show, 'playing', { viewers: 7 })], { sequence: 1000, sessions, refusals });
  await app.media.sync([report(show, 'lost')], { sequence: 999 });
  expect(await stateOf(show.showId)).toEqual(before);
  const rows = await app.owner(
    'SELECT leftAt FROM viewer_session v JOIN live_show s ON s.id = v.showId WHERE s.publicId = ?',
    [show.showId],
  );
  expect(rows).toHaveLength(1);
  app.media.bootId = unique('boot');
});

test('a planned show is opened by its key, previewed by its creator, opened, paused, resumed, ended', async () => {
  const channel = await app.make.channel({ goLiveMode: 'manual' });
  const cookie = await app.signIn(channel);
  const started = await app.call('POST', '/api/live-sessions/start', { cookie, body: { title: 'Evening' } });
  expect(started).toMatchObject({ status: 200, body: { channel: channel.slug, recipients: { count: 0 } } });
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256').update(String(started.body['streamKey'])).digest('hex');
  const { show } = await authorize(hash);
  expect(show.showId).toBe(started.body['showId']);
  expect(await wantedOf(show, 'playing')).toMatchObject({ audience: 'creator' });
  const current = (c?: string) =>
    app.call('GET', `/api/live-sessions/current?channel=${channel.slug}`, c ? { cookie: c } : {});
  const own = await current(cookie);
  expect(own.body).toMatchObject({ state: 'preview', access: true, hlsUrl: `/hls/${show.showId}/master.m3u8` });
  expect(
    own.cookies.some((text) => text.startsWith(app.names.grant) && text.includes(`Path=/hls/${show.showId};`)),
  ).toBe(true);
  expect((await current()).body).toMatchObject({ access: false, hlsUrl: null });
  const order = (verb: string) => app.call('POST', `/api/live-sessions/${verb}`, { cookie, body: {} });
  expect((await order('go-live')).body).toMatchObject({ state: 'live' });
  expect((await order('pause')).body).toMatchObject({ state: 'paused' });
  expect(await wantedOf(show, 'lost')).toMatchObject({ paused: true, audience: 'everyone' });
  expect((await order('go-live')).body).toMatchObject({ code: 'show.illegal_transition' });
  expect((await order('resume')).body).toMatchObject({ state: 'live' });
  expect((await order('end')).body).toMatchObject({ state: 'ended', endReason: 'by_creator' });
  expect(await wantedOf(show, 'playing')).toMatchObject({ wanted: 'end' });
  expect((await current()).body).toMatchObject({ state: 'ended' });
  expect(await authorize(hash)).toMatchObject({ ok: false, reason: 'publish.show_over' });
});

test("a refused encoder shows on the creator's page, with the label of the revoked key", async () => {
  const channel = await app.make.channel();
  const cookie = await app.signIn(channel);
  const key = await app.make.key(channel);
  await app.call('POST', `/api/keys/${key.id}/revoke`, { cookie, body: {} });
  const refusal = {
    refusalId: unique('r'),
    channelId: null,
    keyHashPrefix: key.hash.slice(0, 8),
    reason: 'publish.revoked_key',
    address: '10.0.0.9',
    atMs: Date.now(),
  };
  await app.media.sync([], { refusals: [refusal] as never });
  const page = await app.call('GET', '/api/studio/overview', { cookie });
  expect(page).toMatchObject({ status: 200, body: { refusals: [{ reason: 'publish.revoked_key', keyLabel: 'OBS' }] } });
  expect(JSON.stringify(page.body)).not.toContain(key.hash);
});

test('a room hears of states and viewers; a foreign page may not connect', async () => {
  const channel = await app.make.channel();
  const key = await app.make.key(channel);
  const connect = (origin: string) =>
    io(`http://127.0.0.1:${app.port}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders: { origin },
    });
  const foreign = connect('https://evil.example');
  await new Promise((resolve) => foreign.once('connect_error', resolve));
  const socket = connect(app.config.publicUrl);
  expect(await socket.emitWithAck('room:join', { channel: channel.slug })).toEqual({ ok: true });
  expect(await socket.emitWithAck('room:join', { channel: 'no-such-channel' })).toMatchObject({
    ok: false,
    code: 'channel.not_found',
  });
  const live = new Promise<Record<string, unknown>>((resolve) =>
    socket.on('show:state', (event) => event.state === 'live' && resolve(event)),
  );
  const viewers = new Promise<Record<string, unknown>>((resolve) =>
    socket.on('show:viewers', (event) => event.viewers === 3 && resolve(event)),
  );
  const { show } = await authorize(key.hash);
  await app.media.sync([report(show, 'playing', { viewers: 3 })]);
  expect(await live).toMatchObject({ channel: channel.slug, showId: show.showId, version: 2 });
  expect(await viewers).toMatchObject({ channel: channel.slug, viewers: 3 });
  socket.close();
  foreign.close();
});
