/** Live pictures: from the encoder's keyframe to what Nginx serves, and to nobody else. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Config } from '#config/index.ts';
import { Settings } from '#config/index.ts';
import type { WantedShow } from '#contract/media-port.ts';
import { drawPictures } from '../../media/src/thumbnails/draw.ts';
import { createEasel } from '../../media/src/thumbnails/easel.ts';
import { expiryOf, isDue, mayTake, needsRenewal, outdated } from '../../media/src/thumbnails/rules.ts';
import { renderNginx } from '../../nginx/main.ts';
import { publish } from '../kit/publisher.ts';
import { type Rig, startRig, until } from './rig.ts';

const PERIOD_S = 1;

let rig: Rig;
let nginx: ChildProcess;
let pidDir: string;
beforeAll(async () => {
  pidDir = mkdtempSync(join(tmpdir(), 'stagedoor-draw-'));
  rig = await startRig({ thumbnailSeconds: PERIOD_S });
  nginx = await startNginx();
});
afterAll(async () => {
  nginx.kill('SIGKILL');
  await rig.stop();
  rmSync(pidDir, { recursive: true, force: true });
});

/** The product's own configuration on loopback, over the files of this media process. */
async function startNginx(): Promise<ChildProcess> {
  const { varDir, secrets } = rig;
  const config: Config = { ...Settings.parse(rig.settings), varDir, secrets, secure: false, httpPort: rig.httpPort };
  for (const folder of ['logs', 'run/nginx']) mkdirSync(join(varDir, folder), { recursive: true });
  const text = renderNginx(config, { ipv6: false }).replace(/listen (\d+) default_server;/, 'listen 127.0.0.1:$1;');
  const file = join(varDir, 'nginx.conf');
  // As root, workers would become a user who may not read this folder.
  writeFileSync(file, process.getuid?.() === 0 ? `user root;\n${text}` : text, { mode: 0o600 });
  const child = spawn('nginx', ['-c', file, '-p', varDir], { stdio: 'ignore' });
  await until('Nginx', () =>
    fetch(`http://127.0.0.1:${rig.httpPort}/none`)
      .then(() => true)
      .catch(() => false),
  );
  return child;
}

/** One keyframe of one colour, as an encoder would send it. */
const keyframe = (colour: string): Buffer =>
  // biome-ignore format: an argv reads best as pairs
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `color=${colour}:s=1280x720:r=30`, '-frames:v', '1',
    '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-f', 'h264', '-']);

/** The middle colour of a JPEG, and its size. */
function look(jpeg: Buffer): { rgb: number[]; width: number; height: number } {
  const raw = execFileSync(
    'ffmpeg',
    ['-v', 'error', '-f', 'mjpeg', '-i', '-', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
    {
      input: jpeg,
      maxBuffer: 2 ** 24,
    },
  );
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  const [height, width] = [jpeg.readUInt16BE(frame + 5), jpeg.readUInt16BE(frame + 7)];
  expect(raw.length).toBe(width * height * 3);
  const middle = (Math.floor(height / 2) * width + Math.floor(width / 2)) * 3;
  return { rgb: [...raw.subarray(middle, middle + 3)], width, height };
}
const isNear = (rgb: readonly number[], wanted: readonly number[]) =>
  rgb.every((value, n) => Math.abs(value - (wanted[n] ?? 0)) < 40);

test('each picture is its own show’s, also beside one that cannot be drawn', async () => {
  const [red, green, blue] = ['red', 'lime', 'blue'].map(keyframe) as [Buffer, Buffer, Buffer];
  const colours = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
  ];
  const drawn = await drawPictures([red, green, blue], pidDir);
  expect(drawn.map((jpeg, n) => jpeg !== null && isNear(look(jpeg).rgb, colours[n] ?? []))).toEqual([true, true, true]);
  // A frame that spoils the whole process costs pictures; it may not put one in another's place.
  const beside = await drawPictures([red, green.subarray(0, 40), blue], pidDir);
  expect(beside[1]).toBe(null);
  for (const n of [0, 2])
    expect(beside[n] === null || isNear(look(beside[n] as Buffer).rgb, colours[n] ?? [])).toBe(true);
  expect(await drawPictures([Buffer.from('not a picture')], pidDir)).toEqual([null]);
  expect(look((await drawPictures([red], pidDir))[0] as Buffer)).toMatchObject({ width: 640, height: 360 });
  expect(readdirSync(pidDir)).toEqual([]);
});

test('a frame that cannot be drawn costs the others nothing, and comes alone the next time', async () => {
  const easel = createEasel(pidDir, 100);
  const red = keyframe('red');
  const sit = (frame: Buffer, alone: boolean) =>
    new Promise<Buffer | null>((done) => easel.add({ frame, first: true, alone, done }));
  for (const alone of [false, true]) {
    const drawn = await Promise.all([sit(Buffer.from('nothing'), alone), sit(red, false), sit(red, false)]);
    expect(drawn[0]).toBe(null);
    for (const jpeg of drawn.slice(1)) expect(isNear(look(jpeg as Buffer).rgb, [255, 0, 0])).toBe(true);
  }
  easel.stop();
});

test('pictures are taken at beats of the clock, of what everybody may watch, and addresses outlive two of them', () => {
  expect([isDue(null, 5, 1000), isDue(999, 1000, 1000), isDue(1000, 1999, 1000)]).toEqual([true, true, false]);
  const run = { wanted: 'run', audience: 'everyone', paused: false } as const;
  expect([run, { ...run, paused: true }, { ...run, audience: 'creator' as const }].map(mayTake)).toEqual([
    true,
    false,
    false,
  ]);
  const expires = expiryOf(0, 30);
  expect(expires).toBe(150);
  expect(needsRenewal(expires, 30_000, 30)).toBe(false);
  expect(needsRenewal(expires, 61_000, 30)).toBe(true);
  expect(outdated(['thumb-9.jpg', 'thumb-10.jpg', 'thumb-11.jpg', 'thumb-8.jpg', 'x.tmp'])).toEqual([
    'thumb-8.jpg',
    'x.tmp',
  ]);
});

const pictureOf = (show: WantedShow) => rig.control.reported.get(show.showId)?.thumbnail ?? null;
const folderOf = (show: WantedShow) => join(rig.mediaDir, show.showId, 'thumb');
const get = (path: string) => fetch(`http://127.0.0.1:${rig.httpPort}${path}`);

test('a show has a picture soon and newer ones later; Nginx serves them to signed addresses alone', async () => {
  const { show, key } = rig.show();
  const publisher = publish(rig.rtmpUrl, key);
  const first = await until('the first picture', () => pictureOf(show));
  const answer = await get(first);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('image/jpeg');
  expect(answer.headers.get('cache-control')).toBe('public, max-age=3600, immutable');
  expect(look(Buffer.from(await answer.arrayBuffer()))).toMatchObject({ width: 640, height: 360 });
  const path = first.split('?')[0] as string;
  expect((await get(path)).status).toBe(403);
  expect((await get(first.replace(/e=\d+/, 'e=99999999999'))).status).toBe(403);
  expect((await get(path.replace('thumb-', 'thumb%2d'))).status).toBe(403);
  const seen = new Set([first]);
  await until('five pictures', () => seen.add(pictureOf(show) as string).size >= 5, 30_000);
  expect(readdirSync(folderOf(show)).length).toBeLessThanOrEqual(3);
  expect((await get([...seen].at(-1) as string)).status).toBe(200);
  // The two before the newest are still there: a page may be about to load one.
  expect((await get([...seen].at(-3) as string)).status).toBe(200);

  show.paused = true;
  await rig.wake();
  await until('the pause', () => rig.control.syncs.length > 0 && pictureOf(show));
  const last = async () => readdirSync(folderOf(show)).toSorted().at(-1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const paused = await last();
  const syncs = rig.control.syncs.length;
  await until('some seconds', () => rig.control.syncs.length > syncs + 2 * PERIOD_S);
  expect(await last()).toBe(paused);
  expect((await get(pictureOf(show) as string)).status).toBe(200);

  show.wanted = 'end';
  await rig.wake();
  await until('nothing of it', () => !readdirSync(join(rig.mediaDir, show.showId)).includes('thumb'));
  await publisher.stop();
});

test('of a preview there is no picture', async () => {
  const { show, key } = rig.show({ audience: 'creator' });
  const publisher = publish(rig.rtmpUrl, key);
  await until('a preview', () => rig.control.reported.get(show.showId)?.state === 'playing');
  const syncs = rig.control.syncs.length;
  await until('some seconds', () => rig.control.syncs.length > syncs + PERIOD_S + 1);
  expect(pictureOf(show)).toBe(null);
  expect(readdirSync(join(rig.mediaDir, show.showId))).not.toContain('thumb');
  show.audience = 'everyone';
  await rig.wake();
  await until('a picture once it is open', () => pictureOf(show));
  await publisher.stop();
});
