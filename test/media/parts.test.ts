/** Parts are ranges of a file that grows: what Nginx gives to whom, while it is being written. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Config, Settings } from '#config/index.ts';
import type { WantedShow } from '#contract/media-port.ts';
import { renderNginx } from '../../nginx/main.ts';
import { type Publisher, publish } from '../kit/publisher.ts';
import { type Rig, startRig, until } from './rig.ts';

let rig: Rig;
let nginx: ChildProcess;
let show: WantedShow;
let publisher: Publisher;

beforeAll(async () => {
  rig = await startRig();
  const { varDir, secrets } = rig;
  const config: Config = { ...Settings.parse(rig.settings), varDir, secrets, secure: false };
  for (const folder of ['logs', 'run/nginx']) mkdirSync(join(varDir, folder), { recursive: true });
  const text = renderNginx(config, { ipv6: false }).replace(/listen (\d+) default_server;/, 'listen 127.0.0.1:$1;');
  const file = join(varDir, 'nginx.conf');
  // As root, workers would become a user who may not read this folder.
  writeFileSync(file, process.getuid?.() === 0 ? `user root;\n${text}` : text, { mode: 0o600 });
  nginx = spawn('nginx', ['-c', file, '-p', varDir], { stdio: 'ignore' });
  await until('Nginx', () => fetch(`${origin()}/none`).then(Boolean, () => false));
  const made = rig.show();
  show = made.show;
  publisher = publish(rig.rtmpUrl, made.key, { keyframeSeconds: 2 });
  await until('a show that plays', () => rig.control.reported.get(show.showId)?.state === 'playing');
});
afterAll(async () => {
  nginx.kill('SIGKILL');
  await publisher.stop();
  await rig.stop();
});

const origin = () => `http://127.0.0.1:${rig.settings.httpPort}`;

type Listed = { uri: string; bytes: number; offset: number };

async function playlist() {
  const headers = { cookie: `sd_testtest_grant=${rig.grant(show)}` };
  const text = await (await fetch(`${origin()}/hls/${show.showId}/source.m3u8`, { headers })).text();
  const parts = [...text.matchAll(/#EXT-X-PART:.*URI="([^"]+)",BYTERANGE="(\d+)@(\d+)"/g)];
  const [, uri = '', start = ''] = /PRELOAD-HINT:TYPE=PART,URI="([^"]+)",BYTERANGE-START=(\d+)/.exec(text) ?? [];
  return {
    parts: parts.map(
      ([, at = '', bytes, offset]): Listed => ({ uri: at, bytes: Number(bytes), offset: Number(offset) }),
    ),
    hint: { uri, start: Number(start) },
    whole: [...text.matchAll(/#EXTINF:.*\n(\S+)/g)].map(([, at = '']) => at),
  };
}

async function get(uri: string, range?: string): Promise<{ status: number; bytes: Buffer; range: string | null }> {
  const answer = await fetch(origin() + uri, { headers: range ? { range } : {} });
  return {
    status: answer.status,
    bytes: Buffer.from(await answer.arrayBuffer()),
    range: answer.headers.get('content-range'),
  };
}

test('a listed part is there at once and is one fragment; all of them are the segment', async () => {
  const first = await until('two whole segments', async () => {
    const found = await playlist();
    return found.whole.length >= 2 ? found : null;
  });
  const [whole = ''] = first.whole.slice(-1);
  const path = whole.split('?')[0] ?? '';
  const parts = first.parts.filter((part) => part.uri.startsWith(`${path}?`));
  expect(parts.length).toBeGreaterThan(5);
  const got = await Promise.all(
    parts.map((part) => get(part.uri, `bytes=${part.offset}-${part.offset + part.bytes - 1}`)),
  );
  for (const [i, { status, bytes }] of got.entries()) {
    expect([status, bytes.length]).toEqual([206, parts[i]?.bytes]);
    expect(bytes.toString('latin1', 4, 8)).toBe('moof');
  }
  const segment = await get(whole);
  expect(segment.status).toBe(200);
  expect(Buffer.concat(got.map(({ bytes }) => bytes)).equals(segment.bytes)).toBe(true);
  const onDisk = readFileSync(join(rig.mediaDir, path.replace(/^\/media\//, '')));
  expect(onDisk.equals(segment.bytes)).toBe(true);
});

test('an announced part is held until it is written, and its end ends the answer', async () => {
  const { hint, held } = await until('an announced part', async () => {
    const announced = (await playlist()).hint;
    // In a file that is there already; where there is none, Nginx asks media anyway.
    if (announced.start === 0) return null;
    const answer = await get(announced.uri, `bytes=${announced.start}-`);
    // The cut may fall on it: then the announcement was wrong, and the player takes what the playlist lists.
    return answer.status === 404 ? null : { hint: announced, held: answer };
  });
  expect(held.status).toBe(206);
  const after = await playlist();
  const listed = after.parts.find(({ uri }) => uri === hint.uri);
  expect(listed?.offset).toBe(hint.start);
  expect(held.bytes.length).toBe(listed?.bytes);
  expect(held.range).toBe(`bytes ${hint.start}-${hint.start + held.bytes.length - 1}/*`);
  expect(
    (await get(hint.uri, `bytes=${listed?.offset}-${hint.start + held.bytes.length - 1}`)).bytes.equals(held.bytes),
  ).toBe(true);
});

test('an address without a good signature opens no part, written or announced', async () => {
  const { parts, hint } = await playlist();
  const [part] = parts;
  const forge = (uri: string) => uri.replace(/s=[^&]+/, 's=AAAAAAAAAAAAAAAAAAAAAA');
  expect((await get(forge(part?.uri ?? ''), 'bytes=0-10')).status).toBe(403);
  expect((await get(forge(hint.uri), `bytes=${hint.start}-`)).status).toBe(403);
});
