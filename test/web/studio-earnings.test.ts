/** The earnings page: what is there, refunds and payouts that are sent once, tips that come by themselves. */
import { beforeEach, expect, test } from 'vitest';
import { me, overview } from './answers.ts';
import { balances, earnings, LINES, payouts, asked as request, SALE, statement, tipList } from './earnings-answers.ts';
import { DESK, expectAccessible, overflowOf, PHONE, withPages } from './pages.ts';
import { shop, tip } from './shop-answers.ts';

type Sent = { body: unknown; key: string | null };

const pages = withPages();
beforeEach(() => {
  pages.mock.answers['GET /api/studio/me'] = { body: me };
  pages.mock.answers['GET /api/studio/overview'] = () => ({ body: overview({ show: null }) });
  pages.mock.answers['GET /api/shop'] = { body: shop() };
  pages.mock.answers['GET /api/earnings'] = { body: earnings() };
  pages.mock.answers['GET /api/payouts'] = { body: payouts() };
  pages.mock.answers['GET /api/tips'] = { body: tipList(2) };
  pages.mock.answers['GET /api/earnings/statement'] = ({ query }) => ({
    body: statement(query.get('month') ?? '', query.get('currency') ?? '', query.get('after')),
  });
});

const open = (viewport = PHONE) => pages.open('/studio/earnings', viewport);

test('balances, sources, sales, payouts and tips are there on phone and desk', async () => {
  for (const viewport of [PHONE, DESK]) {
    const { page, context, faults } = await open(viewport);
    const cash = page.locator('[data-balance="eur"]');
    await cash.getByText('€126.40').waitFor();
    await cash.getByText('The next part is free on').waitFor();
    await page.locator('[data-balance="TOKEN"]').getByText('1,500 tokens').waitFor();
    await page.locator('[data-source="code"]').getByText('yours €144.00').waitFor();
    await page.getByText('€9.99 paid: €8.00 yours (80 %), €1.99 for the platform').first().waitFor();
    // A sale that went back wholly offers no refund, and a refund none either.
    expect(await page.getByRole('button', { name: /^Refund/ }).count()).toBe(3);
    await page.getByText('Reason: Please open an account at Stripe first.').waitFor();
    await page.getByText('That last piece!').waitFor();
    const file = await page.getByRole('link', { name: 'Download as CSV' }).getAttribute('href');
    expect(file).toMatch(/^\/api\/earnings\/statement\?channel=demo&month=20\d\d-\d\d&currency=eur&format=csv$/);
    const month = page.getByRole('region', { name: 'Statement by month' });
    await month.getByText('€92.00, €5.00 owed').waitFor();
    const sale = month.locator('[data-line="code_sale"]');
    for (const words of ['Access code (80\u00a0%)', 'a…@example.org', '€9.99', '€1.99', '€8.00'])
      await sale.getByText(words).waitFor();
    await month.locator('[data-line="refund"]').getByText('−€3.00').waitFor();
    await month.locator('[data-line="refund"]').getByText('€5.00 more owed').waitFor();
    await month.locator('[data-line="payout_hold"]').getByText('−€9.00').waitFor();
    expect(await month.locator('[data-totals] td').allInnerTexts()).toEqual([
      '€4.99',
      '€0.99',
      '€0.00\n€5.00 more owed',
    ]);
    expect(await overflowOf(page)).toBe(0);
    await expectAccessible(page);
    expect(faults).toEqual([]);
    await context.close();
  }
});

test('a refund wants a reason, is sent once under one key, and a refusal is said in place', async () => {
  const sent: Sent[] = [];
  pages.mock.answers['POST /api/refunds'] = ({ body, key }) => {
    sent.push({ body, key });
    if (sent.length === 1)
      return { status: 409, body: { code: 'refund.refused', message: 'The payment service refused the refund.' } };
    return { body: { transferId: SALE, state: 'done', amount: 250, refunded: 250 } };
  };
  const { page, context, faults } = await open();
  await page.getByRole('button', { name: 'Refund Access code of a…@example.org, €9.99' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('A part. What was bought stays.').check();
  await dialog.getByRole('button', { name: /^Give back/ }).click();
  await dialog.getByText('Type an amount up to €9.99.').waitFor();
  await dialog.getByText('Please say why.').waitFor();
  expect(sent).toEqual([]);
  await expectAccessible(page);
  await dialog.getByLabel('Amount, EUR').fill('2.50');
  await dialog.getByText('Of €2.50 about €2.00 come from your share').waitFor();
  await dialog.getByLabel('Reason').fill('The sound was gone');
  await dialog.getByRole('button', { name: 'Give back €2.50' }).click();
  await dialog.getByText('The payment service refused the refund.').waitFor();
  await dialog.getByRole('button', { name: 'Give back €2.50' }).dblclick();
  await page.getByText('€2.50 went back to the buyer.').waitFor();
  const body = { transferId: SALE, amount: 250, reason: 'The sound was gone' };
  // Tried again after the refusal: the same request, so it can never be carried out twice.
  expect(sent).toEqual([
    { body, key: sent[0]?.key },
    { body, key: sent[0]?.key },
  ]);
  expect(sent[0]?.key).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
  expect(faults).toEqual([]);
  await context.close();
});

test('a payout keeps to its limits and is asked for once', async () => {
  const sent: Sent[] = [];
  pages.mock.answers['POST /api/payouts'] = ({ body, key }) => {
    sent.push({ body, key });
    return { body: request };
  };
  const { page, context } = await open();
  const card = page.getByRole('region', { name: 'Payouts' });
  await card.getByText('From €20.00 up to €126.40.').waitFor();
  await card.getByLabel('Amount, EUR').fill('127');
  await card.getByRole('button', { name: 'Ask for a payout' }).click();
  await card.getByText('Type an amount from €20.00 to €126.40.').waitFor();
  expect(sent).toEqual([]);
  await card.getByLabel('Amount, EUR').fill('50');
  await card.getByRole('button', { name: 'Ask for a payout' }).dblclick();
  await card.getByText('Asked for. The operator looks at it next.').waitFor();
  expect(sent.map(({ body }) => body)).toEqual([{ channel: 'demo', currency: 'eur', amount: 5000 }]);
  expect(sent[0]?.key).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
  await card.getByLabel('From').selectOption('TOKEN');
  await card.getByText('The least that is paid out is 2,000 tokens; 1,500 tokens are free now.').waitFor();
  await context.close();
});

test('debts are named; tips come by themselves; Stripe’s page is opened; a failed load can be tried again', async () => {
  pages.mock.answers['GET /api/earnings'] = { status: 503, body: { code: 'unavailable', message: '' } };
  pages.mock.answers['POST /api/payouts/connect'] = { body: { url: '/connect/here', state: 'incomplete' } };
  const { page, context, faults } = await open();
  await page.getByText('The server is restarting.').waitFor();
  pages.mock.answers['GET /api/earnings'] = { body: earnings({ balances: balances({ debt: 350 }) }) };
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('[data-balance="eur"]').getByText('€3.50').waitFor();
  await page.getByText('From refunds after you had spent the money').waitFor();
  await page.locator('[data-tip]').first().waitFor();
  pages.mock.answers['GET /api/tips'] = { body: tipList(3) };
  await expect
    .poll(async () => {
      pages.mock.emit('tip:new', tip(3));
      return page.locator('[data-tip]').count();
    })
    .toBe(3);
  await page.getByRole('button', { name: 'Open an account at Stripe' }).click();
  await page.waitForURL('**/connect/here');
  expect(faults).toEqual([]);
  await context.close();
});

test('a long statement comes page by page under the sums of the whole month, and anew after money moved', async () => {
  const asked: string[] = [];
  pages.mock.answers['GET /api/earnings/statement'] = ({ query }) => {
    const after = query.get('after');
    if (after !== null) asked.push(after);
    if (after !== null && asked.length === 1) return { status: 503, body: { code: 'unavailable', message: '' } };
    return { body: statement(query.get('month') ?? '', query.get('currency') ?? '', after, 3) };
  };
  pages.mock.answers['POST /api/refunds'] = {
    body: { transferId: SALE, state: 'done', amount: 999, refunded: 999 },
  };
  const { page, context, faults } = await open();
  const month = page.getByRole('region', { name: 'Statement by month' });
  await month.getByText('3 of 4 lines, the oldest first').waitFor();
  await month.getByText('Total of all 4 lines').waitFor();
  await month.getByRole('button', { name: 'Show more lines' }).click();
  await month.getByText('The server is restarting.').waitFor();
  expect(await month.locator('[data-line]').count()).toBe(3);
  await month.getByRole('button', { name: 'Try again' }).click();
  await month.getByText('4 of 4 lines').waitFor();
  expect(await month.locator('[data-line]').count()).toBe(4);
  expect(await month.getByRole('button').count()).toBe(0);
  await page.getByRole('button', { name: 'Refund Access code of a…@example.org, €9.99' }).click();
  await page.getByLabel('Reason').fill('The sound was gone');
  await page.getByRole('button', { name: 'Give back €9.99' }).click();
  await month.getByText('3 of 4 lines').waitFor();
  expect(asked).toEqual([LINES[2]?.transferId, LINES[2]?.transferId]);
  expect(faults).toEqual([]);
  await context.close();
});
