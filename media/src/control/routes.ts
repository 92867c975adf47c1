/** `/control/…`: for the control plane and the operator, on loopback; wake needs the bearer secret. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '#contract/errors.ts';

export type ControlRoutes = {
  readonly secret: string;
  readonly wake: () => void;
  readonly metrics: () => Promise<string>;
  readonly health: () => object;
};

function isOurs(request: IncomingMessage, secret: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${secret}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function json(response: ServerResponse, body: object): true {
  response
    .writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
  return true;
}

export function createControlRoutes({ secret, wake, metrics, health }: ControlRoutes) {
  return async (path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    if (path === '/control/health' && request.method === 'GET') return json(response, health());
    if (path === '/control/metrics' && request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(await metrics());
      return true;
    }
    if (path !== '/control/wake' || request.method !== 'POST') return false;
    if (!isOurs(request, secret)) throw new AppError('auth.required');
    wake();
    return json(response, {});
  };
}
