/** The list of shows and the bell: found, changed, held again, cancelled, deleted; notices that come by themselves; accessible. */
import { beforeEach, expect, test } from 'vitest';
import type { ShowFigures, studioDashboard } from '#contract/earnings.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import { ShowId } from '#contract/ids.ts';
import { inHours, me, overview, SHOW, show } from './answers.ts';
import { DESK, expectAccessible, overflowOf, PHONE, withPages } from './pages.ts';
import { notice, shop } from './shop-answers.ts';

const figures = (change: Partial<ShowFigures> = {}): ShowFigures => ({
  showId: SHOW,
  state: 'scheduled',
  title: 'Night of loops',
  location: 'Cluj',
  estimatedDuration: 90,
  audience: ['code', 'ticket'],
  startsAt: inHours(20),
  startedAt: null,
  endedAt: null,
  createdAt: inHours(-2),
  viewers: 0,
  peakViewers: 0,
  viewerLimit: 30,
  ticketPrice: 500,
  ticketsSold: 12,
  refundTokens: 6000,
  deletable: false,
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
  refundTokens: 0,
  audience: ['code'],
  revenue: [],
});
/** Nothing is sold for it yet. */
const fresh = figures({
  showId: ShowId.parse('shw_2123456789abcdefghjkmnpqrs'),
  title: 'Fresh',
  location: null,
  estimatedDuration: null,
  ticketsSold: 0,
  refundTokens: 0,
  deletable: true,
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
  expect(await dialog.getByLabel('Minutes').inputValue()).toBe('90');
  expect(await dialog.getByLabel('Place').inputValue()).toBe('Cluj');
  expect(await dialog.getByLabel('Holders of a code').isChecked()).toBe(true);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Cancel “Night of loops”' }).click();
  await dialog.getByText('12 tickets are refunded at once, in full: 6,000 tokens go back').waitFor();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Cancel show' }).dblclick();
  await page.locator('[data-listed="scheduled"]').waitFor({ state: 'detached' });
  await page.getByText('“Night of loops” is cancelled. 12 tickets are refunded: 6,000 tokens.').waitFor();
  // The button that had the focus is gone with its row: the reader goes on at what was said.
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('status');
  expect(sent).toEqual([{ sessionId: SHOW }]);
  expect(faults).toEqual([]);
  await context.close();
});

test('edited: what was changed is sent and nothing else; what sold tickets fix is said and cannot be touched', async () => {
  const sent: unknown[] = [];
  pages.mock.answers[`PATCH /api/streams/${SHOW}`] = ({ body }) => {
    sent.push(body);
    if (sent.length > 1) return { body: {} };
    return { status: 409, body: { code: 'show.seats_sold', message: 'More tickets than that are sold already.' } };
  };
  const { page, context, faults } = await pages.open('/studio/shows');
  await page.getByRole('button', { name: 'Edit “Night of loops”' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit “Night of loops”' });
  await dialog.getByText('12 tickets are sold, so the time').waitFor();
  expect(await dialog.getByLabel('Begins at').count()).toBe(0);
  expect(await dialog.getByLabel('Ticket holders').count()).toBe(0);
  await dialog.getByText('A new price is for tickets sold from now on.').waitFor();
  await dialog.getByLabel('Seats').fill('11');
  await dialog.getByLabel('Minutes').fill('a lot');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('At least 12: so many tickets are sold.').waitFor();
  await dialog.getByText('Type a whole number from 1 to 1,440').waitFor();
  await expectAccessible(page);
  expect(await overflowOf(page)).toBe(0);
  expect(sent).toEqual([]);
  await dialog.getByLabel('Seats').fill('12');
  await dialog.getByLabel('Minutes').fill('');
  await dialog.getByLabel('Title').fill(' Longer night ');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('More tickets than that are sold already.').waitFor();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  const changes = { title: 'Longer night', estimatedDuration: null, viewerLimit: 12 };
  expect(sent).toEqual([changes, changes]);
  await page.getByText('“Night of loops” is changed.').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test('an unsold show can be moved, can cease to sell tickets, and is deleted after a question', async () => {
  const sent: unknown[] = [];
  const answers = pages.mock.answers;
  answers['GET /api/studio/dashboard'] = { body: dashboard([fresh, ended]) };
  answers[`PATCH /api/streams/${fresh.showId}`] = ({ body }) => {
    sent.push(body);
    return { body: {} };
  };
  answers[`DELETE /api/streams/${fresh.showId}`] = () => {
    sent.push('deleted');
    if (sent.length < 3) return { status: 409, body: { code: 'show.cancel_instead', message: 'Cancel it instead.' } };
    answers['GET /api/studio/dashboard'] = { body: dashboard([ended]) };
    return { body: { id: fresh.showId, deleted: true } };
  };
  const { page, context, faults } = await pages.open('/studio/shows', DESK);
  await page.getByRole('button', { name: 'Duplicate “Late set”' }).waitFor();
  expect(await page.getByRole('button', { name: 'Delete “Late set”' }).count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Edit “Late set”' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Edit “Fresh”' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Begins at').fill('');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('A planned show needs a time.').waitFor();
  await dialog.getByLabel('Begins at').fill('2001-01-02T20:00');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('This time has passed.').waitFor();
  await dialog.getByLabel('Begins at').fill('2099-01-02T20:00');
  await dialog.getByLabel('Ticket holders').uncheck();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(sent).toEqual([
    { startsAt: new Date('2099-01-02T20:00').toISOString(), ticketPrice: null, audience: ['code'] },
  ]);
  await page.getByRole('button', { name: 'Delete “Fresh”' }).click();
  await dialog.getByText('It never ran and nothing was sold for it').waitFor();
  await expectAccessible(page);
  // A ticket was sold in the meantime: the reason stands in the question, and nothing is gone.
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByText('Cancel it instead.').waitFor();
  await dialog.getByRole('button', { name: 'Delete' }).dblclick();
  await page.getByText('“Fresh” is deleted.').waitFor();
  await page.locator('[data-listed="scheduled"]').waitFor({ state: 'detached' });
  expect(sent.slice(1)).toEqual(['deleted', 'deleted']);
  expect(faults).toEqual([]);
  await context.close();
});

test('the way to the broadcast is offered where there is one: what runs, else the next to come', async () => {
  const upcoming = [show({ state: 'scheduled' })];
  pages.mock.answers['GET /api/studio/overview'] = () => ({ body: overview({ show: null, upcoming }) });
  pages.mock.answers['GET /api/studio/dashboard'] = { body: dashboard([figures(), fresh, ended]) };
  pages.mock.answers['GET /api/access-codes'] = { body: [] };
  const { page, context } = await pages.open('/studio/shows');
  const go = page.getByRole('button', { name: 'Go to the broadcast of “Night of loops”' });
  await go.waitFor();
  expect(await page.getByRole('button', { name: /^Go to the broadcast/ }).count()).toBe(1);
  await go.click();
  await page.waitForURL('**/studio');
  await page.locator('[data-show="scheduled"]').waitFor();
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
  pages.mock.answers['GET /api/notices'] = { body: { notices: [more, notice(1)], unread: 2, next: null } };
  await expect
    .poll(async () => {
      pages.mock.emit('notice:new', { notice: more, unread: 2 });
      return page.locator('[data-unread="2"]').count();
    })
    .toBe(1);
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
