/** Media files that nobody can ask for any more and that are still there. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { outdated, THUMBNAIL_FOLDER } from '../../media/src/thumbnails/rules.ts';

/** Sweeps come once a minute; a file may be that much late, and a little, milliseconds. */
const SWEEP_SLACK_MS = 75_000;
/** What a file may outlive the window by, milliseconds. */
const GRACE_MS = 60_000;

/** A show keeps its newest pictures, whose addresses are still out, whatever their age; what is more than these is left. */
const isKeptPicture = (path: string): boolean =>
  basename(dirname(path)) === THUMBNAIL_FOLDER && !outdated(readdirSync(dirname(path))).includes(basename(path));

/** Paths, below the folder of the media, of files older than window and grace that no playlist lists. */
export function staleFiles(mediaDir: string, listed: ReadonlySet<string>, windowSeconds: number): string[] {
  const beforeMs = Date.now() - windowSeconds * 1000 - GRACE_MS - SWEEP_SLACK_MS;
  return readdirSync(mediaDir, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile()) return [];
    const path = join(entry.parentPath, entry.name);
    const name = relative(mediaDir, path);
    if (listed.has(`/media/${name}`) || !existsSync(path) || isKeptPicture(path)) return [];
    return statSync(path).mtimeMs < beforeMs ? [name] : [];
  });
}
