/** Small files of an install, written whole or not at all. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export const PRIVATE = 0o600;
export const READABLE = 0o644;

/** Writes a file by renaming, so that no reader and no crash ever sees half of it. */
export function writeWhole(file: string, text: string, mode: number): void {
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.new`;
  writeFileSync(next, text, { mode, flush: true });
  renameSync(next, file);
}

/** Writes a file where its text differs. Returns true where it did. */
export function writeIfChanged(file: string, text: string, mode: number): boolean {
  if (readOrNull(file) === text) return false;
  writeWhole(file, text, mode);
  return true;
}

export function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
