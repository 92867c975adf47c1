/** May this request have this show's playlist? Decided from the grant, the revocations and the show alone. */
import { createHash } from 'node:crypto';
import type { ErrorCode } from '#contract/errors.ts';
import { type Grant, readGrant } from '#contract/grant.ts';
import type { Revocation } from '#contract/media-port.ts';

/** Verified grants kept, so that a viewer's five requests a second cost one signature. */
const MAX_CACHED = 10_000;
const MAX_COOKIES = 50;
const SID = /^[A-Za-z0-9_-]{8,64}$/;

export type GateShow = {
  readonly showId: string;
  readonly audience: 'everyone' | 'creator';
  readonly paused: boolean;
};

/** Reads grants, remembering those that it has verified. */
export function createGrantReader(secret: string): (token: string) => Grant | null {
  const cache = new Map<string, Grant>();
  return (token) => {
    const known = cache.get(token);
    if (known) return known;
    const grant = readGrant(secret, token);
    if (!grant) return null;
    if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value ?? '');
    cache.set(token, grant);
    return grant;
  };
}

/** The values of a cookie; a browser may send several of one name. */
export function cookieValues(header: string | undefined, name: string): string[] {
  const prefix = `${name}=`;
  return (header ?? '')
    .split(';', MAX_COOKIES)
    .map((part) => part.trim())
    .filter((part) => part.startsWith(prefix))
    .map((part) => part.slice(prefix.length));
}

/** Why this grant does not open this show now; null where it does. */
export function refusal(
  grant: Grant | null,
  show: GateShow,
  revocations: readonly Revocation[],
  nowMs: number,
): ErrorCode | null {
  if (!grant || grant.show !== show.showId) return 'grant.required';
  if (grant.untilMs <= nowMs) return 'grant.expired';
  const revoked = revocations.find(
    (entry) =>
      entry.viewer === grant.viewer &&
      (entry.device === null || entry.device === grant.device) &&
      grant.issuedMs < entry.beforeMs,
  );
  if (revoked) return revoked.reason === 'taken_over' ? 'code.taken_over' : 'grant.revoked';
  if (grant.role === 'creator') return null;
  if (show.audience === 'creator') return 'show.not_started';
  return show.paused ? 'show.paused' : null;
}

/** The play session of a request: the one in its address, or one derived from who asks. */
export function sessionId(given: string | null, grant: Grant, address: string, userAgent: string): string {
  if (given && SID.test(given)) return given;
  return createHash('sha256')
    .update(`${grant.viewer} ${grant.device} ${grant.issuedMs} ${address} ${userAgent}`)
    .digest('base64url')
    .slice(0, 22);
}
