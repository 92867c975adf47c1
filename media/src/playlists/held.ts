/** A part that is announced but not made yet: Nginx hands such a request over, and it waits for the bytes. */
import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Show } from '../shows/show.ts';

/** Held at most this many part lengths; then the announcement was wrong. */
const MAX_HELD_PARTS = 3;
const FILE = /^\/media\/(shw_[0-9a-z]{26})\/([\w-]{1,32})\/(seg-(\d{1,15})\.m4s)$/;
const INDEX = /^\d{1,6}$/;
const RANGE = /^bytes=(\d{1,15})-(\d{0,15})$/;

type Options = { readonly shows: ReadonlyMap<string, Show>; readonly mediaDir: string; readonly partMs: number };

async function readRange(path: string, offset: number, bytes: number): Promise<Buffer | null> {
  const file = await open(path).catch(() => null);
  try {
    const buffer = Buffer.allocUnsafe(bytes);
    const read = await file?.read(buffer, 0, bytes, offset);
    return read?.bytesRead === bytes ? buffer : null;
  } finally {
    await file?.close();
  }
}

/**
 * Answers with the part once it is there, however far the asked range goes beyond it: where a part ends was not
 * known when it was announced. False where it is not announced, did not come in time, or begins elsewhere.
 */
export async function serveHeldPart(
  { shows, mediaDir, partMs }: Options,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [, showId = '', name = '', file = '', msn = ''] = FILE.exec(url.pathname) ?? [];
  const index = url.searchParams.get('p') ?? '';
  const show = shows.get(showId);
  const rendition = show?.renditions.find((candidate) => candidate.name === name);
  if (!show || !rendition || !INDEX.test(index)) return false;
  // Made between Nginx's look and ours, or about to be made; a part that the cut skipped never comes.
  const decided = () => !rendition.isHinted(Number(msn), Number(index));
  await show.until(decided, MAX_HELD_PARTS * partMs);
  const part = rendition.part(Number(msn), Number(index));
  const asked = RANGE.exec(request.headers.range ?? '');
  if (!part || Number(asked?.[1] ?? 0) !== part.offset) return false;
  const bytes = await readRange(join(mediaDir, showId, name, file), part.offset, part.bytes);
  if (!bytes) return false;
  const headers = { 'content-type': 'video/mp4', 'cache-control': 'private, max-age=60' };
  const last = part.offset + part.bytes - 1;
  if (asked) response.writeHead(206, { ...headers, 'content-range': `bytes ${part.offset}-${last}/*` }).end(bytes);
  else response.writeHead(200, headers).end(bytes);
  return true;
}
