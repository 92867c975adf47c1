/** Processes die at random instants while somebody watches: what the screen shows, and what must not change. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDevice, startBrowser, waitForFrames, watchFrames } from '../kit/browser.ts';
import { openAndWatch } from '../kit/channel-page.ts';
import { type Install, startInstall } from '../kit/install.ts';
import { type Publisher, publish } from '../kit/publisher.ts';
import { until } from '../kit/until.ts';

const ROUNDS = 10;
/** A page that plays shows a new frame at least this often even on a busy machine, milliseconds. */
const STALL_MS = 1000;
const UNTOUCHED = ['api-1', 'redis', 'mariadb', 'api-2'];
const KILLED = [...UNTOUCHED, 'nginx'];

let install: Install;
let browser: Browser;
let encoder: Publisher;
let page: Page;
let code: string;

beforeAll(async () => {
  install = await startInstall({ name: 'chaos' });
  const { key } = await install.json<{
    key: string;
  }>(['key', 'create', '--channel', 'demo', '--label', 'chaos']);
  encoder = publish(install.rtmpUrl, key);
  browser = await startBrowser();
  page = (await newDevice(browser)).page;
  const [made] = await install.json<{ code: string }[]>(['code', 'create', '--channel', 'demo']);
  code = made?.code ?? '';
  await openAndWatch(page, install.url, 'demo', code);
});

afterAll(async () => {
  await browser?.close();
  await encoder?.stop();
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
  // Seeded, so that a round can be had again.
  let seed = 20_261_121;
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  for (let round = 0; round < ROUNDS; round++) {
    const name = KILLED[round % KILLED.length] as string;
    await new Promise((resolve) => setTimeout(resolve, random() * 1500));
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
