/** The public list: who is live and who will be, with a picture where there is one, and never a jump. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { current, inHours, SHOW } from './answers.ts';
import { DESK, expectAccessible, overflowOf, PHONE, withPages } from './pages.ts';

const pages = withPages();

const item = {
  id: SHOW,
  title: 'Late set',
  channel: { slug: 'demo', name: 'Mara Voss' },
  viewers: 7,
  startedAt: null,
  thumbnail: null as string | null,
  audience: ['code'],
  ticketPrice: null,
};
const live = { ...item, state: 'live', startsAt: null };

function answerWith(running: unknown[], scheduled: unknown[]) {
  pages.mock.answers['GET /api/streams'] = ({ query }) => ({
    body: query.get('state') === 'live' ? running : scheduled,
  });
}

/** A picture by its number in the address; number 404 is gone, as an address that has expired. */
const pictures = (page: Page) =>
  page.route('**/media/**', async (route) => {
    if (route.request().url().includes('404')) return route.fulfill({ status: 403 });
    const body =
      '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360"/></svg>';
    return route.fulfill({ body, contentType: 'image/svg+xml' });
  });
const address = (number: number) => `/media/${SHOW}/${number}.jpg?e=1&s=a`;

test('shows who is live and who will be, and leads there', async () => {
  answerWith([live], [{ ...item, id: `${SHOW}2`, state: 'scheduled', startsAt: inHours(5), ticketPrice: 400 }]);
  for (const viewport of [PHONE, DESK]) {
    const { page, context, faults } = await pages.open('/streams', viewport);
    await page.getByText('Coming up').waitFor();
    await page.getByText('Ticket 400 tokens').waitFor();
    expect(await page.locator('main a').first().getAttribute('href')).toBe('/c/demo');
    expect(await overflowOf(page)).toBe(0);
    if (viewport === PHONE) await expectAccessible(page);
    expect(faults).toEqual([]);
    await context.close();
  }
});

test('an empty one says so', async () => {
  answerWith([], []);
  const { page, context } = await pages.open('/');
  await page.getByText('Nobody is live at the moment').waitFor();
  await expectAccessible(page);
  await context.close();
});

test('/live leads to the channel that is on, code and all', async () => {
  answerWith([live], []);
  pages.mock.answers['GET /api/live-sessions/current'] = { body: current() };
  pages.mock.answers['POST /api/access-codes/validate'] = { status: 404, body: { code: 'code.unknown', message: '' } };
  const { page, context } = await pages.open('/live#code=PLI4F7K2M9QX');
  await page.waitForURL('**/c/demo');
  expect(await page.locator('#access-code').inputValue()).toBe('PLI 4F7 K2M 9QX');
  await context.close();
});

test('a live picture comes without moving anything, is refreshed, and outlives an address that expired', async () => {
  answerWith([live, { ...live, id: `${SHOW}2`, thumbnail: address(404) }], []);
  const { page, context, faults } = await pages.open('/streams', PHONE, async (opened) => {
    await opened.clock.install();
    await pictures(opened);
  });
  const boxes = () =>
    page.locator('main a').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()));
  await page.getByText('Late set').first().waitFor();
  const before = await boxes();
  expect(await page.locator('main img').count()).toBe(0);

  const picture = page.getByRole('img', { name: 'Picture of Mara Voss’s live a moment ago' });
  const next = async (number: number) => {
    answerWith(
      [
        { ...live, thumbnail: address(number) },
        { ...live, id: `${SHOW}2`, thumbnail: address(404) },
      ],
      [],
    );
    const asked = page.waitForResponse((response) => response.url().includes('state=scheduled'));
    await page.clock.runFor(13_000);
    await asked;
  };
  await next(1);
  await picture.waitFor();
  expect(await picture.getAttribute('src')).toBe(address(1));
  expect(await boxes()).toEqual(before);
  await next(2);
  await expect.poll(() => picture.getAttribute('src')).toBe(address(2));
  // The newest address has expired before it was fetched: the picture before it stays.
  const refused = page.waitForResponse((response) => response.url().includes('404.jpg?again'));
  answerWith([{ ...live, thumbnail: `/media/${SHOW}/404.jpg?again` }], []);
  await page.clock.runFor(13_000);
  await refused;
  expect(await picture.getAttribute('src')).toBe(address(2));
  await expectAccessible(page);
  // No picture any more, e.g. because the creator switched it off: the placeholder is back.
  answerWith([live], []);
  await page.clock.runFor(13_000);
  await picture.waitFor({ state: 'detached' });
  expect(faults).toEqual([]);
  await context.close();
});
