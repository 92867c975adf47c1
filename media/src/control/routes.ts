/** `/control/…`: for the control plane and the operator, on loopback; what is about one show needs the bearer secret. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '#contract/errors.ts';
import type { HealthReport } from '#contract/health.ts';

export type ControlRoutes = {
  readonly secret: string;
  readonly wake: () => void;
  readonly metrics: () => Promise<string>;
  readonly health: () => object;
  /** A show's health, with its history later than `sinceMs`; null where there is no such show. */
  readonly report: (showId: string, sinceMs: number) => HealthReport | null;
};

const REPORT_PATH = /^\/control\/shows\/([a-z0-9_]{1,40})\/health$/;

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

function healthReport({ report }: ControlRoutes, showId: string, request: IncomingMessage): HealthReport {
  const { searchParams } = new URL(request.url ?? '', 'http://media');
  const sinceMs = Number(searchParams.get('since') ?? 0);
  if (!Number.isSafeInteger(sinceMs)) throw new AppError('request.invalid');
  const found = report(showId, sinceMs);
  if (!found) throw new AppError('show.not_found');
  return found;
}

export function createControlRoutes(routes: ControlRoutes) {
  const { secret, wake, metrics, health } = routes;
  return async (path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    if (path === '/control/health' && request.method === 'GET') return json(response, health());
    if (path === '/control/metrics' && request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(await metrics());
      return true;
    }
    const [, showId] = REPORT_PATH.exec(path) ?? [];
    const isReport = showId !== undefined && request.method === 'GET';
    const isWake = path === '/control/wake' && request.method === 'POST';
    if (!isReport && !isWake) return false;
    if (!isOurs(request, secret)) throw new AppError('auth.required');
    if (isReport) return json(response, healthReport(routes, showId, request));
    wake();
    return json(response, {});
  };
}
