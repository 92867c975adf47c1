/** Who asks for a page: the device, and the account where somebody is signed in. */
import type { Request } from 'express';
import type { Config } from '#config/index.ts';
import { cookieNames } from '#contract/grant.ts';
import { deviceOf } from '../access/device.ts';
import type { Visitor } from '../access/visitor.ts';
import { readCookie } from '../platform/cookies.ts';
import type { Caller } from '../platform/http.ts';

export type Asking = { readonly request: Request; caller(): Promise<Caller> };

/**
 * Most visitors have no session cookie, so they cost no look-up. A stale one, or the operator's key, is nobody: it must
 * not take a code's right away.
 */
export async function visitorOf(config: Config, { request, caller }: Asking): Promise<Visitor> {
  const signedIn = readCookie(request, cookieNames(config.installId, config.secure).session) !== null;
  const known = signedIn ? await caller() : null;
  return {
    deviceHash: deviceOf(config, request)?.hash ?? null,
    userId: known?.kind === 'user' ? known.userId : null,
  };
}
