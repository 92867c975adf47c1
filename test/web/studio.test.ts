/** The creator's pages against set answers: what is shown once, what asks first, accessible, no violation. */
import { beforeEach, expect, test } from 'vitest';
import { codes, inHours, me, overview, SHOW, show } from './answers.ts';
import { HEALTH, report } from './health-answers.ts';
import { DESK, expectAccessible, look, overflowOf, PHONE, withPages } from './pages.ts';

const NEW_KEY = 'live_0123456789abcdefghjkmnpqrs';

const pages = withPages();
beforeEach(() => {
  pages.mock.answers['GET /api/studio/me'] = { body: me };
  pages.mock.answers['GET /api/studio/overview'] = () => ({ body: overview() });
  pages.mock.answers['GET /api/access-codes'] = { body: codes };
  pages.mock.answers[HEALTH] = () => ({ body: report() });
});

const open = (viewport = PHONE) => pages.open('/studio', viewport);

test('sign-in: a wrong password is said in place, the right one opens the board, sign-out closes it', async () => {
  pages.mock.answers['GET /api/studio/me'] = { status: 401, body: { code: 'auth.required', message: '' } };
  pages.mock.answers['POST /api/auth/sign-in/email'] = ({ body }) => {
    const good = JSON.stringify(body) === JSON.stringify({ email: 'mara@example.org', password: 'right' });
    if (good) pages.mock.answers['GET /api/studio/me'] = { body: me };
    return good ? { body: {} } : { status: 401, body: { code: 'INVALID_EMAIL_OR_PASSWORD', message: 'no' } };
  };
  const { page, context, faults } = await open();
  await page.getByLabel('E-mail').fill('mara@example.org');
  await page.getByLabel('Password').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('E-mail or password is not right').waitFor();
  await expectAccessible(page);
  await page.getByLabel('Password').fill('right');
  await page.keyboard.press('Enter');
  await page.locator('[data-show="live"]').waitFor();
  pages.mock.answers['POST /api/auth/sign-out'] = () => {
    pages.mock.answers['GET /api/studio/me'] = { status: 401, body: { code: 'auth.required', message: '' } };
    return { body: { success: true } };
  };
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Password').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test('the board names who was turned away, and says how to set up an encoder', async () => {
  for (const viewport of [PHONE, DESK]) {
    const { page, context, faults } = await open(viewport);
    await page.getByText(/Somebody tried to publish with a revoked key at/).waitFor();
    await page.getByText('Keyframe Interval 2 s').first().waitFor();
    await page.getByText('Rate Control CBR').waitFor();
    await page.locator('summary', { hasText: 'Streamlabs Mobile' }).click();
    await page.getByRole('img', { name: 'QR code of the server URL' }).waitFor();
    expect(await overflowOf(page)).toBe(0);
    await expectAccessible(page);
    expect(faults).toEqual([]);
    await context.close();
  }
});

test('each state offers what can be done in it, and no more', async () => {
  const offers = {
    starting: ['End show'],
    preview: ['Go live', 'End show'],
    live: ['Pause', 'End show'],
    paused: ['Resume', 'End show'],
    reconnecting: ['End show'],
    scheduled: ['Cancel show', 'Test your stream'],
  } as const;
  const { page, context } = await open();
  for (const [state, names] of Object.entries(offers)) {
    const next = show({ state: state as keyof typeof offers });
    pages.mock.answers['GET /api/studio/overview'] = () => ({
      body: state === 'scheduled' ? overview({ show: null, upcoming: [next] }) : overview({ show: next }),
    });
    await look(page);
    const card = page.locator(`[data-show="${state}"]`);
    await card.waitFor();
    expect(await card.getByRole('button').allInnerTexts()).toEqual(names);
  }
  await context.close();
});

test('ending asks first, and a refusal is said in the question', async () => {
  const orders: unknown[] = [];
  pages.mock.answers['POST /api/live-sessions/end'] = ({ body }) => {
    orders.push(body);
    return { status: 409, body: { code: 'show.illegal_transition', message: '' } };
  };
  const { page, context } = await open();
  await page.getByRole('button', { name: 'End show' }).click();
  expect(orders).toEqual([]);
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(orders).toEqual([]);
  await page.getByRole('button', { name: 'End show' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End show' }).click();
  await page.getByRole('dialog').getByRole('alert').waitFor();
  expect(orders).toEqual([{ sessionId: SHOW }]);
  await context.close();
});

test('a new key is shown once and is gone after that', async () => {
  pages.mock.answers['POST /api/keys'] = ({ body }) => {
    expect(body).toEqual({ channel: 'demo', label: 'phone' });
    return { body: { id: 'key_1', label: 'phone', key: NEW_KEY } };
  };
  const { page, context } = await open();
  await page.getByLabel('Name of the encoder').fill('phone');
  await page.getByRole('button', { name: 'Make a key' }).click();
  const fresh = page.locator('[data-new-key]');
  expect(await fresh.locator('input').inputValue()).toBe(NEW_KEY);
  expect(await fresh.textContent()).toMatch(/you will not see it again/);
  await expectAccessible(page);
  await fresh.getByRole('button', { name: 'Done' }).click();
  expect(await page.content()).not.toContain(NEW_KEY);
  await context.close();
});

test('codes come as a list to copy and a file', async () => {
  const made = ['PLI4F7K2M9QX', 'PLIABC234DEF'].map((code) => ({ id: 'cod_1', code, expiresAt: inHours(8) }));
  pages.mock.answers['POST /api/access-codes/create'] = ({ body }) => {
    expect(body).toEqual({ channel: 'demo', count: 2, label: 'press' });
    return { body: made };
  };
  const { page, context } = await open();
  await page.getByLabel('How many').fill('2');
  await page.getByLabel('Note').fill('press');
  await page.getByRole('button', { name: 'Make codes' }).click();
  const fresh = page.locator('[data-new-codes]');
  expect(await fresh.locator('textarea').inputValue()).toBe('PLI4F7K2M9QX\nPLIABC234DEF');
  const [file] = await Promise.all([page.waitForEvent('download'), fresh.getByText('Download CSV').click()]);
  expect(file.suggestedFilename()).toBe('codes-demo.csv');
  await expectAccessible(page);
  await context.close();
});
