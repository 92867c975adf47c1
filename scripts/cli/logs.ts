/** `stagedoor logs`: the newest lines of one or all logs. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from './output.ts';

/** Log files that a name means: `api` is every instance, nothing is all. */
export function logFiles(varDir: string, name: string | undefined): string[] {
  const folder = join(varDir, 'logs');
  const all = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.log')) : [];
  const chosen = all.filter((file) => !name || file === `${name}.log` || file.startsWith(`${name}-`));
  if (chosen.length === 0)
    throw new CommandError(
      name
        ? `There is no log named "${name}". There are: ${all.map((file) => file.slice(0, -4)).join(', ')}.`
        : 'There are no logs yet.',
    );
  return chosen.sort().map((file) => join(folder, file));
}

/** Prints the last `lines` lines, and goes on with `follow` until interrupted. */
export function showLogs(files: readonly string[], lines: number, follow: boolean): Promise<void> {
  const child = spawn('tail', [`--lines=${lines}`, ...(follow ? ['-F'] : []), '--', ...files], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}
