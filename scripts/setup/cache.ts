/** What Node keeps of our sources (`compileCache`) grows with every update and never shrinks by itself. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One version of everything takes about 20 MB. */
const CACHE_MAX_BYTES = 100_000_000;

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.reduce(
    (sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

/** Empties the folder where it has outgrown its use; processes that run need it no more, and the next ones fill it. */
export function boundCache(folder: string, maxBytes = CACHE_MAX_BYTES): void {
  if (sizeOf(folder) <= maxBytes) return;
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}
