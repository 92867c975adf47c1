/** A stand-in for Stripe in this process. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, API_VERSION, type Asked, type AtDesk, answerApi } from './api.ts';
import { catchUp } from './billing.ts';
import { answerControl } from './control.ts';
import { queueEvent, startDeliveries } from './deliveries.ts';
import type { Desk } from './desk.ts';
import { createOutage } from './outage.ts';
import { answerPage } from './pages/router.ts';
import { openStore, type Store } from './store.ts';

export type StandinOptions = {
  /** Loopback port; 0 takes a free one. */
  readonly port: number;
  /** SQLite file of everything that it knows; made if it is not there. */
  readonly stateFile: string;
  readonly secretKey: string;
  readonly webhookSecret: string;
  /** Where events are sent; of several each try takes the next. */
  readonly webhookUrl: string | readonly string[];
  /** Opens the control address; absent: there is none. */
  readonly controlSecret?: string;
  /** Where browsers find the pages. Default: this very server. */
  readonly pageBase?: string;
  /** The first pause before an event is sent again, milliseconds. */
  readonly retryMs?: number;
};
export type Standin = { readonly port: number; readonly stop: () => Promise<void> };

const MOST_BODY_BYTES = 1_000_000;
/** How often it looks what time has brought, milliseconds. */
const CATCH_UP_EVERY_MS = 5000;
const FIRST_RETRY_MS = 1000;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY_BYTES) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function read(request: IncomingMessage): Promise<Asked> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://standin');
  return {
    method: request.method ?? 'GET',
    path: pathname,
    query: search.slice(1),
    body: await bodyOf(request),
    headers: request.headers,
  };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function createDesks(store: Store, pageBase: string, wake: () => void): AtDesk {
  const now = () => Math.floor(Date.now() / 1000) + store.note('clockAheadS', 0);
  return (asker, work) => {
    const queue: Desk['queue'] = (event) => queueEvent(store, event);
    const result = store.transaction(() => work({ store, now, pageBase, apiVersion: API_VERSION, asker, queue }));
    wake();
    return result;
  };
}

/** Starts it on loopback; resolves once it listens. */
export async function startStandin(options: StandinOptions): Promise<Standin> {
  const store = openStore(options.stateFile);
  const server = createServer();
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const deliveries = startDeliveries(store, {
    urls: [options.webhookUrl].flat(),
    secret: options.webhookSecret,
    retryMs: options.retryMs ?? FIRST_RETRY_MS,
  });
  const atDesk = createDesks(store, options.pageBase ?? `http://127.0.0.1:${port}/standin`, deliveries.wake);
  let stopped = false;
  const outage = createOutage(server, () => {
    if (!stopped) server.listen(port, '127.0.0.1');
  });
  server.on('request', async (request, response) => {
    try {
      const asked = await read(request);
      const reply = (answer: Answer) => send(response, answer);
      const api = () => answerApi(store, atDesk, options.secretKey, asked);
      if (asked.path.startsWith('/standin/')) reply(answerPage(atDesk, asked));
      else if (asked.path.startsWith('/_standin/'))
        reply(answerControl(atDesk, options.controlSecret, { setOutage: outage.set }, asked));
      else if (!outage.meets(response, api, reply)) reply(api());
    } catch {
      response.destroy();
    }
  });
  const clock = setInterval(() => atDesk({ id: null, idempotency_key: null }, catchUp), CATCH_UP_EVERY_MS);
  return {
    port,
    async stop() {
      stopped = true;
      clearInterval(clock);
      outage.end();
      deliveries.stop();
      server.closeAllConnections();
      if (server.listening) {
        server.close();
        await once(server, 'close');
      }
      store.close();
    },
  };
}
