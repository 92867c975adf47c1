/** Rewinding, shed renditions, sleep, and the browser's own player: the page before a broadcast without parts. */
import type { Page } from 'playwright-core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { waitForFrames } from '../kit/browser.ts';
import { expectCover } from '../kit/channel-page.ts';
import { current, inHours, withAccess } from './answers.ts';
import { DESK, expectAccessible, look, overflowOf, PHONE, withPages } from './pages.ts';
import { makeSliding } from './sliding.ts';

const pages = withPages();
const broadcast = makeSliding(90);
afterAll(() => broadcast.remove());
beforeEach(() => {
  broadcast.restore();
  pages.mock.answers['GET /api/live-sessions/current'] = () => ({ body: withAccess() });
});

async function watch(viewport = DESK, before: (page: Page) => Promise<unknown> = async () => undefined) {
  const device = await pages.open('/c/demo', viewport, async (page) => {
    await broadcast.serve(page);
    await before(page);
  });
  await waitForFrames(device.page, 5);
  return device;
}
const position = (page: Page) => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
const latency = (page: Page) =>
  page.locator('[data-player-root]').evaluate((root) => Number((root as HTMLElement).dataset['latency']));

describe('a window that can be rewound', () => {
  test('has a bar with a name, a value in words, and nothing that hinders', async () => {
    for (const viewport of [PHONE, DESK]) {
      const { page, context, faults } = await watch(viewport);
      const bar = page.getByRole('slider', { name: 'Rewind' });
      await bar.waitFor();
      await expect.poll(() => bar.getAttribute('aria-valuetext')).toBe('Live');
      await bar.focus();
      await page.keyboard.press('Home');
      await page.locator('[data-behind]').waitFor();
      expect(await bar.getAttribute('aria-valuetext')).toMatch(/^1:\d\d behind live$/);
      await page.getByRole('button', { name: 'Go live' }).waitFor();
      await waitForFrames(page, 5);
      await expectAccessible(page);
      expect(await overflowOf(page)).toBe(0);
      expect(faults).toEqual([]);
      await context.close();
    }
  });

  test('a viewer who paused for too long goes on from what is left, and is told so', async () => {
    const { page, context } = await watch();
    await page.keyboard.press('k');
    await page.locator('[data-player="paused"]').waitFor();
    const before = await position(page);
    broadcast.skip(120);
    // The player learns of it with its next playlist.
    await page.waitForTimeout(2500);
    await page.keyboard.press('k');
    await page.locator('[data-word="moved"]').waitFor();
    await waitForFrames(page, 5);
    expect(await position(page)).toBeGreaterThan(before);
    await page.getByRole('button', { name: 'Go live' }).waitFor();
    await context.close();
  });
});

test('without parts the delay is told as it is, also where the device’s clock is wrong', async () => {
  const { page, context } = await watch(DESK, (page) =>
    page.addInitScript(() => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + 3_600_000;
    }),
  );
  await expect.poll(() => latency(page), { timeout: 10_000 }).toBeGreaterThan(2);
  // Three target durations would be 18 s.
  await expect.poll(() => latency(page), { timeout: 10_000 }).toBeLessThan(11);
  await context.close();
});

describe('a rendition that is shed', () => {
  const choose = async (page: Page, name: string) => {
    await page.getByRole('button', { name: 'Quality' }).click();
    await page.getByRole('menuitemradio', { name, exact: true }).click();
  };
  const width = (page: Page, wanted: number) =>
    page.waitForFunction((w) => document.querySelector('video')?.videoWidth === w, wanted, { timeout: 20_000 });

  test.each([
    ['its playlist is gone', () => broadcast.shed()],
    ['its segments are gaps', () => broadcast.leaveGaps()],
  ])('%s: another one takes its place, even where it was chosen', async (_how, shed) => {
    const { page, context } = await watch();
    await choose(page, '180p · original');
    await width(page, 320);
    shed();
    await width(page, 160);
    await waitForFrames(page, 20);
    await context.close();
  });
});

test('a creator who is back is looked for at once, not when it would be time for it', async () => {
  const { page, context } = await watch();
  const asked = { url: /source\.m3u8|90p\.m3u8/, options: { timeout: 10_000 } };
  broadcast.freeze();
  pages.mock.answers['GET /api/live-sessions/current'] = () => ({ body: withAccess({ state: 'reconnecting' }) });
  await look(page);
  await expectCover(page, 'reconnecting');
  // What is unchanged is looked at again after three seconds.
  for (let n = 0; n < 2; n++) await page.waitForResponse(asked.url, asked.options);
  broadcast.thaw();
  pages.mock.answers['GET /api/live-sessions/current'] = () => ({ body: withAccess() });
  const next = page.waitForRequest(asked.url, { timeout: 2000 });
  await look(page);
  await next;
  await waitForFrames(page, 5);
  await context.close();
});

test('a page that was frozen for a minute is live again by itself', async () => {
  const { page, context } = await watch();
  const session = await context.newCDPSession(page);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  broadcast.skip(60);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await waitForFrames(page, 10);
  await expect.poll(() => latency(page), { timeout: 20_000 }).toBeLessThan(15);
  await context.close();
});

test('a browser with nothing but its own HLS gets the address with the grant in it (canPlayType is faked)', async () => {
  pages.mock.answers['GET /api/live-sessions/current'] = () => ({ body: current() });
  pages.mock.answers['POST /api/access-codes/validate'] = () => {
    pages.mock.answers['GET /api/live-sessions/current'] = () => ({ body: withAccess() });
    return { body: { valid: true, expiresAt: inHours(8), secondsLeft: 28_800, channel: 'demo', grant: 'payload.mac' } };
  };
  const { page, context } = await pages.open('/c/demo', PHONE, (page) =>
    page.addInitScript(() => {
      for (const name of ['MediaSource', 'ManagedMediaSource', 'WebKitMediaSource'])
        Reflect.deleteProperty(window, name);
      HTMLMediaElement.prototype.canPlayType = (type) => (type.includes('mpegurl') ? 'maybe' : '');
    }),
  );
  let asked = 0;
  await page.route('**/hls/g/**', (route) => {
    asked += 1;
    return route.fulfill({ status: 409, json: { code: 'code.taken_over', message: '' } });
  });
  await page.locator('#access-code').fill('PLI4F7K2M9QX');
  await page.keyboard.press('Enter');
  // The element says only that it failed; the page finds out why and says so.
  await page.getByRole('button', { name: 'Watch here instead' }).waitFor({ timeout: 20_000 });
  expect(asked).toBeGreaterThan(0);
  await context.close();
});
