/** Processes die at random instants while somebody watches: what the screen shows, and what must not change. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDevice, startBrowser, waitForFrames, watchFrames } from '../kit/browser.ts';
import { openAndWatch } from '../kit/channel-page.ts';
import { type Install, startInstall } from '../kit/install.ts';
import { type Obs, obs } from '../kit/obs.ts';
import { processTree } from '../kit/process-tree.ts';
import { type ClipOptions, clip } from '../kit/publisher.ts';
import { chooseQuality } from '../kit/quality.ts';
import { seeded } from '../kit/random.ts';
import { watchScreen } from '../kit/screen.ts';
import { until } from '../kit/until.ts';

const ROUNDS = 10;
/** A page that plays shows a new frame at least this often even on a busy machine, milliseconds. */
const STALL_MS = 1000;
const UNTOUCHED = ['api-1', 'redis', 'mariadb', 'api-2'];
const KILLED = [...UNTOUCHED, 'nginx'];
/** Seeded, so that a round can be had again. */
const random = seeded(20_261_121);
/** High enough for a lower rendition. */
const SOURCE: ClipOptions = { width: 854, height: 480, fps: 30, keyframeSeconds: 2 };
const PLAY_LIMIT_MS = 45_000;

let install: Install;
let browser: Browser;
let encoder: Obs;
let page: Page;
let screen: Awaited<ReturnType<typeof watchScreen>>;
let tree: ReturnType<typeof processTree>;
let code: string;

beforeAll(async () => {
  install = await startInstall({ name: 'chaos', env: { STAGEDOOR_LADDER: '360' } });
  tree = processTree(install.varDir);
  const { key } = await install.json<{
    key: string;
  }>(['key', 'create', '--channel', 'demo', '--label', 'chaos']);
  encoder = obs(install.rtmpUrl, key);
  await encoder.start(clip(SOURCE));
  await until(() => tree.encoders().length > 0, 'a transcoder', 30_000);
  browser = await startBrowser();
  page = (await newDevice(browser, { width: 1280, height: 800 })).page;
  screen = await watchScreen(page);
  const [made] = await install.json<{ code: string }[]>(['code', 'create', '--channel', 'demo']);
  code = made?.code ?? '';
  await openAndWatch(page, install.url, 'demo', code);
});

afterAll(async () => {
  await browser?.close();
  await encoder?.drop();
  await install?.stop();
});

async function codeEnd(): Promise<string> {
  const response = await fetch(`${install.url}/api/access-codes/check-status`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: install.url },
    body: JSON.stringify({ code, channel: 'demo' }),
  });
  if (!response.ok) throw new Error(`check-status answered ${response.status}`);
  return ((await response.json()) as { expiresAt: string }).expiresAt;
}

/** All answer again, and the process that was killed is a new one. */
const recovered = (name: string, oldPid: number) =>
  until(
    async () => {
      const process = (await install.processes()).find((candidate) => candidate.service === name);
      const ready = await fetch(`${install.url}/api/ready`);
      return process !== undefined && process.pid !== oldPid && ready.ok;
    },
    `${name} is back`,
    60_000,
    250,
  );

test(`kill -9 of api, redis, mariadb and nginx, ${ROUNDS} rounds: the picture goes on, the code ends at the same second`, async () => {
  const end = await codeEnd();
  const frames = await watchFrames(page);
  const worst = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const name = KILLED[round % KILLED.length] as string;
    await new Promise((resolve) => setTimeout(resolve, random.next() * 1500));
    const { pid } = (await install.processes()).find((process) => process.service === name) ?? { pid: null };
    if (pid === null) throw new Error(`${name} does not run`);
    await frames.reset();
    process.kill(pid, 'SIGKILL');
    await recovered(name, pid);
    await waitForFrames(page, 30);
    const { maxGapMs } = await frames.read();
    worst.set(name, Math.max(worst.get(name) ?? 0, Math.round(maxGapMs)));
    expect(await codeEnd()).toBe(end);
  }
  console.log('longest time without a new frame on screen, ms:', Object.fromEntries(worst));
  // Not a speed: whether the picture depends on a process that it must not depend on.
  for (const name of UNTOUCHED) expect([name, (worst.get(name) ?? 0) < STALL_MS]).toEqual([name, true]);
}, 400_000);

test('while the database is away: who watches goes on, a new viewer gets one clear sentence', async () => {
  const frames = await watchFrames(page);
  const mariadb = (await install.processes()).find((process) => process.service === 'mariadb');
  if (!mariadb?.pid) throw new Error('no database runs');
  const { pid } = mariadb;
  process.kill(pid, 'SIGSTOP');
  try {
    const response = await fetch(`${install.url}/api/access-codes/validate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: install.url },
      body: JSON.stringify({ code, channel: 'demo' }),
      signal: AbortSignal.timeout(30_000),
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'unavailable' });
    await frames.reset();
    await waitForFrames(page, 60);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await recovered('mariadb', 0);
}, 90_000);

async function showId(): Promise<string> {
  const answer = await fetch(`${install.url}/api/live-sessions/current?channel=demo`);
  return ((await answer.json()) as { showId: string }).showId;
}

/** Does something bad; the same show has to play on in the same document. */
async function playsOn(accident: () => Promise<number>): Promise<void> {
  await screen.playing(Date.now(), PLAY_LIMIT_MS);
  const [show, bornMs] = [await showId(), await screen.bornMs()];
  const sinceMs = await accident();
  const after = await screen.playing(sinceMs, PLAY_LIMIT_MS);
  const later = await screen.playing(Date.now(), PLAY_LIMIT_MS);
  expect(later.mediaTime).toBeGreaterThan(after.mediaTime);
  expect(await screen.bornMs()).toBe(bornMs);
  expect(await showId()).toBe(show);
}

test('kill -9 of media: the encoder tries again as OBS does, and the same page plays on', async () => {
  for (let round = 0; round < 2; round++) {
    await new Promise((resolve) => setTimeout(resolve, random.next() * 2000));
    await playsOn(async () => {
      const killedMs = Date.now();
      process.kill(tree.main('media').pid, 'SIGKILL');
      return encoder.acceptedSince(killedMs, PLAY_LIMIT_MS);
    });
  }
}, 240_000);

test('an encoder that comes back with another size, frame rate, profile or sample rate plays on', async () => {
  const others: ClipOptions[] = [
    { width: 640, height: 360, fps: 25, keyframeSeconds: 2, profile: 'baseline' },
    { ...SOURCE, sampleRate: 44_100 },
  ];
  for (const settings of others) {
    const file = clip(settings);
    await playsOn(async () => {
      await encoder.drop();
      const backMs = Date.now();
      await encoder.start(file);
      return encoder.acceptedSince(backMs, PLAY_LIMIT_MS);
    });
  }
}, 240_000);

test.each(['SIGKILL', 'SIGSTOP'] as const)(
  'a transcoder that gets %s is replaced, and who watches its rendition watches on',
  async (signal) => {
    await until(() => tree.encoders().length > 0, 'a transcoder', 30_000);
    await chooseQuality(page, screen, 'lowest');
    await playsOn(async () => {
      const [victim] = tree.encoders();
      if (!victim) throw new Error('no transcoder runs');
      process.kill(victim.pid, signal);
      await until(
        () =>
          tree.encoders().some(({ pid }) => pid !== victim.pid) && !tree.scan().some(({ pid }) => pid === victim.pid),
        'another transcoder, and the old one gone',
        PLAY_LIMIT_MS,
      );
      return Date.now();
    });
  },
  150_000,
);
