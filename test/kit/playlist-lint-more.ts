/** Checks that need more than one media playlist: two loads of it, or the master. */
import { attributes, type Finding, type Parsed, unquote, WHOLE } from './playlist-lint.ts';

/** Checks what may change between two loads of one playlist. */
export function lintReload(before: Parsed, after: Parsed): string[] {
  const faults: string[] = [];
  if (after.mediaSequence < before.mediaSequence) faults.push('MEDIA-SEQUENCE goes on');
  if (after.discontinuitySequence < before.discontinuitySequence) faults.push('DISCONTINUITY-SEQUENCE goes on');
  if (after.targetDuration !== before.targetDuration) faults.push('TARGETDURATION constant');
  if (before.ended && !after.ended) faults.push('the end stays');
  const last = (parsed: Parsed) =>
    (parsed.segments.at(-1)?.msn ?? 0) * 1000 + (parsed.segments.at(-1)?.parts.length ?? 0);
  if (after.segments.length > 0 && Math.floor(last(after) / 1000) < Math.floor(last(before) / 1000))
    faults.push('segments go on');
  for (const segment of after.segments) {
    const known = before.segments.find((candidate) => candidate.msn === segment.msn);
    if (!known) continue;
    if (known.uri !== null && (known.uri !== segment.uri || known.duration !== segment.duration))
      faults.push('segment constant');
    if (known.discontinuities !== segment.discontinuities) faults.push('discontinuity constant');
    if (known.map !== segment.map || known.date !== segment.date) faults.push('MAP and date constant');
    const parts = known.parts.slice(0, segment.parts.length);
    if (parts.some((part, i) => part.uri !== segment.parts[i]?.uri || part.duration !== segment.parts[i]?.duration))
      faults.push('part constant');
    if (segment.uri === null && known.parts.length > segment.parts.length) faults.push('parts stay while open');
  }
  return faults;
}

/** Checks a master playlist. */
export function lintMaster(text: string): Finding[] {
  const findings: Finding[] = [];
  const lines = text.split('\n');
  if (lines[0] !== '#EXTM3U') findings.push({ rule: 'EXTM3U first', line: 1 });
  for (const [i, line] of lines.entries()) {
    const fault = (rule: string) => findings.push({ rule, line: i + 1 });
    if (/^#(EXTINF|EXT-X-(TARGETDURATION|MEDIA-SEQUENCE|PART|ENDLIST))/.test(line))
      fault('no media tag in a master playlist');
    if (!line.startsWith('#EXT-X-STREAM-INF:')) continue;
    const list = attributes(line.slice('#EXT-X-STREAM-INF:'.length));
    if (!list) fault('attribute list');
    const bandwidth = list?.get('BANDWIDTH') ?? '';
    if (!WHOLE.test(bandwidth) || Number(bandwidth) < 1000) fault('BANDWIDTH');
    if (!unquote(list?.get('CODECS'))) fault('CODECS');
    const resolution = list?.get('RESOLUTION');
    if (resolution !== undefined && !/^\d+x\d+$/.test(resolution)) fault('RESOLUTION');
    if (!lines[i + 1] || lines[i + 1]?.startsWith('#')) fault('URI after STREAM-INF');
  }
  if (!text.includes('#EXT-X-STREAM-INF:')) findings.push({ rule: 'a variant', line: 0 });
  return findings;
}
