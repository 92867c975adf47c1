/** The list of shows and the bell: found, held again, cancelled; notices that come by themselves; accessible. */
import { beforeEach, expect, test } from 'vitest';
import type { ShowFigures, studioDashboard } from '#contract/earnings.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import { ShowId } from '#contract/ids.ts';
import { inHours, me, overview, SHOW } from './answers.ts';
import { DESK, expectAccessible, overflowOf, PHONE, withPages } from './pages.ts';
import { notice, shop } from './shop-answers.ts';

const figures = (change: Partial<ShowFigures> = {}): ShowFigures => ({
  showId: SHOW,
  state: 'scheduled',
  title: 'Night of loops',
  location: 'Cluj',
  startsAt: inHours(20),
  startedAt: null,
  endedAt: null,
  createdAt: inHours(-2),
  viewers: 0,
  peakViewers: 0,
  viewerLimit: 30,
  ticketPrice: 500,
  ticketsSold: 12,
  revenue: [{ currency: 'TOKEN', gross: 6000, own: 4800 }],
  ...change,
});
const ended = figures({
  showId: ShowId.parse('shw_1123456789abcdefghjkmnpqrs'),
  state: 'ended',
  title: 'Late set',
  peakViewers: 57,
  ticketPrice: null,
  ticketsSold: 0,
  revenue: [],
});
const dashboard = (shows: ShowFigures[]): ReplyOf<typeof studioDashboard> => ({
  channel: 'demo',
  total: shows.length,
  pages: 1,
  shows,
  counts: { scheduled: 1, running: 0, ended: 1, cancelled: 0 },
  revenue30Days: [{ currency: 'eur', gross: 17_982, own: 14_400 }],
});

const pages = withPages();
beforeEach(() => {
  pages.mock.answers['GET /api/studio/me'] = { body: me };
  pages.mock.answers['GET /api/studio/overview'] = () => ({ body: overview({ show: null }) });
  pages.mock.answers['GET /api/shop'] = { body: shop() };
  pages.mock.answers['GET /api/studio/dashboard'] = { body: dashboard([figures(), ended]) };
  pages.mock.answers['GET /api/notices'] = { body: { notices: [notice(1, { path: null })], unread: 1, next: null } };
});

test('shows are found by words, state and order, and have their figures', async () => {
  const asked: string[] = [];
  pages.mock.answers['GET /api/studio/dashboard'] = ({ query }) => {
    asked.push(String(query));
    return { body: dashboard(query.get('search') === 'nothing' ? [] : [figures(), ended]) };
  };
  for (const viewport of [PHONE, DESK]) {
    const { page, context, faults } = await pages.open('/studio/shows', viewport);
    await page.getByText('12 of 30').waitFor();
    await page.getByText('6,000 tokens').waitFor();
    await page.getByText('Last 30 days: €179.82 sold, €144.00 yours').waitFor();
    expect(await overflowOf(page)).toBe(0);
    await expectAccessible(page);
    await page.getByLabel('State').selectOption('ended');
    await page.getByLabel('Order').selectOption('viewers');
    await page.getByLabel('Search title or place').fill('nothing');
    await page.getByText('No show fits.').waitFor();
    expect(asked.at(-1)).toBe('channel=demo&state=ended&sort=viewers&page=1&search=nothing');
    expect(faults).toEqual([]);
    await context.close();
  }
});

test('a copy has all but the time; cancelling names the refunds and is ordered once', async () => {
  const sent: unknown[] = [];
  pages.mock.answers['POST /api/live-sessions/cancel'] = ({ body }) => {
    sent.push(body);
    pages.mock.answers['GET /api/studio/dashboard'] = { body: dashboard([ended]) };
    return { body: {} };
  };
  const { page, context, faults } = await pages.open('/studio/shows');
  await page.getByRole('button', { name: 'Duplicate “Night of loops”' }).click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.getByLabel('Title').inputValue()).toBe('Night of loops');
  expect(await dialog.getByLabel('Begins at').inputValue()).toBe('');
  expect(await dialog.getByLabel('Ticket price, tokens').inputValue()).toBe('500');
  expect(await dialog.getByLabel('Seats').inputValue()).toBe('30');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Cancel “Night of loops”' }).click();
  await dialog.getByText('12 tickets are refunded at once').waitFor();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Cancel show' }).dblclick();
  await page.locator('[data-listed="scheduled"]').waitFor({ state: 'detached' });
  expect(sent).toEqual([{ sessionId: SHOW }]);
  expect(faults).toEqual([]);
  await context.close();
});

test('the bell counts what is unread, hears of more, and is quiet once read', async () => {
  pages.mock.answers['POST /api/notices/read'] = ({ body }) => {
    expect(body).toEqual({ all: true });
    return { body: { unread: 0 } };
  };
  const { page, context, faults } = await pages.open('/studio/shows');
  await page.locator('[data-unread="1"]').waitFor();
  const more = notice(2, { title: 'A tip of 50 tokens from Eve', path: null });
  await expect
    .poll(async () => {
      pages.mock.emit('notice:new', { notice: more, unread: 2 });
      return page.locator('[data-unread="2"]').count();
    })
    .toBe(1);
  pages.mock.answers['GET /api/notices'] = { body: { notices: [more, notice(1)], unread: 2, next: null } };
  await page.getByRole('button', { name: 'Notices, 2 unread' }).click();
  await page.getByText('A tip of 50 tokens from Eve').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Mark all as read' }).click();
  await page.locator('[data-unread]').waitFor({ state: 'detached' });
  expect(await page.locator('[data-notice="new"]').count()).toBe(0);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Notices, 0 unread' }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});
