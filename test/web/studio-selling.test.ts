/** What a creator sells, and a show that is planned with its price: what is sent, what is refused, accessible. */
import { beforeEach, expect, test } from 'vitest';
import { inHours, me, overview, show } from './answers.ts';
import { DESK, expectAccessible, look, overflowOf, PHONE, withPages } from './pages.ts';
import { shop } from './shop-answers.ts';

const pages = withPages();
beforeEach(() => {
  pages.mock.answers['GET /api/studio/me'] = { body: me };
  pages.mock.answers['GET /api/studio/overview'] = () => ({ body: overview({ show: null }) });
  pages.mock.answers['GET /api/access-codes'] = { body: [] };
  pages.mock.answers['GET /api/shop'] = { body: shop() };
});

test('prices show what is left of them, wrong ones are refused in place, right ones are sent', async () => {
  const sent: unknown[] = [];
  pages.mock.answers['PATCH /api/channels/demo'] = ({ body }) => {
    sent.push(body);
    return { body: overview().channel };
  };
  const { page, context, faults } = await pages.open('/studio');
  await page.locator('[data-stand-in]').waitFor();
  const card = page.getByRole('region', { name: 'What you sell' });
  // 20 % of 9.99 is 1.998: the cent's rest is the creator's, as the ledger books it.
  await card.getByText('Of €9.99 you get €8.00.').waitFor();
  await card.getByLabel('Membership a month, EUR').fill('4.9.9');
  await card.getByLabel('Everybody').check();
  await card.getByLabel('Holders of a code').uncheck();
  await card.getByLabel('Everybody').uncheck();
  await card.getByRole('button', { name: 'Save prices' }).click();
  await card.getByText('Type a price from €0.50').waitFor();
  await card.getByText('Choose at least one way.').waitFor();
  await expectAccessible(page);
  expect(sent).toEqual([]);
  await card.getByLabel('Membership a month, EUR').fill('4,99');
  await card.getByText('Of €4.99 you get €4.00.').waitFor();
  await card.getByLabel('Access code, EUR').fill('');
  await card.getByLabel('Members', { exact: true }).check();
  await card.getByRole('button', { name: 'Save prices' }).click();
  await card.getByText('Saved.').waitFor();
  expect(sent).toEqual([{ codePriceMinor: null, membershipPriceMinor: 499, audience: ['membership'] }]);
  expect(await overflowOf(page)).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
});

test('where tax is asked, a price says what becomes of it', async () => {
  for (const [tax, words] of [
    ['inclusive', 'Of €9.99 you get €8.00, less your share of the tax in it.'],
    ['exclusive', 'Of €9.99 you get €8.00. Tax comes on top of it.'],
  ] as const) {
    pages.mock.answers['GET /api/shop'] = { body: shop({ tax }) };
    const { page, context, faults } = await pages.open('/studio');
    await page.getByRole('region', { name: 'What you sell' }).getByText(words).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  }
});

test('a show with tickets is planned with a price and a time, and its cancelling names the refunds', async () => {
  const sent: unknown[] = [];
  pages.mock.answers['POST /api/streams/create'] = ({ body }) => {
    sent.push(body);
    return { body: show({ state: 'scheduled' }) };
  };
  for (const viewport of [PHONE, DESK]) {
    sent.length = 0;
    const { page, context, faults } = await pages.open('/studio', viewport);
    await page.getByRole('button', { name: 'Plan a show' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Title').fill('Night of loops');
    await dialog.getByLabel('Ticket holders').check();
    await dialog.getByRole('button', { name: 'Plan the show' }).click();
    await dialog.getByText('Type a whole number of tokens').waitFor();
    await dialog.getByText('A show with tickets needs a time').waitFor();
    await expectAccessible(page);
    expect(sent).toEqual([]);
    await dialog.getByLabel('Ticket price, tokens').fill('500');
    await dialog.getByText('Of 500 tokens you get 400.').waitFor();
    await dialog.getByLabel('Begins at').fill('2099-01-02T20:00');
    await dialog.getByLabel('Seats').fill('30');
    await dialog.getByRole('button', { name: 'Plan the show' }).dblclick();
    await dialog.waitFor({ state: 'detached' });
    expect(sent).toEqual([
      {
        channel: 'demo',
        title: 'Night of loops',
        startsAt: new Date('2099-01-02T20:00').toISOString(),
        viewerLimit: 30,
        audience: ['code', 'ticket'],
        type: 'private',
        ticketPrice: 500,
      },
    ]);
    expect(faults).toEqual([]);
    await context.close();
  }
});

test('free and with a ticket exclude each other; cancelling says how many tickets are refunded', async () => {
  const { page, context } = await pages.open('/studio');
  await page.getByRole('button', { name: 'Plan a show' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Ticket holders').check();
  await dialog.getByLabel('Everybody').check();
  expect(await dialog.getByLabel('Ticket holders').isChecked()).toBe(false);
  expect(await dialog.getByLabel('Ticket holders').isDisabled()).toBe(true);
  await page.keyboard.press('Escape');
  const planned = show({
    state: 'scheduled',
    startsAt: inHours(20),
    openedAt: null,
    ticketPrice: 500,
    ticketsSold: 12,
    audience: ['ticket', 'membership'],
  });
  pages.mock.answers['GET /api/studio/overview'] = () => ({ body: overview({ show: null, upcoming: [planned] }) });
  await look(page);
  await page.getByText('12 tickets sold').waitFor();
  await page.getByRole('button', { name: 'Cancel show' }).click();
  await page.getByText('12 tickets are refunded at once').waitFor();
  await expectAccessible(page);
  await context.close();
});
