/** Blocking playlist reload (RFC 8216bis, 6.2.5.2): what a request waits for. */
import type { Rendition } from '../packager/rendition.ts';

/** A request may name a segment at most this far beyond the last whole one. */
const MAX_SEGMENTS_AHEAD = 2;
const NUMBER = /^\d{1,15}$/;

export type Wanted = { readonly msn: number; readonly part: number | null };

/** Reads `_HLS_msn` and `_HLS_part`; null without them; throws `RangeError` where they make no sense. */
export function readDirectives(query: URLSearchParams): Wanted | null {
  const msn = query.get('_HLS_msn');
  const part = query.get('_HLS_part');
  if (msn === null && part === null) return null;
  if (msn === null || !NUMBER.test(msn) || (part !== null && !NUMBER.test(part))) throw new RangeError('directives');
  return { msn: Number(msn), part: part === null ? null : Number(part) };
}

/** True where the request asks for something that no player could know of. */
export function isAbsurd(rendition: Rendition, wanted: Wanted): boolean {
  const last = rendition.segments.at(-1);
  if (!last) return false;
  const lastWhole = last.state === 'open' ? last.boundary.msn - 1 : last.boundary.msn;
  return wanted.msn > lastWhole + MAX_SEGMENTS_AHEAD;
}

/** True once the playlist holds what the request waits for, or something later. */
export function isThere(rendition: Rendition, wanted: Wanted): boolean {
  const last = rendition.segments.at(-1);
  if (!last) return false;
  if (rendition.ended || last.boundary.msn > wanted.msn) {
    // Asked for a part beyond a segment's last: that means the first of the next one.
    return true;
  }
  if (last.boundary.msn < wanted.msn) return false;
  if (wanted.part === null) return last.state !== 'open';
  return last.parts.length > wanted.part;
}
