/**
 * Loaded into a media process before its own modules: from then on its disk is as free as the file
 * `disk-free` in its folder says, percent. At 0 the packager's writes fail as the kernel makes them fail.
 * A disk that the test fills for real would need rights that not everybody has who runs the tests.
 */
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

const file = join(process.env['STAGEDOOR_VAR'] ?? '', 'disk-free');

function freePercent(): number {
  try {
    return Number(fs.readFileSync(file, 'utf8'));
  } catch {
    return 100;
  }
}

const statfs = fsp.statfs;
fsp.statfs = (async (dir: string) => ({
  ...(await statfs(dir)),
  blocks: 1000,
  bavail: 10 * freePercent(),
  files: 0,
})) as typeof fsp.statfs;

const write = fs.write as (...args: unknown[]) => void;
fs.write = ((...args: unknown[]) => {
  if (freePercent() > 0) return write(...args);
  const done = args.at(-1) as (error: Error) => void;
  setImmediate(() => done(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })));
}) as typeof fs.write;
syncBuiltinESMExports();
