/** Notices in the app: the list, the badge, and the page that is told at once. */
import type { Socket } from 'socket.io-client';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noticeSources } from '../../server/src/compose.ts';
import { makeAppRun } from '../../server/src/notifications/deliver.ts';
import { addNotice } from '../../server/src/notifications/outbox.ts';
import { until } from '../kit/until.ts';
import type { TestApp } from './app.ts';
import { startApp } from './app.ts';

let app: TestApp;
const sockets: Socket[] = [];
beforeAll(async () => {
  app = await startApp();
});
afterAll(async () => {
  for (const socket of sockets) socket.close();
  await app.stop();
});

type Reply = { ok: boolean; code?: string };
function open(cookie?: string) {
  const heard: { notice: { id: string; title: string }; unread: number }[] = [];
  const socket = io(`http://127.0.0.1:${app.port}`, {
    transports: ['websocket'],
    reconnection: false,
    extraHeaders: { origin: app.config.publicUrl, ...(cookie ? { cookie } : {}) },
  });
  sockets.push(socket);
  socket.on('notice:new', (event) => heard.push(event));
  const join = async () => (await socket.timeout(5000).emitWithAck('me:join', {})) as Reply;
  return { socket, heard, join };
}
const tip = (userId: string, slug: string, n: number) =>
  app.platform.db.transaction((tx) =>
    addNotice(tx, {
      event: 'tip.received',
      key: `tip${n}`,
      to: { userId, email: null, language: 'en' },
      data: { channel: slug, fromName: 'Eve', amountTokens: n, message: null },
    }),
  );
const run = () => {
  const { db, log, sockets: server } = app.platform;
  const parts = { db, log, sockets: server, mailer: null, sources: noticeSources(app.platform), stopping: () => false };
  return makeAppRun(parts)();
};

test('a page hears of its own person’s notices at once, and of nobody else’s', async () => {
  const [mine, other] = [await app.make.channel(), await app.make.channel()];
  const [page, second, foreign, stranger] = [
    open(await app.signIn(mine)),
    open(await app.signIn(mine)),
    open(await app.signIn(other)),
    open(),
  ];
  expect([await page.join(), await second.join(), await foreign.join()]).toEqual([
    { ok: true },
    { ok: true },
    { ok: true },
  ]);
  expect(await stranger.join()).toMatchObject({ ok: false, code: 'auth.required' });
  expect(await open(`${app.names.session}=forged.forged`).join()).toMatchObject({ code: 'auth.required' });
  await tip(mine.ownerId, mine.slug, 50);
  await tip(mine.ownerId, mine.slug, 50);
  await run();
  await run();
  await until(() => page.heard.length > 0 && second.heard.length > 0, 'both pages heard', 15_000);
  expect(page.heard).toMatchObject([
    { unread: 1, notice: { title: 'A tip of 50 tokens from Eve', path: '/studio/earnings' } },
  ]);
  // What comes later on the same socket shows that nothing else came before.
  await tip(other.ownerId, other.slug, 7);
  await run();
  await until(() => foreign.heard.length > 0, 'the other page heard', 15_000);
  expect(foreign.heard.map(({ notice }) => notice.title)).toEqual(['A tip of 7 tokens from Eve']);
  expect([page.heard.length, stranger.heard.length]).toEqual([1, 0]);
});

test('signing out closes the pages of this session within five seconds, and no other', async () => {
  const mine = await app.make.channel();
  const [cookie, elsewhere] = [await app.signIn(mine), await app.signIn(mine)];
  const [page, other] = [open(cookie), open(elsewhere)];
  await page.join();
  await other.join();
  await app.call('POST', '/api/auth/sign-out', { cookie, body: {} });
  await until(() => page.socket.disconnected, 'the page of the session that ended is cut', 5000);
  await tip(mine.ownerId, mine.slug, 9);
  await run();
  await until(() => other.heard.length === 1, 'the other session still hears', 15_000);
  expect(page.heard).toEqual([]);
});

test('the list has every notice once, says what is unread, and marks as read', async () => {
  const [mine, other] = [await app.make.channel(), await app.make.channel()];
  const [cookie, foreign] = [await app.signIn(mine), await app.signIn(other)];
  for (let n = 1; n <= 5; n += 1) await tip(mine.ownerId, mine.slug, n);
  await app.platform.db.transaction((tx) =>
    addNotice(tx, {
      event: 'tip.received',
      key: 'later',
      to: { userId: mine.ownerId, email: null, language: 'en' },
      data: { channel: mine.slug, fromName: null, amountTokens: 99, message: null },
      notBefore: new Date(Date.now() + 3_600_000),
    }),
  );
  type Page = { notices: { id: string; title: string; read: boolean }[]; unread: number; next: string | null };
  const page = async (query: string, who = cookie) =>
    (await app.call('GET', `/api/notices${query}`, { cookie: who })).body as unknown as Page;
  const seen: string[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const found: Page = await page(`?limit=2${next && `&before=${next}`}`);
    expect(found.unread).toBe(5);
    seen.push(...found.notices.map(({ title }) => title));
    next = found.next;
  }
  expect(seen).toEqual([5, 4, 3, 2, 1].map((n) => `A tip of ${n} ${n === 1 ? 'token' : 'tokens'} from Eve`));
  const [first] = (await page('')).notices;
  const read = (body: object, who = cookie) => app.call('POST', '/api/notices/read', { cookie: who, body });
  // Another person's ids change nothing.
  expect((await read({ ids: [first?.id] }, foreign)).body).toEqual({ unread: 0 });
  expect((await page('')).unread).toBe(5);
  expect((await read({ ids: [first?.id] })).body).toEqual({ unread: 4 });
  expect((await page('')).notices.map((one) => one.read)).toEqual([true, false, false, false, false]);
  expect((await read({ all: true })).body).toEqual({ unread: 0 });
  expect((await page('', foreign)).notices).toEqual([]);
  expect((await read({ ids: [], all: true })).status).toBe(400);
});
