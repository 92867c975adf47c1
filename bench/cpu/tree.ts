/** What a process and everything that descends from it use: read from /proc, so nothing is asked of the process. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in ticks of this length, milliseconds. */
const TICK_MS = 10;

type Stat = { readonly parent: number; readonly own: number; readonly ended: number };

/** Own time and that of children that ended and were waited for. Null where the process is gone. */
function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces, so fields are counted after it.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15);
    return { parent: fields[1] ?? 0, own: user + system, ended: childrenUser + childrenSystem };
  } catch {
    return null;
  }
}

function everybody(): Map<number, Stat> {
  const found = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : null;
    if (stat) found.set(Number(name), stat);
  }
  return found;
}

/** The roots and all their descendants. */
function treeOf(roots: readonly number[], processes = everybody()): number[] {
  const found = new Set(roots.filter((pid) => processes.has(pid)));
  // A child's number is mostly, but not always, higher than its parent's: go round until nothing is added.
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const [pid, { parent }] of processes) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

/** User and system time of the trees of `roots` so far, milliseconds: of those that run, and of children that ended. */
export function treeCpuMs(roots: readonly number[]): { running: number; ended: number } {
  const processes = everybody();
  const stats = treeOf(roots, processes).flatMap((pid) => processes.get(pid) ?? []);
  const sum = (key: 'own' | 'ended') => stats.reduce((total, stat) => total + stat[key], 0) * TICK_MS;
  return { running: sum('own'), ended: sum('ended') };
}

/** Proportional set size of the trees of `roots`, bytes: shared pages are counted once over all who share them. */
export function treePssBytes(roots: readonly number[]): number {
  return treeOf(roots).reduce((sum, pid) => {
    try {
      const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
      return sum + Number(kilobytes ?? 0) * 1024;
    } catch {
      return sum;
    }
  }, 0);
}
