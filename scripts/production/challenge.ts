/** A web server for the minute in which the first certificate is obtained, before nginx has the port. */
import { randomBytes } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { join } from 'node:path';

const PREFIX = '/.well-known/acme-challenge/';
const PROBE_TIMEOUT_MS = 8000;

export type ChallengeServer = {
  /** Asks one of the domain's addresses for a secret of ours: true where the request arrived here. */
  readonly reachableAt: (domain: string, address: string) => Promise<boolean>;
  readonly close: () => Promise<void>;
};

function fileOf(webroot: string, token: string): Buffer | null {
  if (!/^[\w-]{1,200}$/.test(token)) return null;
  try {
    const file = join(realpathSync(webroot), PREFIX, token);
    // We may be root, and the folder is another user's: no link leads us elsewhere.
    return realpathSync(file) === file ? readFileSync(file) : null;
  } catch {
    return null;
  }
}

/** Serves ACME answers from `webroot` on every address. Rejects where the port is taken. */
export async function serveChallenges(port: number, webroot: string): Promise<ChallengeServer> {
  const probe = randomBytes(16).toString('hex');
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    const token = url.startsWith(PREFIX) ? url.slice(PREFIX.length) : '';
    const body = token === probe ? Buffer.from(probe) : fileOf(webroot, token);
    response.writeHead(body ? 200 : 404, { 'Content-Type': 'text/plain' }).end(body ?? undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port }, resolve);
  });
  return {
    reachableAt: (domain, address) =>
      new Promise((resolve) => {
        const options = {
          host: address,
          port,
          path: `${PREFIX}${probe}`,
          headers: { host: domain },
          timeout: PROBE_TIMEOUT_MS,
        };
        const asked = get(options, (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => {
            text = (text + chunk).slice(0, 100);
          });
          answer.once('end', () => resolve(text === probe));
        });
        asked.once('timeout', () => asked.destroy());
        asked.once('error', () => resolve(false));
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
