/** All recordings of an install: one folder a show, named by its id. */
import { appendFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ShowId } from '#contract/ids.ts';
import { END, INDEX_FILE, type Index, readIndex } from './playlist.ts';

const DAY_MS = 24 * 3600 * 1000;

export type Recording = {
  readonly showId: ShowId;
  readonly folder: string;
  readonly index: Index;
  /** Of all its files. */
  readonly bytes: number;
  /** When its last segment was added, or its show ended, Unix milliseconds. */
  readonly touchedMs: number;
};

type Found = { readonly showId: ShowId; readonly folder: string; readonly touchedMs: number };

/** The recordings in `dir`, the one that was touched longest ago first. */
async function find(dir: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of await readdir(dir).catch(() => [])) {
    const showId = ShowId.safeParse(name);
    if (!showId.success) continue;
    const folder = join(dir, name);
    // Without an index nothing can be made of it; it goes by the age of its folder.
    const { mtimeMs } = await stat(join(folder, INDEX_FILE)).catch(() => stat(folder));
    found.push({ showId: showId.data, folder, touchedMs: mtimeMs });
  }
  return found.sort((a, b) => a.touchedMs - b.touchedMs);
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}

/** Reads a show's recording; null where there is none. */
export async function readRecording(dir: string, showId: string): Promise<Recording | null> {
  const found = (await find(dir)).find((one) => one.showId === showId);
  if (!found) return null;
  const index = readIndex(await readFile(join(found.folder, INDEX_FILE), 'latin1').catch(() => ''));
  return { ...found, index, bytes: await bytesIn(found.folder) };
}

/** Reads all recordings, the oldest first. */
export async function listRecordings(dir: string): Promise<Recording[]> {
  const all = await Promise.all((await find(dir)).map(({ showId }) => readRecording(dir, showId)));
  return all.filter((one) => one !== null);
}

export type ArchiveOptions = {
  readonly dir: string;
  /** Days that a recording is kept after its show's last segment; 0: nothing is recorded, and nothing removed. */
  readonly days: number;
  readonly isRunning: (showId: string) => boolean;
  readonly onRemoved: (showId: string) => void;
};

/** Until when a recording is kept that was touched then, Unix milliseconds. */
export const keptUntilMs = (touchedMs: number, days: number) => touchedMs + days * DAY_MS;

/** Removes what has expired, the oldest first. A recording that has time left is never removed. */
export async function removeExpired(options: ArchiveOptions, nowMs: number): Promise<void> {
  if (options.days === 0) return;
  for (const { showId, folder, touchedMs } of await find(options.dir)) {
    if (options.isRunning(showId) || keptUntilMs(touchedMs, options.days) > nowMs) continue;
    await rm(folder, { recursive: true, force: true });
    options.onRemoved(showId);
  }
}

/** Marks the end of recordings whose show ended while media was away. */
export async function closeAbandoned(options: ArchiveOptions): Promise<void> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  for (const { showId, folder } of await find(options.dir)) {
    if (options.isRunning(showId)) continue;
    const path = join(folder, INDEX_FILE);
    const { ended, soundBytes } = readIndex(await readFile(path, 'latin1').catch(() => ''));
    if (!ended && soundBytes > 0) await appendFile(path, END);
  }
}
