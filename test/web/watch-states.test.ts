/** Every state of the channel page, as a visitor sees it: its sentence, its next step, accessible, no violation. */
import { describe, expect, test } from 'vitest';
import { type Current, current, inHours, withAccess } from './answers.ts';
import { DESK, expectAccessible, overflowOf, PHONE, withPages } from './pages.ts';

const pages = withPages();

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

describe('the channel page says where things stand and what to do', () => {
  test.each(CASES)('$name', async ({ answer, cover, says, field }) => {
    pages.mock.answers['GET /api/live-sessions/current'] = { body: answer };
    for (const viewport of [PHONE, DESK]) {
      const { page, context, faults } = await pages.open('/c/demo', viewport);
      await page.locator(`[data-cover="${cover}"] p`).first().waitFor();
      expect(await page.locator('main').textContent()).toMatch(says);
      expect(await page.locator('#access-code').count()).toBe(field ? 1 : 0);
      if (answer.access) expect(await page.locator('[data-left]').textContent()).toMatch(/7 h 42 min left/);
      expect(await overflowOf(page)).toBe(0);
      await expectAccessible(page);
      expect(faults).toEqual([]);
      await context.close();
    }
  });

  test('no such channel leads on to the list', async () => {
    pages.mock.answers['GET /api/live-sessions/current'] = {
      status: 404,
      body: { code: 'channel.not_found', message: '' },
    };
    const { page, context } = await pages.open('/c/nobody');
    await page.locator('[data-cover="not_found"]').first().waitFor();
    expect(await page.getByRole('link', { name: 'See all lives' }).getAttribute('href')).toBe('/streams');
    await expectAccessible(page);
    await context.close();
  });

  test('a server that is away is asked again without a hand', async () => {
    pages.mock.answers['GET /api/live-sessions/current'] = { status: 503, body: { code: 'unavailable', message: '' } };
    const { page, context } = await pages.open('/c/demo');
    await page.locator('[data-cover="unreachable"] main button').waitFor();
    await expectAccessible(page);
    pages.mock.answers['GET /api/live-sessions/current'] = { body: current() };
    await page.locator('[data-cover="locked"]').first().waitFor();
    await context.close();
  });
});
