/** From a channel's page through the checkout to the moving picture, and every way in which that can go wrong. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDevice, startBrowser, waitForFrames } from '../kit/browser.ts';
import { expectCover } from '../kit/channel-page.ts';
import { type Install, startInstall } from '../kit/install.ts';
import { boughtCode, openBooks, orderCode, orderForm, payPage, press, standinOf } from '../kit/money-page.ts';
import { type Publisher, publish } from '../kit/publisher.ts';
import { until } from '../kit/until.ts';

let install: Install;
let browser: Browser;
let encoder: Publisher;
let books: Awaited<ReturnType<typeof openBooks>>;
let standin: ReturnType<typeof standinOf>;

beforeAll(async () => {
  install = await startInstall({ name: 'money' });
  const { key } = await install.json<{ key: string }>(['key', 'create', '--channel', 'demo', '--label', 'test']);
  encoder = publish(install.rtmpUrl, key);
  books = await openBooks(install);
  standin = standinOf(install);
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await encoder?.stop();
  await books?.close();
  await install?.stop();
});

let buyers = 0;
const newBuyer = () => {
  buyers += 1;
  return `buyer${buyers}@example.org`;
};

/** Once paid: one booking, one code, whatever happened on the way. */
async function boughtOnce(email: string): Promise<void> {
  expect(await books.transfersOf(email)).toEqual(['code_sale']);
  expect(await books.codesOf(email)).toBe(1);
}

async function admin(path: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(install.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${install.secrets.adminApiKey}`,
      'idempotency-key': `test-${Math.random().toString(36).slice(2, 12)}`,
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

async function visitor(): Promise<{ page: Page; email: string; faults: string[]; close(): Promise<void> }> {
  const { context, page, faults } = await newDevice(browser);
  return { page, email: newBuyer(), faults, close: () => context.close() };
}

test('a stranger pays and is watching: the picture moves, and the sale is booked once', async () => {
  const { page, email, faults, close } = await visitor();
  await orderCode(page, install.url, email);
  await page.getByText('No money moves').waitFor();
  await press(page, 'pay');
  const code = await boughtCode(page);
  await waitForFrames(page, 30, 60_000);
  await boughtOnce(email);
  expect(code).toMatch(/^PLI/);
  const receipt = await page.evaluate(async () => {
    const link = document.querySelector<HTMLAnchorElement>('a[href^="/api/receipts/"]');
    return (await fetch(link?.href ?? '')).text();
  });
  const file = join(install.varDir, 'receipt.json');
  writeFileSync(file, receipt);
  expect(await install.cli(['receipt', 'verify', file])).toMatchObject({ code: 0 });
  writeFileSync(file, receipt.replace('999', '998'));
  expect(await install.cli(['receipt', 'verify', file])).toMatchObject({ code: 1 });
  expect(page.url()).not.toContain('claim');
  expect(faults).toEqual([]);
  // The same is in the mail, which the operator can read.
  const outbox = await fetch(`${install.url}/api/admin/outbox`, {
    headers: { authorization: `Bearer ${install.secrets.adminApiKey}` },
  });
  expect(await outbox.text()).toContain(email);
  await close();
});

test('declined, too little money, authentication failed, then paid: one booking', async () => {
  const { page, email, close } = await visitor();
  await orderCode(page, install.url, email);
  for (const action of ['decline', 'funds']) {
    await press(page, action);
    await page.locator('[role=alert]').waitFor();
    expect(await books.transfersOf(email)).toEqual([]);
  }
  await press(page, 'challenge');
  await press(page, 'unauthenticated');
  await page.locator('[role=alert]').waitFor();
  await press(page, 'pay');
  await boughtCode(page);
  await boughtOnce(email);
  await close();
});

test('double clicks on the order and on paying: one order, one booking', async () => {
  const { page, email, close } = await visitor();
  await orderForm(page, install.url, email);
  await page.locator('[data-buy] button[type=submit]').dblclick();
  await payPage(page);
  await page.locator('button[value=pay]').dblclick();
  await boughtCode(page);
  await boughtOnce(email);
  const [orders] = await books.rows('SELECT COUNT(*) AS n FROM checkout WHERE email = ?', [email]);
  expect(Number(orders?.['n'])).toBe(1);
  await close();
});

test('the back button after paying leads to the same code, and pays nothing again', async () => {
  const { page, email, close } = await visitor();
  await orderCode(page, install.url, email);
  await press(page, 'pay');
  const code = await boughtCode(page);
  await page.goBack();
  await page.getByText('You are all done here').waitFor();
  await page.getByRole('link', { name: 'Go on' }).click();
  expect(await boughtCode(page)).toBe(code);
  await boughtOnce(email);
  await close();
});

test('two tabs with one checkout: both end at the one code', async () => {
  const { page, email, close } = await visitor();
  await orderCode(page, install.url, email);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await Promise.all([press(page, 'pay'), press(second, 'pay').catch(() => undefined)]);
  const code = await boughtCode(page);
  await second.goto(`${install.url}/c/demo`);
  await boughtOnce(email);
  expect(code).not.toBe('');
  await close();
});

test('a checkout that expired says so, and nothing is booked', async () => {
  const { page, email, close } = await visitor();
  const session = await orderCode(page, install.url, email);
  const answer = await fetch(
    `http://127.0.0.1:${install.settings.standinPort}/v1/checkout/sessions/${session}/expire`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${install.secrets.stripeSecretKey}` },
    },
  );
  expect(answer.status).toBe(200);
  await page.reload();
  await page.getByText('This checkout has expired').waitFor();
  await page.getByRole('link', { name: 'Go back' }).click();
  await page.locator('[data-checkout="expired"]').waitFor();
  expect(await books.transfersOf(email)).toEqual([]);
  expect(await books.codesOf(email)).toBe(0);
  await close();
});

test('the connection is lost after paying: the code is there when the page is opened again', async () => {
  const { page, email, close } = await visitor();
  const session = await orderCode(page, install.url, email);
  await standin.command('press', { session, action: 'pay', email });
  await page.context().setOffline(true);
  await press(page, 'pay').catch(() => undefined);
  await page.context().setOffline(false);
  await page.goto(`${install.url}/c/demo`);
  await boughtCode(page);
  await boughtOnce(email);
  await close();
});

test('the event is lost and the buyer gone: reconciling hands the code over, once', async () => {
  const { page, email, close } = await visitor();
  const session = await orderCode(page, install.url, email);
  await close();
  await standin.command('faults', { lose: 1000 });
  await standin.command('press', { session, action: 'pay', email });
  expect(await books.codesOf(email)).toBe(0);
  await standin.command('faults', {});
  await admin('/api/admin/reconcile', {});
  await admin('/api/admin/reconcile', {});
  await boughtOnce(email);
});

test('a refund ends the picture of whoever watches within ten seconds', async () => {
  const { page, email, close } = await visitor();
  await orderCode(page, install.url, email);
  await press(page, 'pay');
  await boughtCode(page);
  await waitForFrames(page, 30, 60_000);
  const [sale] = await books.rows(
    'SELECT p.transferId FROM payment p JOIN checkout c ON c.id = p.checkoutId WHERE c.email = ?',
    [email],
  );
  await admin('/api/refunds', { transferId: sale?.['transferId'], reason: 'test' });
  await expectCover(page, 'revoked', 10_000);
  await until(async () => (await books.transfersOf(email)).length === 2, 'the reversal', 10_000);
  expect(await books.transfersOf(email)).toEqual(['code_sale', 'refund']);
  await close();
});

test('after all of it the ledger proves', async () => {
  await standin.quiet();
  const proof = await install.cli(['ledger', 'verify']);
  expect([proof.code, proof.stderr]).toEqual([0, '']);
});
