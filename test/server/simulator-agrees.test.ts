/** The simulator's model of the database is only worth what it has in common with MariaDB. */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const SEEDS = 20;
const DEADLINE_MS = 180_000;

test(`${SEEDS} seeds come to the same on MariaDB as in the model`, { timeout: DEADLINE_MS }, async () => {
  const command = [join(root, 'scripts/simulate.ts'), '--database', String(SEEDS)];
  const options = { cwd: root, timeout: DEADLINE_MS };
  const { stdout } = await promisify(execFile)(process.execPath, command, options).catch((error) => error);
  expect(String(stdout)).toContain(`${SEEDS} seeds on MariaDB and in the model: 0 differences`);
});
