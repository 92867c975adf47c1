/** The built pages in a browser, before the stand-in server: set up once a test file, taken down after it. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { newDevice, startBrowser } from '../kit/browser.ts';
import { buildPages, startMock } from './mock.ts';

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };

type Mock = Awaited<ReturnType<typeof startMock>>;

/**
 * Registers the set-up with the test file that calls it; what it gives can be used from the first test on.
 * `hlsFolder` names playlists and segments to serve, where a test plays something.
 */
export function withPages(hlsFolder?: () => string) {
  const started: { browser?: Browser; mock?: Mock; remove?: () => Promise<void> } = {};
  const running = () => {
    const { browser, mock } = started;
    if (!browser || !mock) throw new Error('the pages are there from the first test on');
    return { browser, mock };
  };
  beforeAll(async () => {
    const pages = await buildPages();
    started.remove = pages.remove;
    started.mock = await startMock(pages.folder, hlsFolder?.());
    started.browser = await startBrowser();
  });
  afterAll(async () => {
    await started.browser?.close();
    await started.mock?.stop();
    await started.remove?.();
  });
  return {
    get mock() {
      return running().mock;
    },
    /** A new device at an address; `before` may prepare the page, e.g. its routes or clock. */
    async open(path: string, viewport = PHONE, before?: (page: Page) => Promise<unknown>) {
      const { browser, mock } = running();
      const device = await newDevice(browser, viewport);
      await before?.(device.page);
      await device.page.goto(`${mock.origin}${path}`);
      return device;
    },
  };
}

/** Fails with the rule and the first place of each violation. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([]);
}

/** Looks at the page again, which makes it ask the server at once instead of at its next turn. */
export const look = (page: Page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

/** Pixels by which the page is wider than the screen. */
export const overflowOf = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
