/** Every state of the channel page and the list, as a visitor sees it: its sentence, its next step, accessible, no violation. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newDevice, startBrowser } from '../kit/browser.ts';
import { type Current, current, inHours, SHOW, withAccess } from './answers.ts';
import { buildPages, startMock } from './mock.ts';

let browser: Browser;
let pages: Awaited<ReturnType<typeof buildPages>>;
let mock: Awaited<ReturnType<typeof startMock>>;

beforeAll(async () => {
  pages = await buildPages();
  mock = await startMock(pages.folder);
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await mock?.stop();
  await pages?.remove();
});

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1440, height: 900 };

type Case = { name: string; answer: Current; cover: string; says: RegExp; field: boolean };
const CASES: Case[] = [
  {
    name: 'no show',
    answer: current({ state: 'none', showId: null }),
    cover: 'soon',
    says: /begins soon/,
    field: true,
  },
  {
    name: 'planned',
    answer: current({ state: 'scheduled', startsAt: inHours(2) }),
    cover: 'soon',
    says: /begins soon.*(1:59:\d\d|2:00:00)/s,
    field: true,
  },
  {
    name: 'planned, with a code',
    answer: withAccess({ state: 'scheduled', startsAt: inHours(2), hlsUrl: null }),
    cover: 'soon',
    says: /turns into the player by itself/,
    field: false,
  },
  { name: 'live, no code', answer: current(), cover: 'locked', says: /Live now/, field: true },
  { name: 'paused', answer: withAccess({ state: 'paused' }), cover: 'paused', says: /Intermission/, field: false },
  {
    name: 'reconnecting',
    answer: withAccess({ state: 'reconnecting', reconnectUntil: inHours(0.02) }),
    cover: 'reconnecting',
    says: /creator is reconnecting.*1:\d\d more/s,
    field: false,
  },
  {
    name: 'ended, code still good',
    answer: withAccess({ state: 'ended', hlsUrl: null }),
    cover: 'ended',
    says: /has ended.*still valid for 7:4\d:\d\d/s,
    field: false,
  },
  { name: 'ended, no code', answer: current({ state: 'ended' }), cover: 'ended', says: /has ended/, field: true },
  { name: 'expired', answer: current({ accessLost: 'expired' }), cover: 'expired', says: /has expired/, field: true },
  { name: 'revoked', answer: current({ accessLost: 'revoked' }), cover: 'revoked', says: /withdrawn/, field: true },
  {
    name: 'taken over',
    answer: current({ accessLost: 'taken_over' }),
    cover: 'taken_over',
    says: /now used on another device/,
    field: true,
  },
];

async function open(path: string, viewport = PHONE) {
  const device = await newDevice(browser, viewport);
  await device.page.goto(`${mock.origin}${path}`);
  return device;
}

async function expectAccessible(page: Awaited<ReturnType<typeof open>>['page']) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([]);
}

describe('the channel page says where things stand and what to do', () => {
  test.each(CASES)('$name', async ({ answer, cover, says, field }) => {
    mock.answers['GET /api/live-sessions/current'] = { body: answer };
    for (const viewport of [PHONE, DESK]) {
      const { page, context, faults } = await open('/c/demo', viewport);
      await page.locator(`[data-cover="${cover}"] p`).first().waitFor();
      expect(await page.locator('main').textContent()).toMatch(says);
      expect(await page.locator('#access-code').count()).toBe(field ? 1 : 0);
      if (answer.access) expect(await page.locator('[data-left]').textContent()).toMatch(/7 h 42 min left/);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBe(0);
      await expectAccessible(page);
      expect(faults).toEqual([]);
      await context.close();
    }
  });

  test('no such channel leads on to the list', async () => {
    mock.answers['GET /api/live-sessions/current'] = { status: 404, body: { code: 'channel.not_found', message: '' } };
    const { page, context } = await open('/c/nobody');
    await page.locator('[data-cover="not_found"]').first().waitFor();
    expect(await page.getByRole('link', { name: 'See all lives' }).getAttribute('href')).toBe('/streams');
    await expectAccessible(page);
    await context.close();
  });

  test('a server that is away is asked again without a hand', async () => {
    mock.answers['GET /api/live-sessions/current'] = { status: 503, body: { code: 'unavailable', message: '' } };
    const { page, context } = await open('/c/demo');
    await page.locator('[data-cover="unreachable"] button').waitFor();
    await expectAccessible(page);
    mock.answers['GET /api/live-sessions/current'] = { body: current() };
    await page.locator('[data-cover="locked"]').first().waitFor();
    await context.close();
  });
});

describe('the list', () => {
  const item = {
    id: SHOW,
    title: 'Late set',
    channel: { slug: 'demo', name: 'Mara Voss' },
    viewers: 7,
    startedAt: null,
  };
  const answerWith = (live: unknown[], scheduled: unknown[]) => {
    mock.answers['GET /api/streams'] = ({ query }) => ({ body: query.get('state') === 'live' ? live : scheduled });
  };

  test('shows who is live and who will be, and leads there', async () => {
    answerWith([{ ...item, state: 'live', startsAt: null }], [{ ...item, state: 'scheduled', startsAt: inHours(5) }]);
    const { page, context, faults } = await open('/streams');
    await page.getByText('Coming up').waitFor();
    expect(await page.locator('main a').first().getAttribute('href')).toBe('/c/demo');
    await expectAccessible(page);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('an empty one says so', async () => {
    answerWith([], []);
    const { page, context } = await open('/');
    await page.getByText('Nobody is live at the moment').waitFor();
    await expectAccessible(page);
    await context.close();
  });

  test('/live leads to the channel that is on, code and all', async () => {
    answerWith([{ ...item, state: 'live', startsAt: null }], []);
    mock.answers['GET /api/live-sessions/current'] = { body: current() };
    mock.answers['POST /api/access-codes/validate'] = { status: 404, body: { code: 'code.unknown', message: '' } };
    const { page, context } = await open('/live#code=PLI4F7K2M9QX');
    await page.waitForURL('**/c/demo');
    expect(await page.locator('#access-code').inputValue()).toBe('PLI 4F7 K2M 9QX');
    await context.close();
  });
});
