/** A stand-in in this process, the official SDK that talks to it, and a receiver of its webhooks. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { standinClient } from '../../standin/client.ts';
import { type StandinOptions, startStandin } from '../../standin/start.ts';
import { until } from '../kit/until.ts';

type Received = { readonly event: Stripe.Event; readonly raw: string; readonly signature: string };

/** Takes webhooks. `answer` says with what status; each is kept, refused or not. */
async function startReceiver(webhookSecret: string, answer: (event: Stripe.Event) => number = () => 200) {
  const received: Received[] = [];
  let verdict = answer;
  const server = createServer(async (request, response) => {
    let raw = '';
    for await (const chunk of request as AsyncIterable<Buffer>) raw += chunk;
    const signature = String(request.headers['stripe-signature']);
    const event = Stripe.webhooks.constructEvent(raw, signature, webhookSecret);
    received.push({ event, raw, signature });
    response.writeHead(verdict(event)).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/webhooks/stripe`,
    received,
    types: () => received.map(({ event }) => event.type),
    answerWith: (next: (event: Stripe.Event) => number) => {
      verdict = next;
    },
    waitFor: (type: string, count = 1) =>
      until(
        () => received.filter(({ event }) => event.type === type).length >= count,
        `${count} × ${type}`,
        10_000,
        20,
      ),
    /** The first event about this object. */
    async about(id: string): Promise<Received> {
      const isIt = ({ event }: Received) => (event.data.object as { id?: string }).id === id;
      await until(() => received.some(isIt), `an event about ${id}`, 10_000, 20);
      return received.find(isIt) as Received;
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const hex = () => randomBytes(16).toString('hex');

export async function startRig(more: Partial<StandinOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-standin-'));
  const secretKey = `sk_test_standin${hex()}`;
  const webhookSecret = `whsec_${hex()}`;
  const controlSecret = hex();
  const receiver = await startReceiver(webhookSecret);
  const options: StandinOptions = {
    port: 0,
    stateFile: join(folder, 'state.db'),
    secretKey,
    webhookSecret,
    controlSecret,
    webhookUrl: receiver.url,
    retryMs: 50,
    ...more,
  };
  const standin = await startStandin(options);
  const stripe = new Stripe(secretKey, {
    host: '127.0.0.1',
    port: standin.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
  return {
    options: { ...options, port: standin.port },
    folder,
    stripe,
    receiver,
    standin,
    control: standinClient(`http://127.0.0.1:${standin.port}`, controlSecret),
    /** A session for one thing at a price; `more` wins. */
    session: (amount = 999, given: Stripe.Checkout.SessionCreateParams = {}) =>
      stripe.checkout.sessions.create({
        mode: 'payment',
        success_url: 'http://127.0.0.1/paid?session={CHECKOUT_SESSION_ID}',
        cancel_url: 'http://127.0.0.1/back',
        customer_email: 'fan@example.org',
        line_items: [
          {
            quantity: 1,
            price_data: { currency: 'eur', unit_amount: amount, product_data: { name: 'An access code' } },
          },
        ],
        ...given,
      }),
    /** Presses a button of the checkout page, as a browser without scripts would. */
    press: (session: Stripe.Checkout.Session, action: string, email = 'fan@example.org') =>
      fetch(session.url ?? '', {
        method: 'POST',
        body: new URLSearchParams({ action, email }),
        redirect: 'manual',
      }),
    /** A monthly subscription, paid for the first month. */
    async subscription(amount = 500) {
      const session = await stripe.checkout.sessions.create({
        mode: 'subscription',
        success_url: 'http://127.0.0.1/paid',
        customer_email: 'fan@example.org',
        subscription_data: { metadata: { channel: 'c1' } },
        line_items: [
          {
            quantity: 1,
            price_data: {
              currency: 'eur',
              unit_amount: amount,
              recurring: { interval: 'month' },
              product_data: { name: 'Membership' },
            },
          },
        ],
      });
      await fetch(session.url ?? '', {
        method: 'POST',
        body: new URLSearchParams({ action: 'pay', email: 'fan@example.org' }),
        redirect: 'manual',
      });
      return stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription', 'invoice.payments'] });
    },
    async stop() {
      await standin.stop();
      receiver.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type Rig = Awaited<ReturnType<typeof startRig>>;

/** What the SDK throws. */
export async function refusal(work: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
