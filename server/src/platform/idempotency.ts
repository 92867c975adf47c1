import type { Request } from 'express';
import { AppError } from '#contract/errors.ts';

const KEY = /^[A-Za-z0-9_-]{8,64}$/;

/**
 * The header `Idempotency-Key` of a command that moves money, as it was sent; the ledger's key is `http:<it>`.
 * Throws request.idempotency_key where it is missing or malformed.
 */
export function idempotencyKey(request: Pick<Request, 'get'>): string {
  const key = request.get('idempotency-key');
  if (key === undefined || !KEY.test(key)) throw new AppError('request.idempotency_key');
  return key;
}
