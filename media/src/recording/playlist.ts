/** The index of a recording: an HLS playlist of type EVENT that only ever grows. */
import { TARGET_DURATION_S } from '../packager/rules.ts';
import type { WholeSegment } from '../packager/segments.ts';

export const INDEX_FILE = 'index.m3u8';
export const HEADER = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:${TARGET_DURATION_S}
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-MEDIA-SEQUENCE:0
`;
export const END = '#EXT-X-ENDLIST\n';

const MAP = /^#EXT-X-MAP:URI="(init-\d{1,15}\.mp4)"$/;
const EXTINF = /^#EXTINF:(\d{1,9}\.\d{1,6}),$/;
const DATE = '#EXT-X-PROGRAM-DATE-TIME:';
const SEGMENT = /^seg-(\d{1,15})\.m4s$/;

/** One recorded segment as the index lists it. */
export type Entry = {
  readonly file: string;
  readonly initFile: string;
  readonly msn: number;
  readonly seconds: number;
  readonly dateMs: number;
  /** True where it does not follow from the one before it. */
  readonly breaks: boolean;
};

export type Index = {
  readonly entries: readonly Entry[];
  /** False while the show goes on, and where media was killed and has not come back. */
  readonly ended: boolean;
  /** Up to here the text is sound: what follows is the end mark, or was being written when media was killed. */
  readonly soundBytes: number;
  /** `soundBytes` before each entry, for dropping the last ones. */
  readonly starts: readonly number[];
};

/** What is appended for a segment; `last` is the entry before it. */
export function entryText(segment: WholeSegment, last: Pick<Entry, 'msn' | 'initFile'> | null): string {
  const { boundary, durationMs, file, initFile } = segment;
  const lines: string[] = [];
  if (last && (boundary.breaks || boundary.msn !== last.msn + 1)) lines.push('#EXT-X-DISCONTINUITY');
  if (initFile !== last?.initFile) lines.push(`#EXT-X-MAP:URI="${initFile}"`);
  lines.push(`${DATE}${new Date(boundary.dateMs).toISOString()}`);
  lines.push(`#EXTINF:${(durationMs / 1000).toFixed(5)},`, file);
  return `${lines.join('\n')}\n`;
}

/** Reads an index, up to where it is sound. It is ASCII, so that characters are bytes. */
export function readIndex(text: string): Index {
  const entries: Entry[] = [];
  const starts: number[] = [];
  if (!text.startsWith(HEADER)) return { entries, ended: false, soundBytes: 0, starts };
  let soundBytes = HEADER.length;
  let at = HEADER.length;
  let initFile = '';
  let next = { seconds: Number.NaN, dateMs: Number.NaN, breaks: false };
  let ended = false;
  for (let end = text.indexOf('\n', at); end >= 0; end = text.indexOf('\n', at)) {
    const line = text.slice(at, end);
    at = end + 1;
    initFile = MAP.exec(line)?.[1] ?? initFile;
    ended ||= `${line}\n` === END;
    if (line === '#EXT-X-DISCONTINUITY') next.breaks = true;
    if (line.startsWith(DATE)) next.dateMs = Date.parse(line.slice(DATE.length));
    next.seconds = Number(EXTINF.exec(line)?.[1] ?? next.seconds);
    const msn = SEGMENT.exec(line)?.[1];
    if (msn === undefined) continue;
    const isSound = initFile !== '' && next.seconds > 0 && next.dateMs > 0;
    if (!isSound) break;
    starts.push(soundBytes);
    entries.push({ file: line, initFile, msn: Number(msn), ...next });
    soundBytes = at;
    next = { seconds: Number.NaN, dateMs: Number.NaN, breaks: false };
  }
  return { entries, ended, soundBytes, starts };
}
