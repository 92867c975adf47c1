/**
 * What every test file needs and is slow to make is made by the first that asks, and the others copy or read it.
 * Vitest's set-up names the folder (`template.ts`); without it, as in a bench, everybody makes their own.
 */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const DEADLINE_MS = 120_000;
const LOOK_EVERY_MS = 50;

/** Whether this is a run of tests, which shares what it makes. */
export const isShared = (): boolean => process.env['STAGEDOOR_TEST_TEMPLATE'] !== undefined;

/** True for the one process of the run that is to make it. */
function isFirst(mark: string): boolean {
  try {
    mkdirSync(mark);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The folder that `make` filled once in this run; null where nothing is shared. Throws what `make` throws. */
export async function madeOnce(name: string, make: (folder: string) => Promise<void>): Promise<string | null> {
  const home = process.env['STAGEDOOR_TEST_TEMPLATE'];
  if (home === undefined) return null;
  const folder = join(home, name);
  if (isFirst(`${folder}.begun`)) {
    const making = `${folder}.making`;
    mkdirSync(making);
    await make(making);
    // Renamed last, because others look whether it is there.
    renameSync(making, folder);
  }
  const deadline = Date.now() + DEADLINE_MS;
  while (!existsSync(folder)) {
    if (Date.now() > deadline) throw new Error(`another test file was to make ${name}, and did not`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return folder;
}
