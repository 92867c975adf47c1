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
  /** The window of a running show; null where no such show runs. */
  readonly windowOf: (showId: string) => number | null;
  /** A file may outlive the window by this, seconds. */
  readonly graceSeconds: number;
  readonly onShort: (short: boolean, freePercent: number) => void;
  readonly onError: (error: unknown) => void;
};

export type DiskWatch = {
  readonly isShort: () => boolean;
  /** The window that the disk allows where `wanted` seconds are wished for. */
  readonly windowSeconds: (wanted: number) => number;
  /** Sweeps now; otherwise it happens once a minute. */
  sweep(): Promise<void>;
  stop(): void;
};

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

/** Removes media files of whatever run; `beforeMs` says for each show how old a file may be. */
export async function sweepMedia(mediaDir: string, beforeMs: (showId: string) => number): Promise<void> {
  for (const show of await readdir(mediaDir, { withFileTypes: true })) {
    if (!show.isDirectory() || !show.name.startsWith('shw_')) continue;
    const folder = join(mediaDir, show.name);
    for (const rendition of await readdir(folder)) await sweepFolder(join(folder, rendition), beforeMs(show.name));
    await rmdir(folder).catch(() => {});
  }
}

export async function watchDisk(options: DiskOptions): Promise<DiskWatch> {
  const { mediaDir, floorPercent, windowOf, graceSeconds } = options;
  mkdirSync(mediaDir, { recursive: true, mode: 0o755 });
  let short = false;

  const windowSeconds = (wanted: number) => (short ? Math.min(SHORT_WINDOW_S, wanted) : wanted);

  async function look(): Promise<void> {
    const { bavail, blocks } = await statfs(mediaDir);
    const freePercent = blocks > 0 ? (100 * bavail) / blocks : 100;
    if (freePercent < floorPercent === short) return;
    short = freePercent < floorPercent;
    options.onShort(short, freePercent);
  }

  async function sweep(): Promise<void> {
    const nowMs = Date.now();
    await sweepMedia(mediaDir, (showId) => nowMs - (windowSeconds(windowOf(showId) ?? 0) + graceSeconds) * 1000);
  }

  await look();
  const timers = [
    setInterval(() => void look().catch(options.onError), LOOK_EVERY_MS),
    setInterval(() => void sweep().catch(options.onError), SWEEP_EVERY_MS),
  ];
  return {
    isShort: () => short,
    windowSeconds,
    sweep,
    stop: () => timers.forEach(clearInterval),
  };
}
