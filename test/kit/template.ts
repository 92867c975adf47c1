/** Vitest's global set-up: a folder for what test files share (see `once.ts`), gone after the run. */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-template-'));
  // The database's own user reads it.
  chmodSync(folder, 0o755);
  // Workers inherit it.
  process.env['STAGEDOOR_TEST_TEMPLATE'] = folder;
  // While one works on the code, each round is made of what it is by then.
  project.onTestsRerun(() => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  });
  return () => rmSync(folder, { recursive: true, force: true });
}
