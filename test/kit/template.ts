/** Vitest's global set-up: a folder for what test files share (see `once.ts`), gone after the run. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-template-'));
  // The database's own user reads it.
  chmodSync(folder, 0o755);
  // Workers inherit it.
  process.env['STAGEDOOR_TEST_TEMPLATE'] = folder;
  // Installs of tests share what Node makes of our sources; each user of the machine has a part of its own.
  const cache = `${folder}-node`;
  mkdirSync(cache);
  chmodSync(cache, 0o1777);
  process.env['NODE_COMPILE_CACHE'] = cache;
  // While one works on the code, each round is made of what it is by then.
  project.onTestsRerun(() => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  });
  return () => {
    for (const one of [folder, cache]) rmSync(one, { recursive: true, force: true });
  };
}
