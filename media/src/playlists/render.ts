/** Playlists as text, after RFC 8216 and its second edition (draft-pantos-hls-rfc8216bis). */
import { LISTED_PART_SEGMENTS, type Rendition, type Segment } from '../packager/rendition.ts';
import { TARGET_DURATION_S } from '../packager/rules.ts';

/** PART-HOLD-BACK in parts: the least that the second edition allows. */
const HOLD_BACK_PARTS = 3;
/** PART-TARGET is rounded up to this, so that millisecond jitter does not change it, milliseconds. */
const PART_TARGET_STEP_MS = 10;
const VERSION = 9;
/** Peaks to come may be higher than those seen. */
const BANDWIDTH_MARGIN = 1.1;

const seconds = (ms: number) => (ms / 1000).toFixed(5);

function partTargetMs(rendition: Rendition): number {
  return (Math.floor(rendition.largestPartMs / PART_TARGET_STEP_MS) + 1) * PART_TARGET_STEP_MS;
}

function partLines(segment: Segment): string[] {
  return segment.parts.map(
    (part) =>
      `#EXT-X-PART:DURATION=${seconds(part.durationMs)},URI="${part.address}"${part.independent ? ',INDEPENDENT=YES' : ''}`,
  );
}

function segmentLines(segment: Segment, before: Segment | undefined, withParts: boolean): string[] {
  const { boundary, state } = segment;
  const lines: string[] = [];
  if (boundary.breaks) lines.push('#EXT-X-DISCONTINUITY');
  if (segment.initAddress && segment.initAddress !== before?.initAddress) {
    lines.push(`#EXT-X-MAP:URI="${segment.initAddress}"`);
  }
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(boundary.dateMs).toISOString()}`);
  if (withParts) lines.push(...partLines(segment));
  if (state === 'open') return lines;
  if (state === 'gap') lines.push('#EXT-X-GAP');
  lines.push(`#EXTINF:${seconds(segment.durationMs)},`, segment.address);
  return lines;
}

/** Renders a rendition's playlist. There must be at least one segment. */
export function mediaPlaylist(rendition: Rendition): string {
  const { segments } = rendition;
  const first = segments[0];
  if (!first) throw new Error('a playlist needs a segment');
  const { breaks, discontinuity, msn } = first.boundary;
  const partTarget = partTargetMs(rendition);
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${VERSION}`,
    `#EXT-X-TARGETDURATION:${TARGET_DURATION_S}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${seconds(partTarget * HOLD_BACK_PARTS)}`,
    `#EXT-X-PART-INF:PART-TARGET=${seconds(partTarget)}`,
    `#EXT-X-MEDIA-SEQUENCE:${msn}`,
    // A segment's number counts its own tag; while that tag is listed first, it is not counted here.
    `#EXT-X-DISCONTINUITY-SEQUENCE:${breaks ? discontinuity - 1 : discontinuity}`,
  ];
  for (const [i, segment] of segments.entries()) {
    const withParts = i >= segments.length - LISTED_PART_SEGMENTS;
    lines.push(...segmentLines(segment, segments[i - 1], withParts));
  }
  if (rendition.ended) lines.push('#EXT-X-ENDLIST');
  else if (rendition.hint) lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${rendition.hint}"`);
  return `${lines.join('\n')}\n`;
}

function streamInf(rendition: Rendition): string {
  const { info } = rendition;
  const fields = [`BANDWIDTH=${Math.ceil(rendition.bandwidth * BANDWIDTH_MARGIN)}`];
  if (info?.width && info.height) fields.push(`RESOLUTION=${info.width}x${info.height}`);
  if (info?.fps) fields.push(`FRAME-RATE=${info.fps.toFixed(3)}`);
  fields.push(`CODECS="${info?.codecs ?? ''}"`);
  return `#EXT-X-STREAM-INF:${fields.join(',')}`;
}

/** Renders the master playlist. Addresses are relative, so that a grant in the path stays in it. */
export function masterPlaylist(renditions: readonly Rendition[], sid: string): string {
  const lines = ['#EXTM3U', `#EXT-X-VERSION:${VERSION}`];
  for (const rendition of renditions) {
    if (rendition.info) lines.push(streamInf(rendition), `${rendition.name}.m3u8?sid=${sid}`);
  }
  return `${lines.join('\n')}\n`;
}
