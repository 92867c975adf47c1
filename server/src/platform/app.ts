/** The Express app around the endpoints: ids, logs, headers, Origin, size, type, errors. */
import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, Express, NextFunction, Request, Response } from 'express';
import express from 'express';
import helmet from 'helmet';
import type { Config } from '#config/index.ts';
import { AppError } from '#contract/errors.ts';
import { fromLoopback } from './address.ts';
import { isAway } from './db.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { hasOwnOrigin } from './origin.ts';
import { bearerOf } from './secrets.ts';

/** Largest body that the API takes, bytes. */
const BODY_LIMIT_BYTES = 32 * 1024;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const REQUEST_ID = /^[A-Za-z0-9-]{8,64}$/;

/** Nginx names the request; a caller cannot, since Nginx overwrites the header. */
function requestId(request: Request): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) && fromLoopback(request) ? given : randomUUID();
}

function observe(log: Log, metrics: Metrics) {
  return (request: Request, response: Response, next: NextFunction) => {
    const id = requestId(request);
    const began = process.hrtime.bigint();
    response.locals['requestId'] = id;
    response.setHeader('x-request-id', id);
    response.on('finish', () => {
      const seconds = Number(process.hrtime.bigint() - began) / 1e9;
      // The declared path, not the one asked for: an address may hold what must not be written.
      const route = String(response.locals['route'] ?? 'none');
      const status = response.statusCode;
      metrics.requests.observe({ method: request.method, route, status }, seconds);
      const line = { requestId: id, method: request.method, route, status, ms: Math.round(seconds * 1000) };
      if (status >= 500) log.warn(line, 'answered');
      else if (route.startsWith('/internal/')) log.trace(line, 'answered');
      else log.info(line, 'answered');
    });
    next();
  };
}

function ownOrigin(config: Config) {
  return (request: Request, _response: Response, next: NextFunction) => {
    // A bearer token is not sent by a browser on its own, so another site cannot borrow it.
    if (SAFE_METHODS.has(request.method) || bearerOf(request) !== null) return next();
    next(hasOwnOrigin(config.publicUrl, request) ? undefined : new AppError('request.foreign_origin'));
  };
}

function jsonOnly(request: Request, _response: Response, next: NextFunction): void {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  next(hasBody && !request.is('application/json') ? new AppError('request.content_type') : undefined);
}

/** What an error thrown on the way becomes for the caller. */
function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof Error && 'type' in error) {
    if (error.type === 'entity.too.large') return new AppError('request.too_large');
    if (error.type === 'entity.parse.failed') return new AppError('request.invalid', { problem: 'not valid JSON' });
    if (error.type === 'charset.unsupported' || error.type === 'encoding.unsupported') {
      return new AppError('request.content_type');
    }
    if (error.type === 'request.aborted' || error.type === 'request.size.invalid')
      return new AppError('request.invalid');
  }
  if (error instanceof URIError) return new AppError('request.invalid', { problem: 'not a valid address' });
  return new AppError(isAway(error) ? 'unavailable' : 'internal');
}

function answerError(log: Log): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    const answer = asAppError(error);
    const requestId = response.locals['requestId'];
    if (answer.code === 'internal') log.error({ err: error, requestId }, 'unexpected error');
    else if (answer.code === 'unavailable') log.warn({ err: error, requestId }, 'a part is away');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (answer.status === 503) response.setHeader('retry-after', '2');
    response.setHeader('cache-control', 'no-store');
    response.status(answer.status).json(answer.toJSON());
  };
}

/** Health and metrics of this process; Nginx does not route here, and what came through it is refused. */
function metricsRoute(metrics: Metrics) {
  return async (request: Request, response: Response) => {
    if (request.headers['x-real-ip'] !== undefined || request.headers['x-forwarded-for'] !== undefined) {
      throw new AppError('not_found');
    }
    response.locals['route'] = '/metrics';
    response.type('text/plain').send(await metrics.registry.metrics());
  };
}

export type AppParts = {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Mounted before JSON is parsed: it reads the body itself. */
  readonly auth: (request: Request, response: Response, next: NextFunction) => void;
  /** Routes behind a secret of their own, before Origin and JSON: `/internal`, webhooks, a mail program's one click. */
  readonly internal: (app: Express) => void;
  readonly endpoints: (app: Express) => void;
};

/** Builds the app; `endpoints` and `internal` add the routes. */
export function buildApp(parts: AppParts): Express {
  const { config, log, metrics } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(observe(log, metrics));
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
      strictTransportSecurity: config.secure,
      referrerPolicy: { policy: 'no-referrer' },
      crossOriginResourcePolicy: { policy: 'same-origin' },
    }),
  );
  app.get('/metrics', metricsRoute(metrics));
  parts.internal(app);
  app.use(ownOrigin(config));
  app.use('/api/auth', parts.auth);
  app.use('/api', jsonOnly, express.json({ limit: BODY_LIMIT_BYTES, inflate: false }));
  parts.endpoints(app);
  app.use(() => {
    throw new AppError('not_found');
  });
  app.use(answerError(log));
  return app;
}
