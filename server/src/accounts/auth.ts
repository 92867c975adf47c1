/** Sign-up, sign-in and sessions by better-auth, behind our limits. */
import type { IncomingMessage } from 'node:http';
import { APIError } from 'better-auth/api';
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node';
import type { NextFunction, Request, Response } from 'express';
import { AppError } from '#contract/errors.ts';
import { cookieNames } from '#contract/grant.ts';
import { clientAddress, limitKey } from '../platform/address.ts';
import { readCookie } from '../platform/cookies.ts';
import type { Caller } from '../platform/http.ts';
import type { Limiter } from '../platform/limits.ts';
import { makeLimiter } from '../platform/limits.ts';
import type { Platform } from '../platform/platform.ts';
import { bearerOf, sameSecret } from '../platform/secrets.ts';
import { sessionRoom } from '../platform/sockets.ts';
import { makeAuth } from './better-auth.ts';
import { accountMails } from './mails.ts';

/** What of better-auth is open; everything else of it answers 404. */
export const AUTH_ROUTES = [
  'POST /sign-up/email',
  'POST /sign-in/email',
  'POST /sign-out',
  'GET /get-session',
  'POST /send-verification-email',
  'POST /request-password-reset',
  'POST /reset-password',
  'POST /change-password',
  'POST /revoke-other-sessions',
] as const;
const OPEN_ROUTES = new Set<string>(AUTH_ROUTES);

/** Requests of one address. `failures`: a right one gives its point back. */
const LIMITS = {
  '/sign-in/email': { name: 'sign-in', points: 10, seconds: 600, counts: 'failures' },
  '/sign-up/email': { name: 'sign-up', points: 10, seconds: 3600, counts: 'all' },
  '/send-verification-email': { name: 'verify', points: 10, seconds: 3600, counts: 'all' },
  '/request-password-reset': { name: 'reset', points: 10, seconds: 3600, counts: 'all' },
  '/reset-password': { name: 'new-password', points: 10, seconds: 3600, counts: 'failures' },
} as const;
type Limited = keyof typeof LIMITS;
const isLimited = (path: string): path is Limited => Object.hasOwn(LIMITS, path);

const BODY_LIMIT_BYTES = 32 * 1024;

function makeGate({ config, redis }: Pick<Platform, 'config' | 'redis'>) {
  const limiters = new Map<string, Limiter>(
    Object.entries(LIMITS).map(([path, limit]) => [path, makeLimiter(config, redis, limit)]),
  );
  /** Each try uses a point before it is looked at. Throws request.too_many. */
  return async (request: Request, response: Response): Promise<void> => {
    const limiter = limiters.get(request.path);
    if (!limiter || !isLimited(request.path)) return;
    const key = limitKey(clientAddress(request));
    if (!(await limiter.use(key))) throw new AppError('request.too_many');
    if (LIMITS[request.path].counts === 'all') return;
    response.on('finish', () => {
      if (response.statusCode < 300 || response.statusCode >= 500) void limiter.giveBack(key).catch(() => undefined);
    });
  };
}

function refuseBadBody(request: Request): void {
  const length = Number(request.headers['content-length'] ?? 0);
  if (request.method === 'POST' && !request.is('application/json') && length > 0) {
    throw new AppError('request.content_type');
  }
  if (length > BODY_LIMIT_BYTES) throw new AppError('request.too_large');
}

/** Express handler for `/api/auth`, and the way to learn who calls. */
export function openAuth(platform: Pick<Platform, 'config' | 'db' | 'redis' | 'sockets'>) {
  const { config, sockets } = platform;
  const auth = makeAuth(platform, accountMails(platform));
  const handler = toNodeHandler(auth);
  const sessionCookie = cookieNames(config.installId, config.secure).session;
  const gate = makeGate(platform);

  /** Who signs out on a page hears nothing more on it, also in its other windows. */
  function closeSockets(request: Request, response: Response): void {
    const cookie = readCookie(request, sessionCookie);
    response.on('finish', () => {
      if (cookie && response.statusCode < 300) sockets.in(sessionRoom(cookie)).disconnectSockets(true);
    });
  }

  async function handle(request: Request, response: Response, next: NextFunction): Promise<void> {
    try {
      const route = `${request.method} ${request.path}`;
      if (!OPEN_ROUTES.has(route)) throw new AppError('not_found');
      response.locals['route'] = `/api/auth${request.path}`;
      refuseBadBody(request);
      await gate(request, response);
      if (request.path === '/sign-out') closeSockets(request, response);
      // better-auth believes this header; what a caller wrote into it must not get there.
      request.headers['x-real-ip'] = clientAddress(request);
      await handler(request, response);
    } catch (error) {
      next(error);
    }
  }

  async function authenticate(request: IncomingMessage): Promise<Caller> {
    const token = bearerOf(request);
    if (token !== null) {
      if (sameSecret(token, config.secrets.adminApiKey)) return { kind: 'admin' };
      throw new AppError('auth.required');
    }
    if (readCookie(request, sessionCookie) === null) return { kind: 'anonymous' };
    const found = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
    if (!found) return { kind: 'anonymous' };
    const { id, email, name } = found.user;
    return { kind: 'user', userId: id, email, name };
  }

  /** Confirms the address that a mailed token names. False where the token is too old or not ours. */
  async function verifyEmail(token: string): Promise<boolean> {
    try {
      await auth.api.verifyEmail({ query: { token } });
      return true;
    } catch (error) {
      if (error instanceof APIError && error.statusCode < 500) return false;
      throw error;
    }
  }

  return { handle, authenticate, verifyEmail };
}
