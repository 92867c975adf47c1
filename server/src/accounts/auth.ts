/** Sign-in and sessions by better-auth: the only importer of it. */
import type { IncomingMessage } from 'node:http';
import { betterAuth } from 'better-auth';
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node';
import type { NextFunction, Request, Response } from 'express';
import type { Pool } from 'mysql2/promise';
import type { Config } from '#config/index.ts';
import { AppError } from '#contract/errors.ts';
import { cookieNames } from '#contract/grant.ts';
import { clientAddress, limitKey } from '../platform/address.ts';
import { readCookie } from '../platform/cookies.ts';
import type { Caller } from '../platform/http.ts';
import { makeLimiter } from '../platform/limits.ts';
import { isOwnOrigin } from '../platform/origin.ts';
import type { Platform } from '../platform/platform.ts';
import { bearerOf, sameSecret } from '../platform/secrets.ts';
import { hashPassword, verifyPassword } from './password.ts';

const SESSION_SECONDS = 30 * 24 * 3600;
const SESSION_RENEW_SECONDS = 24 * 3600;
/** Failed sign-ins of one address in ten minutes. */
const SIGN_IN_TRIES = 10;
const SIGN_IN_WINDOW_SECONDS = 600;
const PASSWORD_MIN_LENGTH = 10;
const PASSWORD_MAX_LENGTH = 128;

/** What of better-auth is open; everything else of it answers 404. */
export const AUTH_ROUTES = [
  'POST /sign-in/email',
  'POST /sign-out',
  'GET /get-session',
  'POST /change-password',
  'POST /revoke-other-sessions',
] as const;
const OPEN_ROUTES = new Set<string>(AUTH_ROUTES);

const makeAuth = (config: Config, pool: Pool) =>
  betterAuth({
    baseURL: config.publicUrl,
    basePath: '/api/auth',
    secret: config.secrets.sessionSecret,
    database: pool,
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_MIN_LENGTH,
      maxPasswordLength: PASSWORD_MAX_LENGTH,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    session: { expiresIn: SESSION_SECONDS, updateAge: SESSION_RENEW_SECONDS },
    // Ours counts in Redis for all processes; see signInGate.
    rateLimit: { enabled: false },
    trustedOrigins: (request) => {
      const origin = request?.headers.get('origin') ?? undefined;
      const host = request?.headers.get('host') ?? undefined;
      return origin && isOwnOrigin(config.publicUrl, origin, host) ? [origin] : [];
    },
    advanced: {
      useSecureCookies: false,
      ipAddress: { ipAddressHeaders: ['x-real-ip'] },
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/', secure: config.secure },
      cookiePrefix: cookieNames(config.installId, config.secure).session,
      cookies: { session_token: { name: cookieNames(config.installId, config.secure).session } },
    },
  });

/** Express handler for `/api/auth`, and the way to learn who calls. */
export function openAuth({ config, db, redis }: Pick<Platform, 'config' | 'db' | 'redis'>) {
  const auth = makeAuth(config, db.pool);
  const handler = toNodeHandler(auth);
  const sessionCookie = cookieNames(config.installId, config.secure).session;
  const signIns = makeLimiter(config, redis, {
    name: 'sign-in',
    points: SIGN_IN_TRIES,
    seconds: SIGN_IN_WINDOW_SECONDS,
  });

  /** Each try uses a point before it is looked at; a right one gives it back. */
  async function signInGate(request: Request, response: Response): Promise<void> {
    const key = limitKey(clientAddress(request));
    if (!(await signIns.use(key))) throw new AppError('request.too_many');
    response.on('finish', () => {
      if (response.statusCode < 300 || response.statusCode >= 500) void signIns.giveBack(key).catch(() => undefined);
    });
  }

  async function handle(request: Request, response: Response, next: NextFunction): Promise<void> {
    try {
      const route = `${request.method} ${request.path}`;
      if (!OPEN_ROUTES.has(route)) throw new AppError('not_found');
      response.locals['route'] = `/api/auth${request.path}`;
      if (
        request.method === 'POST' &&
        !request.is('application/json') &&
        Number(request.headers['content-length']) > 0
      ) {
        throw new AppError('request.content_type');
      }
      if (Number(request.headers['content-length'] ?? 0) > 32 * 1024) throw new AppError('request.too_large');
      if (request.path === '/sign-in/email') await signInGate(request, response);
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

  return { handle, authenticate };
}
