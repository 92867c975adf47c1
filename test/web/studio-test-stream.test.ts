/** A test stream from its explanation to its verdict, and what a channel decides about its shows. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { me, overview, SHOW, show, withAccess } from './answers.ts';
import { HEALTH, report } from './health-answers.ts';
import { startBroadcast } from './hls.ts';
import { expectAccessible, look, overflowOf, withPages } from './pages.ts';

const KEY = 'live_0123456789abcdefghjkmnpqrs';
const nothing = () => overview({ show: null, input: null, ingestState: null, refusals: [] });
const testing = (state: 'scheduled' | 'starting' | 'preview') =>
  show({ test: true, state, title: null, openedAt: null, light: null, viewers: 0, peakViewers: 0 });

let broadcast: Awaited<ReturnType<typeof startBroadcast>>;
beforeAll(async () => {
  broadcast = await startBroadcast();
});
afterAll(() => broadcast.stop());
const pages = withPages(() => broadcast.folder);

beforeEach(() => {
  pages.mock.answers['GET /api/studio/me'] = { body: me };
  pages.mock.answers['GET /api/access-codes'] = { body: [] };
  pages.mock.answers['GET /api/studio/overview'] = () => ({ body: nothing() });
});

test('a test stream: explained, set up, seen, judged, ended', async () => {
  const orders: unknown[] = [];
  pages.mock.answers['POST /api/live-sessions/start'] = ({ body }) => {
    orders.push(body);
    const waiting = testing('scheduled');
    pages.mock.answers['GET /api/studio/overview'] = () => ({ body: { ...nothing(), waitingTest: waiting } });
    return { body: { streamKey: KEY } };
  };
  const { page, context, faults } = await pages.open('/studio');
  await page.getByRole('button', { name: 'Test your stream' }).click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.textContent()).toMatch(/Only you can see it.*nobody is told.*ends by itself/);
  await expectAccessible(page);
  expect(orders).toEqual([]);
  await dialog.getByRole('button', { name: 'Start the test' }).click();

  const card = page.locator('[data-test="scheduled"]');
  await card.getByText('Start streaming in your encoder now').waitFor();
  expect(orders).toEqual([{ channel: 'demo', test: true }]);
  expect(await card.getByLabel('Stream key').inputValue()).toBe(KEY);
  expect(await card.getByLabel('Server URL').inputValue()).toMatch(/^rtmp:/);
  expect(await page.getByRole('button', { name: 'Go live' }).count()).toBe(0);

  pages.mock.answers['GET /api/live-sessions/current'] = { body: withAccess({ state: 'preview', test: true }) };
  pages.mock.answers['GET /api/studio/overview'] = () => ({ body: overview({ show: testing('preview') }) });
  pages.mock.answers[HEALTH] = () => ({ body: report({}, 27) });
  await look(page);
  await page.locator('[data-preview="playing"]').waitFor({ timeout: 20_000 });
  expect(await page.locator('video').evaluate((video: HTMLVideoElement) => video.muted)).toBe(true);
  expect(await page.locator('[data-verdict="measuring"]').textContent()).toMatch(/[1-4] s more/);
  // The key was for the encoder; it does not stay on the page beside the picture.
  expect(await page.content()).not.toContain(KEY);

  pages.mock.answers[HEALTH] = () => ({ body: report({ light: 'red', advices: ['silent_audio'] }, 60) });
  await page.locator('[data-verdict="not_yet"]').waitFor();
  expect(await page.locator('[data-verdict]').textContent()).toMatch(/Not ready yet.*the sound is silent/);
  pages.mock.answers[HEALTH] = () => ({ body: report({}, 60) });
  await page.locator('[data-verdict="ready"]').waitFor();
  await expectAccessible(page);
  expect(await overflowOf(page)).toBe(0);

  pages.mock.answers['POST /api/live-sessions/end'] = ({ body }) => {
    orders.push(body);
    pages.mock.answers['GET /api/studio/overview'] = () => ({ body: nothing() });
    return { body: testing('preview') };
  };
  await page.getByRole('button', { name: 'End test' }).click();
  await page.getByRole('button', { name: 'Plan a show' }).waitFor();
  expect(orders.at(-1)).toEqual({ sessionId: SHOW });
  expect(faults).toEqual([]);
  await context.close();
});

test('a test that no encoder has joined is cancelled, not ended', async () => {
  const waiting = testing('scheduled');
  pages.mock.answers['GET /api/studio/overview'] = () => ({ body: { ...nothing(), waitingTest: waiting } });
  let cancelled: unknown;
  pages.mock.answers['POST /api/live-sessions/cancel'] = ({ body }) => {
    cancelled = body;
    return { body: waiting };
  };
  const { page, context } = await pages.open('/studio');
  await page.getByText('Any of your keys leads into the test').waitFor();
  await page.getByRole('button', { name: 'End test' }).click();
  await expect.poll(() => cancelled).toEqual({ sessionId: SHOW });
  await context.close();
});

test('rewind, recording and picture are chosen in the settings; a value that the page does not offer is kept', async () => {
  const set = { ...overview().channel, windowSeconds: 1234 };
  pages.mock.answers['GET /api/studio/overview'] = () => ({ body: { ...nothing(), channel: set } });
  const saved: unknown[] = [];
  pages.mock.answers['PATCH /api/channels/demo'] = ({ body }) => {
    saved.push(body);
    return { body: set };
  };
  const { page, context } = await pages.open('/studio');
  const rewind = page.getByLabel('Viewers can rewind by');
  await rewind.waitFor();
  expect(await rewind.locator('option').allInnerTexts()).toEqual([
    'As the server is set',
    'Off: live only',
    '1 minute',
    '5 minutes',
    '15 minutes',
    '1234 seconds',
    '30 minutes',
    '1 hour',
    '2 hours',
    '4 hours',
  ]);
  const save = page.getByRole('button', { name: 'Save' });
  await save.click();
  await expect.poll(() => saved.length).toBe(1);
  expect(saved[0]).toMatchObject({ windowSeconds: 1234, recordShows: true, publicThumbnail: true });
  await rewind.selectOption('4 hours');
  await page.getByLabel('Record my shows').uncheck();
  await page.getByLabel('Show a picture of the running show').uncheck();
  await save.click();
  await expect.poll(() => saved.length).toBe(2);
  expect(saved[1]).toMatchObject({ windowSeconds: 14_400, recordShows: false, publicThumbnail: false });
  await rewind.selectOption('As the server is set');
  await save.click();
  await expect.poll(() => saved.length).toBe(3);
  expect(saved[2]).toMatchObject({ windowSeconds: null });
  await context.close();
});
