/** What is said inside a show that is not for everybody is heard inside only, over two api processes. */
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShowRooms, showRoomOf } from '../../server/src/access/rooms.ts';
import { openPlatform, serveApi } from '../../server/src/compose.ts';
import { makeLog } from '../../server/src/platform/log.ts';
import type { Stop } from '../../server/src/platform/shutdown.ts';
import { until } from '../kit/until.ts';
import type { TestApp } from './app.ts';
import { startApp } from './app.ts';
import { buy, goLive, key, type Owned, ownedChannel, privateShow, signedInFan, tip } from './commerce-kit.ts';

/** What ends at the playlist within ten seconds ends here within ten seconds. */
const BOUND_MS = 10_000;

let app: TestApp;
let other: { port: number; stops: Stop[] };
const sockets: Socket[] = [];
beforeAll(async () => {
  app = await startApp();
  const { platform, stops } = openPlatform(app.config, makeLog('silent', 'test'));
  const { port, stop } = await serveApi(platform, { port: 0 });
  other = { port, stops: [stop, ...stops] };
});
afterAll(async () => {
  for (const socket of sockets) socket.close();
  for (const part of other.stops) await part.stop();
  await app.stop();
});

const current = async ({ channel }: Owned, cookie?: string) =>
  (await app.call('GET', `/api/live-sessions/current?channel=${channel.slug}`, cookie ? { cookie } : {})).body;

/** A page on the second process; commands go to the first. */
async function page({ channel }: Owned, grant?: unknown, cookie?: string) {
  const socket = io(`http://127.0.0.1:${other.port}`, {
    transports: ['websocket'],
    forceNew: true,
    extraHeaders: { origin: app.config.publicUrl, ...(cookie ? { cookie } : {}) },
  });
  sockets.push(socket);
  const heard: string[] = [];
  for (const event of ['tip:new', `tip:new:${channel.slug}`])
    socket.on(event, ({ message }) => heard.push(`${event} ${message}`));
  const join = (shown: unknown) =>
    socket.emitWithAck('room:join', { channel: channel.slug, ...(typeof shown === 'string' ? { grant: shown } : {}) });
  expect(await join(grant)).toEqual({ ok: true });
  return { heard, join, socket };
}

const both = ({ channel }: Owned, message: string) => [`tip:new ${message}`, `tip:new:${channel.slug} ${message}`];

test('a tip on a ticket show is heard by who is inside and by the creator; a refund leads out', async () => {
  const owned = await ownedChannel(app);
  const show = await privateShow(app, owned, { startsAt: new Date().toISOString() });
  await goLive(app, owned.channel);
  const [fan, giver] = [await signedInFan(app, 100n), await signedInFan(app, 900n)];
  const ticketId = String((await buy(app, fan.cookie, show)).body['ticketId']);
  const { code } = await app.make.code(owned.channel);
  const holder = app.deviceCookie(await app.validate(code, owned.channel.slug));
  const { grant } = await current(owned, fan.cookie);
  expect(grant).toEqual(expect.any(String));
  const inside = await page(owned, grant, fan.cookie);
  const creator = await page(owned, undefined, owned.owner);
  // A stranger, a stranger with a forged grant, and who holds a code that does not open this show.
  const outside = [
    await page(owned),
    await page(owned, `${String(grant).slice(0, -3)}AAA`),
    await page(owned, (await current(owned, holder))['grant'], holder),
  ];
  const send = async (message: string) => {
    const body = { amountTokens: 1, message, context: { channel: owned.channel.slug } };
    expect((await tip(app, giver.cookie, body)).status).toBe(200);
  };
  await send('one');
  await until(() => inside.heard.length >= 2 && creator.heard.length >= 2, 'the tip is heard inside', 5000);

  const missed = async (cookie?: string) => {
    const path = `/api/tips/recent?channel=${owned.channel.slug}`;
    const answer = await app.call('GET', path, cookie ? { cookie } : {});
    return (answer.body as unknown as { message: string }[]).map(({ message }) => message);
  };
  expect([await missed(fan.cookie), await missed(owned.owner)]).toEqual([['one'], ['one']]);
  expect([await missed(), await missed(holder), await missed(giver.cookie)]).toEqual([[], [], []]);

  const path = `/api/streams/${show}/tickets/${ticketId}/refund`;
  expect((await app.call('POST', path, { cookie: owned.owner, body: {}, headers: key() })).status).toBe(200);
  let sent = 0;
  const left = async () => {
    sent += 1;
    const [first = '', second = ''] = both(owned, `later ${sent}`);
    await send(`later ${sent}`);
    // The creator's page has heard it under its second name, so the other one would have under its first.
    await until(() => creator.heard.includes(second), 'the creator hears', 5000);
    return !inside.heard.includes(first);
  };
  await until(left, 'who gave the ticket back is outside', BOUND_MS, 1500);
  // Nor is there a way back in with what was shown before.
  expect(await inside.join(grant)).toEqual({ ok: true });
  await send('last');
  await until(() => creator.heard.includes('tip:new last'), 'the creator hears the last', 5000);
  expect(inside.heard).not.toContain('tip:new last');
  expect(inside.heard.slice(0, 2)).toEqual(both(owned, 'one'));
  expect(await missed(fan.cookie)).toEqual([]);
  for (const { heard } of outside) expect(heard).toEqual([]);
});

test('a tip on a show for everybody, or on none, is heard by the whole room', async () => {
  const owned = await ownedChannel(app, { audience: 'everybody' });
  const giver = await signedInFan(app, 100n);
  const stranger = await page(owned);
  const send = (message: string) =>
    tip(app, giver.cookie, { amountTokens: 1, message, context: { channel: owned.channel.slug } });
  await send('before');
  await goLive(app, owned.channel);
  await send('during');
  await until(() => stranger.heard.length >= 4, 'both are heard', 5000);
  expect(stranger.heard).toEqual([...both(owned, 'before'), ...both(owned, 'during')]);
});

test('a code that runs out, and one that is withdrawn while the database is away for a while, lead out', async () => {
  const owned = await ownedChannel(app);
  const live = await goLive(app, owned.channel);
  const codes = [await app.make.code(owned.channel), await app.make.code(owned.channel)] as const;
  await app.owner('UPDATE access_code SET expiresAt = UTC_TIMESTAMP(3) + INTERVAL 5 SECOND WHERE publicId = ?', [
    codes[0].id,
  ]);
  const grants = await Promise.all(
    codes.map(async ({ code }) => (await app.validate(code, owned.channel.slug)).body['grant']),
  );
  // The rooms by themselves, with a database that can be taken away.
  let isAway = false;
  const db = new Proxy(app.platform.db, {
    get: (target, name, receiver) =>
      isAway && name === 'rows' ? () => Promise.reject(new Error('away')) : Reflect.get(target, name, receiver),
  });
  const { rooms, stop } = openShowRooms({ config: app.config, db, log: makeLog('silent', 'test') });
  const joined = new Set<string>();
  const seat = (name: string) =>
    ({
      connected: true,
      once: () => undefined,
      join: (room: string) => void joined.add(`${name} ${room}`),
      leave: (room: string) => void joined.delete(`${name} ${room}`),
    }) as unknown as Parameters<typeof rooms.enter>[0];
  const room = showRoomOf(live.showId);
  try {
    await rooms.enter(seat('short'), owned.channel.slug, String(grants[0]));
    await rooms.enter(seat('long'), owned.channel.slug, String(grants[1]));
    expect([...joined]).toEqual([`short ${room}`, `long ${room}`]);
    isAway = true;
    const revoke = `/api/access-codes/${codes[1].id}/revoke`;
    expect((await app.call('POST', revoke, { cookie: owned.owner, body: {} })).status).toBe(200);
    await until(() => !joined.has(`short ${room}`), 'its time is over, database or not', BOUND_MS);
    expect(joined.has(`long ${room}`)).toBe(true);
    isAway = false;
    await until(() => joined.size === 0, 'the withdrawn one is out', BOUND_MS);
  } finally {
    await stop();
  }
});
