/** A fan's evening on a whole install: an account, tokens, a ticket, a tip, a membership, and every trace of it. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDevice, startBrowser, waitForFrames } from '../kit/browser.ts';
import { type Install, startInstall } from '../kit/install.ts';
import { type Publisher, publish } from '../kit/publisher.ts';
import { until } from '../kit/until.ts';

let install: Install;
let browser: Browser;
let encoder: Publisher;
let page: Page;
let faults: string[];

async function admin(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(install.url + path, {
    method,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${install.secrets.adminApiKey}`,
      'idempotency-key': randomUUID(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

beforeAll(async () => {
  install = await startInstall({ name: 'fan' });
  await admin('PATCH', '/api/channels/demo', { membershipPriceMinor: 499 });
  const startsAt = new Date(Date.now() - 1000).toISOString();
  await admin('POST', '/api/streams/create', { channel: 'demo', type: 'private', ticketPrice: 400, startsAt });
  const { key } = await install.json<{ key: string }>(['key', 'create', '--channel', 'demo', '--label', 'test']);
  encoder = publish(install.rtmpUrl, key);
  browser = await startBrowser();
  ({ page, faults } = await newDevice(browser));
});
afterAll(async () => {
  await browser?.close();
  await encoder?.stop();
  await install?.stop();
});

const balance = (tokens: number) => page.locator(`[data-balance="${tokens}"]`).waitFor({ timeout: 20_000 });

async function pay(): Promise<void> {
  await page.waitForURL(/\/standin\/c\/pay\//, { timeout: 30_000 });
  await page.locator('button[value=pay]').click();
}

test('a stranger wants a ticket: makes an account, tops up, and the picture moves, without leaving the way', async () => {
  await page.goto(`${install.url}/c/demo`);
  await page.locator('[data-state="live"]').waitFor({ timeout: 60_000 });
  expect(await page.locator('#access-code').count()).toBe(0);
  await page.getByRole('button', { name: 'Buy a ticket' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'New account' }).click();
  await dialog.locator('input[name=name]').fill('Ana');
  await dialog.locator('input[name=email]').fill('fan@example.org');
  await dialog.locator('input[name=password]').fill('a-long-password');
  for (const box of await dialog.locator('input[type=checkbox]').all()) await box.check();
  await dialog.locator('button[type=submit]').click();
  await page.locator('[data-missing="400"]').waitFor({ timeout: 20_000 });
  expect(await page.locator('[data-pack="500"]').isChecked()).toBe(true);
  await page.locator('[data-top-up] button[type=submit]').click();
  await pay();
  await page.locator('[data-after="ticket"]').getByText('Your ticket is bought').waitFor({ timeout: 30_000 });
  await balance(100);
  await page.locator('[data-access-by="ticket"]').waitFor();
  await waitForFrames(page, 30, 60_000);
});

test('a tip with too few tokens goes by way of the top-up, and is seen over the picture', async () => {
  await page.getByRole('button', { name: 'Done' }).click();
  await page.locator('[data-tip-card]').getByText('250', { exact: true }).click({ force: true });
  await page.locator('[data-tip-card] input[maxlength="200"]').fill('Once more!');
  await page.locator('[data-tip-card] button[type=submit]').click();
  await page.locator('[data-missing="150"]').waitFor();
  await page.locator('[data-top-up] button[type=submit]').click();
  await pay();
  await page.locator('[data-after="tip"]').waitFor({ timeout: 30_000 });
  await balance(350);
  await page.locator('[data-tip]').getByText('Ana tips 250 tokens').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.locator('[data-tip]').waitFor({ state: 'detached' });
});

test('a membership is joined, ended at the end of its month, and kept after all', async () => {
  await page.locator('[data-member-offer] button').click();
  await pay();
  await page.locator('[data-checkout="membership"]').waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Done' }).click();
  await page.goto(`${install.url}/account/memberships`);
  await page.getByRole('button', { name: 'Cancel membership' }).click();
  await page.getByRole('button', { name: 'Cancel it' }).click();
  await page.locator('[data-membership="active"][data-ends="yes"]').waitFor();
  await page.getByRole('button', { name: 'Keep it after all' }).click();
  await page.locator('[data-membership="active"][data-ends="no"]').waitFor();
});

test('the account shows all of it, with a receipt for each booking', async () => {
  await page.goto(`${install.url}/account`);
  await balance(350);
  const lines = page.locator('[data-line]');
  await lines.nth(3).waitFor();
  expect(await lines.count()).toBe(4);
  expect(await lines.locator('p').filter({ hasText: /^[+−]/ }).allTextContents()).toEqual([
    '−250',
    '+500',
    '−400',
    '+500',
  ]);
  const receipt = await page.request.get(install.url + ((await lines.locator('a').first().getAttribute('href')) ?? ''));
  expect(receipt.status()).toBe(200);
  expect(await receipt.json()).toMatchObject({ receipt: {}, signature: expect.any(String) });
  await page
    .getByText(/650 tokens/)
    .first()
    .waitFor();
  await page.getByRole('link', { name: 'Tickets' }).click();
  await page.locator('[data-ticket="valid"]').waitFor();
  await page.locator('nav a[href="/account/notices"]').click();
  await page.locator('[data-notice]').first().waitFor();
  await page.getByRole('button', { name: 'Mark all as read' }).click();
  await page.locator('[data-unread]').waitFor({ state: 'detached' });
});

test('a forgotten password: the mailed link sets a new one, and signs in with it', async () => {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Forgot your password?' }).click();
  await page.locator('input[name=email]').fill('fan@example.org');
  await page.getByRole('button', { name: 'Mail me the link' }).click();
  await page.getByText('If there is an account').waitFor();
  const { mails } = await admin('GET', '/api/admin/outbox?event=account.reset');
  const [mail] = mails as { id: string }[];
  const { text } = await admin('GET', `/api/admin/outbox/${mail?.id}`);
  const link = /https?:\S+\/account\/reset#token=\S+/.exec(String(text))?.[0] ?? '';
  await page.goto(link);
  await page.locator('input[name=password]').fill('another-long-one');
  await page.locator('form button[type=submit]').click();
  await page.locator('[data-reset="done"]').waitFor();
  await page.locator('input[name=email]').fill('fan@example.org');
  await page.locator('input[name=password]').fill('another-long-one');
  await page.locator('form button[type=submit]').click();
  await balance(350);
  expect(faults).toEqual([]);
});

test('a player without cookies plays the ticket’s show by the address that the page is given, until the ticket goes back', async () => {
  await page.goto(`${install.url}/c/demo`);
  await waitForFrames(page, 30, 60_000);
  const { nativeUrl, accessBy, showId } = await (
    await page.request.get(`${install.url}/api/live-sessions/current?channel=demo`)
  ).json();
  expect(accessBy).toBe('ticket');
  // Beside the page, and so the second of the two players that a ticket allows.
  const player = spawn(
    'ffmpeg',
    ['-v', 'info', '-nostdin', '-i', install.url + nativeUrl, '-c', 'copy', '-f', 'null', '-'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const ended = once(player, 'exit');
  let frames = 0;
  player.stderr.on('data', (text) => {
    frames = Number(/frame= *(\d+)/.exec(String(text))?.[1] ?? frames);
  });
  try {
    await until(() => frames > 90, 'pictures for three seconds', 20_000);
    const { tickets } = await admin('GET', `/api/streams/${showId}/tickets`);
    const [ticket] = tickets as { ticketId: string }[];
    await admin('POST', `/api/streams/${showId}/tickets/${ticket?.ticketId}/refund`, {});
    await Promise.race([
      ended,
      new Promise((_resolve, reject) => setTimeout(() => reject(new Error('still playing')), 10_000).unref()),
    ]);
    expect((await fetch(install.url + nativeUrl)).status).toBe(403);
  } finally {
    player.kill('SIGKILL');
  }
  await page.locator('[data-cover="revoked"]').first().waitFor({ timeout: 10_000 });
});
