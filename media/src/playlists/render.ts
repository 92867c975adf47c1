/** Playlists as text, after RFC 8216 and its second edition (draft-pantos-hls-rfc8216bis). */
import { type Hint, LISTED_PART_SEGMENTS, type Part, type Rendition, type Segment } from '../packager/rendition.ts';
import { TARGET_DURATION_S } from '../packager/rules.ts';

/** PART-HOLD-BACK in parts: the least that the second edition allows. */
const HOLD_BACK_PARTS = 3;
/** PART-TARGET is rounded up to this, so that millisecond jitter does not change it, milliseconds. */
const PART_TARGET_STEP_MS = 10;
/** CAN-SKIP-UNTIL: a delta update lists this much from the end; the second edition allows no less, seconds. */
const SKIP_UNTIL_S = 6 * TARGET_DURATION_S;
const VERSION = 9;
/** Peaks to come may be higher than those seen. */
const BANDWIDTH_MARGIN = 1.1;

/**
 * `plain`: whole segments only, for players that are to ask seldom.
 * `skip`: the player knows the older segments already (a delta update).
 */
export type PlaylistForm = { readonly plain: boolean; readonly skip: boolean };

const seconds = (ms: number) => (ms / 1000).toFixed(5);

function partTargetMs(rendition: Rendition): number {
  return Math.max(1, Math.ceil(rendition.largestPartMs / PART_TARGET_STEP_MS)) * PART_TARGET_STEP_MS;
}

function partLine({ durationMs, address, bytes, offset, independent, gap }: Part): string {
  const place = `DURATION=${seconds(durationMs)},URI="${address}",BYTERANGE="${bytes}@${offset}"`;
  return `#EXT-X-PART:${place}${independent ? ',INDEPENDENT=YES' : ''}${gap ? ',GAP=YES' : ''}\n`;
}

/**
 * V8 keeps a text that was put together as its pieces, and goes through all of them whenever it is used. What is
 * used with every part is therefore put into one piece.
 */
const inOnePiece = (ascii: string) => Buffer.from(ascii, 'latin1').toString('latin1');

/** The lines of a segment's parts so far: parts are only ever added, so what stands is not made again. */
const partTexts = new WeakMap<Segment, { readonly count: number; readonly text: string }>();

function partText(segment: Segment): string {
  const { parts } = segment;
  // What is given up loses those that were listed.
  if (parts.length === 0) return '';
  const known = partTexts.get(segment) ?? { count: 0, text: '' };
  if (known.count === parts.length) return known.text;
  const fresh = parts.slice(known.count).map(partLine);
  const made = { count: parts.length, text: inOnePiece(known.text + fresh.join('')) };
  partTexts.set(segment, made);
  return made.text;
}

const hintText = ({ address, offset }: Hint) =>
  `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${address}",BYTERANGE-START=${offset}\n`;

const dateText = (segment: Segment) => `#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.boundary.dateMs).toISOString()}\n`;

/** What ends a segment that will not change any more; made once. */
const endings = new WeakMap<Segment, { date: string; end: string }>();

function endingOf(segment: Segment): { date: string; end: string } {
  const known = endings.get(segment);
  if (known) return known;
  const gap = segment.state === 'gap' ? '#EXT-X-GAP\n' : '';
  const made = {
    date: inOnePiece(dateText(segment)),
    end: inOnePiece(`${gap}#EXTINF:${seconds(segment.durationMs)},\n${segment.address}\n`),
  };
  endings.set(segment, made);
  return made;
}

function segmentText(segment: Segment, withMap: boolean, withParts: boolean): string {
  const start = segment.boundary.breaks ? '#EXT-X-DISCONTINUITY\n' : '';
  const map = withMap && segment.initAddress ? `#EXT-X-MAP:URI="${segment.initAddress}"\n` : '';
  const parts = withParts ? partText(segment) : '';
  if (segment.state === 'open') return start + map + dateText(segment) + parts;
  const { date, end } = endingOf(segment);
  return start + map + date + parts + end;
}

function headText(rendition: Rendition, first: Segment, plain: boolean): string {
  const { breaks, discontinuity, msn } = first.boundary;
  const control = ['CAN-BLOCK-RELOAD=YES', `CAN-SKIP-UNTIL=${seconds(SKIP_UNTIL_S * 1000)}`];
  const partTarget = partTargetMs(rendition);
  if (!plain) control.push(`PART-HOLD-BACK=${seconds(partTarget * HOLD_BACK_PARTS)}`);
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${VERSION}`,
    `#EXT-X-TARGETDURATION:${TARGET_DURATION_S}`,
    `#EXT-X-SERVER-CONTROL:${control.join(',')}`,
    ...(plain ? [] : [`#EXT-X-PART-INF:PART-TARGET=${seconds(partTarget)}`]),
    `#EXT-X-MEDIA-SEQUENCE:${msn}`,
    // A segment's number counts its own tag; while that tag is listed first, it is not counted here.
    `#EXT-X-DISCONTINUITY-SEQUENCE:${breaks ? discontinuity - 1 : discontinuity}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** How many of the oldest segments end before the skip boundary. */
function skippable(segments: readonly Segment[]): number {
  let fromEndMs = 0;
  for (let i = segments.length - 1; i >= 0; i -= 1) {
    if (fromEndMs >= SKIP_UNTIL_S * 1000) return i + 1;
    fromEndMs += segments[i]?.durationMs ?? 0;
  }
  return 0;
}

/** The segments before those with parts, as text: they change once a segment, not with each part. */
type OldText = { readonly firstMsn: number; readonly lastMsn: number; readonly skipped: number; readonly text: string };
const olds = new WeakMap<Rendition, Map<string, OldText>>();

function oldText(rendition: Rendition, listed: readonly Segment[], count: number, form: PlaylistForm): OldText {
  const cache = olds.get(rendition) ?? new Map<string, OldText>();
  const name = `${form.plain} ${form.skip}`;
  olds.set(rendition, cache);
  const [firstMsn, lastMsn] = [listed[0]?.boundary.msn ?? -1, listed[count - 1]?.boundary.msn ?? -1];
  const known = cache.get(name);
  if (known?.firstMsn === firstMsn && known.lastMsn === lastMsn) return known;
  // The second edition wants nothing skipped rather than a skip of nothing.
  const skipped = form.skip ? Math.min(skippable(listed), count) : 0;
  const lines = skipped > 0 ? [`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}\n`] : [];
  for (let i = skipped; i < count; i += 1) {
    const segment = listed[i];
    if (segment) lines.push(segmentText(segment, needsMap(listed, i, skipped), false));
  }
  const made = { firstMsn, lastMsn, skipped, text: lines.join('') };
  cache.set(name, made);
  return made;
}

/** True where a player that reads from `start` on does not know the segment's init segment yet. */
function needsMap(listed: readonly Segment[], index: number, start: number): boolean {
  return index === start || listed[index]?.initAddress !== listed[index - 1]?.initAddress;
}

/** Renders a rendition's playlist. There must be at least one segment; a plain one needs a whole one. */
export function mediaPlaylist(rendition: Rendition, { plain, skip }: PlaylistForm): string {
  const listed = plain ? rendition.segments.filter(({ state }) => state !== 'open') : rendition.segments;
  const first = listed[0];
  if (!first) throw new Error('a playlist needs a segment');
  const count = Math.max(0, listed.length - LISTED_PART_SEGMENTS);
  const old = oldText(rendition, listed, count, { plain, skip: skip && !rendition.ended });
  const lines = [headText(rendition, first, plain), old.text];
  for (let i = count; i < listed.length; i += 1) {
    const segment = listed[i];
    if (segment) lines.push(segmentText(segment, needsMap(listed, i, old.skipped), !plain));
  }
  if (rendition.ended) lines.push('#EXT-X-ENDLIST\n');
  else if (rendition.hint && !plain) lines.push(hintText(rendition.hint));
  // hls.js (1.7) takes a whole last segment for the open one where no line follows it, and then
  // stumbles over the discontinuity after it.
  else if (!plain) lines.push('# nothing is announced\n');
  return lines.join('');
}

function streamInf(rendition: Rendition): string {
  const { info } = rendition;
  const fields = [`BANDWIDTH=${Math.ceil(rendition.bandwidth * BANDWIDTH_MARGIN)}`];
  if (info?.width && info.height) fields.push(`RESOLUTION=${info.width}x${info.height}`);
  if (info?.fps) fields.push(`FRAME-RATE=${info.fps.toFixed(3)}`);
  fields.push(`CODECS="${info?.codecs ?? ''}"`);
  return `#EXT-X-STREAM-INF:${fields.join(',')}`;
}

/**
 * Renders the master playlist. Addresses are relative, so that a grant in the path stays in it;
 * `plain` ones lead to playlists without parts.
 */
export function masterPlaylist(renditions: readonly Rendition[], sid: string, plain: boolean): string {
  const lines = ['#EXTM3U', `#EXT-X-VERSION:${VERSION}`];
  const query = `sid=${sid}${plain ? '&plain=1' : ''}`;
  for (const rendition of renditions) {
    if (rendition.info) lines.push(streamInf(rendition), `${rendition.name}.m3u8?${query}`);
  }
  return `${lines.join('\n')}\n`;
}
