/** Looks at the processes of an install from outside, through /proc. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readOrNull } from '../../scripts/setup/files.ts';
import { listeners, socketsOf } from '../../scripts/setup/ports.ts';

export type Proc = { readonly pid: number; readonly uid: number; readonly cmdline: string; readonly environ: string };

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Every process that names the install's folder in its command, environment or working directory. */
export function processesOf(varDir: string): Proc[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const pid = Number(name);
      const cmdline = read(pid, 'cmdline');
      const environ = read(pid, 'environ');
      let cwd = '';
      let uid = -1;
      try {
        cwd = readlinkSync(`/proc/${pid}/cwd`);
        uid = statSync(`/proc/${pid}`).uid;
      } catch {
        return [];
      }
      return [cmdline, environ, `${cwd}/`].some((text) => text.includes(varDir))
        ? [{ pid, uid, cmdline, environ }]
        : [];
    });
}

/** Processes that this one started and that still run. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => Number(/^PPid:\t(\d+)$/m.exec(readText(`/proc/${one}/status`))?.[1]) === pid);
}

/** The ports on which these processes listen, and whether only this machine reaches them. */
export function listening(pids: readonly number[]): Array<{ port: number; loopback: boolean }> {
  const inodes = new Set(pids.flatMap((pid) => [...socketsOf(pid)]));
  return listeners()
    .filter(({ inode }) => inodes.has(inode))
    .map(({ port, address }) => ({
      port,
      // 127.0.0.0/8 as the kernel writes it (little-endian), ::1, and 127.0.0.0/8 inside IPv6.
      loopback:
        /^[0-9A-F]{6}7F$/.test(address) ||
        /^0{24}01000000$/.test(address) ||
        /^0{16}FFFF0000[0-9A-F]{6}7F$/.test(address),
    }));
}

/** Waits until `check` is true. Throws after the deadline, with what was waited for. */
export async function eventually(
  what: string,
  check: () => Promise<boolean> | boolean,
  deadlineMs = 30_000,
): Promise<void> {
  const until = Date.now() + deadlineMs;
  while (!(await check())) {
    if (Date.now() > until) throw new Error(`not within ${deadlineMs / 1000} s: ${what}`);
    await sleep(50);
  }
}

export const readText = (file: string): string => readOrNull(file) ?? '';
