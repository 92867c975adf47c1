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

/** What a limit counts by: an IPv4 address, or the /64 that one IPv6 customer gets. */
export function limitKey(address: string): string {
  const plain = address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
  if (isIP(plain) !== 6) return plain;
  const [head = '', tail] = plain.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  const groups = [...front, ...zeros, ...back].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
