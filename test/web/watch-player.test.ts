/** The way from a code to a moving picture and through every interruption, with an HLS broadcast that runs. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newDevice, startBrowser, waitForFrames } from '../kit/browser.ts';
import { type Current, current, inHours, SHOW, withAccess } from './answers.ts';
import { startBroadcast } from './hls.ts';
import { buildPages, startMock } from './mock.ts';

let browser: Browser;
let pages: Awaited<ReturnType<typeof buildPages>>;
let mock: Awaited<ReturnType<typeof startMock>>;
let broadcast: Awaited<ReturnType<typeof startBroadcast>>;
let version = 1;

const MASTER = `GET /hls/${SHOW}/master.m3u8`;
const LIVE = `GET /hls/${SHOW}/live.m3u8`;

beforeAll(async () => {
  pages = await buildPages();
  broadcast = await startBroadcast();
  mock = await startMock(pages.folder, broadcast.folder);
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await mock?.stop();
  await broadcast?.stop();
  await pages?.remove();
});
beforeEach(() => {
  delete mock.answers[MASTER];
  delete mock.answers[LIVE];
  mock.answers['POST /api/access-codes/validate'] = {
    body: { valid: true, expiresAt: inHours(7.7), secondsLeft: 27_720, channel: 'demo', grant: 'payload.mac' },
  };
});

/** What the server says from now on, told to every page by socket. */
function turnTo(answer: Current) {
  version += 1;
  mock.answers['GET /api/live-sessions/current'] = { body: { ...answer, version } };
  mock.emit('show:state', { channel: 'demo', state: answer.state, showId: SHOW, version });
}

async function open(path = '/c/demo') {
  const device = await newDevice(browser);
  await device.page.goto(`${mock.origin}${path}`);
  await device.page.locator('[data-state]').first().waitFor();
  await device.page.evaluate(() => Object.assign(window, { marker: 'kept' }));
  return device;
}
const marker = (page: Page) => page.evaluate(() => (window as unknown as { marker?: string }).marker);
const player = (page: Page, phase: string) => page.locator(`[data-player="${phase}"]`).waitFor({ timeout: 20_000 });

test('a code typed in lower case opens the player, with no violation of the policy', async () => {
  turnTo(current());
  const { page, context, faults } = await open();
  mock.answers['POST /api/access-codes/validate'] = ({ body }) => {
    expect(body).toMatchObject({ channel: 'demo' });
    turnTo(withAccess());
    return { body: { valid: true, expiresAt: inHours(8), secondsLeft: 28_800, channel: 'demo', grant: null } };
  };
  await page.locator('#access-code').pressSequentially('pli-4f7 k2m 9qx');
  expect(await page.locator('#access-code').inputValue()).toBe('PLI-4F7 K2M 9QX');
  await page.keyboard.press('Enter');
  await waitForFrames(page, 10);
  await page.locator('[data-latency]:not([data-latency=""])').first().waitFor({ state: 'attached' });
  expect(faults).toEqual([]);
  await context.close();
});

test('a wrong code is answered in place, and the field keeps what was typed', async () => {
  turnTo(current());
  mock.answers['POST /api/access-codes/validate'] = { status: 404, body: { code: 'code.unknown', message: 'server' } };
  const { page, context } = await open();
  await page.locator('#access-code').fill('PLI000000000');
  await page.locator('form button[type=submit]').click();
  expect(await page.locator('form [role=alert]').textContent()).toMatch(/do not know this code/);
  expect(await page.locator('#access-code').inputValue()).toBe('PLI000000000');
  mock.answers['POST /api/access-codes/validate'] = {
    status: 418,
    body: { code: 'new.code', message: 'From the server.' },
  };
  await page.keyboard.press('Enter');
  await page.getByText('From the server.').waitFor();
  await context.close();
});

test('a code in the fragment is used and leaves the address bar', async () => {
  turnTo(current());
  mock.answers['POST /api/access-codes/validate'] = () => {
    turnTo(withAccess());
    return { body: { valid: true, expiresAt: inHours(8), secondsLeft: 28_800, channel: 'demo', grant: null } };
  };
  const { page, context } = await open('/c/demo#code=pli4f7k2m9qx');
  await player(page, 'playing');
  expect(new URL(page.url()).hash).toBe('');
  await context.close();
});

test('the waiting page turns into the player, through a pause and a lost encoder, without a reload', async () => {
  turnTo(withAccess({ state: 'scheduled', startsAt: inHours(1), hlsUrl: null }));
  const { page, context } = await open();
  await page.locator('[data-cover="soon"]').first().waitFor();
  await page.waitForFunction(() => document.querySelector('video') !== null);
  turnTo(withAccess());
  await waitForFrames(page, 10);
  for (const state of ['reconnecting', 'paused'] as const) {
    turnTo(withAccess({ state, reconnectUntil: inHours(0.02), hlsUrl: null }));
    await page.locator(`[data-cover="${state}"]`).first().waitFor();
    const picture = await page.evaluate(() => document.querySelector('video')?.videoWidth);
    expect(picture).toBe(640);
    turnTo(withAccess());
    await page.locator('[data-cover="none"]').waitFor();
    await waitForFrames(page, 5);
  }
  expect(await marker(page)).toBe('kept');
  await context.close();
});

test('playlists that fail for a while are asked again until the picture is back', async () => {
  turnTo(withAccess());
  const { page, context } = await open();
  await waitForFrames(page, 5);
  mock.answers[LIVE] = { status: 503, body: { code: 'unavailable', message: '' } };
  // The engine has given up by itself; from here on it is the player's own repair.
  await player(page, 'retrying');
  await page.locator('[data-trouble]').waitFor();
  delete mock.answers[LIVE];
  await waitForFrames(page, 20);
  await page.locator('[data-trouble]').waitFor({ state: 'detached' });
  expect(await marker(page)).toBe('kept');
  await context.close();
});

test('a code taken over by another device stops here, and one press takes it back', async () => {
  turnTo(current());
  const { page, context } = await open();
  mock.answers['POST /api/access-codes/validate'] = () => {
    delete mock.answers[LIVE];
    turnTo(withAccess());
    return { body: { valid: true, expiresAt: inHours(8), secondsLeft: 28_800, channel: 'demo', grant: null } };
  };
  await page.locator('#access-code').fill('PLI4F7K2M9QX');
  await page.keyboard.press('Enter');
  await waitForFrames(page, 5);
  mock.answers[LIVE] = { status: 403, body: { code: 'code.taken_over', message: '' } };
  await page.getByRole('button', { name: 'Watch here instead' }).click({ timeout: 20_000 });
  await waitForFrames(page, 10);
  expect(await marker(page)).toBe('kept');
  await context.close();
});

test('a code from the address that was taken over is not taken back unasked', async () => {
  turnTo(current());
  let validations = 0;
  mock.answers['POST /api/access-codes/validate'] = () => {
    validations += 1;
    turnTo(withAccess());
    return { body: { valid: true, expiresAt: inHours(8), secondsLeft: 28_800, channel: 'demo', grant: null } };
  };
  const { page, context } = await open('/c/demo#code=pli4f7k2m9qx');
  await waitForFrames(page, 5);
  mock.answers[LIVE] = { status: 409, body: { code: 'code.taken_over', message: '' } };
  await page.getByRole('button', { name: 'Watch here instead' }).waitFor({ timeout: 20_000 });
  await page.locator('#access-code').waitFor();
  const before = mock.asked.length;
  turnTo(current({ accessLost: 'taken_over' }));
  await expect.poll(() => mock.asked.length).toBeGreaterThan(before);
  expect(validations).toBe(1);
  await context.close();
});

test('a full show is tried again until there is room, for one more device of this network too', async () => {
  turnTo(withAccess());
  mock.answers[MASTER] = { status: 409, body: { code: 'show.address_full', message: '' } };
  const { page, context } = await open();
  await page.locator('[data-cover="address_full"]').getByText('Too many devices of your network').waitFor();
  mock.answers[MASTER] = { status: 409, body: { code: 'show.full', message: '' } };
  await page.locator('[data-cover="full"]').first().waitFor();
  delete mock.answers[MASTER];
  await waitForFrames(page, 5);
  await page.locator('[data-cover="none"]').waitFor();
  await context.close();
});

test('a right that ended is noticed at the playlist and said', async () => {
  turnTo(withAccess());
  const { page, context } = await open();
  await waitForFrames(page, 5);
  mock.answers['GET /api/live-sessions/current'] = { body: current({ accessLost: 'expired' }) };
  mock.answers[LIVE] = { status: 403, body: { code: 'grant.expired', message: '' } };
  await page.locator('[data-cover="expired"]').first().waitFor({ timeout: 20_000 });
  await page.locator('#access-code').waitFor();
  await context.close();
});

test('keys and buttons do what they say', async () => {
  turnTo(withAccess());
  const { page, context } = await open();
  await waitForFrames(page, 5);
  await page.keyboard.press('k');
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
  await page.keyboard.press('k');
  await player(page, 'playing');
  await page.keyboard.press('m');
  await page.getByRole('button', { name: 'Sound on' }).waitFor();
  await page.keyboard.press('t');
  await page.locator('[data-theatre="yes"]').waitFor();
  await context.close();
});
