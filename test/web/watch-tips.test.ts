/** Tips on the channel page: sent once, seen by everybody one after the other, clear of the controls. */
import { beforeEach, expect, test } from 'vitest';
import { inHours, SHOW, withAccess } from './answers.ts';
import { expectAccessible, PHONE, withPages } from './pages.ts';
import { byCode, CHECKOUT, paidTokens, shop, signedIn, signedOut, tip, tipSent } from './shop-answers.ts';

const pages = withPages();
const SEND = 'POST /api/tips/send';

beforeEach(() => {
  for (const name of Object.keys(pages.mock.answers)) delete pages.mock.answers[name];
  signedIn(pages.mock, 1250);
  pages.mock.answers['GET /api/shop'] = { body: shop() };
  pages.mock.answers['GET /api/live-sessions/current'] = {
    body: withAccess({ hlsUrl: null, accessBy: 'code', ways: [byCode(true)], signedIn: true }),
  };
});

test('a tip is taken off at once, stays exact, and a retry is the same request', async () => {
  const asked: { key: string | null; body: unknown }[] = [];
  pages.mock.answers[SEND] = ({ key, body }) => {
    asked.push({ key, body });
    return asked.length === 1
      ? { status: 503, body: { code: 'unavailable', message: '' } }
      : { body: tipSent(1000 - (asked.length - 2) * 250) };
  };
  const { page, context, faults } = await pages.open('/c/demo');
  const card = page.locator('[data-tip-card]');
  await card.getByText('250', { exact: true }).click({ force: true });
  await card.locator('input[maxlength="200"]').fill('Once more, please');
  await expectAccessible(page);
  await card.locator('button[type=submit]').click();
  await card.locator('[role=alert]').waitFor();
  await page.locator('[data-balance="1250"]').waitFor();
  await card.locator('button[type=submit]').dblclick();
  await card.getByText('250 tokens sent to Mara Voss').waitFor();
  await page.locator('[data-balance="1000"]').waitFor();
  expect(asked.length).toBe(2);
  expect(asked[1]?.key).toBe(asked[0]?.key);
  expect(asked[1]?.body).toEqual({
    amountTokens: 250,
    message: 'Once more, please',
    context: { channel: 'demo', streamId: SHOW },
  });
  // The next one is another tip, though it says the same.
  await card.locator('input[maxlength="200"]').fill('Once more, please');
  await card.locator('button[type=submit]').click();
  await page.locator('[data-balance="750"]').waitFor();
  expect(asked[2]?.key).not.toBe(asked[1]?.key);
  expect(asked.length).toBe(3);
  expect(faults).toEqual([]);
  await context.close();
});

test('too few tokens: top up in place with what is missing, then the tip is sent by itself', async () => {
  signedIn(pages.mock, 20);
  let sent = 0;
  pages.mock.answers[SEND] = () => {
    sent += 1;
    return sent === 1
      ? { status: 409, body: { code: 'wallet.insufficient_funds', message: '' } }
      : { body: tipSent(420) };
  };
  pages.mock.answers['POST /api/tokens/purchase'] = { body: { checkoutId: CHECKOUT, checkoutUrl: '/pay/tokens' } };
  const { page, context } = await pages.open('/c/demo', PHONE, (one) =>
    one.route('**/pay/*', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Pay here</h1>' })),
  );
  await page.locator('[data-tip-card] button[type=submit]').click();
  await page.locator('[data-missing="80"]').waitFor();
  await page.getByText('Then your tip of 100 tokens is sent by itself.').waitFor();
  await page.locator('[data-top-up] button[type=submit]').click();
  await page.getByText('Pay here').waitFor();
  signedIn(pages.mock, 520);
  pages.mock.answers[`GET /api/checkouts/${CHECKOUT}`] = { body: paidTokens(500, 520) };
  await page.goto(`${pages.mock.origin}/c/demo?checkout=${CHECKOUT}#claim=mine`);
  await page.locator('[data-after="tip"]').waitFor();
  await page.locator('[data-balance="420"]').waitFor();
  expect(sent).toBe(2);
  await context.close();
});

test('a number of one’s own is held to its limits', async () => {
  const { page, context } = await pages.open('/c/demo');
  const card = page.locator('[data-tip-card]');
  await card.getByText('Other').click({ force: true });
  await card.locator('input[inputmode="numeric"]').fill('0');
  await card.locator('button[type=submit]').click();
  await card.locator('[role=alert]').getByText('from 1 to 100,000').waitFor();
  await context.close();
});

test('a page shows the room its grant, so that it hears what is said inside; again when the right is another', async () => {
  const answer = (change: Parameters<typeof withAccess>[0]) => ({
    body: withAccess({ hlsUrl: null, ways: [byCode(true)], signedIn: true, ...change }),
  });
  const shown = () => pages.mock.joined.flatMap((request) => (request as { grant?: string }).grant ?? []);
  pages.mock.joined.length = 0;
  pages.mock.answers['GET /api/live-sessions/current'] = answer({ access: false, accessBy: null, grant: null });
  const { page, context } = await pages.open('/c/demo');
  await expect.poll(() => pages.mock.joined.length).toBeGreaterThan(0);
  const turnTo = async (change: Parameters<typeof withAccess>[0]) => {
    pages.mock.answers['GET /api/live-sessions/current'] = answer(change);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  };
  const [first, other] = [inHours(2), inHours(5)];
  await turnTo({ accessBy: 'code', accessUntil: first, grant: 'one.mac' });
  await expect.poll(shown).toEqual(['one.mac']);
  // Each answer has a grant of its own; the right is the same, so the room need not hear of it.
  await turnTo({ accessBy: 'code', accessUntil: first, grant: 'two.mac', viewers: 43 });
  await page.locator('[data-viewers="43"]').waitFor();
  await turnTo({ accessBy: 'code', accessUntil: other, grant: 'three.mac', viewers: 44 });
  await expect.poll(shown).toEqual(['one.mac', 'three.mac']);
  await context.close();
});

test('tips are seen one at a time, four seconds each, in their order, over nothing that can be pressed', async () => {
  signedOut(pages.mock);
  const joins = () => pages.mock.joins('room:join');
  const before = joins();
  const { page, context, faults } = await pages.open('/c/demo', PHONE, (one) => one.clock.install());
  await page.locator('[data-tip-card]').waitFor();
  await expect.poll(joins, { timeout: 20_000 }).toBeGreaterThan(before);
  // From here on time passes only where the test says so.
  await page.clock.pauseAt(Date.now() + 2000);
  // Sent a millisecond apart, whatever the time between these lines.
  const begun = Date.now();
  for (const index of [1, 3, 2]) {
    const at = new Date(begun + index).toISOString();
    pages.mock.emit('tip:new', tip(index, { at, message: index === 1 ? 'Hello <b>you</b>' : null }));
  }
  const shown = page.locator('[data-tip]');
  await shown.getByText('Fan 1 tips 100 tokens').waitFor();
  expect(await shown.textContent()).toContain('Hello <b>you</b>');
  // Each was delivered before the clock moves on.
  pages.mock.emit('tip:new', tip(1));
  const place = await shown.locator('..').evaluate((node) => ({
    pointer: getComputedStyle(node).pointerEvents,
    fromBottom: (node.parentElement?.getBoundingClientRect().bottom ?? 0) - node.getBoundingClientRect().bottom,
  }));
  expect(place.pointer).toBe('none');
  expect(place.fromBottom).toBeGreaterThan(56);
  await page.clock.runFor(3900);
  expect(await shown.textContent()).toContain('Fan 1');
  await page.clock.runFor(200);
  await shown.getByText('Fan 2').waitFor();
  await page.clock.runFor(4100);
  await shown.getByText('Fan 3').waitFor();
  await page.clock.runFor(4100);
  await shown.waitFor({ state: 'detached' });
  expect(faults).toEqual([]);
  await context.close();
});
