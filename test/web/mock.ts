/** A small stand-in for Nginx, api and media: the built pages under the real policy, and answers that a test sets. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { Server } from 'socket.io';
import { build } from 'vite';
import { madeOnce } from '../kit/once.ts';

type Answer = { status?: number; body: unknown };
type Asked = { query: URLSearchParams; body: unknown; key: string | null; bearer: string | null };
/** By `METHOD /path`; a function sees query, body and Idempotency-Key. */
type Answers = Record<string, Answer | ((request: Asked) => Answer | Promise<Answer>)>;

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mp4': 'video/mp4',
  '.m4s': 'video/mp4',
};

const root = new URL('../../', import.meta.url).pathname;

const buildInto = (outDir: string) =>
  build({ configFile: join(root, 'web/vite.config.ts'), logLevel: 'error', build: { outDir, emptyOutDir: false } });

/** The pages, built once a run into a folder of the tests' own, so that no running install is touched. */
export async function buildPages(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const made = await madeOnce('pages', async (folder) => void (await buildInto(folder)));
  if (made !== null) return { folder: made, remove: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'stagedoor-web-'));
  await buildInto(folder);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The policy that Nginx sends, read from its template so that the two cannot part. */
function policy(origin: string): string {
  const source = readFileSync(join(root, 'nginx/headers.ts'), 'utf8');
  const list = /return \[([\s\S]*?)\]\.join\('; '\)/.exec(source)?.[1];
  if (!list) throw new Error('nginx/headers.ts has no policy that this test can read');
  return [...list.matchAll(/["`]([^"`]+)["`]/g)]
    .map(([, directive]) => directive?.replace(/\$\{socketOrigin\}/, origin.replace('http', 'ws')))
    .join('; ');
}

const pageOf = (path: string) => `${/^\/(studio|admin)(?:\/|$)/.exec(path)?.[1] ?? 'watch'}.html`;

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text ? JSON.parse(text) : null;
}

/**
 * Starts the stand-in on a free port. `pagesDir` holds the built pages, `hlsDir` playlists and segments
 * of `/hls/…`; an answer set for an address goes before both.
 */
export async function startMock(pagesDir: string, hlsDir?: string) {
  const answers: Answers = {};
  const asked: string[] = [];
  const joined: unknown[] = [];
  let csp = '';

  const sendFile = async (response: ServerResponse, folder: string, path: string) => {
    const file = join(folder, normalize(path));
    const data = await readFile(file).catch(() => null);
    if (!data) return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'cache-control': 'no-cache',
      'content-security-policy': csp,
    });
    response.end(data);
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const name = `${request.method} ${url.pathname}`;
    const answer = answers[name];
    if (answer) {
      asked.push(name);
      const body = await bodyOf(request);
      const key = request.headers['idempotency-key'];
      const given =
        typeof answer === 'function'
          ? await answer({
              query: url.searchParams,
              body,
              key: typeof key === 'string' ? key : null,
              bearer: request.headers.authorization?.replace(/^Bearer /, '') ?? null,
            })
          : answer;
      const { status = 200, body: reply } = given;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
    } else if (url.pathname.startsWith('/api/')) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"code":"not_found","message":""}');
    } else if (url.pathname.startsWith('/hls/') && hlsDir) {
      await sendFile(response, hlsDir, url.pathname.replace(/^\/hls\/[^/]+\//, ''));
    } else if (url.pathname.startsWith('/assets/')) {
      await sendFile(response, pagesDir, url.pathname);
    } else {
      await sendFile(response, pagesDir, pageOf(url.pathname));
    }
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const sockets = new Server(server, { path: '/socket.io' });
  sockets.on('connection', (socket) => {
    for (const event of ['room:join', 'me:join', 'checkout:join'])
      socket.on(event, (request: unknown, ack: (reply: unknown) => void) => {
        asked.push(`socket ${event}`);
        joined.push(request);
        ack({ ok: true });
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const origin = `http://127.0.0.1:${address.port}`;
  csp = policy(origin);

  return {
    origin,
    answers,
    asked,
    /** What pages sent as they joined. */
    joined,
    /** How often a page has joined by this event; what is emitted before is not heard. */
    joins: (event: string) => asked.filter((one) => one === `socket ${event}`).length,
    emit: (event: string, payload: unknown) => sockets.emit(event, payload),
    stop: async () => {
      await sockets.close();
      server.closeAllConnections();
    },
  };
}
