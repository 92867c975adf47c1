/** The processes of one install as Linux sees them: whom PM2 started, whom those started, and orphans of both. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export type TreeProcess = {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks after boot; with the pid it names one process for good. */
  readonly started: number;
  /** `Z`: a zombie. */
  readonly state: string;
  readonly program: string;
  /** The service it belongs to, as `stagedoor status` names it; `pm2` for PM2 itself. */
  readonly service: string;
};

type Stat = Omit<TreeProcess, 'service'>;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function stat(pid: number): Stat | null {
  const text = read(`/proc/${pid}/stat`);
  // The name in brackets may hold spaces, so fields are counted after it.
  const end = text.lastIndexOf(')');
  if (end < 0) return null;
  const fields = text.slice(end + 2).split(' ');
  const program = text.slice(text.indexOf('(') + 1, end);
  return { pid, parent: Number(fields[1]), started: Number(fields[19]), state: fields[0] ?? '', program };
}

/** Services that work in their data's folder. */
const STORAGE: Readonly<Record<string, string>> = { mariadbd: 'mariadb', 'redis-server': 'redis' };

function serviceOfRoot({ pid, program }: Stat, varDir: string): string | null {
  if (STORAGE[program]) return STORAGE[program];
  try {
    const folder = readlinkSync(`/proc/${pid}/cwd`);
    if (dirname(folder) === join(varDir, 'run')) return basename(folder);
  } catch {
    // It has ended, or is a zombie.
  }
  return null;
}

/** Looks at an install's processes; remembers them, so that one whose parent died is still found. */
export function processTree(varDir: string) {
  const known = new Map<number, TreeProcess>();

  /** All that are there now. */
  function scan(): TreeProcess[] {
    const daemon = Number(read(join(varDir, 'pm2/pm2.pid')));
    const all = new Map<number, Stat>();
    for (const name of readdirSync('/proc')) {
      const one = /^\d+$/.test(name) ? stat(Number(name)) : null;
      if (one) all.set(one.pid, one);
    }
    for (const [pid, one] of known) if (all.get(pid)?.started !== one.started) known.delete(pid);
    const serviceOf = (one: Stat, depth = 0): string | null => {
      if (one.pid === daemon) return 'pm2';
      const before = known.get(one.pid);
      if (before) return before.service;
      const parent = all.get(one.parent);
      const above = parent && depth < 10 ? serviceOf(parent, depth + 1) : null;
      return above === 'pm2' ? (serviceOfRoot(one, varDir) ?? 'pm2') : above;
    };
    const found: TreeProcess[] = [];
    for (const one of all.values()) {
      const service = serviceOf(one);
      if (service === null) continue;
      const mine = { ...one, service };
      // Between fork and exec a service is still a copy of PM2.
      if (service !== 'pm2' || one.pid === daemon) known.set(one.pid, mine);
      found.push(mine);
    }
    return found;
  }

  /** The process that does a service's work: media's Node, Nginx's master. Throws where it does not run. */
  function main(service: string): TreeProcess {
    const own = scan().filter((one) => one.service === service && one.state !== 'Z');
    const found = own.find((one) => !own.some((other) => other.pid === one.parent));
    if (!found) throw new Error(`${service} does not run`);
    return found;
  }

  /** Media's transcoders; its other ffmpeg processes draw thumbnails and are gone in a moment. */
  const encoders = (): TreeProcess[] =>
    scan().filter(
      ({ pid, program, state }) =>
        program === 'ffmpeg' && state !== 'Z' && read(`/proc/${pid}/cmdline`).includes('libx264'),
    );

  return { scan, main, encoders };
}
