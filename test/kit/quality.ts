/** Chooses a rendition in the player's menu, as a viewer does, and waits until it is on screen. */
import type { Page } from 'playwright-core';
import type { watchScreen } from './screen.ts';
import { until } from './until.ts';

const MENU_LIMIT_MS = 10_000;
/** A transcoder that was just ended for being too slow rests for a while. */
const SWITCH_LIMIT_MS = 90_000;

export async function chooseQuality(
  page: Page,
  screen: Awaited<ReturnType<typeof watchScreen>>,
  which: 'highest' | 'lowest',
): Promise<void> {
  // The controls fade while nobody moves the pointer, so the clicks go to the elements themselves.
  const click = (element: Element) => (element as HTMLElement).click();
  const button = page.locator('button[aria-haspopup="menu"]');
  await button.waitFor({ state: 'attached', timeout: MENU_LIMIT_MS });
  await button.evaluate(click);
  const options = page.getByRole('menuitemradio', { includeHidden: true });
  await options.first().waitFor({ state: 'attached', timeout: MENU_LIMIT_MS });
  const heights = (await options.allTextContents()).map((text) => Number(/^(\d+)p/.exec(text)?.[1] ?? Number.NaN));
  const known = heights.filter((height) => !Number.isNaN(height));
  const wanted = which === 'highest' ? Math.max(...known) : Math.min(...known);
  await options.nth(heights.indexOf(wanted)).evaluate(click);
  await until(
    async () => (await screen.framesSince(Date.now() - 1000)).at(-1)?.height === wanted,
    `a picture of ${wanted} lines`,
    SWITCH_LIMIT_MS,
  );
}
