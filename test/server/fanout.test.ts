/** Two api processes' worth of one install: what one is told, the pages of the other hear. */
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPlatform, serveApi } from '../../server/src/compose.ts';
import { makeLog } from '../../server/src/platform/log.ts';
import type { Stop } from '../../server/src/platform/shutdown.ts';
import { until } from '../kit/until.ts';
import type { TestApp } from './app.ts';
import { report, startApp } from './app.ts';

let app: TestApp;
let other: { port: number; stops: Stop[] };
beforeAll(async () => {
  app = await startApp();
  const { platform, stops } = openPlatform(app.config, makeLog('silent', 'test'));
  const { port, stop } = await serveApi(platform, { port: 0 });
  other = { port, stops: [stop, ...stops] };
});
afterAll(async () => {
  for (const part of other.stops) await part.stop();
  await app.stop();
});

test('a room is one room over both; the creator’s room too', async () => {
  const channel = await app.make.channel();
  const cookie = await app.signIn(channel);
  const key = await app.make.key(channel);
  const heard = { stranger: [] as string[], creator: [] as string[] };
  const join = async (who: keyof typeof heard, headers: Record<string, string>) => {
    const socket = io(`http://127.0.0.1:${other.port}`, {
      transports: ['websocket'],
      forceNew: true,
      extraHeaders: { origin: app.config.publicUrl, ...headers },
    });
    socket.on('show:state', ({ state }) => heard[who].push(state));
    expect(await socket.emitWithAck('room:join', { channel: channel.slug })).toEqual({ ok: true });
    return socket;
  };
  const sockets = [await join('stranger', {}), await join('creator', { cookie })];
  // Commands and reports go to the first process, the sockets hang on the second.
  const start = () => app.call('POST', '/api/live-sessions/start', { cookie, body: { test: true } });
  await start();
  await until(() => heard.creator.includes('scheduled'), 'the creator hears of the test', 5000);
  await app.call('POST', '/api/live-sessions/cancel', { cookie, body: {} });
  const { show } = (await app.media.authorize(key.hash)).body as { show: { showId: string; channelId: string } };
  await app.media.sync([report(show, 'playing', { keyId: key.id })]);
  await until(() => heard.stranger.includes('live') && heard.creator.includes('live'), 'both hear of the show', 5000);
  expect(heard.stranger).toEqual(['starting', 'live']);
  expect(heard.creator).toEqual(['scheduled', 'cancelled', 'starting', 'live']);
  for (const socket of sockets) socket.close();
});
