/** The health card as a creator sees it: what is wrong and where to click, figures, history, and what happens when they stop. */
import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { inHours, me, overview, show } from './answers.ts';
import { HEALTH, input, type Report, report, sample } from './health-answers.ts';
import { DESK, expectAccessible, overflowOf, PHONE, withPages } from './pages.ts';

const pages = withPages();

beforeEach(() => {
  pages.mock.answers['GET /api/studio/me'] = { body: me };
  pages.mock.answers['GET /api/access-codes'] = { body: [] };
  pages.mock.answers['GET /api/studio/overview'] = () => ({ body: overview({ refusals: [] }) });
  pages.mock.answers[HEALTH] = () => ({ body: report() });
});

/** Axes alone have none of these; a line over a third of the narrowest drawing has more. */
const LINE_PIXELS = 80;

const card = (page: Page) => page.getByRole('region', { name: 'Stream health' });

/** Pixels of a drawing that carry the line's colour. */
const drawnPixels = (page: Page, series: string) =>
  page.locator(`[data-series="${series}"] canvas`).evaluate((element) => {
    if (!(element instanceof HTMLCanvasElement)) return 0;
    const { data } = element.getContext('2d')?.getImageData(0, 0, element.width, element.height) ?? { data: [] };
    let count = 0;
    for (let at = 0; at < data.length; at += 4) if (Number(data[at]) > 200 && Number(data[at + 2]) < 120) count++;
    return count;
  });

test('three advices stand in order, each with the exact place in OBS and on the phone', async () => {
  const advices: Report['now']['advices'] = ['upload_slow', 'keyframe_interval', 'machine_slow'];
  pages.mock.answers[HEALTH] = () => ({
    body: report({ light: 'red', advices, input: input({ keyframeIntervalMs: 8333, behindMs: 4200 }) }),
  });
  for (const viewport of [PHONE, DESK]) {
    const { page, context, faults } = await pages.open('/studio', viewport);
    await card(page).getByText('Poor').waitFor();
    expect(await page.locator('[data-advice]').evaluateAll((all) => all.map((one) => one.dataset['advice']))).toEqual(
      advices,
    );
    const keyframes = (await page.locator('[data-advice="keyframe_interval"]').textContent()) ?? '';
    expect(keyframes).toMatch(/Keyframes come every 8\.3\s*s/);
    expect(keyframes).toMatch(/In OBS.*Settings → Output.*Keyframe Interval 2 s/);
    expect(keyframes).toMatch(/In Streamlabs Mobile.*keyframe interval 2 s/);
    expect(await page.locator('[data-advice="machine_slow"]').textContent()).toMatch(/tell the operator/);
    expect(await overflowOf(page)).toBe(0);
    if (viewport === PHONE) await expectAccessible(page);
    expect(faults).toEqual([]);
    await context.close();
  }
});

test('an encoder that was turned away leaves its advice, without figures', async () => {
  pages.mock.answers[HEALTH] = () => ({ body: report({ light: 'red', advices: ['wrong_codec'], input: null }, 0) });
  const { page, context } = await pages.open('/studio');
  const advice = page.locator('[data-advice="wrong_codec"]');
  await advice.waitFor();
  expect(await advice.textContent()).toMatch(/Video Encoder x264.*Audio Encoder AAC/);
  await card(page).getByText('Poor').waitFor();
  expect(await card(page).getByText('Frames per second').count()).toBe(0);
  await context.close();
});

test('a clean stream is green and has no advice; its figures and its history are there, drawn, in words and as a table', async () => {
  const { page, context, faults } = await pages.open('/studio', DESK);
  await card(page).getByText('Good').waitFor();
  expect(await page.locator('[data-advice]').count()).toBe(0);
  for (const figure of [
    '5,840 kb/s',
    '29.9 of 30',
    '1920 × 1080',
    'OBS 31.0.1',
    '40 devices are watching',
    'off, server is busy',
  ])
    await card(page).getByText(figure).waitFor();
  for (const series of ['kilobitsPerSecond', 'fps', 'behindMs']) {
    await page.locator(`[data-series="${series}"] canvas`).waitFor();
    expect(await drawnPixels(page, series)).toBeGreaterThan(LINE_PIXELS);
  }
  await page.getByRole('img', { name: /Frames per second, last ten minutes: now 30, lowest 30, highest 30/ }).waitFor();
  await page.getByText('Show as a table').click();
  expect(await page.getByRole('rowheader', { name: 'This minute' }).count()).toBe(1);
  await expectAccessible(page);
  expect(faults).toEqual([]);
  await context.close();
});

test('the history is asked for by what is newer, and not at all while nobody looks', async () => {
  const sinces: number[] = [];
  /** What each answer ended with, which is what the next question must begin with. */
  const due = [0];
  pages.mock.answers[HEALTH] = ({ query }) => {
    sinces.push(Number(query.get('since')));
    const body = report({}, 2);
    due.push(body.history.at(-1)?.atMs ?? 0);
    return { body };
  };
  const { page, context } = await pages.open('/studio');
  await expect.poll(() => sinces.length, { timeout: 10_000 }).toBeGreaterThan(2);
  expect(sinces).toEqual(due.slice(0, sinces.length));
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', {
      get: () => Object.hasOwn(window, 'seen') === false,
      configurable: true,
    });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  const whenHidden = sinces.length;
  // Twice the pace at which a page that is looked at asks.
  await page.waitForTimeout(2200);
  expect(sinces.length - whenHidden).toBeLessThan(2);
  const beforeSeen = sinces.length;
  await page.evaluate(() => {
    Object.assign(window, { seen: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await expect.poll(() => sinces.length, { timeout: 10_000 }).toBeGreaterThan(beforeSeen);
  await context.close();
});

test('media away: old figures stay and are called old; its return clears that', async () => {
  const { page, context } = await pages.open('/studio');
  await card(page).getByText('Good').waitFor();
  pages.mock.answers[HEALTH] = { status: 503, body: { code: 'unavailable', message: '' } };
  await card(page).getByText('those you see are old').waitFor();
  await card(page).getByText('1920 × 1080').waitFor();
  pages.mock.answers[HEALTH] = () => ({ body: report() });
  await card(page).getByText('those you see are old').waitFor({ state: 'detached' });
  await context.close();
});

test('while reconnecting the history stays, with since when the encoder is gone', async () => {
  const lost = show({ state: 'reconnecting', reconnectUntil: inHours(0.02) });
  pages.mock.answers['GET /api/studio/overview'] = () => ({
    body: overview({ show: lost, ingestState: 'lost', refusals: [] }),
  });
  pages.mock.answers[HEALTH] = () => {
    const body = report({ input: null, light: 'red' });
    const silent = { kilobitsPerSecond: null, fps: null, behindMs: null, speed: null };
    return { body: { ...body, history: body.history.map((one, at) => (at < 235 ? one : sample(one.atMs, silent))) } };
  };
  const { page, context } = await pages.open('/studio');
  await card(page)
    .getByText(/gone since .* \(1:05\)/)
    .waitFor();
  await card(page).getByText('No signal').waitFor();
  expect(await card(page).getByText('1920 × 1080').count()).toBe(0);
  await page.getByRole('img', { name: /Bitrate, kb\/s, last ten minutes: now nothing/ }).waitFor();
  await page.locator('[data-series="fps"] canvas').waitFor();
  expect(await drawnPixels(page, 'fps')).toBeGreaterThan(LINE_PIXELS);
  await context.close();
});
