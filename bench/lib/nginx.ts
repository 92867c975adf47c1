/** A throw-away Nginx on a loopback port, with all of its files in one temporary folder. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, until } from './process.ts';

/** How long Nginx may take to listen, milliseconds. */
const START_LIMIT_MS = 10_000;

/** A port of 127.0.0.1 that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** A folder below the system's temporary one, readable by an unprivileged worker; the caller removes it. */
export function scratch(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `stagedoor-bench-${name}-`));
  // As root, Nginx's workers run as somebody else.
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'tmp'));
  return folder;
}

export const removeScratch = (folder: string) => rmSync(folder, { recursive: true, force: true });

/** Starts Nginx on a whole configuration, which says `daemon off`; it must listen on `port`. */
export async function startNginx(folder: string, config: string, port: number, binary = 'nginx') {
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, config);
  const nginx = run(binary, ['-p', folder, '-c', file]);
  await until(`nginx: ${nginx.stderr()}`, START_LIMIT_MS, async () => {
    if (nginx.child.exitCode !== null) throw new Error(`nginx did not start: ${nginx.stderr()}`);
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => null);
    await answer?.arrayBuffer();
    return answer;
  });
  return nginx;
}

/** A plain configuration that serves the folder `root`. */
export const plainConfig = (folder: string, root: string, port: number) => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path ${folder}/tmp/body;
  proxy_temp_path ${folder}/tmp/proxy;
  fastcgi_temp_path ${folder}/tmp/fastcgi;
  uwsgi_temp_path ${folder}/tmp/uwsgi;
  scgi_temp_path ${folder}/tmp/scgi;
  server {
    listen 127.0.0.1:${port};
    root ${root};
    location / { add_header Cache-Control no-cache; }
  }
}
`;
