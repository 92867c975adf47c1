/** Reads the clock off a playing video in Chromium: what the viewer sees now, against the time now. */
import type { Page } from 'playwright-core';
import { PICTURE } from './picture.ts';

export type Sample = {
  /** Time at the reading minus the time in the picture, milliseconds. */
  readonly lagMs: number;
  /** Time in the picture, Unix milliseconds. */
  readonly shownMs: number;
  /** The video element's own position, seconds. */
  readonly position: number;
};

type ReaderState = { samples: Sample[]; unread: number; timer: ReturnType<typeof setInterval> };

/** Looks at the page's first video every `everyMs` milliseconds until `collect` is called. */
export async function startReading(page: Page, everyMs: number): Promise<void> {
  await page.evaluate(
    ({ picture, everyMs }) => {
      const video = document.querySelector('video');
      if (!video) throw new Error('no video on the page');
      const { width, height, columns, rows, cell } = picture;
      const canvas = document.createElement('canvas');
      canvas.width = width / 4;
      canvas.height = height / 4;
      const pen = canvas.getContext('2d', { willReadFrequently: true });
      if (!pen) throw new Error('no canvas');
      const bit = (pixels: Uint8ClampedArray, index: number) => {
        const x = ((index % columns) * cell + cell / 2) / 4;
        const y = (Math.floor(index / columns) * cell + cell / 2) / 4;
        return (pixels[(y * canvas.width + x) * 4] ?? 0) > 127 ? 1 : 0;
      };
      const shown = (): number | null => {
        pen.drawImage(video, 0, 0, canvas.width, canvas.height);
        const pixels = pen.getImageData(0, 0, canvas.width, (rows * cell) / 4).data;
        let time = 0;
        let check = 0;
        for (let i = 0; i < 48; i++) time = time * 2 + bit(pixels, i);
        for (let i = 48; i < 64; i++) check = check * 2 + bit(pixels, i);
        return check === ((Math.imul(time >>> 0, 0x9e3779b1) >>> 16) & 0xffff) ? time : null;
      };
      const state: ReaderState = {
        samples: [],
        unread: 0,
        timer: setInterval(() => {
          const now = Date.now();
          const time = shown();
          if (time === null) state.unread++;
          else state.samples.push({ lagMs: now - time, shownMs: time, position: video.currentTime });
        }, everyMs),
      };
      Object.assign(window, { clockReader: state });
    },
    { picture: PICTURE, everyMs },
  );
}

/** Stops looking and returns what was read. */
export function collect(page: Page): Promise<{ samples: Sample[]; unread: number; dropped: number }> {
  return page.evaluate(() => {
    const { clockReader } = window as unknown as { clockReader: ReaderState };
    clearInterval(clockReader.timer);
    const quality = document.querySelector('video')?.getVideoPlaybackQuality();
    return { samples: clockReader.samples, unread: clockReader.unread, dropped: quality?.droppedVideoFrames ?? 0 };
  });
}
