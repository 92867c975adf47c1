/** From the webhook's 2xx to the code in the buyer's page, through Nginx on a whole install. */
import { createHmac, randomUUID } from 'node:crypto';
import mysql from 'mysql2/promise';
import { io } from 'socket.io-client';
import { standinClient } from '../standin/client.ts';
import type { BenchInstall } from './lib/bench-install.ts';
import { type Findings, milliseconds, type Options, type Row } from './lib/result.ts';
import { percentile } from './lib/stats.ts';

const PURCHASES = 200;
/** Buyers who pay at the same moment, in the second round. */
const AT_ONCE = 4;
const TARGET_MS = 300;
const WAIT_MS = 10_000;
const PRICE_MINOR = 1000;

type Page = { readonly event: string; readonly paid: Promise<{ atMs: number; code: string }>; close(): void };
type Sample = { readonly afterAnswerMs: number; readonly afterSendMs: number; readonly answerMs: number };

function shopOf(install: BenchInstall) {
  const { url, settings, secrets } = install;
  const headers = { origin: settings.publicUrl, 'content-type': 'application/json' };
  const standin = `http://127.0.0.1:${settings.standinPort}`;
  const control = standinClient(standin, secrets.standinSecret);

  async function newestEvent(type: string): Promise<string> {
    const answer = await fetch(`${standin}/v1/events?limit=1&type=${type}`, {
      headers: { authorization: `Bearer ${secrets.stripeSecretKey}` },
    });
    const { data } = (await answer.json()) as { data: unknown[] };
    return JSON.stringify(data[0]);
  }

  /** A purchase that is paid at the stand-in and of which nobody has told the install; its page waits. */
  async function paidPage(n: number): Promise<Page> {
    const body = { channel: install.slug, email: `fan${n}@example.org`, language: 'en', consent: true };
    // Straight at the api, as Nginx would pass it on: each buyer comes from another address.
    const began = await fetch(`http://127.0.0.1:${settings.apiPorts[0]}/api/access-codes/buy`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': randomUUID(), 'x-real-ip': `10.9.${n >> 8}.${n & 255}` },
      body: JSON.stringify(body),
    });
    if (!began.ok) throw new Error(`buying: ${await began.text()}`);
    const { checkoutId: id, claim, checkoutUrl } = (await began.json()) as Record<string, string>;
    const socket = io(url, { transports: ['websocket'], extraHeaders: { origin: settings.publicUrl } });
    const joined = (await socket.timeout(WAIT_MS).emitWithAck('checkout:join', { id, claim })) as { ok: boolean };
    if (!joined.ok) throw new Error('the page may not wait');
    const paid = new Promise<{ atMs: number; code: string }>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the page waited in vain')), WAIT_MS);
      socket.once('checkout:paid', async () => {
        const answer = await fetch(`${url}/api/checkouts/${id}?claim=${claim}`);
        const { code } = (await answer.json()) as { code: string };
        clearTimeout(late);
        resolve({ atMs: performance.now(), code });
      });
    });
    const session = /cs_\w+/.exec(checkoutUrl ?? '')?.[0] ?? '';
    await control.command('press', { session, action: 'pay' });
    return { event: await newestEvent('checkout.session.completed'), paid, close: () => socket.close() };
  }

  async function tell(page: Page): Promise<Sample> {
    const at = Math.floor(Date.now() / 1000);
    const mac = createHmac('sha256', secrets.stripeWebhookSecret).update(`${at}.${page.event}`).digest('hex');
    const sentMs = performance.now();
    const answer = await fetch(`${url}/api/webhooks/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${mac}` },
      body: page.event,
    });
    const answeredMs = performance.now();
    if (!answer.ok) throw new Error(`the webhook: ${await answer.text()}`);
    const { atMs, code } = await page.paid;
    if (!code) throw new Error('the page shows no code');
    page.close();
    return { afterAnswerMs: Math.max(0, atMs - answeredMs), afterSendMs: atMs - sentMs, answerMs: answeredMs - sentMs };
  }

  return { control, paidPage, tell };
}

/** The channel sells codes; one address buys more of them than a buyer may. */
async function openShop(install: BenchInstall): Promise<void> {
  const database = await mysql.createConnection(install.secrets.databaseMigrationUrl);
  const set = 'UPDATE channel SET codePriceMinor = ?, viewerLimit = 100000 WHERE slug = ?';
  await database.execute(set, [PRICE_MINOR, install.slug]);
  await database.end();
}

export async function webhook(options: Options, install: BenchInstall): Promise<Findings> {
  await openShop(install);
  const shop = shopOf(install);
  // Nothing but this bench tells the install.
  await shop.control.command('faults', { lose: 1_000_000 });
  const count = options.quick ? 8 : PURCHASES;
  const rows: Row[] = [];
  for (const atOnce of [1, AT_ONCE]) {
    const samples: Sample[] = [];
    for (let n = 0; n < count; n += atOnce) {
      const pages: Page[] = [];
      for (let k = 0; k < atOnce; k += 1) pages.push(await shop.paidPage(n + k));
      samples.push(...(await Promise.all(pages.map((page) => shop.tell(page)))));
    }
    const of = (name: keyof Sample, p: number) =>
      percentile(
        samples.map((sample) => sample[name]),
        p,
      );
    const p95 = of('afterAnswerMs', 0.95);
    rows.push({
      what: `webhook 2xx → code in the page, p95, ${atOnce === 1 ? 'one buyer' : `${atOnce} buyers`} at a time`,
      measured: `${milliseconds(p95)} (median ${milliseconds(of('afterAnswerMs', 0.5))}; from the webhook sent ${milliseconds(of('afterSendMs', 0.95))}; its answer ${milliseconds(of('answerMs', 0.95))})`,
      beside: '',
      target: `≤ ${milliseconds(TARGET_MS)}`,
      reached: p95 <= TARGET_MS,
    });
  }
  return {
    rows,
    notes: [
      `${count} purchases each; the page waits on a socket with its claim and fetches the purchase when told; everything through Nginx, with a session at the stand-in, which the webhook asks afresh.`,
    ],
  };
}
