/** A visitor without a browser: keeps cookies, asks the install's address on loopback, checks certificates. */
import { type IncomingHttpHeaders, request as plain } from 'node:http';
import { request as secure } from 'node:https';

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string };

export type Visitor = {
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  /** `name=value; attributes` of every cookie so far, newest last. */
  readonly cookies: Map<string, string>;
};

/** `ca`: the certificate authority to trust, PEM; only for HTTPS. */
export function newVisitor(url: string, ca?: string): Visitor {
  const { protocol, hostname, port, host, origin } = new URL(url);
  const cookies = new Map<string, string>();
  const ask = (method: string, path: string, body?: unknown) =>
    new Promise<Answer>((resolve, reject) => {
      const cookie = [...cookies.values()].map((line) => line.split(';')[0]).join('; ');
      const headers = {
        host,
        origin,
        ...(cookie ? { cookie } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
      };
      // No kept connections: the server behind them is killed and replaced.
      const options = {
        method,
        path,
        headers,
        agent: false,
        host: '127.0.0.1',
        port: port || (protocol === 'https:' ? 443 : 80),
      };
      const tls = { ...options, servername: hostname, ...(ca ? { ca } : {}) };
      const sent = protocol === 'https:' ? secure(tls) : plain(options);
      sent.once('response', (response) => {
        for (const line of response.headers['set-cookie'] ?? []) cookies.set(line.split('=')[0] ?? '', line);
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      sent.once('error', reject);
      sent.end(body ? JSON.stringify(body) : undefined);
    });
  return { cookies, get: (path) => ask('GET', path), post: (path, body) => ask('POST', path, body) };
}

export type Session = { state: string; showId: string | null; hlsUrl: string | null };

/** What the demo channel does now, as this visitor sees it. */
export async function session(visitor: Visitor): Promise<Session> {
  return JSON.parse((await visitor.get('/api/live-sessions/current?channel=demo')).text) as Session;
}

/** Lets the visitor in; returns the status and when the code ends. */
export async function enter(visitor: Visitor, code: string): Promise<{ status: number; expiresAt: string }> {
  const answer = await visitor.post('/api/access-codes/validate', { code, channel: 'demo' });
  return { status: answer.status, expiresAt: (JSON.parse(answer.text) as { expiresAt: string }).expiresAt };
}

/** The last segment number that the first rendition's playlist offers; throws where there is none yet. */
export async function lastSegment(visitor: Visitor): Promise<number> {
  const { hlsUrl } = await session(visitor);
  if (!hlsUrl) throw new Error('no playlist address');
  const master = await visitor.get(new URL(hlsUrl, 'http://x').pathname);
  const first = master.text.split('\n').find((line) => line && !line.startsWith('#'));
  if (!first) throw new Error(`no rendition in: ${master.text}`);
  const path = new URL(first, new URL(hlsUrl, 'http://x')).pathname;
  const playlist = await visitor.get(path);
  const start = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(playlist.text)?.[1]);
  const segments = playlist.text.match(/#EXTINF/g)?.length ?? 0;
  if (!Number.isInteger(start) || segments === 0) throw new Error(`no segment in: ${playlist.text}`);
  return start + segments - 1;
}
