/** A viewer without a screen: follows one rendition for as long as the show lasts, whatever dies meanwhile. */
import { setTimeout as wait } from 'node:timers/promises';
import { lintMedia, type Parsed } from '../../test/kit/playlist-lint.ts';
import { readSamples, readTracks, type Sample, type Track } from './mp4.ts';

const ANSWER_LIMIT_MS = 20_000;
const RETRY_MS = 250;
const TOLD = 10;
/** Not a fault here: an encoder that stood still comes back later against the clock, on the same connection. */
const DATES = 'dates follow durations';
/** Segment numbers remembered, to see that none changes its meaning. */
const REMEMBERED = 600;

export type ReaderOptions = {
  readonly origin: string;
  readonly cookie: string;
  readonly showId: string;
  readonly rendition: string;
  /** Each whole segment, once. */
  readonly onSegment: (msn: number, samples: readonly Sample[]) => void;
};

export type Reader = {
  readonly name: string;
  readonly segments: () => number;
  /** Playlists in which a segment's date did not follow from the one before and no discontinuity said so. */
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

/** A line of a playlist and its neighbours, without the signatures. */
const around = (text: string, line: number): string =>
  text
    .split('\n')
    .slice(Math.max(0, line - 4), line + 1)
    .join(' ')
    .replaceAll(/\?e=[^" ]*/g, '');

export function startReader(options: ReaderOptions): Reader {
  const { origin, cookie, showId, rendition } = options;
  const base = `/hls/${showId}/${rendition}.m3u8`;
  const stopped = new AbortController();
  const told = { wrongs: [] as string[], lint: [] as string[], missing: [] as string[] };
  const meanings = new Map<number, string>();
  const inits = new Map<string, Map<number, Track>>();
  let newest: Parsed | null = null;
  let read = 0;
  let datesMoved = 0;
  let seen = { first: -1, last: -1, discontinuity: -1, decodeMs: -1 };

  const tell = (list: string[], text: string) => list.length < TOLD && list.push(`${rendition}: ${text}`);
  const get = (path: string) =>
    fetch(origin + path, {
      headers: { cookie },
      signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
    });

  function check(parsed: Parsed, text: string): void {
    const last = parsed.segments.at(-1)?.msn ?? parsed.mediaSequence;
    const now = { first: parsed.mediaSequence, last, discontinuity: parsed.discontinuitySequence };
    for (const key of ['first', 'last', 'discontinuity'] as const)
      if (now[key] < seen[key]) tell(told.wrongs, `${key} went back from ${seen[key]} to ${now[key]}`);
    seen = { ...seen, ...now };
    for (const { rule, line } of parsed.findings) {
      if (rule === DATES) datesMoved += 1;
      else tell(told.lint, `${rule}: ${around(text, line)}`);
    }
    for (const { msn, uri, discontinuities } of parsed.segments) {
      if (uri === null) continue;
      const meaning = `${uri} in ${discontinuities}`;
      const before = meanings.get(msn);
      if (before !== undefined && before !== meaning) tell(told.wrongs, `segment ${msn} was ${before}, is ${meaning}`);
      meanings.set(msn, meaning);
      const [oldest] = meanings.keys();
      if (meanings.size > REMEMBERED && oldest !== undefined) meanings.delete(oldest);
    }
  }

  /** A file that a playlist lists. Null where Nginx is away or the file is not there, which is noted. */
  async function file(address: string): Promise<Buffer | null> {
    const answer = await get(address).catch(() => null);
    if (answer?.ok) return Buffer.from(await answer.arrayBuffer());
    if (answer && answer.status < 500) tell(told.missing, `${answer.status} for ${address.split('?')[0]}`);
    await answer?.arrayBuffer();
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
    if (inits.size > 8 && oldest !== undefined) inits.delete(oldest);
    return tracks;
  }

  async function take(parsed: Parsed, after: number): Promise<void> {
    for (const { msn, uri, map, gap } of parsed.segments) {
      if (uri === null || gap || map === null || msn <= after) continue;
      const tracks = await tracksOf(map);
      const bytes = tracks ? await file(uri) : null;
      if (!tracks || !bytes) continue;
      const samples = readSamples(bytes, tracks);
      const decodeMs = samples.find((sample) => sample.kind === 'video')?.dtsMs ?? -1;
      if (decodeMs >= 0 && decodeMs <= seen.decodeMs)
        tell(told.wrongs, `segment ${msn} is decoded at ${decodeMs} ms, after ${seen.decodeMs} ms`);
      seen.decodeMs = Math.max(seen.decodeMs, decodeMs);
      read += 1;
      options.onSegment(msn, samples);
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
      check(parsed, text);
      // What was there before this reader came is older than the clips it knows.
      const listed = parsed.segments.filter(({ uri }) => uri !== null).map(({ msn }) => msn);
      if (newest !== null) await take(parsed, whole);
      whole = Math.max(whole, ...listed);
      newest = parsed;
      const open = parsed.segments.at(-1);
      const next = open && open.uri === null ? { msn: open.msn, part: open.parts.length } : { msn: whole + 1, part: 0 };
      query = `?_HLS_msn=${next.msn}&_HLS_part=${next.part}`;
      // While the encoder is away the playlist comes back as it is.
      if (parsed.hint === null) await wait(RETRY_MS);
    }
  }

  const following = follow().catch((error: unknown) => tell(told.wrongs, `the reader gave up: ${error}`));
  return {
    name: `${showId}/${rendition}`,
    segments: () => read,
    datesMoved: () => datesMoved,
    ...told,
    listed: () => (newest ? addressesOf(newest) : []),
    async stop() {
      stopped.abort();
      await following;
    },
  };
}
