/** Finds processes of this install that no PM2 daemon watches any more, and ends them. */
import { readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Only programs of ours: an operator may stand in these folders too. */
// Debian's redis-server is a link to redis-check-rdb, which is what the kernel shows.
const PROGRAMS = new Set(['node', 'nginx', 'mariadbd', 'redis-server', 'redis-check-rdb', 'ffmpeg']);
/** What our shell scripts run as; looked for only where nobody but a service has work to do. */
const SCRIPT_PROGRAMS = new Set(['dash', 'sh', 'busybox', 'sleep']);
const STORAGE_PROGRAMS = new Set(['mariadbd', 'redis-server', 'redis-check-rdb']);
/** How long they may take to end by themselves, milliseconds. A database may have much to write. */
const PRODUCT_PATIENCE_MS = 5000;
const STORAGE_PATIENCE_MS = 60_000;

function linkOf(pid: number, name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${name}`).replace(/ \(deleted\)$/, '');
  } catch {
    return '';
  }
}

/** Process ids whose working directory is one of this install's own, known by that alone. */
export function leftovers(varDir: string): number[] {
  const within = (cwd: string, folder: string) => `${cwd}/`.startsWith(join(varDir, folder, '/'));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => {
      const cwd = linkOf(pid, 'cwd');
      const program = basename(linkOf(pid, 'exe'));
      if (within(cwd, 'run')) return PROGRAMS.has(program) || SCRIPT_PROGRAMS.has(program);
      return PROGRAMS.has(program) && ['mariadb/data', 'redis', 'media'].some((folder) => within(cwd, folder));
    });
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Asks, waits, then forces. */
async function end(pids: () => number[], patienceMs: number): Promise<void> {
  signal(pids(), 'SIGTERM');
  const deadline = Date.now() + patienceMs;
  while (pids().length > 0 && Date.now() < deadline) await sleep(50);
  signal(pids(), 'SIGKILL');
  while (pids().length > 0) await sleep(20);
}

/** Ends them, those that use the database before the database. Returns how many there were. */
export async function endLeftovers(varDir: string): Promise<number> {
  const found = leftovers(varDir);
  if (found.length === 0) return 0;
  const isStorage = (pid: number) => STORAGE_PROGRAMS.has(basename(linkOf(pid, 'exe')));
  await end(() => leftovers(varDir).filter((pid) => !isStorage(pid)), PRODUCT_PATIENCE_MS);
  await end(() => leftovers(varDir), STORAGE_PATIENCE_MS);
  return found.length;
}
