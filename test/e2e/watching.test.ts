/** A viewer in a real browser, an encoder that is real, and everything between them. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import mysql from 'mysql2/promise';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDevice, startBrowser, waitForFrames } from '../kit/browser.ts';
import { enterCode, expectCover, openAndWatch, problemWith } from '../kit/channel-page.ts';
import { type Install, startInstall } from '../kit/install.ts';
import { type Publisher, publish } from '../kit/publisher.ts';

let install: Install;
let browser: Browser;
let encoder: Publisher;
let key: string;

async function newCode(channel = 'demo'): Promise<string> {
  const [made] = await install.json<
    {
      code: string;
    }[]
  >(['code', 'create', '--channel', channel, '--count', '1']);
  if (!made) throw new Error('no code was made');
  return made.code;
}

beforeAll(async () => {
  install = await startInstall({ name: 'watching' });
  const made = await install.json<{ key: string }>(['key', 'create', '--channel', 'demo', '--label', 'test']);
  key = made.key;
  encoder = publish(install.rtmpUrl, key);
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await encoder?.stop();
  await install?.stop();
});

test('a code opens the moving picture, a reload asks nothing, and no page rule is broken', async () => {
  const { context, page, faults } = await newDevice(browser);
  await openAndWatch(page, install.url, 'demo', await newCode());
  const folder = process.env['STAGEDOOR_SCREENSHOTS'];
  if (folder) {
    mkdirSync(resolve(folder), { recursive: true });
    await page.screenshot({ path: join(folder, 'watch-phone.png') });
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.screenshot({ path: join(folder, 'watch-desktop.png') });
  }
  await page.reload();
  await waitForFrames(page, 30);
  await page.locator('[data-viewers="1"]').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test('a second player, Shaka, reads the same playlists', async () => {
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  await openAndWatch(page, install.url, 'demo', await newCode());
  await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('shaka-player/dist/shaka-player.compiled.js')) });
  const faults = await page.evaluate(async () => {
    const { hlsUrl } = await (await fetch('/api/live-sessions/current?channel=demo')).json();
    document.body.innerHTML = '<video muted autoplay></video>';
    type Shaka = { Player: new () => ShakaPlayer };
    type ShakaPlayer = EventTarget & { attach(video: Element): Promise<void>; load(url: string): Promise<void> };
    const player = new (window as unknown as { shaka: Shaka }).shaka.Player();
    const seen: string[] = [];
    player.addEventListener('error', (event) => seen.push(JSON.stringify((event as CustomEvent).detail)));
    await player.attach(document.querySelector('video') as Element);
    await player.load(hlsUrl);
    return seen;
  });
  await waitForFrames(page, 60);
  expect(faults).toEqual([]);
  await context.close();
});

test('two devices watch with one code, a third takes over the first, which is told so', async () => {
  const code = await newCode();
  const devices = [await newDevice(browser), await newDevice(browser), await newDevice(browser)] as const;
  await openAndWatch(devices[0].page, install.url, 'demo', code);
  await openAndWatch(devices[1].page, install.url, 'demo', code);
  await openAndWatch(devices[2].page, install.url, 'demo', code);
  await expectCover(devices[0].page, 'taken_over');
  await waitForFrames(devices[1].page, 30);
  await waitForFrames(devices[2].page, 30);
  for (const { context } of devices) await context.close();
});

test('a code withdrawn while watching ends the picture', async () => {
  const code = await newCode();
  const { context, page } = await newDevice(browser);
  await openAndWatch(page, install.url, 'demo', code);
  await install.cli(['code', 'revoke', code]);
  await expectCover(page, 'revoked', 10_000);
  await context.close();
});

test('an encoder that drops and returns: same show, and the same page plays on by itself', async () => {
  const { context, page } = await newDevice(browser);
  await openAndWatch(page, install.url, 'demo', await newCode());
  await page.evaluate(() => Object.assign(window, { marker: 'still the same page' }));
  let navigations = 0;
  page.on('framenavigated', () => navigations++);
  const before = await page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
  const current = async () =>
    (await (await fetch(`${install.url}/api/live-sessions/current?channel=demo`)).json()) as { showId: string };
  const { showId } = await current();

  await encoder.stop();
  await expectCover(page, 'reconnecting');
  encoder = publish(install.rtmpUrl, key);
  await expectCover(page, 'none');
  await waitForFrames(page, 60);

  expect((await current()).showId).toBe(showId);
  expect(await page.evaluate(() => (window as unknown as { marker?: string }).marker)).toBe('still the same page');
  expect(navigations).toBe(0);
  expect(await page.evaluate(() => document.querySelector('video')?.currentTime ?? 0)).toBeGreaterThan(before);
  await context.close();
});

test('the show ends when it is ended, and the page says so', async () => {
  const { context, page } = await newDevice(browser);
  await openAndWatch(page, install.url, 'demo', await newCode());
  await install.cli(['show', 'end', '--channel', 'demo']);
  await expectCover(page, 'ended', 15_000);
  expect(await encoder.ended).not.toBeNull();
  await context.close();
});

// Last, because five wrong codes are all that one address may try.
test('each code that does not open says why in one sentence of its own', async () => {
  const expired = await newCode();
  const revoked = await newCode();
  await install.cli(['code', 'revoke', revoked]);
  await install.cli(['creator', 'add', '--email', 'other@example.org', '--channel', 'other', '--name', 'Other']);
  const foreign = await newCode('other');
  const { context, page } = await newDevice(browser);

  const database = await mysql.createConnection(install.secrets.databaseMigrationUrl);
  await page.goto(`${install.url}/c/demo`);
  await enterCode(page, expired);
  await page.locator('[data-panel="access"]').waitFor();
  await database.query(
    'UPDATE access_code SET expiresAt = UTC_TIMESTAMP(3) WHERE id = (SELECT MAX(codeId) FROM code_usage)',
  );
  await database.end();

  const fresh = await newDevice(browser);
  await fresh.page.goto(`${install.url}/c/demo`);
  const sentences = [
    await problemWith(fresh.page, 'hello'),
    await problemWith(fresh.page, 'PLI234567892'),
    await problemWith(fresh.page, expired),
    await problemWith(fresh.page, revoked),
    await problemWith(fresh.page, foreign),
  ];
  expect(new Set(sentences).size).toBe(5);
  expect(sentences[1]).toMatch(/do not know/);
  expect(sentences[2]).toMatch(/expired/);
  expect(sentences[3]).toMatch(/withdrawn/);
  expect(sentences[4]).toMatch(/another channel/);
  await fresh.context.close();
  await context.close();
});
