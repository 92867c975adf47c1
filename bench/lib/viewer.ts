/** A viewer in Chromium with an access code, whose screen is watched frame by frame. */
import type { Page } from 'playwright-core';
import { newDevice, startBrowser } from '../../test/kit/browser.ts';
import { enterCode } from '../../test/kit/channel-page.ts';
import { chooseQuality } from '../../test/kit/quality.ts';
import { watchScreen } from '../../test/kit/screen.ts';
import type { BenchInstall } from './bench-install.ts';

/** Wide enough for the source rendition. */
const VIEWPORT = { width: 1280, height: 800 };
const ENTER_LIMIT_MS = 20_000;

export type Viewer = {
  readonly page: Page;
  readonly screen: Awaited<ReturnType<typeof watchScreen>>;
  choose(which: 'highest' | 'lowest'): Promise<void>;
  stop(): Promise<void>;
};

/** Opens the channel's page and types the code; whether there is a show yet does not matter. */
export async function startViewer(install: BenchInstall): Promise<Viewer> {
  const browser = await startBrowser();
  try {
    const { page } = await newDevice(browser, VIEWPORT);
    const screen = await watchScreen(page);
    await page.goto(`${install.url}/c/${install.slug}`);
    await enterCode(page, install.accessCode);
    await page.locator('#access-code').waitFor({ state: 'detached', timeout: ENTER_LIMIT_MS });
    const choose = (which: 'highest' | 'lowest') => chooseQuality(page, screen, which);
    return { page, screen, choose, stop: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
