import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** True where the connection itself comes from this machine. */
export const fromLoopback = (request: IncomingMessage): boolean => LOOPBACK.has(request.socket.remoteAddress ?? '');

/**
 * The caller's address. Our Nginx on loopback names it in X-Real-IP, overwriting what the caller sent;
 * X-Forwarded-For is never read, because anybody may write into it.
 */
export function clientAddress(request: IncomingMessage): string {
  const peer = request.socket.remoteAddress ?? '0.0.0.0';
  if (!LOOPBACK.has(peer)) return peer;
  const named = request.headers['x-real-ip'];
  return typeof named === 'string' && isIP(named) !== 0 ? named : peer;
}

export { limitKey } from '#contract/address.ts';
