/** A fan's own pages: signing up, wallet, limit, memberships, notices, settings. */
import { beforeEach, describe, expect, test } from 'vitest';
import { DESK, expectAccessible, overflowOf, PHONE, withPages } from './pages.ts';
import {
  account,
  CHECKOUT,
  history,
  membership,
  notice,
  paidTokens,
  shop,
  signedIn,
  signedOut,
  spending,
  tickets,
} from './shop-answers.ts';

const pages = withPages();

beforeEach(() => {
  const { answers } = pages.mock;
  for (const name of Object.keys(answers)) delete answers[name];
  answers['GET /api/shop'] = { body: shop() };
  answers['GET /api/wallet/history'] = ({ query }) => ({
    body: query.get('before') ? { lines: [], next: null } : history(),
  });
  answers['GET /api/wallet/spending'] = ({ query }) => {
    const month = query.get('month') ?? '';
    return { body: spending(month, month.endsWith('1') ? 700 : 0) };
  };
  answers['GET /api/tickets'] = { body: tickets() };
  answers['GET /api/subscriptions'] = { body: [membership()] };
  answers['GET /api/account/notice-preferences'] = { body: { email: 'fan@example.org', groups: [] } };
  answers['GET /api/notices'] = { body: { notices: [notice(1), notice(2, { read: true })], unread: 1, next: null } };
});

describe('signing up and in', () => {
  test('a new account needs a name, a password and the terms, is opened by one request, and is signed in', async () => {
    signedOut(pages.mock);
    pages.mock.answers['GET /api/shop'] = { body: shop({ ageGate: 18 }) };
    const sent: unknown[] = [];
    pages.mock.answers['POST /api/auth/sign-up/email'] = ({ body }) => {
      sent.push(body);
      return { body: {} };
    };
    pages.mock.answers['POST /api/auth/sign-in/email'] = () => {
      signedIn(pages.mock, 0, { emailVerified: false });
      return { body: {} };
    };
    const { page, context, faults } = await pages.open('/account');
    await page.getByRole('button', { name: 'New account' }).click();
    await page.getByText('I am 18 or older.').waitFor();
    await expectAccessible(page);
    const submit = page.locator('form button[type=submit]');
    const says = async (sentence: RegExp) => {
      await submit.click();
      await page.locator('form [role=alert]').getByText(sentence).waitFor();
    };
    await says(/enter a name/);
    await page.locator('input[name=name]').fill('Ana');
    await page.locator('input[name=email]').fill('fan@example.org');
    await page.locator('input[name=password]').fill('short');
    await says(/10 characters/);
    await page.locator('input[name=password]').fill('a-long-password');
    await page.locator('select').selectOption('ro');
    await says(/18 or older/);
    await page.getByText('I am 18 or older.').click();
    await says(/accept the terms/);
    await page.getByText('I accept the terms.').click({ position: { x: 5, y: 5 } });
    await submit.click();
    await page.locator('[data-verify]').getByText('fan@example.org').waitFor();
    expect(sent).toEqual([
      {
        email: 'fan@example.org',
        password: 'a-long-password',
        name: 'Ana',
        language: 'ro',
        acceptTerms: true,
        confirmAge: true,
      },
    ]);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('a forgotten password: the mail is asked for, and its link sets a new one', async () => {
    signedOut(pages.mock);
    pages.mock.answers['POST /api/auth/request-password-reset'] = { body: { status: true } };
    let sent: unknown;
    pages.mock.answers['POST /api/auth/reset-password'] = ({ body }) => {
      sent = body;
      return { body: { status: true } };
    };
    const { page, context } = await pages.open('/account');
    await page.getByRole('button', { name: 'Forgot your password?' }).click();
    await page.locator('input[name=email]').fill('fan@example.org');
    await page.getByRole('button', { name: 'Mail me the link' }).click();
    await page.getByText('If there is an account for fan@example.org').waitFor();
    await page.goto(`${pages.mock.origin}/account/reset#token=tok-1`);
    await page.locator('[data-reset="form"]').waitFor();
    expect(page.url()).not.toContain('tok-1');
    await expectAccessible(page);
    await page.locator('input[name=password]').fill('another-long-one');
    await page.locator('form button[type=submit]').click();
    await page.locator('[data-reset="done"]').waitFor();
    expect(sent).toEqual({ token: 'tok-1', newPassword: 'another-long-one' });
    await context.close();
  });

  test('signing out empties the page, also where an answer from before comes after it', async () => {
    signedIn(pages.mock, 1250);
    const { page, context } = await pages.open('/account');
    await page.locator('[data-balance="1250"]').waitFor();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = false;
    pages.mock.answers['GET /api/wallet/me'] = () => {
      asked = true;
      return held.then(() => ({ body: { balance: 1250 } }));
    };
    await expect
      .poll(() => {
        pages.mock.emit('notice:new', { notice: null, unread: 3 });
        return asked;
      })
      .toBe(true);
    pages.mock.answers['POST /api/auth/sign-out'] = () => {
      signedOut(pages.mock);
      return { body: {} };
    };
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('[data-phase="guest"] form').waitFor();
    const seenAgain = await page.evaluateHandle(() => {
      const seen = { balance: false };
      const look = () => {
        seen.balance ||= document.querySelector('[data-balance]') !== null;
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
      return seen;
    });
    const late = page.waitForResponse('**/api/wallet/me');
    release();
    await (await late).finished();
    // What is asked after it comes after it.
    await page.evaluate(() => fetch('/api/shop'));
    await page.locator('[data-phase="guest"] form').waitFor();
    expect(await seenAgain.jsonValue()).toEqual({ balance: false });
    expect(await page.locator('[data-balance]').count()).toBe(0);
    await context.close();
  });
});

describe('each part', () => {
  const PARTS = [
    {
      path: '/account',
      sign: '[data-line]',
      says: /1,250 tokens.*Tip.*−100.*Ticket given back.*\+500/s,
      viewport: PHONE,
    },
    { path: '/account/tickets', sign: '[data-ticket="valid"]', says: /Late set.*for 500 tokens/s, viewport: DESK },
    {
      path: '/account/memberships',
      sign: '[data-membership="active"]',
      says: /€4\.99 a month.*Renewed on/s,
      viewport: PHONE,
    },
    { path: '/account/notices', sign: '[data-notice]', says: /Your ticket.*new/s, viewport: PHONE },
    { path: '/account/settings', sign: 'select', says: /Your name.*Erase my account/s, viewport: PHONE },
  ];
  test.each(PARTS)('$path', async ({ path, sign, says, viewport }) => {
    signedIn(pages.mock, 1250, { unreadNotices: 1 });
    const { page, context, faults } = await pages.open(path, viewport);
    await page.locator(sign).first().waitFor();
    expect(await page.locator('main').textContent()).toMatch(says);
    expect(await overflowOf(page)).toBe(0);
    await expectAccessible(page);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('bars tell each month, the list goes on, and each line has its receipt', async () => {
    signedIn(pages.mock, 1250);
    const { page, context } = await pages.open('/account', DESK);
    await page.locator('[data-month]').first().waitFor();
    expect(await page.locator('[data-month]').count()).toBe(6);
    const busy = page.getByRole('radio', { name: /: 700 tokens$/ }).first();
    await busy.check();
    await page.getByText('Bought: 700 tokens').waitFor();
    const receipt = page.locator('[data-line] a').first();
    expect(await receipt.getAttribute('href')).toMatch(/^\/api\/receipts\/trf_/);
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByRole('button', { name: 'Show more' }).waitFor({ state: 'detached' });
    expect(await page.locator('[data-line]').count()).toBe(4);
    await context.close();
  });

  test('the limit is set and taken away', async () => {
    signedIn(pages.mock, 1250);
    const sent: unknown[] = [];
    pages.mock.answers['POST /api/wallet/limit'] = ({ body }) => {
      sent.push(body);
      const off = sent.length > 1;
      return { body: { monthlyTokens: off ? null : 300, pending: null, spentTokens: 700, leftTokens: off ? null : 0 } };
    };
    const { page, context } = await pages.open('/account', DESK);
    const field = page.getByLabel('Tokens a month');
    await field.fill('300');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('700 of 300 tokens spent this month.').waitFor();
    await page.getByRole('button', { name: 'Remove the limit' }).click();
    await page.getByText('You have set no limit.').waitFor();
    expect(sent).toEqual([{ monthlyTokens: 300 }, { monthlyTokens: null }]);
    await context.close();
  });

  test('a membership is ended at the end of its time, after one question, and kept after all', async () => {
    signedIn(pages.mock, 0);
    const { answers } = pages.mock;
    const change = (name: string, ends: boolean) => {
      answers[`POST /api/subscriptions/${membership().id}/${name}`] = () => {
        answers['GET /api/subscriptions'] = { body: [membership({ cancelAtPeriodEnd: ends })] };
        return { body: membership({ cancelAtPeriodEnd: ends }) };
      };
    };
    change('cancel', true);
    change('resume', false);
    const { page, context } = await pages.open('/account/memberships');
    await page.getByRole('button', { name: 'Cancel membership' }).click();
    await page.getByRole('dialog').getByText('is not renewed after that').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Cancel it' }).click();
    await page.locator('[data-ends="yes"]').getByText('not renewed').waitFor();
    await page.getByRole('button', { name: 'Keep it after all' }).click();
    await page.locator('[data-ends="no"]').waitFor();
    answers['GET /api/subscriptions'] = { body: [membership({ state: 'past_due' })] };
    await page.reload();
    await page.locator('[data-membership="past_due"]').getByText('The last payment failed').waitFor();
    await context.close();
  });

  test('a new notice comes by itself, in the badge and in the list', async () => {
    signedIn(pages.mock, 10, { unreadNotices: 1 });
    const { answers } = pages.mock;
    answers['POST /api/notices/read'] = () => {
      answers['GET /api/notices'] = { body: { notices: [notice(1, { read: true })], unread: 0, next: null } };
      answers['GET /api/account'] = { body: account() };
      return { body: { unread: 0 } };
    };
    const joins = () => pages.mock.joins('me:join');
    const before = joins();
    const { page, context } = await pages.open('/account/notices');
    await page.locator('[data-unread="1"]').waitFor();
    await expect.poll(joins, { timeout: 20_000 }).toBeGreaterThan(before);
    const fresh = notice(3, { title: 'Tokens bought' });
    answers['GET /api/notices'] = { body: { notices: [fresh, notice(1)], unread: 2, next: null } };
    answers['GET /api/account'] = { body: account({ unreadNotices: 2 }) };
    pages.mock.emit('notice:new', { notice: fresh, unread: 2 });
    await page.locator('[data-unread="2"]').waitFor();
    await page.getByText('Tokens bought').waitFor();
    await page.getByRole('button', { name: 'Mark all as read' }).click();
    await page.locator('[data-unread]').waitFor({ state: 'detached' });
    await context.close();
  });

  test('tokens bought from here come back here', async () => {
    signedIn(pages.mock, 10);
    let order: unknown;
    pages.mock.answers['POST /api/tokens/purchase'] = ({ body }) => {
      order = body;
      return { body: { checkoutId: CHECKOUT, checkoutUrl: '/pay/tokens' } };
    };
    const { page, context } = await pages.open('/account', PHONE, (one) =>
      one.route('**/pay/*', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Pay here</h1>' })),
    );
    await page.getByRole('button', { name: 'Get tokens' }).click();
    await page.getByRole('radio', { name: 'Another number' }).check({ force: true });
    await page.getByLabel('Tokens', { exact: true }).fill('750');
    await page.getByText('costs €8.25').waitFor();
    await page.getByRole('button', { name: 'Pay €8.25' }).click();
    await page.getByText('Pay here').waitFor();
    expect(order).toEqual({ amountTokens: 750, returnTo: '/account' });
    pages.mock.answers[`GET /api/checkouts/${CHECKOUT}`] = { body: paidTokens(750, 760) };
    signedIn(pages.mock, 760);
    await page.goto(`${pages.mock.origin}/account?checkout=${CHECKOUT}#claim=mine`);
    await page.locator('[data-checkout="tokens"]').getByText('You have 760 tokens now.').waitFor();
    await page.locator('[data-balance="760"]').waitFor();
    await context.close();
  });
});
