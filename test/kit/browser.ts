/** Debian's Chromium, one at a time, with a profile of its own and no calls home. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  // Each new page would warm another process up for a next one.
  '--disable-features=SpareRendererForSitePerProcess,AndroidSpareRenderer,WarmUpSpareRenderer',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: FLAGS });
}

/** A fresh device: own cookies, phone-sized unless told otherwise. Page errors and CSP violations are collected. */
export async function newDevice(browser: Browser, viewport = { width: 390, height: 844 }) {
  const context: BrowserContext = await browser.newContext({ viewport });
  const page: Page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) faults.push(message.text());
  });
  return { context, page, faults };
}

/** Watches the page's video frame by frame. `maxGapMs` is the longest time in which no new frame came on screen. */
export async function watchFrames(page: Page) {
  await page.evaluate(() => {
    const video = document.querySelector('video');
    if (!video) throw new Error('no video on the page');
    const seen = { frames: 0, lastAt: performance.now(), maxGapMs: 0, mediaTime: 0 };
    Object.assign(window, { seenFrames: seen });
    const next = (now: number, data: { mediaTime: number }) => {
      seen.maxGapMs = Math.max(seen.maxGapMs, now - seen.lastAt);
      seen.lastAt = now;
      seen.frames++;
      seen.mediaTime = data.mediaTime;
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  });
  type Seen = { frames: number; lastAt: number; maxGapMs: number; mediaTime: number };
  const read = () =>
    page.evaluate(() => {
      const seen = (window as unknown as { seenFrames: Seen }).seenFrames;
      return { ...seen, maxGapMs: Math.max(seen.maxGapMs, performance.now() - seen.lastAt) };
    });
  const reset = () =>
    page.evaluate(() => {
      const seen = (window as unknown as { seenFrames: Seen }).seenFrames;
      seen.maxGapMs = 0;
      seen.lastAt = performance.now();
    });
  return { read, reset };
}

/** Waits until at least `count` new frames came on screen. */
export async function waitForFrames(page: Page, count: number, timeoutMs = 30_000): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const video = document.querySelector('video');
      if (!video) return false;
      const state = window as unknown as { frameBase?: { video: Element; frames: number } };
      const now = video.getVideoPlaybackQuality().totalVideoFrames;
      if (state.frameBase?.video !== video || now < state.frameBase.frames) {
        state.frameBase = { video, frames: now };
      }
      if (now - state.frameBase.frames < wanted) return false;
      delete state.frameBase;
      return true;
    },
    count,
    { timeout: timeoutMs, polling: 100 },
  );
}
