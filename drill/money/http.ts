/** Requests as browsers make them: from addresses of their own, and again with the same key until there is an answer. */
import { request } from 'node:http';
import { connect } from 'node:net';

export type Reply = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };
export type Ask = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Which visitor of the load asks: limits count by address. */
  readonly visitor: number;
};

/** Longest wait for one answer; the product promises less. Milliseconds. */
const ANSWER_MS = 20_000;
/** How long a client goes on asking. */
const PATIENCE_MS = 90_000;
const PAUSE_MS = 250;

/** A loopback address for each visitor. */
const addressOf = (visitor: number): string =>
  `127.${10 + (visitor >> 14)}.${(visitor >> 7) & 127}.${1 + (visitor & 127)}`;

function headersOf(base: string, { body, headers }: Ask): Record<string, string> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const content =
    body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(text.length) };
  return { origin: base, connection: 'close', ...content, ...headers };
}

const parsed = (text: string): Record<string, unknown> => (text.startsWith('{') ? JSON.parse(text) : { text });

/** Asks once through the install's public address. Rejects where the line is cut. */
export function askOnce(base: string, ask: Ask): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { method, path, body, visitor } = ask;
    const headers = headersOf(base, ask);
    const options = { method, headers, agent: false, localAddress: addressOf(visitor), timeout: ANSWER_MS };
    const sent = request(base + path, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        try {
          resolve({ status: answer.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) });
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** True where the answer says "ask again": the server, or a part of it, is away, or it was too much at once. */
const isLater = ({ status }: Reply): boolean => status >= 500 || status === 429;

/** Asks until there is an answer that is final. `again` counts what was asked once more. Throws when patience ends. */
export async function askUntilAnswered(base: string, ask: Ask, again: () => void): Promise<Reply> {
  const until = Date.now() + PATIENCE_MS;
  for (let last = ''; ; await pause(PAUSE_MS)) {
    try {
      const reply = await askOnce(base, ask);
      if (!isLater(reply)) return reply;
      last = `${reply.status} ${JSON.stringify(reply.body)}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    again();
    if (Date.now() > until) throw new Error(`${ask.path}: no answer within ${PATIENCE_MS} ms, the last was ${last}`);
  }
}

/** Sends a request straight to one api process and never reads the answer. Returns how to hang up. */
export function askAndNotListen(port: number, base: string, ask: Ask): () => void {
  const socket = connect({ port, host: '127.0.0.1' });
  const { method, path, body, visitor } = ask;
  const headers = { host: new URL(base).host, 'x-real-ip': addressOf(visitor), ...headersOf(base, ask) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // The process on the other side is going to be killed.
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body === undefined ? '' : JSON.stringify(body)}`);
  return () => socket.destroy();
}
