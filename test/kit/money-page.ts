/** What a buyer does in the browser, and what the ledger says of it afterwards. */
import mysql from 'mysql2/promise';
import type { Page } from 'playwright-core';
import { standinClient } from '../../standin/client.ts';
import type { Install } from './install.ts';

const PAY_PAGE = /\/standin\/c\/pay\//;

/** Opens the form for a code and fills it in; does not press the button. */
export async function orderForm(page: Page, url: string, email: string): Promise<void> {
  await page.goto(`${url}/c/demo`);
  await page.getByRole('button', { name: 'Buy a code' }).click();
  await page.locator('[data-buy] input[type=email]').fill(email);
  for (const box of await page.locator('[data-buy] input[type=checkbox]').all()) await box.check();
}

/** Orders a code and waits for the stand-in's page. Returns Stripe's id of the order. */
export async function orderCode(page: Page, url: string, email: string): Promise<string> {
  await orderForm(page, url, email);
  await page.locator('[data-buy] button[type=submit]').click();
  return payPage(page);
}

/** Waits for the stand-in's page. Returns Stripe's id of the order. */
export async function payPage(page: Page): Promise<string> {
  await page.waitForURL(PAY_PAGE, { timeout: 30_000 });
  return /\/standin\/c\/pay\/(\w+)/.exec(page.url())?.[1] ?? '';
}

export const press = (page: Page, action: string) => page.locator(`button[name=action][value=${action}]`).click();

/** The code that the page shows, once it does. */
export async function boughtCode(page: Page): Promise<string> {
  const box = page.locator('[data-code]');
  await box.waitFor({ timeout: 30_000 });
  return (await box.getAttribute('data-code')) ?? '';
}

export const standinOf = ({ settings, secrets }: Install) =>
  standinClient(`http://127.0.0.1:${settings.standinPort}`, secrets.standinSecret);

/** Questions to the install's database. */
export async function openBooks({ secrets }: Install) {
  const pool = mysql.createPool({ uri: secrets.databaseUrl, timezone: 'Z', connectionLimit: 1 });
  type Row = Record<string, unknown>;
  const rows = async (text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const [found] = await pool.query<mysql.RowDataPacket[]>(text, [...values]);
    return found;
  };
  return {
    rows,
    /** Bookings of what somebody bought without an account, by kind. */
    async transfersOf(email: string): Promise<string[]> {
      const found = await rows(
        `SELECT t.kind FROM checkout c JOIN payment p ON p.checkoutId = c.id
         JOIN ledger_transfer t ON t.publicId = p.transferId OR t.reverses = p.transferId
         WHERE c.email = ? ORDER BY t.id`,
        [email],
      );
      return found.map(({ kind }) => String(kind));
    },
    async codesOf(email: string): Promise<number> {
      const [row] = await rows('SELECT COUNT(*) AS n FROM access_code WHERE email = ?', [email]);
      return Number(row?.['n']);
    },
    close: () => pool.end(),
  };
}
