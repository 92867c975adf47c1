/** Seeds of the money simulator: all add up, all can be had again, and each planted bug is seen. */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { BUGS } from '../../simulator/bugs.ts';

const root = resolve(import.meta.dirname, '../..');
/** On a busy machine a seed takes ten times as long. */
const DEADLINE_MS = 300_000;
const SEEDS = 600;
/** A bug is to be found in so many. */
const BUG_SEEDS = 2000;

const run = promisify(execFile);
/** In a process of its own: a run takes the clock and chance of its process away. */
async function simulate(...args: string[]): Promise<string> {
  const command = [join(root, 'scripts/simulate.ts'), ...args];
  const { stdout } = await run(process.execPath, command, { cwd: root, timeout: DEADLINE_MS }).catch((error) => error);
  return String(stdout);
}

test(`${SEEDS} seeds of sales, refunds and accidents all add up`, { timeout: DEADLINE_MS }, async () => {
  const said = await simulate('--seeds', String(SEEDS));
  console.log(said.trim());
  expect(said).toContain(`${SEEDS} seeds from 1: 0 violations`);
});

test('a seed does the same in another process, step by step', { timeout: DEADLINE_MS }, async () => {
  const hash = /hash of all steps ([0-9a-f]+)/;
  const [one, other] = await Promise.all([
    simulate('--from', '7000', '--seeds', '30'),
    simulate('--from', '7000', '--seeds', '30'),
  ]);
  expect(one).toMatch(hash);
  expect(hash.exec(one)?.[1]).toBe(hash.exec(other)?.[1]);
});

test('each planted bug is found, and found again in its seed', { timeout: DEADLINE_MS }, async () => {
  expect(BUGS.length).toBeGreaterThanOrEqual(15);
  const said = await simulate('--bug', 'all', '--seeds', String(BUG_SEEDS));
  console.log(said.replaceAll(/(: found in seed \d+, after \d+).*/g, '$1').trim());
  expect(said).toContain(`${BUGS.length} planted bugs: each found`);
});
