/** Counts the install's processes every few seconds: memory, descriptors, zombies. */
import { readdirSync, readFileSync } from 'node:fs';
import { processTree, type TreeProcess } from '../../test/kit/process-tree.ts';
import { judge, type LifeReport, type Measure } from './level.ts';

const COUNT_EVERY_MS = 5000;

type Life = { readonly kind: string; readonly measures: Measure[]; zombieCounts: number };

/** Proportional set size: memory shared by n processes counts as 1/n for each. Null where it has ended. */
function measure(pid: number): Measure | null {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const kilobytes = Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]);
    const descriptors = readdirSync(`/proc/${pid}/fd`).length;
    return Number.isNaN(kilobytes) ? null : { atMs: Date.now(), megabytes: kilobytes / 1024, descriptors };
  } catch {
    return null;
  }
}

const kindOf = ({ service, program }: TreeProcess): string =>
  program === 'ffmpeg' ? 'ffmpeg' : service.replace(/-\d+$/, '');

export function startCensus(varDir: string) {
  const tree = processTree(varDir);
  const lives = new Map<string, Life>();

  function count(): void {
    for (const one of tree.scan()) {
      const name = `${one.pid}.${one.started}`;
      const life = lives.get(name) ?? { kind: kindOf(one), measures: [], zombieCounts: 0 };
      lives.set(name, life);
      if (one.state === 'Z') life.zombieCounts += 1;
      const measured = one.state === 'Z' ? null : measure(one.pid);
      if (measured) life.measures.push(measured);
    }
  }

  count();
  const timer = setInterval(count, COUNT_EVERY_MS);
  return {
    tree,
    /** Processes that were zombies at two counts or more. */
    zombies: () => [...lives.values()].filter(({ zombieCounts }) => zombieCounts >= 2).length,
    /** The judged lives of each kind of process. */
    reports(soakMs: number): Map<string, LifeReport[]> {
      const found = new Map<string, LifeReport[]>();
      for (const { kind, measures } of lives.values()) {
        const report = judge(measures, soakMs);
        if (report) found.set(kind, [...(found.get(kind) ?? []), report]);
      }
      return found;
    },
    /** The newest measure of the oldest running process of a kind. */
    now(kind: string): Measure | null {
      const ofKind = [...lives.values()].filter((life) => life.kind === kind);
      return ofKind.flatMap(({ measures }) => measures.at(-1) ?? []).sort((a, b) => b.atMs - a.atMs)[0] ?? null;
    },
    stop: () => clearInterval(timer),
  };
}
export type Census = ReturnType<typeof startCensus>;
