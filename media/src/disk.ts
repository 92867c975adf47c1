/** Sweeps files that nobody owns any more, and watches how much disk is left. */
import { mkdirSync } from 'node:fs';
import { readdir, rmdir, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const LOOK_EVERY_MS = 5000;
const SWEEP_EVERY_MS = 60_000;
/** Window while disk is short, seconds. */
const SHORT_WINDOW_S = 12;

export type DiskOptions = {
  readonly mediaDir: string;
  readonly floorPercent: number;
  readonly windowSeconds: number;
  /** A file may outlive the window by this, seconds. */
  readonly graceSeconds: number;
  readonly onShort: (short: boolean, freePercent: number) => void;
  readonly onError: (error: unknown) => void;
};

export type DiskWatch = { readonly isShort: () => boolean; readonly windowSeconds: () => number; stop(): void };

/** Removes files older than `keptSeconds`; init segments only where no other file of theirs is left. */
async function sweepFolder(folder: string, beforeMs: number): Promise<void> {
  const inits: string[] = [];
  let kept = 0;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (name.startsWith('init-')) inits.push(path);
    else if ((await stat(path)).mtimeMs < beforeMs) await unlink(path);
    else kept += 1;
  }
  if (kept > 0) return;
  for (const path of inits) {
    if ((await stat(path)).mtimeMs < beforeMs) await unlink(path);
  }
  await rmdir(folder).catch(() => {});
}

/** Removes media files that were last written before `beforeMs`, of whatever run. */
export async function sweepMedia(mediaDir: string, beforeMs: number): Promise<void> {
  for (const show of await readdir(mediaDir, { withFileTypes: true })) {
    if (!show.isDirectory() || !show.name.startsWith('shw_')) continue;
    const folder = join(mediaDir, show.name);
    for (const rendition of await readdir(folder)) await sweepFolder(join(folder, rendition), beforeMs);
    await rmdir(folder).catch(() => {});
  }
}

export async function watchDisk(options: DiskOptions): Promise<DiskWatch> {
  const { mediaDir, floorPercent, windowSeconds, graceSeconds } = options;
  mkdirSync(mediaDir, { recursive: true, mode: 0o755 });
  let short = false;

  async function look(): Promise<void> {
    const { bavail, blocks } = await statfs(mediaDir);
    const freePercent = blocks > 0 ? (100 * bavail) / blocks : 100;
    if (freePercent < floorPercent === short) return;
    short = freePercent < floorPercent;
    options.onShort(short, freePercent);
  }

  async function sweep(): Promise<void> {
    const kept = (short ? SHORT_WINDOW_S : windowSeconds) + graceSeconds;
    await sweepMedia(mediaDir, Date.now() - kept * 1000);
  }

  await look();
  await sweep();
  const timers = [
    setInterval(() => void look().catch(options.onError), LOOK_EVERY_MS),
    setInterval(() => void sweep().catch(options.onError), SWEEP_EVERY_MS),
  ];
  return {
    isShort: () => short,
    windowSeconds: () => (short ? Math.min(SHORT_WINDOW_S, windowSeconds) : windowSeconds),
    stop: () => timers.forEach(clearInterval),
  };
}
