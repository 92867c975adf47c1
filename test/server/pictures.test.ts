/** Live pictures on public pages, a show's health, and what a channel decides about its shows. */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HealthReport } from '#contract/health.ts';
import type { ReportedShow } from '#contract/media-port.ts';
import type { Channel } from '../../server/src/channels/service.ts';
import type { TestApp } from './app.ts';
import { report, startApp } from './app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

type Show = { showId: string; channelId: string };
type Wanted = Show & { windowSeconds: number; record: boolean; paused: boolean };

let pictures = 0;
const picture = ({ showId }: Show, expires = Math.floor(Date.now() / 1000) + 150) =>
  `/media/${showId}/thumb/thumb-${++pictures}.jpg?e=${expires}&s=x`;

async function live(settings: Partial<Channel> = {}) {
  const channel = await app.make.channel(settings);
  const key = await app.make.key(channel);
  const { show } = (await app.media.authorize(key.hash)).body as unknown as { show: Wanted };
  const say = async (more: Partial<ReportedShow> = {}): Promise<Wanted> => {
    const reply = await app.media.sync([report(show, 'playing', { keyId: key.id, ...more })]);
    return reply.shows.find(({ showId }) => showId === show.showId) as unknown as Wanted;
  };
  await say();
  return { channel, cookie: await app.signIn(channel), show, say };
}

const onPage = async ({ slug }: { slug: string }, cookie?: string) =>
  (await app.call('GET', `/api/live-sessions/current?channel=${slug}`, cookie ? { cookie } : {})).body['thumbnail'];
async function onList({ slug }: { slug: string }, cookie?: string) {
  const { body } = await app.call('GET', '/api/streams', cookie ? { cookie } : {});
  const list = body as unknown as { channel: { slug: string }; thumbnail: string | null }[];
  return list.find((one) => one.channel.slug === slug)?.thumbnail;
}

test('everybody sees the picture; where the channel keeps it back, those who may watch', async () => {
  const { channel, cookie, show, say } = await live();
  expect(await onPage(channel)).toBe(null);
  const thumbnail = picture(show);
  await say({ thumbnail });
  expect([await onPage(channel), await onList(channel)]).toEqual([thumbnail, thumbnail]);
  const edit = await app.call('PATCH', `/api/channels/${channel.slug}`, { cookie, body: { publicThumbnail: false } });
  expect(edit.body).toMatchObject({ publicThumbnail: false, recordShows: true, windowSeconds: null });
  expect([await onPage(channel), await onList(channel)]).toEqual([null, null]);
  const other = await app.signIn(await app.make.channel());
  expect([await onPage(channel, other), await onList(channel, other)]).toEqual([null, null]);
  const code = await app.make.code(channel);
  const device = app.deviceCookie(await app.validate(code.code, channel.slug));
  for (const right of [device, cookie]) {
    expect([await onPage(channel, right), await onList(channel, right)]).toEqual([thumbnail, thumbnail]);
  }
  await app.call('POST', `/api/access-codes/${code.id}/revoke`, { cookie, body: {} });
  expect([await onPage(channel, device), await onList(channel, device)]).toEqual([null, null]);
});

test('an unlisted channel shows strangers nothing; a preview shows nobody anything', async () => {
  const hidden = await live({ listed: 0 });
  await hidden.say({ thumbnail: picture(hidden.show) });
  expect([await onPage(hidden.channel), await onList(hidden.channel)]).toEqual([null, undefined]);
  expect(await onPage(hidden.channel, hidden.cookie)).toMatch(/thumb-/);
  const preview = await live({ goLiveMode: 'manual' });
  await preview.say({ thumbnail: picture(preview.show) });
  expect([await onPage(preview.channel), await onPage(preview.channel, preview.cookie)]).toEqual([null, null]);
});

test('the last picture stays through an intermission and a lost encoder, not beyond its time nor the show', async () => {
  const { channel, cookie, show, say } = await live();
  const thumbnail = picture(show);
  await say({ thumbnail });
  await say({ thumbnail: null });
  expect(await onPage(channel)).toBe(thumbnail);
  await app.call('POST', '/api/live-sessions/pause', { cookie, body: {} });
  expect(await onList(channel)).toBe(thumbnail);
  await app.call('POST', '/api/live-sessions/resume', { cookie, body: {} });
  await app.media.sync([report(show, 'lost', { thumbnail })]);
  expect(await onPage(channel)).toBe(thumbnail);
  await say({ thumbnail: picture(show, Math.floor(Date.now() / 1000) - 1) });
  expect(await onPage(channel)).toBe(null);
  await say({ thumbnail: picture(show) });
  expect(await onPage(channel)).not.toBe(null);
  await app.call('POST', '/api/live-sessions/end', { cookie, body: {} });
  expect(await onPage(channel)).toBe(null);
  const [row] = await app.owner('SELECT thumbnail FROM live_show WHERE publicId = ?', [show.showId]);
  expect(row?.['thumbnail']).toBe(null);
});

test('window and recording follow the channel; of an intermission nothing is recorded', async () => {
  const { channel, cookie, say } = await live();
  expect(await say()).toMatchObject({ windowSeconds: app.config.windowSeconds, record: true });
  const order = (verb: string) => app.call('POST', `/api/live-sessions/${verb}`, { cookie, body: {} });
  await order('pause');
  expect(await say()).toMatchObject({ paused: true, record: false });
  await order('resume');
  const change = (body: object) => app.call('PATCH', `/api/channels/${channel.slug}`, { cookie, body });
  expect((await change({ windowSeconds: 7200, recordShows: false })).status).toBe(200);
  expect(await say()).toMatchObject({ windowSeconds: 7200, record: false });
  expect((await change({ windowSeconds: 11 })).status).toBe(400);
  expect((await change({ windowSeconds: 14_401 })).status).toBe(400);
  await change({ windowSeconds: null });
  expect(await say()).toMatchObject({ windowSeconds: app.config.windowSeconds });
});

test('light and advice reach the creator; a report that says nothing new writes nothing', async () => {
  const { cookie, show, say } = await live();
  await say({ light: 'red', advices: ['upload_slow', 'keyframe_interval'], thumbnail: picture(show) });
  const overview = await app.call('GET', '/api/studio/overview', { cookie });
  expect(overview.body).toMatchObject({ show: { light: 'red', advices: ['upload_slow', 'keyframe_interval'] } });
  // Counted by the database: an UPDATE of the same values is an UPDATE too.
  await app.owner('CREATE TABLE written (n INT)');
  await app.owner(`CREATE TRIGGER writes AFTER UPDATE ON live_show FOR EACH ROW
    INSERT INTO written SELECT 1 FROM DUAL WHERE NEW.publicId = '${show.showId}'`);
  const writes = async () => Number((await app.owner('SELECT COUNT(*) AS n FROM written'))[0]?.['n']);
  const same = { light: 'red' as const, advices: ['upload_slow', 'keyframe_interval'] as ReportedShow['advices'] };
  for (let n = 0; n < 5; n += 1) await say(same);
  expect(await writes()).toBe(0);
  await say({ ...same, light: 'amber' });
  expect(await writes()).toBe(1);
  await app.owner('DROP TRIGGER writes');
});

const HEALTH: HealthReport = {
  now: { atMs: 1, light: 'green', advices: [], input: null, renditions: [], devices: 0 },
  history: [],
};

/** Media as this question sees it. */
async function fakeMedia(answer: (url: string) => { status: number; body: unknown } | null): Promise<Server> {
  const server = createServer((request, response) => {
    const ours = request.headers.authorization === `Bearer ${app.config.secrets.mediaSecret}`;
    const reply = ours ? answer(request.url ?? '') : { status: 401, body: {} };
    // null: it hangs.
    if (reply) response.writeHead(reply.status).end(JSON.stringify(reply.body));
  });
  await new Promise<void>((resolve) => server.listen(app.config.mediaPort, '127.0.0.1', resolve));
  return server;
}
const close = (server: Server) =>
  new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });

test('a show’s health comes from media, by its creator and the operator; away, hanging and over are said', async () => {
  const { cookie, show } = await live();
  const path = `/api/live-sessions/${show.showId}/health`;
  const ask = () => app.call('GET', `${path}?since=5`, { cookie });
  expect(await ask()).toMatchObject({ status: 503, body: { code: 'unavailable', details: { part: 'media' } } });
  const asked: string[] = [];
  let answer: { status: number; body: unknown } | null = { status: 200, body: HEALTH };
  const media = await fakeMedia((url) => {
    asked.push(url);
    return answer;
  });
  expect(await ask()).toMatchObject({ status: 200, body: HEALTH });
  expect(asked).toEqual([`/control/shows/${show.showId}/health?since=5`]);
  const admin = await app.call('GET', path, { bearer: app.config.secrets.adminApiKey });
  expect(admin.status).toBe(200);
  answer = { status: 404, body: {} };
  expect(await ask()).toMatchObject({ status: 404, body: { code: 'show.not_running' } });
  answer = { status: 200, body: { now: 'not a report' } };
  expect((await ask()).status).toBe(503);
  answer = null;
  expect((await ask()).status).toBe(503);
  await close(media);
  await app.call('POST', '/api/live-sessions/end', { cookie, body: {} });
  expect(await ask()).toMatchObject({ status: 404, body: { code: 'show.not_running' } });
});
