/** Every door to the media, tried without the right; and a key that must not be found anywhere. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cookieNames, signGrant } from '#contract/grant.ts';
import type { ShowId } from '#contract/ids.ts';
import { type Install, startInstall } from '../kit/install.ts';
import { type Publisher, publish } from '../kit/publisher.ts';
import { until } from '../kit/until.ts';

let install: Install;
let encoder: Publisher;
let key: string;
let showId: ShowId;

type Current = { state: string; showId: ShowId | null };
const current = async () =>
  (await (await fetch(`${install.url}/api/live-sessions/current?channel=demo`)).json()) as Current;

function grantCookie(change: Partial<Parameters<typeof signGrant>[1]> = {}, secret = install.secrets.grantSecret) {
  const nowMs = Date.now();
  const grant = signGrant(secret, {
    viewer: `cod_${nowMs}`,
    device: `d${nowMs}`,
    show: showId,
    role: 'viewer',
    maxDevices: 2,
    issuedMs: nowMs,
    untilMs: nowMs + 60_000,
    ...change,
  });
  return `${cookieNames(install.settings.installId, false).grant}=${grant}`;
}

const get = (path: string, cookie?: string) =>
  fetch(`${install.url}${path}`, { redirect: 'manual', ...(cookie ? { headers: { cookie } } : {}) });

beforeAll(async () => {
  install = await startInstall({ name: 'doors' });
  key = (await install.json<{ key: string }>(['key', 'create', '--channel', 'demo', '--label', 'canary'])).key;
  encoder = publish(install.rtmpUrl, key);
  await until(async () => (await current()).state === 'live', 'the show is live', 30_000);
  showId = (await current()).showId as ShowId;
});

afterAll(async () => {
  await encoder?.stop();
  await install?.stop();
});

test('a playlist wants a grant: none, forged, expired, for another show', async () => {
  const path = `/hls/${showId}/source.m3u8`;
  expect((await get(path, grantCookie())).status).toBe(200);
  expect((await get(path)).status).toBe(401);
  expect((await get(path, grantCookie({}, 'x'.repeat(40)))).status).toBe(401);
  expect((await get(path, grantCookie({ untilMs: Date.now() - 1 }))).status).toBe(403);
  const other = 'shw_0123456789abcdefghjkmnpqrs' as ShowId;
  expect((await get(path, grantCookie({ show: other }))).status).toBeGreaterThanOrEqual(401);
  expect((await get(`/hls/g/${grantCookie().split('=')[1]}/${showId}/source.m3u8`)).status).toBe(200);
});

test('a media file wants its own signature, and no other file opens with it', async () => {
  const cookie = grantCookie();
  let segment = '';
  await until(
    async () => {
      const playlist = await (await get(`/hls/${showId}/source.m3u8`, cookie)).text();
      segment = /\/media\/\S+seg-\S+/.exec(playlist)?.[0] ?? '';
      return segment !== '';
    },
    'a whole segment is listed',
    20_000,
  );
  expect((await get(segment)).status).toBe(200);
  expect((await get(segment.split('?')[0] ?? '')).status).toBe(403);
  expect((await get(segment.replace(/s=./, (s) => (s === 's=A' ? 's=B' : 's=A')))).status).toBe(403);
  expect((await get(segment.replace(/e=(\d+)/, (_, e) => `e=${Number(e) + 3600}`))).status).toBe(403);
  expect((await get(segment.replace(/seg-(\d+)/, (_, n) => `seg-${Number(n) + 1}`))).status).toBe(403);
  expect((await get(segment.replace('/source/', '/source/../source/'))).status).not.toBe(500);
});

test('one grant on ten machines: two go on', async () => {
  const cookie = grantCookie({ viewer: 'cod_shared', device: 'shared' });
  const masters = await Promise.all(
    Array.from({ length: 10 }, async () => (await get(`/hls/${showId}/master.m3u8`, cookie)).text()),
  );
  const players = masters.map((master) => /^source\.m3u8\S*/m.exec(master)?.[0] ?? 'none');
  expect(new Set(players).size).toBe(10);
  const statuses = await Promise.all(players.map(async (uri) => (await get(`/hls/${showId}/${uri}`, cookie)).status));
  expect(statuses.filter((status) => status === 200)).toHaveLength(2);
  expect(statuses.filter((status) => status === 409 || status === 403)).toHaveLength(8);
});

test('there is no other way in: inner paths, FLV, listings, RTMP play', async () => {
  const paths = [
    '/internal/media/sync',
    '/internal/media/authorize',
    '/control/wake',
    '/control/metrics',
    '/metrics',
    `/live/${key}.flv`,
    '/live/demo.flv',
    `/media/${showId}/`,
    `/media/${showId}/source/`,
    '/.env',
    '/settings.json',
    '/../secrets.json',
    '/assets/../../secrets.json',
  ];
  for (const path of paths) {
    const { status } = await get(path);
    expect([path, status]).toEqual([path, expect.toSatisfy((s: number) => s >= 400 && s < 500)]);
  }
  const port = install.settings.rtmpPort;
  expect(() =>
    execFileSync(
      'ffmpeg',
      ['-v', 'error', '-i', `rtmp://127.0.0.1:${port}/live/${key}`, '-t', '1', '-f', 'null', '-'],
      {
        stdio: 'pipe',
        timeout: 20_000,
      },
    ),
  ).toThrow();
  expect((await current()).state).toBe('live');
});

test('the key is in no log, no dump, no process, no address', async () => {
  const wrong = key.replace(/.{4}$/, 'zzzz');
  await publish(`${install.rtmpUrl}`, `${wrong}?also=${key}`).ended;
  await publish(`rtmp://127.0.0.1:${install.settings.rtmpPort}/live/${key}`, 'name').ended;
  await install.cli(['doctor']).catch(() => undefined);
  await get(`/pasted/by/mistake/${key}`);
  const accessLog = join(install.varDir, 'logs/nginx-access.log');
  await until(() => readFileSync(accessLog, 'utf8').includes('/pasted/by/mistake/'), 'Nginx wrote its log', 10_000);
  const needles = [key, wrong];
  const guilty: string[] = [];
  const look = (where: string, text: string) => {
    if (needles.some((needle) => text.includes(needle))) guilty.push(where);
  };
  const walk = (folder: string) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      look('a file name', path);
      const info = statSync(path, { throwIfNoEntry: false });
      if (info?.isDirectory()) walk(path);
      else if (info?.isFile() && !/\.(m4s|mp4)$/.test(name)) look(path, readFileSync(path, 'latin1'));
    }
  };
  walk(install.varDir);
  for (const { pid } of await install.processes()) {
    for (const file of ['cmdline', 'environ'])
      look(`/proc/${pid}/${file}`, readFileSync(`/proc/${pid}/${file}`, 'latin1'));
  }
  const dump = execFileSync('mariadb-dump', databaseArguments(install.secrets.databaseMigrationUrl), {
    maxBuffer: 1 << 28,
  });
  look('the database', dump.toString('latin1'));
  look('Redis', await redisDump(install.settings.redisPort ?? 0, install.secrets.redisUrl));
  look('a playlist', await (await get(`/hls/${showId}/source.m3u8`, grantCookie())).text());
  expect(guilty).toEqual([]);
});

function databaseArguments(url: string): string[] {
  const { hostname, port, username, password, pathname } = new URL(url);
  return [
    '--no-defaults',
    `-h${hostname}`,
    `-P${port}`,
    `-u${username}`,
    `-p${decodeURIComponent(password)}`,
    pathname.slice(1),
  ];
}

/** Every key and value, through a snapshot on disk that `walk` has not seen. */
async function redisDump(port: number, url: string): Promise<string> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  await redis.connect();
  const seen: string[] = [String(port)];
  for (const name of await redis.keys('*')) seen.push(name, String(await redis.dump(name)));
  redis.disconnect();
  return seen.join('\n');
}

test('rubbish on the RTMP port does not disturb the show', async () => {
  for (let round = 0; round < 50; round++) {
    await new Promise<void>((resolve) => {
      const socket = connect(install.settings.rtmpPort, '127.0.0.1', () => {
        const rubbish = Buffer.alloc(4000, round * 5);
        rubbish[0] = 3;
        socket.end(rubbish);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.resume();
      socket.setTimeout(3000, () => socket.destroy());
    });
  }
  expect((await current()).state).toBe('live');
});
