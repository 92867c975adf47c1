/** The ways in: what each costs, and buying a code by one POST whatever the visitor's hands do. */
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { current, inHours, SHOW } from './answers.ts';
import { DESK, expectAccessible, overflowOf, PHONE, withPages } from './pages.ts';
import {
  byCode,
  byMembership,
  byTicket,
  CHECKOUT,
  checkout,
  paidTokens,
  shop,
  signedIn,
  signedOut,
  ticketBought,
} from './shop-answers.ts';

const pages = withPages();
const BUY = 'POST /api/access-codes/buy';
const TICKET = `POST /api/streams/${SHOW}/tickets/checkout`;
const began = { checkoutId: CHECKOUT, claim: 'claim-of-mine', checkoutUrl: '/pay/one' };
const stateOf = (change: Parameters<typeof current>[0]) => ({ body: current(change) });

/** A checkout page that is not ours, as far as these pages know. */
const asCheckout = (page: Page) =>
  page.route('**/pay/*', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Pay here</h1>' }));

/** The keys with which an address was called, in order. */
function keysOf(address: string, answer: (call: number) => { status?: number; body: unknown }) {
  const keys: (string | null)[] = [];
  pages.mock.answers[address] = ({ key }) => {
    keys.push(key);
    return answer(keys.length);
  };
  return keys;
}

async function fillAndPay(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Buy a code' }).click();
  await page.locator('[data-buy] input[name=email]').fill('ana@example.org');
  await page
    .locator('[data-buy]')
    .getByText('The service begins at once')
    .click({ position: { x: 5, y: 5 } });
  await page.locator('[data-buy] button[type=submit]').click();
}

beforeEach(() => {
  for (const name of Object.keys(pages.mock.answers)) delete pages.mock.answers[name];
  signedOut(pages.mock);
  pages.mock.answers['GET /api/shop'] = { body: shop() };
  pages.mock.answers['GET /api/live-sessions/current'] = stateOf({ ways: [byCode(), byTicket(), byMembership()] });
  pages.mock.answers[`GET /api/checkouts/${CHECKOUT}`] = { body: checkout() };
});

describe('what it costs', () => {
  test('each way stands with its price, accessible on a phone and a desk, and the stand-in is named', async () => {
    for (const viewport of [PHONE, DESK]) {
      const { page, context, faults } = await pages.open('/c/demo', viewport);
      await page.locator('[data-ways]').waitFor();
      expect(await page.locator('[data-way]').allTextContents()).toEqual([
        expect.stringMatching(/Ticket.*500 tokens.*about €5\.50/),
        expect.stringMatching(/Access code.*€9\.99.*8 hours/),
        expect.stringMatching(/Membership.*€4\.99.*a month/),
      ]);
      expect(await page.locator('[data-stand-in]').textContent()).toMatch(/no money moves/);
      await page.getByRole('button', { name: 'Buy a code' }).click();
      await page.locator('[data-buy]').waitFor();
      expect(await overflowOf(page)).toBe(0);
      await expectAccessible(page);
      expect(faults).toEqual([]);
      await context.close();
    }
  });

  test('where tax is not dealt with, prices say nothing of it', async () => {
    const { page, context, faults } = await pages.open('/c/demo', PHONE);
    await page.locator('[data-ways]').waitFor();
    expect(await page.locator('[data-ways]').textContent()).not.toMatch(/tax/i);
    await page.getByRole('button', { name: 'Buy a code' }).click();
    await page.getByRole('button', { name: 'Pay €9.99', exact: true }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  test.for([
    ['inclusive', 'incl. tax'],
    ['exclusive', 'plus tax'],
  ] as const)('prices with %s tax say so wherever they stand', async ([tax, words]) => {
    pages.mock.answers['GET /api/shop'] = { body: shop({ tax }) };
    const { page, context, faults } = await pages.open('/c/demo', PHONE);
    await page.locator('[data-ways]').waitFor();
    expect(await page.locator('[data-way=code]').textContent()).toContain(`€9.99${words}`);
    expect(await page.locator('[data-way=membership]').textContent()).toContain(`€4.99a month, ${words}`);
    // A ticket is paid in tokens, which were taxed when they were bought.
    expect(await page.locator('[data-way=ticket]').textContent()).not.toContain('tax');
    await page.getByRole('button', { name: 'Buy a code' }).click();
    await page.getByRole('button', { name: `Pay €9.99 ${words}` }).waitFor();
    expect(await overflowOf(page)).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('a show without codes has no field for one, and what one has is not sold again', async () => {
    pages.mock.answers['GET /api/live-sessions/current'] = stateOf({ ways: [byTicket(), byMembership(true)] });
    const { page, context } = await pages.open('/c/demo');
    await page.locator('[data-way="ticket"]').waitFor();
    expect(await page.locator('#access-code').count()).toBe(0);
    expect(await page.locator('[data-way="membership"]').textContent()).toMatch(/You have it/);
    expect(await page.locator('[data-way="membership"] button').count()).toBe(0);
    await context.close();
  });

  test('hours that would miss the planned show are said before, and start later unless the buyer says otherwise', async () => {
    const laterStart = inHours(29.75);
    const code = { ...shop().code, warning: 'ends_before' as const, showStartsAt: inHours(30), laterStart };
    pages.mock.answers['GET /api/shop'] = { body: shop({ code }) };
    pages.mock.answers['GET /api/live-sessions/current'] = stateOf({
      ways: [byCode()],
      state: 'scheduled',
      startsAt: inHours(30),
    });
    let sent: unknown;
    pages.mock.answers[BUY] = ({ body }) => {
      sent = body;
      return { body: began };
    };
    const { page, context } = await pages.open('/c/demo', PHONE, asCheckout);
    await page.locator('[data-way="code"]').getByText('its hours end before the show').waitFor();
    await fillAndPay(page);
    await page.getByText('Pay here').waitFor();
    expect(sent).toMatchObject({ channel: 'demo', email: 'ana@example.org', consent: true, startsAt: laterStart });
    await context.close();
  });
});

describe('buying a code', () => {
  test('each thing that is missing is one sentence, and nothing is sent', async () => {
    pages.mock.answers['GET /api/shop'] = { body: shop({ ageGate: 18 }) };
    const keys = keysOf(BUY, () => ({ body: began }));
    const { page, context } = await pages.open('/c/demo');
    await page.getByRole('button', { name: 'Buy a code' }).click();
    const form = page.locator('[data-buy]');
    const says = async (sentence: RegExp) => {
      await form.locator('button[type=submit]').click();
      await form.locator('[role=alert]').getByText(sentence).waitFor();
    };
    await says(/e-mail address like/);
    await form.locator('input[name=email]').fill('ana@example.org');
    await form.locator('input[name=whatsapp]').fill('0712');
    await says(/number with its country/);
    await form.locator('input[name=whatsapp]').fill('');
    await says(/18 or older/);
    await form.getByText('I am 18 or older.').click();
    await says(/tick the box/);
    expect(keys).toEqual([]);
    await context.close();
  });

  test('a double click is one request, and so are back button, reload and a second tab: one key, one checkout', async () => {
    const keys = keysOf(BUY, () => ({ body: began }));
    const { page, context } = await pages.open('/c/demo', PHONE, asCheckout);
    await page.getByRole('button', { name: 'Buy a code' }).click();
    await page.locator('[data-buy] input[name=email]').fill('ana@example.org');
    await page
      .locator('[data-buy]')
      .getByText('The service begins at once')
      .click({ position: { x: 5, y: 5 } });
    await page.locator('[data-buy] button[type=submit]').dblclick();
    await page.getByText('Pay here').waitFor();
    expect(keys.length).toBe(1);

    await page.goBack();
    await page.locator('[data-checkout="open"]').waitFor();
    expect(await page.locator('[data-pay-on]').getAttribute('href')).toBe('/pay/one');
    await expectAccessible(page);
    await page.reload();
    await page.locator('[data-checkout="open"]').waitFor();
    await fillAndPay(page);
    await page.getByText('Pay here').waitFor();

    const second = await context.newPage();
    await asCheckout(second);
    await second.goto(`${pages.mock.origin}/c/demo`);
    await fillAndPay(second);
    await second.getByText('Pay here').waitFor();
    expect(keys.length).toBe(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
    await context.close();
  });

  test('an answer that did not come is asked for again with the same key; another order has another one', async () => {
    const keys = keysOf(BUY, (call) =>
      call === 1 ? { status: 503, body: { code: 'unavailable', message: '' } } : { body: began },
    );
    const { page, context } = await pages.open('/c/demo', PHONE, asCheckout);
    await fillAndPay(page);
    await page.locator('[data-buy] [role=alert]').getByText('The server is restarting').waitFor();
    await page.locator('[data-buy] button[type=submit]').click();
    await page.getByText('Pay here').waitFor();
    expect(keys[1]).toBe(keys[0]);
    await page.goBack();
    await page.getByRole('button', { name: 'Buy a code' }).click();
    await page.locator('[data-buy] input[name=email]').fill('other@example.org');
    await page
      .locator('[data-buy]')
      .getByText('The service begins at once')
      .click({ position: { x: 5, y: 5 } });
    await page.locator('[data-buy] button[type=submit]').click();
    await page.getByText('Pay here').waitFor();
    expect(keys[2]).not.toBe(keys[0]);
    await context.close();
  });
});

describe('a ticket from the wallet', () => {
  test('too few tokens: top up in place, then the ticket is bought by itself, once', async () => {
    pages.mock.answers['GET /api/live-sessions/current'] = stateOf({ ways: [byTicket()], signedIn: true });
    signedIn(pages.mock, 120);
    const keys = keysOf(TICKET, (call) =>
      call === 1
        ? { status: 409, body: { code: 'wallet.insufficient_funds', message: '' } }
        : { body: ticketBought(120) },
    );
    let order: unknown;
    pages.mock.answers['POST /api/tokens/purchase'] = ({ body }) => {
      order = body;
      return { body: { checkoutId: CHECKOUT, checkoutUrl: '/pay/tokens' } };
    };
    const { page, context, faults } = await pages.open('/c/demo', PHONE, asCheckout);
    await page.getByText('You have 120 tokens, 380 more are needed.').waitFor();
    await page.getByRole('button', { name: 'Buy a ticket' }).click();
    await page.locator('[data-missing="380"]').waitFor();
    expect(await page.locator('[data-pack="500"]').isChecked()).toBe(true);
    await expectAccessible(page);
    await page.locator('[data-top-up] button[type=submit]').click();
    await page.getByText('Pay here').waitFor();
    expect(order).toEqual({ amountTokens: 500, returnTo: '/c/demo' });

    pages.mock.answers[`GET /api/checkouts/${CHECKOUT}`] = { body: paidTokens(500, 620) };
    await page.goto(`${pages.mock.origin}/c/demo?checkout=${CHECKOUT}#claim=mine`);
    await page.locator('[data-after="ticket"]').getByText('Your ticket is bought').waitFor();
    expect(await page.locator('[data-checkout="tokens"]').textContent()).toMatch(/500 tokens are yours/);
    await page.reload();
    await page.locator('[data-checkout="tokens"]').waitFor();
    expect(keys.length).toBe(2);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('a session that is over is noticed: signing in again, and the purchase goes on', async () => {
    pages.mock.answers['GET /api/live-sessions/current'] = stateOf({ ways: [byTicket()], signedIn: true });
    signedIn(pages.mock, 600);
    const keys = keysOf(TICKET, (call) =>
      call === 1 ? { status: 401, body: { code: 'auth.required', message: '' } } : { body: ticketBought(100) },
    );
    pages.mock.answers['POST /api/auth/sign-in/email'] = { body: {} };
    const { page, context } = await pages.open('/c/demo', PHONE);
    await page.locator('[data-balance="600"]').waitFor();
    await page.getByRole('button', { name: 'Buy a ticket' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sign in to buy your ticket' });
    await dialog.locator('input[name=email]').fill('fan@example.org');
    await dialog.locator('input[name=password]').fill('a-long-password');
    // The wallet is asked for as well, and may answer before the purchase or after it.
    signedIn(pages.mock, 100);
    await dialog.locator('button[type=submit]').click();
    await expect.poll(() => keys.length, { timeout: 15_000 }).toBe(2);
    await page.locator('[data-balance="100"]').waitFor();
    await context.close();
  });

  test('an older answer about the wallet does not undo what a purchase said', async () => {
    pages.mock.answers['GET /api/live-sessions/current'] = stateOf({ ways: [byTicket()], signedIn: true });
    signedIn(pages.mock, 600);
    const keys = keysOf(TICKET, () => ({ body: ticketBought(100) }));
    const { page, context } = await pages.open('/c/demo', PHONE);
    await page.locator('[data-balance="600"]').waitFor();
    // A notice makes the page ask for the wallet; the purchase overtakes the answer.
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = false;
    signedIn(pages.mock, 600, { unreadNotices: 7 });
    pages.mock.answers['GET /api/wallet/me'] = () => {
      asked = true;
      return held.then(() => ({ body: { balance: 600 } }));
    };
    await expect
      .poll(() => {
        pages.mock.emit('notice:new', { notice: null, unread: 3 });
        return asked;
      })
      .toBe(true);
    await page.getByRole('button', { name: 'Buy a ticket' }).click();
    await expect.poll(() => keys.length).toBe(1);
    await page.locator('[data-balance="100"]').waitFor();
    pages.mock.answers['GET /api/wallet/me'] = { body: { balance: 100 } };
    release();
    await page.locator('[data-unread="7"]').waitFor();
    expect(await page.locator('[data-balance="100"]').count()).toBe(1);
    await context.close();
  });

  test('a guest signs in first, in place, and the purchase goes on', async () => {
    pages.mock.answers['GET /api/live-sessions/current'] = stateOf({ ways: [byTicket()] });
    const keys = keysOf(TICKET, () => ({ body: ticketBought(100) }));
    const { page, context } = await pages.open('/c/demo', PHONE);
    await page.getByRole('button', { name: 'Buy a ticket' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sign in to buy your ticket' });
    await dialog.waitFor();
    await expectAccessible(page);
    await dialog.locator('input[name=email]').fill('fan@example.org');
    await dialog.locator('input[name=password]').fill('a-long-password');
    pages.mock.answers['POST /api/auth/sign-in/email'] = { status: 401, body: { code: 'x', message: '' } };
    await dialog.locator('button[type=submit]').click();
    await dialog.locator('[role=alert]').getByText('do not match').waitFor();
    pages.mock.answers['POST /api/auth/sign-in/email'] = { body: {} };
    signedIn(pages.mock, 100);
    await dialog.locator('button[type=submit]').click();
    await page.locator('[data-balance="100"]').waitFor();
    expect(keys.length).toBe(1);
    await context.close();
  });
});
