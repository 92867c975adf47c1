/** Coming back from the checkout: each end of a purchase is named, and leads on. */
import { beforeEach, describe, expect, test } from 'vitest';
import { current, inHours, withAccess } from './answers.ts';
import { DESK, expectAccessible, overflowOf, PHONE, withPages } from './pages.ts';
import { byCode, CHECKOUT, CODE, checkout, paidCode, shop, signedOut } from './shop-answers.ts';

const pages = withPages();
const ASK = `GET /api/checkouts/${CHECKOUT}`;
const VALIDATE = 'POST /api/access-codes/validate';
const BACK = `/c/demo?checkout=${CHECKOUT}#claim=claim-of-mine`;
/** Made anew for each question: the page sets its clock by it. */
const locked = () => ({ body: current({ ways: [byCode()] }) });

/** From now on the code lets this device in, and only once it was entered. */
function takesTheCode(): string[] {
  const entered: string[] = [];
  pages.mock.answers[VALIDATE] = ({ body }) => {
    if (body !== null && typeof body === 'object' && 'code' in body) entered.push(String(body.code));
    pages.mock.answers['GET /api/live-sessions/current'] = () => ({ body: withAccess({ hlsUrl: null }) });
    return { body: { valid: true, expiresAt: inHours(8), secondsLeft: 28_800, channel: 'demo', grant: null } };
  };
  return entered;
}

beforeEach(() => {
  for (const name of Object.keys(pages.mock.answers)) delete pages.mock.answers[name];
  signedOut(pages.mock);
  pages.mock.answers['GET /api/shop'] = { body: shop() };
  pages.mock.answers['GET /api/live-sessions/current'] = locked;
});

const ENDS = [
  {
    name: 'cancelled',
    viewport: PHONE,
    view: checkout(),
    query: '&cancelled=1',
    phase: 'open',
    says: /Not paid yet.*Nothing was charged/,
  },
  {
    name: 'expired',
    viewport: DESK,
    view: checkout({ state: 'expired' }),
    query: '',
    phase: 'expired',
    says: /expired.*Nothing was charged/,
  },
  {
    name: 'failed',
    viewport: PHONE,
    view: checkout({ state: 'failed' }),
    query: '',
    phase: 'failed',
    says: /did not go through/,
  },
  {
    name: 'refunded',
    viewport: DESK,
    view: checkout({ state: 'refunded' }),
    query: '',
    phase: 'refunded',
    says: /refunded.*€9\.99/,
  },
  {
    name: 'paid when no place was left',
    viewport: PHONE,
    view: checkout({ state: 'refunded', noSeat: true }),
    query: '',
    phase: 'no_seat',
    says: /No place was left.*€9\.99 goes back/,
  },
  {
    name: 'paid, another device',
    viewport: PHONE,
    view: checkout({ state: 'paid' }),
    query: '',
    phase: 'mailed',
    says: /in the mail/,
  },
];

describe('every end of a purchase', () => {
  test.each(ENDS)('$name', async ({ view, query, phase, says, viewport }) => {
    pages.mock.answers[ASK] = { body: view };
    const { page, context, faults } = await pages.open(`/c/demo?checkout=${CHECKOUT}${query}`, viewport);
    const card = page.locator(`[data-checkout="${phase}"]`);
    await card.waitFor();
    expect(await card.textContent()).toMatch(says);
    expect(await overflowOf(page)).toBe(0);
    await expectAccessible(page);
    await card.locator('button').last().click();
    await page.getByRole('button', { name: 'Buy a code' }).waitFor();
    expect(await page.locator('[data-checkout]').count()).toBe(0);
    expect(page.url()).toBe(`${pages.mock.origin}/c/demo`);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('an open one that the visitor is done with does not come back by itself', async () => {
    let asked = 0;
    pages.mock.answers[ASK] = () => {
      asked += 1;
      return { body: checkout() };
    };
    const { page, context } = await pages.open(`/c/demo?checkout=${CHECKOUT}&cancelled=1`, PHONE, (one) =>
      one.clock.install(),
    );
    await page.locator('[data-checkout="open"]').waitFor();
    await page.clock.pauseAt(Date.now() + 2000);
    await page.getByRole('button', { name: 'Not now' }).click();
    const before = asked;
    await page.clock.runFor(20_000);
    expect(await page.locator('[data-checkout]').count()).toBe(0);
    expect(asked).toBe(before);
    await context.close();
  });

  test('one that nobody knows is said to be so, and costs nobody the page', async () => {
    pages.mock.answers[ASK] = { status: 404, body: { code: 'checkout.not_found', message: '' } };
    const { page, context } = await pages.open(BACK);
    await page.locator('[data-checkout="unknown"]').waitFor();
    await page.getByRole('button', { name: 'Buy a code' }).waitFor();
    await context.close();
  });
});

describe('paid', () => {
  test('the code is there, watches at once on this device, can be copied, and is still there after a reload', async () => {
    const entered = takesTheCode();
    const claims: (string | null)[] = [];
    pages.mock.answers[ASK] = ({ query }) => {
      claims.push(query.get('claim'));
      return { body: paidCode() };
    };
    const { page, context, faults } = await pages.open(BACK);
    await page.locator(`[data-code="${CODE}"]`).getByText('PLI 4F7 K2M 9QX').waitFor();
    await page.locator('[data-panel="access"]').waitFor();
    await page.locator('[data-after="code"]').waitFor();
    // The claim is a secret of this browser: it does not stay where addresses are shared.
    expect(page.url()).not.toContain('claim');
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy the code' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(CODE);
    await expectAccessible(page);
    await page.reload();
    await page.locator(`[data-code="${CODE}"]`).waitFor();
    expect(new Set(claims)).toEqual(new Set(['claim-of-mine']));
    expect(new Set(entered)).toEqual(new Set([CODE]));
    await page.getByRole('button', { name: 'Done' }).click();
    await page.reload();
    await page.locator('[data-panel="access"]').waitFor();
    expect(await page.locator('[data-checkout]').count()).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('a late webhook: the page waits, offers no second purchase, and hears of it by socket', async () => {
    takesTheCode();
    pages.mock.answers[ASK] = { body: checkout() };
    const joins = () => pages.mock.joins('checkout:join');
    const before = joins();
    const { page, context } = await pages.open(BACK, PHONE, (one) => one.clock.install());
    await page.locator('[data-checkout="confirming"]').waitFor();
    await page.locator('#access-code').waitFor();
    await expectAccessible(page);
    await expect.poll(joins, { timeout: 20_000 }).toBeGreaterThan(before);
    // From here on the page asks nothing by itself: only the socket can tell it.
    await page.clock.pauseAt(Date.now() + 2000);
    await page.locator('[data-checkout="confirming"]').waitFor();
    expect(await page.getByRole('button', { name: 'Buy a code' }).count()).toBe(0);
    pages.mock.answers[ASK] = { body: paidCode() };
    pages.mock.emit('checkout:paid', { id: CHECKOUT });
    await page.locator('[data-checkout="code"]').waitFor();
    await context.close();
  });

  test('no connection after paying: the page says that it is safe, and goes on by itself', async () => {
    takesTheCode();
    pages.mock.answers[ASK] = { status: 503, body: { code: 'unavailable', message: '' } };
    const { page, context } = await pages.open(BACK);
    await page.locator('[data-checkout="away"]').getByText('What you paid is safe').waitFor();
    pages.mock.answers[ASK] = { body: paidCode() };
    await page.locator('[data-checkout="code"]').waitFor();
    await context.close();
  });

  test('a tab that never came back: the channel page finds the purchase by itself', async () => {
    takesTheCode();
    pages.mock.answers['POST /api/access-codes/buy'] = {
      body: { checkoutId: CHECKOUT, claim: 'claim-of-mine', checkoutUrl: '/pay/one' },
    };
    pages.mock.answers[ASK] = { body: checkout() };
    const { page, context } = await pages.open('/c/demo', PHONE, (one) =>
      one.route('**/pay/*', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Pay here</h1>' })),
    );
    await page.getByRole('button', { name: 'Buy a code' }).click();
    await page.locator('[data-buy] input[name=email]').fill('ana@example.org');
    await page
      .locator('[data-buy]')
      .getByText('The service begins at once')
      .click({ position: { x: 5, y: 5 } });
    await page.locator('[data-buy] button[type=submit]').click();
    await page.getByText('Pay here').waitFor();
    await page.close();

    pages.mock.answers[ASK] = ({ query }) =>
      query.get('claim') === 'claim-of-mine' ? { body: paidCode() } : { status: 404, body: { code: 'x', message: '' } };
    const later = await context.newPage();
    await later.goto(`${pages.mock.origin}/c/demo`);
    await later.locator(`[data-code="${CODE}"]`).waitFor();
    await later.locator('[data-panel="access"]').waitFor();
    await context.close();
  });

  test('"send me my code again" says the same whatever is true', async () => {
    let sent: unknown;
    pages.mock.answers['POST /api/access-codes/resend'] = ({ body }) => {
      sent = body;
      return { body: { sent: true } };
    };
    const { page, context } = await pages.open('/c/demo');
    await page.getByRole('button', { name: 'Send me my code again' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send me my code again' });
    await dialog.locator('input').fill('ana@example.org');
    await expectAccessible(page);
    await dialog.locator('button[type=submit]').click();
    await dialog.getByText(/If a valid code was bought with ana@example\.org/).waitFor();
    expect(sent).toEqual({ email: 'ana@example.org', channel: 'demo' });
    await context.close();
  });
});

test('what was paid names its tax, and its invoice is asked for when it is wanted', async () => {
  const view = { ...paidCode(), amountMinor: 1189, tax: 'exclusive' as const, taxMinor: 190, invoice: true };
  pages.mock.answers[ASK] = { body: view };
  takesTheCode();
  pages.mock.answers[`GET /api/invoices/${view.transferId}`] = { body: { url: '/pay/invoice', pdf: null } };
  const { page, context, faults } = await pages.open(BACK, PHONE);
  await page.getByText('€11.89 paid, of it €1.90 tax.').waitFor();
  await page.route('**/pay/invoice', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Invoice</h1>' }));
  await page.getByRole('button', { name: 'Your invoice' }).click();
  await page.waitForURL('**/pay/invoice');
  expect(faults).toEqual([]);
  await context.close();
});
