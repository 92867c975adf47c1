/**
 * A grant is the right of one viewer on one device to one show until an instant. api signs it,
 * media checks it at every playlist; neither asks a database. `<payload>.<mac>`, both base64url.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { ShowId } from './ids.ts';

export const Grant = z.strictObject({
  /** The right: `cod_…`, `tkt_…`, `sub_…` of a membership; `usr_…` of the channel's creator; `anon` on a free show. */
  viewer: z.string().min(1).max(64),
  /** Hash of the device cookie, so that a log line with it opens nothing. */
  device: z.string().min(1).max(64),
  show: ShowId,
  role: z.enum(['viewer', 'creator']),
  /** How many players of this viewer may run at once. */
  maxDevices: z.number().int().min(1).max(100),
  issuedMs: z.number().int(),
  untilMs: z.number().int(),
});
export type Grant = z.infer<typeof Grant>;

const mac = (secret: string, payload: string) => createHmac('sha256', secret).update(payload).digest();

/** Encodes and signs a grant. */
export function signGrant(secret: string, grant: Grant): string {
  const payload = Buffer.from(JSON.stringify(grant)).toString('base64url');
  return `${payload}.${mac(secret, payload).toString('base64url')}`;
}

/** Returns the grant if the signature is ours, else null. Expiry and show are the caller's to check. */
export function readGrant(secret: string, token: string): Grant | null {
  if (token.length > 1024) return null;
  const dot = token.indexOf('.');
  if (dot < 1) return null;
  const payload = token.slice(0, dot);
  const given = Buffer.from(token.slice(dot + 1), 'base64url');
  const expected = mac(secret, payload);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  // A valid signature means that we wrote the payload ourselves, so only its shape over versions can differ.
  const parsed = Grant.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  return parsed.success ? parsed.data : null;
}

/**
 * Signs a media address for Nginx's `secure_link_md5 "$secure_link_expires$uri SECRET"`.
 * The expiry is fixed when the file is made, so that an address never changes between reloads.
 */
export function signAddress(secret: string, path: string, expiresUnixSeconds: number): string {
  const signature = createHash('md5').update(`${expiresUnixSeconds}${path} ${secret}`).digest('base64url');
  return `${path}?e=${expiresUnixSeconds}&s=${signature}`;
}

/** Cookie names carry the install's id, because cookies ignore ports. `__Host-` needs HTTPS and path `/`. */
export function cookieNames(installId: string, secure: boolean) {
  const host = secure ? '__Host-' : '';
  const path = secure ? '__Secure-' : '';
  return {
    session: `${host}sd_${installId}_session`,
    device: `${host}sd_${installId}_device`,
    /** Sent to `/hls/<show>` alone; one a show. */
    grant: `${path}sd_${installId}_grant`,
  };
}
