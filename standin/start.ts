/** A stand-in for Stripe in this process. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, API_VERSION, type AtDesk, answerApi } from './api.ts';
import { queueEvent, startDeliveries } from './deliveries.ts';
import type { Desk } from './desk.ts';
import { answerPage } from './pages/router.ts';
import { openStore } from './store.ts';

export type StandinOptions = {
  /** Loopback port; 0 takes a free one. */
  readonly port: number;
  /** SQLite file of everything that it knows; made if it is not there. */
  readonly stateFile: string;
  readonly secretKey: string;
  readonly webhookSecret: string;
  /** Where events are sent; of several each try takes the next. */
  readonly webhookUrl: string | readonly string[];
  /** Opens the control address; absent: a secret that nobody knows, so that it is closed. */
  readonly controlSecret?: string;
  /** Where browsers find the pages. Default: this very server. */
  readonly pageBase?: string;
  /** The first pause before an event is sent again, milliseconds. */
  readonly retryMs?: number;
};
export type Standin = { readonly port: number; readonly stop: () => Promise<void> };

const MOST_BODY_BYTES = 1_000_000;

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

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Starts it on loopback; resolves once it listens. */
export async function startStandin(options: StandinOptions): Promise<Standin> {
  const store = openStore(options.stateFile);
  const server = createServer();
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pageBase = options.pageBase ?? `http://127.0.0.1:${port}/standin`;
  const deliveries = startDeliveries(store, {
    urls: [options.webhookUrl].flat(),
    secret: options.webhookSecret,
    retryMs: options.retryMs ?? 1000,
  });
  const now = () => Math.floor(Date.now() / 1000) + store.note('clockAheadS', 0);
  const atDesk: AtDesk = (asker, work) => {
    const desk: Desk = {
      store,
      now,
      pageBase,
      apiVersion: API_VERSION,
      asker,
      queue: (event) => queueEvent(store, event),
    };
    const result = store.transaction(() => work(desk));
    deliveries.wake();
    return result;
  };
  server.on('request', async (request, response) => {
    try {
      const { pathname, search } = new URL(request.url ?? '/', 'http://standin');
      const asked = {
        method: request.method ?? 'GET',
        path: pathname,
        query: search.slice(1),
        body: await bodyOf(request),
        headers: request.headers,
      };
      send(
        response,
        pathname.startsWith('/standin/')
          ? answerPage(atDesk, asked)
          : answerApi(store, atDesk, options.secretKey, asked),
      );
    } catch {
      response.destroy();
    }
  });
  return {
    port,
    async stop() {
      deliveries.stop();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      store.close();
    },
  };
}
