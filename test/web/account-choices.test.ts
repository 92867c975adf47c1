/** Choosing what one is told, the page behind a mail's link, and confirming an address with one press. */
import { beforeEach, expect, test } from 'vitest';
import type { Language, NoticeChoice } from '#contract/notices.ts';
import { DESK, expectAccessible, overflowOf, PHONE, withPages } from './pages.ts';
import { shop, signedIn, signedOut } from './shop-answers.ts';

const pages = withPages();
const CHOICES = 'GET /api/account/notice-preferences';
const CHOOSE = 'PATCH /api/account/notice-preferences';

const choice = (group: NoticeChoice['group'], change: Partial<NoticeChoice> = {}): NoticeChoice => ({
  group,
  needed: false,
  mail: true,
  app: true,
  ...change,
});
const creators = (): NoticeChoice[] => [
  choice('security', { needed: true, app: null }),
  choice('purchases', { needed: true }),
  choice('reminders', { app: null }),
  choice('shows'),
  choice('tips', { mail: false }),
  choice('sales', { mail: false }),
  choice('members', { mail: false }),
  choice('payouts'),
];
const reply = (groups: NoticeChoice[]) => ({ body: { email: 'fan@example.org', groups } });

beforeEach(() => {
  const { answers } = pages.mock;
  for (const name of Object.keys(answers)) delete answers[name];
  answers['GET /api/shop'] = { body: shop() };
  answers[CHOICES] = reply(creators());
});

test.each([
  ['a phone', PHONE],
  ['a desk', DESK],
])('what is always sent says why, and each choice is saved at once: on %s', async (_name, viewport) => {
  signedIn(pages.mock, 10);
  const sent: unknown[] = [];
  let now = creators();
  pages.mock.answers[CHOOSE] = ({ body }) => {
    sent.push(body);
    const { group, ...change } = body as NoticeChoice;
    now = now.map((one) => (one.group === group ? { ...one, ...change } : one));
    return reply(now);
  };
  const { page, context, faults } = await pages.open('/account/settings#notices', viewport);
  const group = (name: string) => page.getByRole('group', { name, exact: true });
  await group('Tips').waitFor();
  const always = page.locator('[data-group="purchases"]');
  expect(await always.textContent()).toMatch(/they are always sent.*Always sent/s);
  expect(await always.getByRole('checkbox').count()).toBe(0);
  expect(await group('Reminders').getByRole('checkbox').count()).toBe(1);
  expect(await group('Tips').getByRole('checkbox', { name: 'By e-mail' }).isChecked()).toBe(false);
  // Two presses at once are both kept.
  await group('Tips').getByRole('checkbox', { name: 'By e-mail' }).check();
  await group('Payouts').getByRole('checkbox', { name: 'On the page' }).uncheck();
  await page.locator('#notices').getByText('Saved.').waitFor();
  await expect
    .poll(() => sent)
    .toEqual([
      { group: 'tips', mail: true },
      { group: 'payouts', app: false },
    ]);
  expect(await group('Tips').getByRole('checkbox', { name: 'By e-mail' }).isChecked()).toBe(true);
  expect(await group('Payouts').getByRole('checkbox', { name: 'On the page' }).isChecked()).toBe(false);
  expect(await overflowOf(page)).toBe(0);
  await expectAccessible(page);
  expect(faults).toEqual([]);
  await context.close();
});

test('a choice that was not kept is not shown as one', async () => {
  signedIn(pages.mock, 10);
  pages.mock.answers[CHOOSE] = { status: 503, body: { code: 'unavailable', message: '' } };
  const { page, context } = await pages.open('/account/settings');
  const box = page.getByRole('group', { name: 'Cancelled lives' }).getByRole('checkbox', { name: 'By e-mail' });
  await box.click();
  await page.locator('#notices [role=alert]').getByText('The server is restarting').waitFor();
  await expect.poll(() => box.isChecked()).toBe(true);
  await context.close();
});

test('the notices lead to the choices', async () => {
  signedIn(pages.mock, 10);
  pages.mock.answers['GET /api/notices'] = { body: { notices: [], unread: 0, next: null } };
  const { page, context } = await pages.open('/account/notices');
  await page.getByRole('link', { name: 'Choose what we tell you' }).click();
  await page.getByRole('heading', { name: 'What we tell you' }).waitFor();
  await context.close();
});

const WORDS: Record<Language, [title: string, off: string, on: string]> = {
  en: ['Mails from here', 'Stop these mails', 'Send them again'],
  ro: ['Mesaje de aici', 'Oprește aceste mesaje', 'Trimite-le din nou'],
  es: ['Correos de aquí', 'Parar estos correos', 'Enviarlos de nuevo'],
};
test.each([
  ['en', PHONE],
  ['ro', PHONE],
  ['es', DESK],
] as const)(
  'a mail’s link in %s: nothing happens until the button is pressed, and it can be undone',
  async (language, viewport) => {
    signedOut(pages.mock);
    const sent: unknown[] = [];
    pages.mock.answers['POST /api/mail-choice'] = ({ body }) => {
      sent.push(body);
      const { wanted = true } = body as { wanted?: boolean };
      return { body: { group: 'reminders', address: 'f•••@example.org', wanted } };
    };
    const [title, off, on] = WORDS[language];
    const { page, context, faults } = await pages.open(`/account/unsubscribe#token=tok-1&lang=${language}`, viewport);
    await page.getByRole('heading', { name: title }).waitFor();
    await page.locator('[data-unsubscribe="wanted"]').getByText('f•••@example.org').waitFor();
    expect(page.url()).not.toContain('tok-1');
    expect(sent.every((one) => !Object.hasOwn(one as object, 'wanted'))).toBe(true);
    expect(await overflowOf(page)).toBe(0);
    await expectAccessible(page);
    await page.getByRole('button', { name: off }).click();
    await page.locator('[data-unsubscribe="off"]').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: on }).click();
    await page.locator('[data-unsubscribe="wanted"]').waitFor();
    expect(sent.slice(-2)).toEqual([
      { token: 'tok-1', wanted: false },
      { token: 'tok-1', wanted: true },
    ]);
    expect(faults).toEqual([]);
    await context.close();
  },
);

test('a link that is not whole says so', async () => {
  signedOut(pages.mock);
  pages.mock.answers['POST /api/mail-choice'] = {
    status: 400,
    body: { code: 'notice.link_invalid', message: 'This link is not whole. Please open it from the mail once more.' },
  };
  const { page, context } = await pages.open('/account/unsubscribe#token=tok');
  await page.getByRole('alert').getByText('This link is not whole').waitFor();
  await page.goto(`${pages.mock.origin}/account/unsubscribe`);
  await page.getByRole('alert').getByText('This link is not whole').waitFor();
  await context.close();
});

test('an address is confirmed by one press, not by opening the link', async () => {
  signedIn(pages.mock, 10, { emailVerified: false });
  const sent: unknown[] = [];
  pages.mock.answers['POST /api/account/verify'] = ({ body }) => {
    sent.push(body);
    signedIn(pages.mock, 10);
    return { body: { verified: sent.length === 1 } };
  };
  const { page, context, faults } = await pages.open('/account/verify#token=tok-2');
  const button = page.getByRole('button', { name: 'Confirm my e-mail' });
  await button.waitFor();
  expect(page.url()).not.toContain('tok-2');
  expect(sent).toEqual([]);
  await expectAccessible(page);
  await button.click();
  await page.locator('[data-verify-page="done"]').getByText('Your e-mail is confirmed.').waitFor();
  expect(sent).toEqual([{ token: 'tok-2' }]);
  await page.goto(`${pages.mock.origin}/account/verify#token=old`);
  await button.click();
  await page.locator('[data-verify-page="stale"]').getByText('too old or not whole').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});
