/** Every frame that a page shows, with the time at which it came, from before there is a video. */
import type { Page } from 'playwright-core';

/** Unix milliseconds, position in the video in seconds, height of the picture in pixels. */
export type Frame = { readonly atMs: number; readonly mediaTime: number; readonly height: number };

/** No longer time without a new frame counts as playing, milliseconds. */
const STALL_MS = 500;
/** Playing means that it goes on for so long, milliseconds. */
const STEADY_MS = 2000;
/** Only so many frames are kept. */
const KEPT = 20_000;

type Seen = { bornMs: number; frames: Frame[] };

/** Call it before the page is opened. */
export async function watchScreen(page: Page) {
  await page.addInitScript((kept) => {
    const seen: Seen = { bornMs: performance.timeOrigin, frames: [] };
    Object.assign(window, { screenSeen: seen });
    const known = new WeakSet<HTMLVideoElement>();
    const follow = (video: HTMLVideoElement) => {
      const next = (_now: number, data: { mediaTime: number; height: number }) => {
        seen.frames.push({ atMs: Date.now(), mediaTime: data.mediaTime, height: data.height });
        if (seen.frames.length > kept) seen.frames.splice(0, kept / 2);
        video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
    };
    const look = () => {
      for (const video of document.querySelectorAll('video')) {
        if (known.has(video)) continue;
        known.add(video);
        follow(video);
      }
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  }, KEPT);
  const framesSince = (sinceMs: number): Promise<Frame[]> =>
    page.evaluate(
      (since) => (window as unknown as { screenSeen: Seen }).screenSeen.frames.filter((frame) => frame.atMs >= since),
      sinceMs,
    );
  /** When the document was made: another value means that the page was loaded again. */
  const bornMs = (): Promise<number> =>
    page.evaluate(() => (window as unknown as { screenSeen: Seen }).screenSeen.bornMs);
  /** Waits until the picture plays on at or after `sinceMs`; returns its first frame. Throws after the deadline. */
  async function playing(sinceMs: number, timeoutMs: number): Promise<Frame> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const first = steadyFrom(await framesSince(sinceMs));
      if (first) return first;
      if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for a picture that plays on`);
      await page.waitForTimeout(200);
    }
  }
  return { framesSince, bornMs, playing };
}

/** The first frame after which new ones came without a stall for `STEADY_MS`; null where there is none. */
function steadyFrom(frames: readonly Frame[]): Frame | null {
  let first: Frame | undefined;
  let last: Frame | undefined;
  for (const frame of frames) {
    if (!first || !last || frame.atMs - last.atMs > STALL_MS) first = frame;
    if (frame.atMs - first.atMs >= STEADY_MS) return first;
    last = frame;
  }
  return null;
}

/** The longest time between two new frames, milliseconds. */
export function longestGap(frames: readonly Frame[]): number {
  let longest = 0;
  for (const [i, frame] of frames.entries()) {
    const before = frames[i - 1];
    if (before) longest = Math.max(longest, frame.atMs - before.atMs);
  }
  return longest;
}
