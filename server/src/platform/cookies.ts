import type { IncomingMessage, ServerResponse } from 'node:http';

/** The value of one cookie, or null. */
export function readCookie(request: IncomingMessage, name: string): string | null {
  const header = request.headers.cookie;
  if (header === undefined) return null;
  for (const part of header.split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return null;
}

/** Adds an HttpOnly, SameSite=Lax cookie. `value` must need no escaping. `seconds` 0 deletes it. */
export function setCookie(
  response: ServerResponse,
  cookie: { name: string; value: string; path: string; seconds: number; secure: boolean },
): void {
  const { name, value, path, seconds, secure } = cookie;
  const text = `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  response.appendHeader('set-cookie', text);
}
