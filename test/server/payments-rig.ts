/** The API beside a stand-in for Stripe that sends it events, and what buyers do with both. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openPayments } from '../../server/src/payments/payments.ts';
import { transfersToCreators } from '../../server/src/payouts/reversals.ts';
import { balanceOf, money } from '../../server/src/wallet/service.ts';
import { standinClient } from '../../standin/client.ts';
import { type Standin, startStandin } from '../../standin/start.ts';
import { until } from '../kit/until.ts';
import { type Answer, freshAddress, startApp, type TestApp, unique } from './app.ts';

export type Shop = Awaited<ReturnType<typeof startShop>>;
export type Bought = { readonly id: string; readonly claim: string; readonly url: string; readonly session: string };

const SESSION = /cs_\w+/;

/** Of an answer that began a purchase. */
function boughtOf(answer: Answer): Bought {
  if (answer.status !== 200) throw new Error(`not begun: ${JSON.stringify(answer)}`);
  const { checkoutId, claim, checkoutUrl } = answer.body as Record<string, string>;
  const session = SESSION.exec(checkoutUrl ?? '')?.[0] ?? '';
  return { id: checkoutId ?? '', claim: claim ?? '', url: checkoutUrl ?? '', session };
}

function buyersOf(app: TestApp) {
  return {
    buyCode: async (channel: { slug: string }, more: Record<string, unknown> = {}, key: string = randomUUID()) => {
      const body = { channel: channel.slug, email: 'fan@example.org', language: 'en', consent: true, ...more };
      const headers = { 'idempotency-key': key };
      return app.call('POST', '/api/access-codes/buy', { body, headers, address: freshAddress() });
    },
    buyTokens: (cookie: string, amountTokens: number, key: string = randomUUID()) =>
      app.call('POST', '/api/tokens/purchase', {
        cookie,
        body: { amountTokens },
        headers: { 'idempotency-key': key },
        address: freshAddress(),
      }),
    subscribe: (cookie: string, channel: { slug: string }) =>
      app.call('POST', '/api/subscriptions/checkout', { cookie, body: { channel: channel.slug } }),
    checkout: (bought: Bought, claim: string | null = bought.claim) =>
      app.call('GET', `/api/checkouts/${bought.id}${claim === null ? '' : `?claim=${claim}`}`),
    refund: (transferId: string, amount?: number, key: string = randomUUID()) =>
      app.call('POST', '/api/refunds', {
        bearer: app.config.secrets.adminApiKey,
        origin: null,
        body: { transferId, reason: 'a test', ...(amount === undefined ? {} : { amount }) },
        headers: { 'idempotency-key': key },
      }),
    reconcile: () =>
      app.call('POST', '/api/admin/reconcile', { bearer: app.config.secrets.adminApiKey, origin: null, body: {} }),
  };
}

function factsOf(app: TestApp) {
  const one = async <T>(sql: string, values: readonly unknown[]): Promise<T> => {
    const [row] = await app.owner(sql, values);
    return row as T;
  };
  return {
    codesOf: (bought: { id: string }) =>
      app.owner('SELECT publicId, revokedAt, startsAt, expiresAt FROM access_code WHERE issuedBy = ?', [bought.id]),
    transfersOf: (bought: { session: string }) =>
      app.owner('SELECT publicId, kind FROM ledger_transfer WHERE idempotencyKey = ?', [`checkout:${bought.session}`]),
    transferOf: async (bought: { id: string }) =>
      (
        await one<{ transferId: string }>(
          'SELECT p.transferId FROM payment p JOIN checkout c ON c.id = p.checkoutId WHERE c.publicId = ?',
          [bought.id],
        )
      ).transferId,
    intentOf: async (bought: { id: string }) =>
      (
        await one<{ intent: string }>(
          'SELECT p.paymentIntentId AS intent FROM payment p JOIN checkout c ON c.id = p.checkoutId WHERE c.publicId = ?',
          [bought.id],
        )
      ).intent,
    creatorHas: (channel: { ownerId: string }) => balanceOf(app.platform.db, money.creator(channel.ownerId, 'eur')),
    creatorOwes: (channel: { ownerId: string }) => balanceOf(app.platform.db, money.debt(channel.ownerId, 'eur')),
    fanOwes: (userId: string) => balanceOf(app.platform.db, money.debt(userId, 'TOKEN')),
    /** Every currency, summed over all entries: nothing may be left. */
    sums: () =>
      app.owner(
        `SELECT a.currency, SUM(e.amount) AS sum FROM ledger_entry e JOIN ledger_account a ON a.id = e.accountId
         GROUP BY a.currency HAVING SUM(e.amount) <> 0`,
      ),
  };
}

/** Starts both. The stand-in's events go to `webhookUrl`, else to the API. */
export async function startShop(given: { readonly webhookUrl?: string } = {}) {
  const controlSecret = randomBytes(16).toString('hex');
  let standin: Standin | undefined;
  const app = await startApp(async (config) => {
    const port = config.apiPorts[0] ?? 0;
    standin = await startStandin({
      port: 0,
      stateFile: join(config.varDir, 'standin.db'),
      secretKey: config.secrets.stripeSecretKey,
      webhookSecret: config.secrets.stripeWebhookSecret,
      webhookUrl: given.webhookUrl ?? `http://127.0.0.1:${port}/api/webhooks/stripe`,
      controlSecret,
      retryMs: 50,
    });
    config.stripe.apiBase = `http://127.0.0.1:${standin.port}`;
    return port;
  });
  if (!standin) throw new Error('no stand-in');
  const running = standin;
  const control = standinClient(app.config.stripe.apiBase, controlSecret);
  const buyers = buyersOf(app);
  return {
    app,
    control,
    /** The feature as the worker has it. */
    ctx: openPayments(app.platform, transfersToCreators),
    ...buyers,
    ...factsOf(app),
    boughtOf,
    press: (bought: Bought, action: 'pay' | 'decline' | 'later' = 'pay') =>
      control.command('press', { session: bought.session, action }),
    /** A fan with an account, signed in. */
    async fan() {
      const made = await app.make.channel();
      return { ...made, userId: made.ownerId, cookie: await app.signIn(made) };
    },
    /** A channel that sells codes and memberships. */
    channel: (more: Record<string, unknown> = {}) =>
      app.make.channel({ codePriceMinor: 1000, membershipPriceMinor: 500, ...more }),
    /** Begins and pays for a code; waits until no event is on its way. */
    async paidCode(channel: { slug: string }, more: Record<string, unknown> = {}) {
      const bought = boughtOf(await buyers.buyCode(channel, { email: `${unique('f')}@example.org`, ...more }));
      await control.command('press', { session: bought.session, action: 'pay' });
      await control.quiet();
      return bought;
    },
    until,
    async stop() {
      await running.stop();
      await app.stop();
    },
  };
}
