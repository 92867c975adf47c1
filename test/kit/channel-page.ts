/** What a viewer does on a channel's page, for tests that watch as one. */

import type { Page } from 'playwright-core';
import { waitForFrames } from './browser.ts';

export async function enterCode(page: Page, code: string): Promise<void> {
  await page.locator('#access-code').fill(code);
  await page.locator('form button[type=submit]').click();
}

/** Opens a channel, types the code and waits for a moving picture. */
export async function openAndWatch(page: Page, url: string, slug: string, code: string): Promise<void> {
  await page.goto(`${url}/c/${slug}`);
  await enterCode(page, code);
  await waitForFrames(page, 30, 60_000);
}

/** The sentence that the page shows for a code it does not take. */
export async function problemWith(page: Page, code: string): Promise<string> {
  await enterCode(page, code);
  const alert = page.locator('form [role=alert]');
  await alert.waitFor({ timeout: 15_000 });
  return (await alert.textContent()) ?? '';
}

/** Waits until the page lays this over the picture; `none`: the picture is free. */
export async function expectCover(page: Page, cover: string, timeoutMs = 30_000): Promise<void> {
  await page.locator(`[data-state][data-cover="${cover}"]`).waitFor({ timeout: timeoutMs, state: 'attached' });
}
