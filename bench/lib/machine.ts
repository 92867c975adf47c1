/** What the figures were taken on: enough to compare, nothing that names the machine. */
import { cpus, loadavg, totalmem } from 'node:os';
import { output } from './process.ts';

const BYTES_PER_GIB = 2 ** 30;

const version = async (program: string, argv: readonly string[]): Promise<string> => {
  const text = await output('sh', ['-c', `"$0" "$@" 2>&1`, program, ...argv]).catch(() => '');
  return /\d+\.\d+(?:\.\d+)*/.exec(text)?.[0] ?? 'unknown';
};

/** One line: cores, memory, versions. */
export async function describeMachine(): Promise<string> {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const programs: ReadonlyArray<readonly [string, string, string[]]> = [
    ['Nginx', 'nginx', ['-v']],
    ['MariaDB', 'mariadbd', ['--version']],
    ['Redis', 'redis-server', ['--version']],
    ['ffmpeg', 'ffmpeg', ['-version']],
    ['Chromium', 'chromium', ['--version']],
  ];
  const versions = await Promise.all(
    programs.map(async ([name, file, argv]) => `${name} ${await version(file, argv)}`),
  );
  const memory = `${(totalmem() / BYTES_PER_GIB).toFixed(0)} GiB`;
  return `${cpus().length} cores (${model}), ${memory} of memory; Node ${process.versions.node}, ${versions.join(', ')}`;
}

/** Mean number of runnable processes in the last minute: a figure taken on a busy machine says so. */
export const load = (): number => loadavg()[0] ?? 0;
