/** Who buys, and by which key a request is known again. */
import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { AppError } from '#contract/errors.ts';
import type { Language } from '../notifications/outbox.ts';
import type { Sql } from '../platform/db.ts';
import type { Caller } from '../platform/http.ts';
import { idempotencyKey } from '../platform/idempotency.ts';
import { userById } from './billing-store.ts';
import type { Buyer } from './checkout.ts';

const LANGUAGES: readonly Language[] = ['en', 'ro', 'es'];

/** The first language of the browser that we speak. */
export function languageOf(request: Pick<Request, 'get'>): Language {
  const wanted = (request.get('accept-language') ?? '').split(',').map((part) => part.trim().slice(0, 2).toLowerCase());
  return wanted.flatMap((one) => LANGUAGES.find((language) => language === one) ?? [])[0] ?? 'en';
}

/** Who is signed in, as a buyer. Throws auth.forbidden for the admin's key. */
export async function buyerOf(sql: Sql, call: { caller(): Promise<Caller> }): Promise<Buyer> {
  const caller = await call.caller();
  const user = caller.kind === 'user' ? await userById(sql, caller.userId) : null;
  if (caller.kind !== 'user' || !user) throw new AppError('auth.forbidden');
  const { userId, email, name } = caller;
  return { userId, email, name, language: user.language };
}

/** The key of a request that moves nothing yet: the caller's, else one of its own. */
export const keyOrNew = (request: Request): string =>
  request.get('idempotency-key') === undefined ? randomUUID() : idempotencyKey(request);
