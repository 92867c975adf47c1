import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WantedShow } from '#contract/media-port.ts';
import { lintMedia, type Parsed } from '../kit/playlist-lint.ts';
import { lintMaster, lintReload } from '../kit/playlist-lint-more.ts';
import { type Publisher, publish } from '../kit/publisher.ts';
import { newId, type Rig, startRig, until } from './rig.ts';

let rig: Rig;
const publishers: Publisher[] = [];
beforeAll(async () => {
  rig = await startRig({ ladder: [180], windowSeconds: 12 });
});
afterAll(async () => {
  for (const publisher of publishers) await publisher.stop();
  await rig.stop();
});

function start(key: string): Publisher {
  const publisher = publish(rig.rtmpUrl, key, { keyframeSeconds: 2 });
  publishers.push(publisher);
  return publisher;
}

const stateOf = (show: WantedShow) => rig.control.reported.get(show.showId)?.state ?? 'none';
const playing = (show: WantedShow) => until('a show that plays', () => stateOf(show) === 'playing');

async function live(wanted: Partial<WantedShow> = {}) {
  const { show, key } = rig.show(wanted);
  const publisher = start(key);
  await playing(show);
  return { show, key, publisher, path: `/hls/${show.showId}` };
}

/** The addresses of the variants, from the master playlist. */
async function variants(path: string, grant: string): Promise<string[]> {
  const master = await rig.get(`${path}/master.m3u8`, grant);
  const text = await master.text();
  expect(master.status, text).toBe(200);
  expect(lintMaster(text)).toEqual([]);
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => `${path}/${line}`);
}

async function load(variant: string, grant: string, directives = ''): Promise<Parsed> {
  const response = await rig.get(`${variant}${directives}`, grant);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return lintMedia(text);
}

/** Follows a playlist by blocking reload, and lints each load and each step. */
async function follow(variant: string, grant: string, loads: number): Promise<Parsed> {
  let before = await load(variant, grant);
  for (let i = 0; i < loads; i += 1) {
    const last = before.segments.at(-1);
    const open = last?.uri === null;
    const directives = `&_HLS_msn=${open ? last.msn : (last?.msn ?? 0) + 1}&_HLS_part=${open ? last.parts.length : 0}`;
    const after = await load(variant, grant, directives);
    expect(after.findings).toEqual([]);
    expect(lintReload(before, after)).toEqual([]);
    before = after;
  }
  return before;
}

test('both renditions are correct playlists for as long as one looks, and agree on their numbers', async () => {
  const { path, show } = await live();
  const grant = rig.grant(show);
  const [source = '', low = ''] = await variants(path, grant);
  const [one, two] = await Promise.all([follow(source, grant, 110), follow(low, grant, 110)]);
  expect(one.mediaSequence).toBeGreaterThan(0);
  const dates = new Map(one.segments.map((segment) => [segment.msn, segment.date]));
  for (const segment of two.segments) {
    if (dates.has(segment.msn)) expect(segment.date).toBe(dates.get(segment.msn));
    expect(segment.gap).toBe(false);
    // The source has a keyframe every 2 s, so every segment of both can be decoded alone.
    expect(segment.parts[0]?.independent ?? true).toBe(true);
  }
  expect(rig.control.reported.get(show.showId)).toMatchObject({ viewers: 1, input: { width: 640, height: 360 } });
});

test('ffmpeg reads the playlist as a second reader, and the addresses carry a valid signature', async () => {
  const { path, show } = await live();
  const grant = rig.grant(show);
  const [source = ''] = await variants(path, grant);
  const parsed = await until('four segments', async () => {
    const now = await load(source, grant);
    return now.segments.length >= 4 ? now : null;
  });
  // Nginx's part in this: check the signature, serve the file.
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const signed = `${url.searchParams.get('e')}${url.pathname} ${rig.secrets.addressSecret}`;
    const good = createHash('md5').update(signed).digest('base64url') === url.searchParams.get('s');
    const file = join(rig.mediaDir, url.pathname.slice('/media/'.length));
    if (url.pathname.endsWith('.m3u8')) return response.end(text);
    if (!good || !existsSync(file)) return response.writeHead(good ? 404 : 403).end();
    createReadStream(file).pipe(response);
  });
  const text = `${await (await rig.get(source, grant)).text()}#EXT-X-ENDLIST\n`.replace(
    /#EXT-X-(PRELOAD-HINT|PART:).*\n/g,
    '',
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    const { promise, resolve } = Promise.withResolvers<{ code: number | null; stderr: string }>();
    const { spawn } = await import('node:child_process');
    const reader = spawn('ffmpeg', ['-v', 'error', '-i', `http://127.0.0.1:${port}/x.m3u8`, '-f', 'null', '-']);
    let stderr = '';
    reader.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    reader.on('exit', (code) => resolve({ code, stderr }));
    expect(await promise).toEqual({ code: 0, stderr: '' });
  } finally {
    server.close();
  }
  expect(parsed.segments.length).toBeGreaterThanOrEqual(4);
});

test('a transcoded segment has the pictures and the sound of its source segment', async () => {
  const { path, show } = await live();
  const grant = rig.grant(show);
  const [, low = ''] = await variants(path, grant);
  await until(
    'two whole segments',
    async () => (await load(low, grant)).segments.filter((one) => one.uri !== null).length >= 2,
  );
  const counts = ['source', '180p'].map((name) => {
    const folder = join(rig.mediaDir, show.showId, name);
    const init = readdirSync(folder).find((file) => file.startsWith('init-')) ?? '';
    const file = join(rig.varDir, `${name}.mp4`);
    writeFileSync(file, Buffer.concat([readFileSync(join(folder, init)), readFileSync(join(folder, 'seg-1.m4s'))]));
    const entries = ['-show_entries', 'stream=codec_type,nb_read_packets,width', '-of', 'csv=p=0'];
    const { stdout, stderr } = spawnSync('ffprobe', ['-v', 'error', '-count_packets', ...entries, file], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.split(',').at(-1));
  });
  expect(counts[1]?.[0]).toBe(counts[0]?.[0]);
  expect(Math.abs(Number(counts[1]?.[1]) - Number(counts[0]?.[1]))).toBeLessThanOrEqual(2);
});

test('the encoder drops and returns: same show, numbers go on behind a discontinuity', async () => {
  const { path, show, key, publisher } = await live();
  const grant = rig.grant(show);
  const [source = ''] = await variants(path, grant);
  const before = await follow(source, grant, 12);
  await publisher.stop();
  await until('the loss', () => stateOf(show) === 'lost');
  const gone = await load(source, grant);
  expect(gone.ended).toBe(false);
  expect(lintReload(before, gone)).toEqual([]);
  start(key);
  await playing(show);
  const after = await follow(source, grant, 12);
  expect(lintReload(gone, after)).toEqual([]);
  expect(after.segments.at(-1)?.discontinuities).toBe((gone.segments.at(-1)?.discontinuities ?? 0) + 1);
});

test('the same key again: the newest publisher wins', async () => {
  const { show, key, publisher } = await live();
  const first = rig.control.reported.get(show.showId)?.broadcastId;
  start(key);
  await until(
    'the older one to end',
    async () => (await Promise.race([publisher.ended, Promise.resolve('runs')])) !== 'runs',
  );
  await until(
    'the newer one',
    () => stateOf(show) === 'playing' && rig.control.reported.get(show.showId)?.broadcastId !== first,
  );
});

test('another key of the channel is refused while the first sends', async () => {
  const { show } = await live();
  const other = rig.show({ channelId: show.channelId });
  const refused = start(other.key);
  await refused.ended;
  await until('the refusal', () =>
    [...rig.control.refusals.values()].find(
      (one) => one.reason === 'publish.other_key_live' && one.channelId === show.channelId,
    ),
  );
  expect(stateOf(show)).toBe('playing');
});

test('a revoked key is cut, an ended show says so in the playlist and takes nobody', async () => {
  const { path, show, key, publisher } = await live();
  const grant = rig.grant(show);
  const [source = ''] = await variants(path, grant);
  const keys = show.keys.splice(0, 1);
  await rig.wake();
  await publisher.ended;
  show.keys.push(...keys);
  start(key);
  await playing(show);
  show.wanted = 'end';
  await rig.wake();
  const ended = await until('the end of the list', async () => {
    const now = await load(source, grant);
    return now.ended ? now : null;
  });
  expect(ended.findings).toEqual([]);
  expect(ended.segments.every((segment) => segment.uri !== null)).toBe(true);
  await start(key).ended;
  await until('the refusal', () =>
    [...rig.control.refusals.values()].find((one) => one.reason === 'publish.show_over'),
  );
});

test('a show that the control plane no longer lists is over', async () => {
  const { show, publisher } = await live();
  rig.control.shows = rig.control.shows.filter((one) => one !== show);
  await rig.wake();
  await publisher.ended;
});

test('media is killed while the control plane is away: the publisher returns, no number goes back', async () => {
  const { path, show, key, publisher } = await live();
  const grant = rig.grant(show);
  const [source = ''] = await variants(path, grant);
  const before = await follow(source, grant, 12);
  rig.control.up = false;
  await rig.end('SIGKILL');
  await publisher.ended;
  await rig.start();
  const stranger = start(newId('key'));
  await stranger.ended;
  start(key);
  const after = await until('the playlist', async () => {
    const response = await rig.get(source, grant);
    return response.status === 200 ? lintMedia(await response.text()) : null;
  });
  rig.control.up = true;
  expect(lintReload(before, after)).toEqual([]);
  expect(after.segments[0]?.msn).toBeGreaterThan(before.segments.at(-1)?.msn ?? 0);
  expect(after.segments[0]?.discontinuities).toBeGreaterThan(before.segments.at(-1)?.discontinuities ?? 0);
});

test('no encoder outlives media', async () => {
  await live();
  const pids = readdirSync(join(rig.varDir, 'run')).map((name) => Number(name.split('-')[1]));
  expect(pids.length).toBeGreaterThan(0);
  await rig.end('SIGKILL');
  await rig.start();
  await until('the encoders to be gone', () =>
    pids.every((pid) => !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')),
  );
});

test('an orderly stop takes less than three seconds and leaves with 0', async () => {
  await live();
  expect(await rig.end('SIGTERM')).toBe(0);
  await rig.start();
});
