/** Free and taken ports. */
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/** Below the range from which Linux draws outgoing connections, so a port stays ours between runs. */
const LOWEST = 20_000;
const HIGHEST = 30_000;
const TRIES = 200;

/** True where nobody listens on the port at this address. `EACCES` counts as free: it is another fault. */
export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** A loopback port that nobody listens on and that `taken` does not hold. */
export async function freeLoopbackPort(taken: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (!taken.has(port) && (await isFree(port, '127.0.0.1'))) return port;
  }
  throw new Error(`no free loopback port between ${LOWEST} and ${HIGHEST}`);
}

/** True where this user may bind the port at all. */
export function mayBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EACCES'));
    probe.listen({ port, host: '0.0.0.0' }, () => probe.close(() => resolve(true)));
  });
}

export type Listener = { readonly address: string; readonly port: number; readonly inode: string };

const STATE_LISTEN = '0A';

/** Every listening TCP socket of this machine, from /proc. Addresses are as the kernel writes them, in hex. */
export function listeners(): Listener[] {
  return ['tcp', 'tcp6'].flatMap((table) => {
    let rows: string[];
    try {
      rows = readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1);
    } catch {
      return [];
    }
    return rows.flatMap((row) => {
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
      const [address, port] = (local ?? '').split(':');
      if (state !== STATE_LISTEN || !address || !port || !inode) return [];
      return [{ address, port: Number.parseInt(port, 16), inode }];
    });
  });
}

/** Inodes of the sockets that a process holds; empty where we may not look. */
export function socketsOf(pid: number): Set<string> {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return '';
      }
    });
    return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  } catch {
    return new Set();
  }
}

/** Name and id of the process that listens on a port, where we may know. */
export function holderOf(port: number): string | null {
  const inodes = new Set(listeners().flatMap((one) => (one.port === port ? [one.inode] : [])));
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const sockets = socketsOf(Number(name));
    if (![...inodes].some((inode) => sockets.has(inode))) continue;
    return `${readFileSync(`/proc/${name}/comm`, 'utf8').trim()} (process ${name})`;
  }
  return null;
}
