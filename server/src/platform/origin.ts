import type { IncomingMessage } from 'node:http';

const LOCAL_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** True where an install is reached by plain HTTP, so its page may be opened under several local names. */
const isPlain = (publicUrl: URL): boolean => publicUrl.protocol === 'http:';

/**
 * May a request with this Origin change something? The public address may. On an install without TLS the
 * page may also have been opened under another name of the machine; then Origin must equal the Host asked.
 */
export function isOwnOrigin(publicUrl: string, origin: string | undefined, host: string | undefined): boolean {
  if (!origin || !URL.canParse(origin)) return false;
  const own = new URL(publicUrl);
  if (origin === own.origin) return true;
  if (!isPlain(own) || !host) return false;
  const local = LOCAL_NAMES.has(own.hostname) || LOCAL_NAMES.has(new URL(origin).hostname);
  return local && origin === `http://${host}`;
}

/** The same, for a request. */
export const hasOwnOrigin = (publicUrl: string, request: IncomingMessage): boolean =>
  isOwnOrigin(publicUrl, request.headers.origin, request.headers.host);
