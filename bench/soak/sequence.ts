/** What may never happen to a reader: numbers or times that go back, and a number that changes its meaning. */
import type { Parsed } from '../../test/kit/playlist-lint.ts';

/** Not a fault here: an encoder that stood still comes back later against the clock, on the same connection. */
const DATES = 'dates follow durations';
/** Segment numbers remembered. */
const REMEMBERED = 600;
const TOLD = 10;

/** A line of a playlist and its neighbours, without the signatures. */
const around = (text: string, line: number): string =>
  text
    .split('\n')
    .slice(Math.max(0, line - 4), line + 1)
    .join(' ')
    .replaceAll(/\?e=[^" ]*/g, '');

/** Keeps what one reader of one rendition saw. */
export function sequenceCheck(rendition: string) {
  const wrongs: string[] = [];
  const lint: string[] = [];
  const meanings = new Map<number, string>();
  let seen = { first: -1, last: -1, discontinuity: -1 };
  let newestMs = -1;
  /** By the line of the segment. */
  const datesMoved = new Set<string>();
  const tell = (list: string[], text: string) =>
    list.length < TOLD && list.push(`${rendition}, ${new Date().toISOString().slice(11, 19)} UTC: ${text}`);

  function remember(msn: number, meaning: string): void {
    const before = meanings.get(msn);
    if (before !== undefined && before !== meaning) tell(wrongs, `segment ${msn} was ${before}, is ${meaning}`);
    meanings.set(msn, meaning);
    const [oldest] = meanings.keys();
    if (meanings.size > REMEMBERED && oldest !== undefined) meanings.delete(oldest);
  }

  return {
    wrongs: wrongs as readonly string[],
    lint: lint as readonly string[],
    datesMoved: () => datesMoved.size,
    wrong: (text: string) => tell(wrongs, text),

    playlist(parsed: Parsed, text: string): void {
      const last = parsed.segments.at(-1)?.msn ?? parsed.mediaSequence;
      const now = { first: parsed.mediaSequence, last, discontinuity: parsed.discontinuitySequence };
      for (const key of ['first', 'last', 'discontinuity'] as const)
        if (now[key] < seen[key]) tell(wrongs, `${key} went back from ${seen[key]} to ${now[key]}`);
      seen = now;
      for (const { rule, line } of parsed.findings) {
        if (rule === DATES) datesMoved.add(text.split('\n')[line - 1] ?? '');
        else tell(lint, `${rule}: ${around(text, line)}`);
      }
      for (const { msn, uri, discontinuities } of parsed.segments)
        if (uri !== null) remember(msn, `${uri} in ${discontinuities}`);
    },

    /** `decodeMs`: when its first picture is decoded. */
    segment(msn: number, decodeMs: number): void {
      if (decodeMs <= newestMs) tell(wrongs, `segment ${msn} is decoded at ${decodeMs} ms, after ${newestMs} ms`);
      newestMs = Math.max(newestMs, decodeMs);
    },
  };
}
