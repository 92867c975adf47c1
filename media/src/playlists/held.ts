/** A part that is announced but not made yet: Nginx hands such a request over, and it waits for the file. */
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Show } from '../shows/show.ts';

/** Held at most this many part lengths; then the announcement was wrong. */
const MAX_HELD_PARTS = 3;
const FILE = /^\/media\/(shw_[0-9a-z]{26})\/([\w-]{1,32})\/part-(\d{1,15})\.(\d{1,6})\.m4s$/;

type Options = { readonly shows: ReadonlyMap<string, Show>; readonly mediaDir: string; readonly partMs: number };

/** Answers with the part once it is there. False where it is not announced, or did not come in time. */
export async function serveHeldPart(
  { shows, mediaDir, partMs }: Options,
  path: string,
  response: ServerResponse,
): Promise<boolean> {
  const [, showId = '', name = '', msn = '', index = ''] = FILE.exec(path) ?? [];
  const show = shows.get(showId);
  const rendition = show?.renditions.find((candidate) => candidate.name === name);
  if (!show || !rendition) return false;
  // Made between Nginx's look and ours, or about to be made; a part that the cut skipped never comes.
  const decided = () => !rendition.isHinted(Number(msn), Number(index));
  await show.until(decided, MAX_HELD_PARTS * partMs);
  const bytes = await readFile(join(mediaDir, showId, name, `part-${msn}.${index}.m4s`)).catch(() => null);
  if (!bytes) return false;
  response.writeHead(200, { 'content-type': 'video/mp4', 'cache-control': 'private, max-age=60' }).end(bytes);
  return true;
}
