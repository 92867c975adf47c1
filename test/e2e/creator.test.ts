/** A creator's month on a whole install: prices, a show, sales, a payout by the operator, a cancelled show; by the pages alone. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDevice, startBrowser } from '../kit/browser.ts';
import { type Install, startInstall } from '../kit/install.ts';
import { boughtCode, openBooks, orderCode, payPage, press } from '../kit/money-page.ts';
import { until } from '../kit/until.ts';

const DESK = { width: 1280, height: 900 };
const HOUR_MS = 3_600_000;

let install: Install;
let browser: Browser;
let creator: Page;
let fan: Page;
const faults: string[][] = [];

async function device(viewport?: { width: number; height: number }): Promise<Page> {
  const opened = await newDevice(browser, viewport);
  faults.push(opened.faults);
  return opened.page;
}

beforeAll(async () => {
  install = await startInstall({
    name: 'creator',
    env: { STAGEDOOR_PAYOUT_HOLD_DAYS: '0', STAGEDOOR_PAYOUT_MINIMUM: '100' },
  });
  browser = await startBrowser();
  creator = await device(DESK);
  fan = await device();
});
afterAll(async () => {
  await browser?.close();
  await install?.stop();
});

const dialog = () => creator.getByRole('dialog');
const section = (name: string) =>
  creator.getByRole('navigation', { name: 'Studio' }).getByRole('link', { name }).click();
const rows = () => creator.locator('[data-listed]');
/** What `datetime-local` takes for tomorrow. */
const tomorrow = () => {
  const at = new Date(Date.now() + 24 * HOUR_MS);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};
const balance = (page: Page, tokens: number) => page.locator(`[data-balance="${tokens}"]`).waitFor({ timeout: 20_000 });

test('the creator signs in and says what a code and a membership cost', async () => {
  const { creatorEmail, creatorPassword = '' } = install.demo;
  await creator.goto(`${install.url}/studio`);
  await creator.getByLabel('E-mail').fill(creatorEmail);
  await creator.getByLabel('Password').fill(creatorPassword);
  await creator.getByRole('button', { name: 'Sign in' }).click();
  const card = creator.getByRole('region', { name: 'What you sell' });
  await card.getByLabel('Access code, EUR').fill('7.50');
  await card.getByLabel('Membership a month, EUR').fill('4,99');
  await card.getByText('Of €7.50 you get €6.00.').waitFor();
  await card.getByRole('button', { name: 'Save prices' }).click();
  await card.getByText('Saved.').waitFor();
});

test('a show with tickets is planned, changed, held again, and its copy deleted', async () => {
  await section('Shows');
  await creator.getByText('No shows yet.').waitFor();
  await creator.getByRole('button', { name: 'Plan a show' }).click();
  await dialog().getByLabel('Title').fill('Night of loops');
  await dialog().getByLabel('Begins at').fill(tomorrow());
  await dialog().getByLabel('Ticket holders').check();
  await dialog().getByLabel('Ticket price, tokens').fill('400');
  await dialog().getByRole('button', { name: 'Plan the show' }).click();
  await rows().getByText('Night of loops').waitFor();
  await creator.getByRole('button', { name: 'Edit “Night of loops”' }).click();
  await dialog().getByLabel('Title').fill('Evening of loops');
  await dialog().getByLabel('Ticket price, tokens').fill('500');
  await dialog().getByLabel('Seats').fill('2');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await creator.getByRole('button', { name: 'Duplicate “Evening of loops”' }).click();
  expect(await dialog().getByLabel('Ticket price, tokens').inputValue()).toBe('500');
  await dialog().getByLabel('Title').fill('One too many');
  await dialog().getByLabel('Begins at').fill(tomorrow());
  await dialog().getByRole('button', { name: 'Plan the show' }).click();
  await creator.getByRole('button', { name: 'Delete “One too many”' }).click();
  await dialog().getByRole('button', { name: 'Delete' }).click();
  await creator.getByText('“One too many” is deleted.').waitFor();
  await expect.poll(() => rows().count()).toBe(1);
});

test('a stranger buys a code, a fan a ticket: the studio shows both with their split', async () => {
  const stranger = await device();
  await orderCode(stranger, install.url, 'stranger@example.org');
  await press(stranger, 'pay');
  await boughtCode(stranger);
  await fan.goto(`${install.url}/c/demo`);
  await fan.getByRole('button', { name: 'Buy a ticket' }).click();
  const box = fan.getByRole('dialog');
  await box.getByRole('button', { name: 'New account' }).click();
  await box.locator('input[name=name]').fill('Ana');
  await box.locator('input[name=email]').fill('fan@example.org');
  await box.locator('input[name=password]').fill('a-long-password');
  for (const tick of await box.locator('input[type=checkbox]').all()) await tick.check();
  await box.locator('button[type=submit]').click();
  await fan.locator('[data-missing="500"]').waitFor({ timeout: 20_000 });
  await fan.locator('[data-top-up] button[type=submit]').click();
  await payPage(fan);
  await press(fan, 'pay');
  await fan.locator('[data-after="ticket"]').waitFor({ timeout: 30_000 });
  await balance(fan, 0);
  await section('Earnings');
  await creator.getByText('€7.50 paid: €6.00 yours (80 %), €1.50 for the platform').waitFor();
  await creator.getByText('500 tokens paid: 400 tokens yours (80 %), 100 tokens for the platform').waitFor();
  await creator.locator('[data-balance="eur"]').getByText('€6.00').first().waitFor();
});

test('a payout: asked for in the studio, approved and paid by the operator, and the file sums to the page', async () => {
  const card = creator.getByRole('region', { name: 'Payouts' });
  await card.getByLabel('From').selectOption('eur');
  await card.getByLabel('Amount, EUR').fill('5.50');
  await card.getByRole('button', { name: 'Ask for a payout' }).click();
  await card.locator('[data-payout="requested"]').waitFor();
  const operator = await device(DESK);
  await operator.goto(`${install.url}/admin`);
  await operator.getByLabel('ADMIN_API_KEY').fill(install.secrets.adminApiKey);
  await operator.getByRole('button', { name: 'Open' }).click();
  await operator.getByRole('link', { name: 'Payouts' }).click();
  await operator.getByRole('button', { name: /^Approve: €5.50 to / }).click();
  await operator.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await operator.getByRole('dialog').waitFor({ state: 'detached' });
  await operator.getByRole('button', { name: /^Mark as paid: €5.50 to / }).click();
  await operator.getByRole('dialog').getByLabel('Reference').fill('SEPA 1');
  await operator.getByRole('dialog').getByRole('button', { name: 'Mark as paid' }).click();
  await operator.getByRole('dialog').waitFor({ state: 'detached' });
  await creator.reload();
  await card.locator('[data-payout="paid"]').getByText('Reference: SEPA 1').waitFor();
  const month = creator.getByRole('region', { name: 'Statement by month' });
  await month.locator('[data-line="payout_hold"]').getByText('−€5.50').waitFor();
  const totals = await month.locator('[data-totals="eur"] td').allInnerTexts();
  expect(totals).toEqual(['€7.50', '€1.50', '€0.50']);
  const file = await creator.request.get(
    install.url + ((await month.getByRole('link', { name: 'Download as CSV' }).getAttribute('href')) ?? ''),
  );
  const lines = (await file.text()).trim().split('\r\n');
  const sum = (name: string) => {
    const column = lines[0]?.split(',').indexOf(name) ?? -1;
    return lines.slice(1).reduce((all, line) => all + Number(line.split(',')[column]), 0);
  };
  const euros = ['gross', 'platform', 'amount'].map((name) => `€${(sum(name) / 100).toFixed(2)}`);
  expect(euros).toEqual(totals);
});

test('the show is cancelled on the page: the ticket is refunded and the wallet is what it was', async () => {
  await section('Shows');
  await creator.getByRole('button', { name: 'Cancel “Evening of loops”' }).click();
  await dialog().getByText('1 ticket is refunded at once, in full: 500 tokens go back to its buyer.').waitFor();
  await dialog().getByRole('button', { name: 'Cancel show' }).click();
  await creator.locator('[data-listed="cancelled"]').waitFor();
  expect(await creator.getByRole('button', { name: 'Delete “Evening of loops”' }).count()).toBe(0);
  const books = await openBooks(install);
  await until(
    async () => (await books.rows("SELECT 1 FROM ticket WHERE state = 'refunded'")).length === 1,
    'the ticket to be given back',
    20_000,
  );
  await books.close();
  await fan.goto(`${install.url}/account`);
  await balance(fan, 500);
  await section('Earnings');
  await creator.locator('[data-sale="refund"]').getByText('Refund: Ticket').waitFor();
  expect(faults.flat()).toEqual([]);
});

test('after all of it the ledger proves', async () => {
  const proof = await install.cli(['ledger', 'verify']);
  expect([proof.code, proof.stderr]).toEqual([0, '']);
});
