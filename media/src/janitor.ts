/** Removes media files that no running show owns: leftovers of earlier runs, and of shows that are over. */
import { readdir, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const INIT = /^init-(\d+)\.mp4$/;
const SEGMENT = /^seg-(\d+)\.m4s$/;

const numberIn = (name: string, pattern: RegExp): number => Number(pattern.exec(name)?.[1] ?? Number.NaN);

/** True where the file is there and was written before. Its show may have removed it meanwhile. */
async function isOlder(path: string, beforeMs: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && found.mtimeMs < beforeMs;
}

/** Removes files older than `beforeMs`; an init segment only where no segment from it up to the next one is left. */
async function sweepFolder(folder: string, beforeMs: number): Promise<void> {
  const names = await readdir(folder);
  const segments: number[] = [];
  for (const name of names) {
    const path = join(folder, name);
    if (INIT.test(name)) continue;
    if (await isOlder(path, beforeMs)) await unlink(path);
    else segments.push(numberIn(name, SEGMENT));
  }
  const inits = names.filter((name) => INIT.test(name)).sort((a, b) => numberIn(a, INIT) - numberIn(b, INIT));
  for (const [i, name] of inits.entries()) {
    const [from, next] = [numberIn(name, INIT), numberIn(inits[i + 1] ?? '', INIT)];
    const isNeeded = segments.some((msn) => msn >= from && !(msn >= next));
    const path = join(folder, name);
    if (!isNeeded && (await isOlder(path, beforeMs))) await unlink(path);
  }
}

/**
 * `beforeMs` says for each show which files may go, by their age; null: none of them. A show that `isRunning`
 * keeps its folders, even empty: it writes there once its publisher is back.
 */
export async function sweepMedia(
  mediaDir: string,
  beforeMs: (showId: string) => number | null,
  isRunning: (showId: string) => boolean,
): Promise<void> {
  for (const show of await readdir(mediaDir, { withFileTypes: true })) {
    const before = beforeMs(show.name);
    if (!show.isDirectory() || !show.name.startsWith('shw_') || before === null) continue;
    const folder = join(mediaDir, show.name);
    const renditions = (await readdir(folder)).map((name) => join(folder, name));
    for (const rendition of renditions) await sweepFolder(rendition, before);
    if (isRunning(show.name)) continue;
    // What is not empty stays.
    for (const emptied of [...renditions, folder]) await rmdir(emptied).catch(() => {});
  }
}

/**
 * Which files of a show may go. A running show removes its own files itself; those of an earlier run are
 * readable as long as the window says. `windowSeconds`: null where no such show runs. `startedMs`: when this
 * process began.
 */
export function mayGoBefore(windowSeconds: number | null, graceSeconds: number, startedMs: number, nowMs: number) {
  const before = nowMs - ((windowSeconds ?? 0) + graceSeconds) * 1000;
  if (windowSeconds === null) return before;
  // Once everything of earlier runs is gone there is nothing to look for, and a long window is thousands of files.
  return before > startedMs + LOOK_PAST_START_MS ? null : Math.min(before, startedMs);
}

/** For this long after that time a sweep may still find something, milliseconds. */
const LOOK_PAST_START_MS = 5 * 60_000;
