/** A viewer without a screen: follows one rendition for as long as the show lasts, whatever dies meanwhile. */
import { setTimeout as wait } from 'node:timers/promises';
import { lintMedia, type Parsed } from '../../test/kit/playlist-lint.ts';
import { readSamples, readTracks, type Sample, type Track } from './mp4.ts';
import { sequenceCheck } from './sequence.ts';

const ANSWER_LIMIT_MS = 20_000;
const RETRY_MS = 250;
const TOLD = 10;
const INITS_KEPT = 8;

export type ReaderOptions = {
  readonly origin: string;
  readonly cookie: string;
  readonly showId: string;
  readonly rendition: string;
  /** Each whole segment, once. */
  readonly onSegment: (msn: number, samples: readonly Sample[]) => void;
};

export type Reader = {
  readonly segments: () => number;
  /** Segments whose date did not follow from the one before while no discontinuity said so. */
  readonly datesMoved: () => number;
  /** Sentences about sequences that went back and numbers that changed their meaning. */
  readonly wrongs: readonly string[];
  readonly lint: readonly string[];
  /** Media files that a playlist listed and that could not be had while Nginx answered. */
  readonly missing: readonly string[];
  /** Every address in the newest playlist. */
  listed(): string[];
  stop(): Promise<void>;
};

const addressesOf = (parsed: Parsed): string[] =>
  [
    ...parsed.segments.flatMap(({ uri, map, parts }) => [uri, map, ...parts.map((part) => part.uri)]),
    parsed.hint,
  ].filter((one) => one !== null);

/** Fetches what playlists list. Null where Nginx is away, or where the file is not there, which is kept in `missing`. */
function mediaFiles(get: (path: string) => Promise<Response>, missing: string[]) {
  const inits = new Map<string, Map<number, Track>>();

  async function file(address: string): Promise<Buffer | null> {
    const answer = await get(address).catch(() => null);
    const body = await answer?.arrayBuffer().catch(() => null);
    if (answer?.ok && body) return Buffer.from(body);
    if (answer && answer.status >= 400 && answer.status < 500 && missing.length < TOLD)
      missing.push(`${answer.status} for ${address.split('?')[0]}`);
    return null;
  }

  async function tracksOf(map: string): Promise<Map<number, Track> | null> {
    const known = inits.get(map);
    if (known) return known;
    const bytes = await file(map);
    if (!bytes) return null;
    const tracks = readTracks(bytes);
    inits.set(map, tracks);
    const [oldest] = inits.keys();
    if (inits.size > INITS_KEPT && oldest !== undefined) inits.delete(oldest);
    return tracks;
  }

  return async (map: string, uri: string): Promise<Sample[] | null> => {
    const tracks = await tracksOf(map);
    const bytes = tracks ? await file(uri) : null;
    return tracks && bytes ? readSamples(bytes, tracks) : null;
  };
}

/** What to ask for after a playlist: the part that comes next, by blocking reload. */
function nextQuery(parsed: Parsed, whole: number): string {
  const open = parsed.segments.at(-1);
  const next = open && open.uri === null ? { msn: open.msn, part: open.parts.length } : { msn: whole + 1, part: 0 };
  return `?_HLS_msn=${next.msn}&_HLS_part=${next.part}`;
}

export function startReader({ origin, cookie, showId, rendition, onSegment }: ReaderOptions): Reader {
  const base = `/hls/${showId}/${rendition}.m3u8`;
  const stopped = new AbortController();
  const missing: string[] = [];
  const check = sequenceCheck(`${showId.slice(-5)} ${rendition}`);
  const get = (path: string) => {
    const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]);
    return fetch(origin + path, { headers: { cookie }, signal });
  };
  const samplesOf = mediaFiles(get, missing);
  let newest: Parsed | null = null;
  let read = 0;

  async function take(parsed: Parsed, after: number): Promise<void> {
    for (const { msn, uri, map, gap } of parsed.segments) {
      if (uri === null || gap || map === null || msn <= after) continue;
      const samples = await samplesOf(map, uri);
      if (!samples) continue;
      const picture = samples.find((sample) => sample.kind === 'video');
      if (picture) check.segment(msn, picture.dtsMs);
      read += 1;
      onSegment(msn, samples);
    }
  }

  async function follow(): Promise<void> {
    let query = '';
    let whole = -1;
    while (!stopped.signal.aborted) {
      const answer = await get(base + query).catch(() => null);
      const text = await answer?.text().catch(() => null);
      if (!answer?.ok || !text) {
        query = '';
        await wait(RETRY_MS);
        continue;
      }
      const parsed = lintMedia(text);
      check.playlist(parsed, text);
      // What was there before this reader came may be older than the clips it knows.
      if (newest !== null) await take(parsed, whole);
      whole = Math.max(whole, ...parsed.segments.filter(({ uri }) => uri !== null).map(({ msn }) => msn));
      newest = parsed;
      query = nextQuery(parsed, whole);
      // While the encoder is away the playlist comes back as it is.
      if (parsed.hint === null) await wait(RETRY_MS);
    }
  }

  const following = follow().catch((error: unknown) => check.wrong(`the reader gave up: ${error}`));
  return {
    segments: () => read,
    datesMoved: check.datesMoved,
    wrongs: check.wrongs,
    lint: check.lint,
    missing,
    listed: () => (newest ? addressesOf(newest) : []),
    async stop() {
      stopped.abort();
      await following;
    },
  };
}
