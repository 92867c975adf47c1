/** Removes media files that no running show owns: leftovers of earlier runs, and of shows that are over. */
import { readdir, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes files older than `beforeMs`; init segments only where no other file of theirs is left. */
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

/** `beforeMs` says for each show which files may go, by their age; null: none of them. */
export async function sweepMedia(mediaDir: string, beforeMs: (showId: string) => number | null): Promise<void> {
  for (const show of await readdir(mediaDir, { withFileTypes: true })) {
    const before = beforeMs(show.name);
    if (!show.isDirectory() || !show.name.startsWith('shw_') || before === null) continue;
    const folder = join(mediaDir, show.name);
    for (const rendition of await readdir(folder)) await sweepFolder(join(folder, rendition), before);
    await rmdir(folder).catch(() => {});
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
