/** What a viewer sees when the encoder changes its mind in mid-show, and how a running show is rewound. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDevice, startBrowser, waitForFrames } from '../kit/browser.ts';
import { openAndWatch } from '../kit/channel-page.ts';
import { type Install, startInstall } from '../kit/install.ts';
import { type LiveEncoder, type Settings, scene, startLiveEncoder } from '../kit/live-encoder.ts';
import { longestGap, watchScreen } from '../kit/screen.ts';

/** One B-frame moves decoding times against the sound by as much as Media Source does not forgive. */
const BASE: Settings = { bFrames: 1 };
const SEAMS: [string, Settings][] = [
  ['another picture size', { ...BASE, width: 854, height: 480 }],
  ['another frame rate', { ...BASE, width: 320, height: 180, fps: 25 }],
  ['another profile and sound', { width: 480, height: 270, profile: 'main', audioRate: 44_100 }],
];
/** More than this may not be missing from the picture, seconds. */
const MOST_MISSING_SECONDS = 0.5;
/** Longer than the last part of a segment lasts, so that it is listed before the one before it has been parsed. */
const PARSED_LATE_MS = 150;
/** Some segments. */
const WATCHED_MS = 12_000;
/** Where hls.js leaves the last part out, the picture stands for two or three seconds. */
const LONGEST_STALL_MS = 700;

/** Longer than the player looks before it jumps. */
const QUIET_MS = 7000;

let install: Install;
let browser: Browser;
let encoder: LiveEncoder;
let page: Page;
let faults: string[];

beforeAll(async () => {
  for (const [, settings] of SEAMS) scene(settings);
  install = await startInstall({ name: 'player' });
  const { key } = await install.json<{ key: string }>(['key', 'create', '--channel', 'demo', '--label', 'test']);
  encoder = await startLiveEncoder({ port: install.settings.rtmpPort, key, first: scene(BASE), soundLateMs: 60 });
  browser = await startBrowser();
  const device = await newDevice(browser, { width: 1440, height: 900 });
  ({ page, faults } = device);
  await openAndWatch(page, install.url, 'demo', await newCode());
  await settled();
});
afterAll(async () => {
  await browser?.close();
  encoder?.stop();
  await install?.stop();
});

async function newCode(): Promise<string> {
  const [made] = await install.json<{ code: string }[]>(['code', 'create', '--channel', 'demo', '--count', '1']);
  return made?.code ?? '';
}

/** Waits until the player has come as near to live as it wants: its own jumps there are no missing pictures. */
async function settled() {
  await page.evaluate(() => {
    const seeks = { lastMs: performance.now() };
    Object.assign(window, { seenSeeks: seeks });
    document.querySelector('video')?.addEventListener('seeking', () => {
      seeks.lastMs = performance.now();
    });
  });
  await page.waitForFunction(
    (quietMs) => {
      const { seenSeeks } = window as unknown as { seenSeeks: { lastMs: number } };
      return performance.now() - seenSeeks.lastMs > quietMs;
    },
    QUIET_MS,
    { timeout: 60_000 },
  );
}

/** Follows the pictures' own times: what is missing between two that are shown, seconds. */
async function watchSteps() {
  await page.evaluate(() => {
    const video = document.querySelector('video');
    if (!video) throw new Error('no video on the page');
    const seen = { last: video.currentTime, most: 0, width: 0, since: 0 };
    Object.assign(window, { seenSteps: seen });
    // A jump over pictures that are all there is the player's own, back to live after a busy machine made it late.
    let ownJump = false;
    video.addEventListener('seeking', () => {
      for (let n = 0; n < video.buffered.length; n += 1) {
        if (video.buffered.start(n) <= seen.last && video.currentTime < video.buffered.end(n)) ownJump = true;
      }
    });
    const next = (_now: number, { mediaTime, width }: { mediaTime: number; width: number }) => {
      const step = mediaTime - seen.last;
      if (!ownJump) seen.most = Math.max(seen.most, step);
      ownJump = false;
      seen.since = width === seen.width ? seen.since + 1 : 0;
      seen.width = width;
      seen.last = mediaTime;
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  });
  type Steps = { most: number; width: number; since: number };
  return {
    /** Resolves once many pictures of this width were shown. */
    reaches: (width: number) =>
      page.waitForFunction(
        (wanted) => {
          const { seenSteps } = window as unknown as { seenSteps: Steps };
          return seenSteps.width === wanted && seenSteps.since > 75;
        },
        width,
        { timeout: 30_000 },
      ),
    most: () => page.evaluate(() => (window as unknown as { seenSteps: Steps }).seenSteps.most),
  };
}

test.each(SEAMS)('%s in mid-stream: the picture goes on, and on back again', async (_what, settings) => {
  const steps = await watchSteps();
  for (const next of [settings, BASE]) {
    await encoder.change(scene(next));
    await steps.reaches(next.width ?? 640);
  }
  expect(await steps.most()).toBeLessThan(MOST_MISSING_SECONDS);
});

test('sound that stays away for a while takes no picture with it', async () => {
  const steps = await watchSteps();
  encoder.mute(300);
  await waitForFrames(page, 90);
  expect(await steps.most()).toBeLessThan(MOST_MISSING_SECONDS);
});

/** What hls.js's worker has parsed is handed over late, as on a machine that is busy. */
const parseLate = (page: Page) =>
  page.addInitScript((lateMs) => {
    const listen = Worker.prototype.addEventListener as (...args: unknown[]) => void;
    Worker.prototype.addEventListener = function (this: Worker, type: string, listener: unknown, ...rest: unknown[]) {
      if (type !== 'message' || typeof listener !== 'function') return listen.call(this, type, listener, ...rest);
      listen.call(this, type, (event: Event) => setTimeout(() => listener.call(this, event), lateMs), ...rest);
    };
  }, PARSED_LATE_MS);

test('the short last part of each segment is loaded, also where parsing takes its time', async () => {
  await encoder.change(scene({ fps: 25 }));
  const { page: late, context } = await newDevice(browser, { width: 1440, height: 900 });
  await parseLate(late);
  const screen = await watchScreen(late);
  await openAndWatch(late, install.url, 'demo', await newCode());
  const { atMs } = await screen.playing(Date.now(), 30_000);
  await late.waitForTimeout(WATCHED_MS);
  expect(longestGap(await screen.framesSince(atMs))).toBeLessThan(LONGEST_STALL_MS);
  await context.close();
  await encoder.change(scene(BASE));
});

const position = () => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);

test('a running show is rewound by bar and keys, and one press leads back to live', async () => {
  const bar = page.getByRole('slider', { name: 'Rewind' });
  await bar.waitFor({ timeout: 60_000 });
  const before = await position();
  await bar.focus();
  await page.keyboard.press('Home');
  await page.locator('[data-behind]').waitFor();
  await waitForFrames(page, 20);
  expect(await position()).toBeLessThan(before - 25);
  await page.getByRole('button', { name: 'Go live' }).click();
  await page.locator('[data-behind]').waitFor({ state: 'detached' });
  await waitForFrames(page, 20);
  expect(await position()).toBeGreaterThan(before);
  await page.locator('body').click({ position: { x: 5, y: 5 } });
  for (const key of ['j', 'j', 'ArrowLeft']) await page.keyboard.press(key);
  await page.locator('[data-behind]').waitFor();
  await page.keyboard.press('End');
  await page.locator('[data-behind]').waitFor({ state: 'detached' });
  expect(faults).toEqual([]);
});
