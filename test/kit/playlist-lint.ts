/** Checks playlists after RFC 8216 and its second edition (draft-pantos-hls-rfc8216bis). */

export type Finding = { readonly rule: string; readonly line: number };

type Part = { uri: string; duration: number; independent: boolean; line: number };
type LintSegment = {
  msn: number;
  uri: string | null;
  duration: number;
  gap: boolean;
  discontinuities: number;
  map: string | null;
  date: number | null;
  parts: Part[];
  line: number;
};
export type Parsed = {
  findings: Finding[];
  segments: LintSegment[];
  mediaSequence: number;
  discontinuitySequence: number;
  targetDuration: number;
  partTarget: number | null;
  hint: string | null;
  ended: boolean;
};

const ONCE = [
  'VERSION',
  'TARGETDURATION',
  'MEDIA-SEQUENCE',
  'DISCONTINUITY-SEQUENCE',
  'SERVER-CONTROL',
  'PART-INF',
  'ENDLIST',
];
const BEFORE_SEGMENTS = ['TARGETDURATION', 'MEDIA-SEQUENCE', 'DISCONTINUITY-SEQUENCE'];
const KNOWN = [
  ...ONCE,
  'MAP',
  'PROGRAM-DATE-TIME',
  'PART',
  'GAP',
  'DISCONTINUITY',
  'PRELOAD-HINT',
  'RENDITION-REPORT',
  'INDEPENDENT-SEGMENTS',
];
const MASTER_ONLY = ['STREAM-INF', 'MEDIA', 'I-FRAME-STREAM-INF', 'SESSION-DATA', 'SESSION-KEY'];
export const WHOLE = /^(0|[1-9]\d{0,19})$/;
const DECIMAL = /^\d+(\.\d+)?$/;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
/** Dates may part this far from what the durations say, ms. */
const DATE_DRIFT_MS = 600;
const DURATION_SLACK_S = 0.1;

/** Splits an attribute list; null where it is not one. */
export function attributes(text: string): Map<string, string> | null {
  const found = new Map<string, string>();
  const pattern = /([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(,|$)/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match || found.has(match[1] ?? '')) return null;
    found.set(match[1] ?? '', match[2] ?? '');
  }
  return text.endsWith(',') ? null : found;
}

export const unquote = (value: string | undefined) => (value?.startsWith('"') ? value.slice(1, -1) : null);

class Linter {
  readonly out: Parsed = {
    findings: [],
    segments: [],
    mediaSequence: 0,
    discontinuitySequence: 0,
    targetDuration: Number.NaN,
    partTarget: null,
    hint: null,
    ended: false,
  };
  readonly #seen = new Map<string, number>();
  #line = 0;
  #control = new Map<string, string>();
  #discontinuities = 0;
  #map: string | null = null;
  #open = this.#fresh();
  #duration: number | null = null;

  #fresh(): LintSegment {
    return {
      msn: 0,
      uri: null,
      duration: 0,
      gap: false,
      discontinuities: 0,
      map: null,
      date: null,
      parts: [],
      line: 0,
    };
  }

  fault(rule: string): void {
    this.out.findings.push({ rule, line: this.#line });
  }

  run(text: string): Parsed {
    if (!text.endsWith('\n')) this.fault('last line ends');
    if (text.includes('\uFEFF')) this.fault('no BOM');
    const lines = text.split(/\r?\n/);
    if (lines[0] !== '#EXTM3U') this.fault('EXTM3U first');
    for (const line of lines.slice(0, -1)) {
      this.#line += 1;
      if (line.startsWith('#EXT')) this.#tag(line);
      else if (line !== '' && !line.startsWith('#')) this.#uri(line);
    }
    this.#whole();
    return this.out;
  }

  #tag(line: string): void {
    if (line === '#EXTM3U' && this.#line > 1) this.fault('EXTM3U once');
    if (line === '#EXTM3U') return;
    const [, name = '', value = ''] = /^#EXT-X-([A-Z-]+)(?::(.*))?$/.exec(line) ?? [];
    if (line.startsWith('#EXTINF:')) this.#extinf(line.slice('#EXTINF:'.length));
    else if (MASTER_ONLY.includes(name)) this.fault('no master tag in a media playlist');
    else if (KNOWN.includes(name)) this.#known(name, value);
    else this.fault('known tag');
  }

  #known(name: string, value: string): void {
    this.#seen.set(name, (this.#seen.get(name) ?? 0) + 1);
    if (ONCE.includes(name) && (this.#seen.get(name) ?? 0) > 1) this.fault(`${name} once`);
    if (BEFORE_SEGMENTS.includes(name) && this.out.segments.length > 0) this.fault(`${name} before segments`);
    this.#value(name, value);
  }

  #number(value: string): number {
    if (!WHOLE.test(value)) this.fault('decimal integer');
    return Number(value);
  }

  #value(name: string, value: string): void {
    const list = ['MAP', 'PART', 'PRELOAD-HINT', 'SERVER-CONTROL', 'PART-INF'].includes(name)
      ? attributes(value)
      : new Map();
    if (!list) this.fault('attribute list');
    if (list) this.#apply(name, value, list);
  }

  #apply(name: string, value: string, list: Map<string, string>): void {
    if (name === 'VERSION' && this.#number(value) < 6) this.fault('VERSION at least 6 for MAP');
    if (name === 'TARGETDURATION') this.out.targetDuration = this.#number(value);
    if (name === 'MEDIA-SEQUENCE') this.out.mediaSequence = this.#number(value);
    if (name === 'DISCONTINUITY-SEQUENCE') this.out.discontinuitySequence = this.#number(value);
    if (name === 'SERVER-CONTROL') this.#control = list;
    if (name === 'PART-INF') this.#partInf(list.get('PART-TARGET'));
    if (name === 'DISCONTINUITY') this.#discontinuity();
    if (name === 'GAP') this.#open.gap = true;
    if (name === 'ENDLIST') this.out.ended = true;
    if (name === 'MAP') this.#map = this.#quoted(list.get('URI'));
    if (name === 'PROGRAM-DATE-TIME') this.#date(value);
    if (name === 'PART') this.#part(list);
    if (name === 'PRELOAD-HINT') this.#hint(list);
  }

  #discontinuity(): void {
    this.#discontinuities += 1;
    if (this.#open.parts.length > 0) this.fault('DISCONTINUITY before the parts of its segment');
  }

  #quoted(value: string | undefined): string | null {
    const uri = unquote(value);
    if (uri === null || uri === '') this.fault('URI quoted');
    return uri;
  }

  #partInf(value: string | undefined): void {
    if (!value || !DECIMAL.test(value) || Number(value) <= 0) this.fault('PART-TARGET');
    this.out.partTarget = Number(value);
  }

  #date(value: string): void {
    if (!DATE.test(value) || Number.isNaN(Date.parse(value))) this.fault('ISO 8601 date');
    this.#open.date = Date.parse(value);
  }

  #part(list: Map<string, string>): void {
    const duration = list.get('DURATION') ?? '';
    const independent = list.get('INDEPENDENT');
    if (!DECIMAL.test(duration)) this.fault('PART DURATION');
    if (independent !== undefined && independent !== 'YES') this.fault('INDEPENDENT=YES');
    const uri = this.#quoted(list.get('URI')) ?? '';
    this.#open.parts.push({ uri, duration: Number(duration), independent: independent === 'YES', line: this.#line });
  }

  #hint(list: Map<string, string>): void {
    if (this.out.hint !== null) this.fault('one hint of a type');
    if (list.get('TYPE') !== 'PART') this.fault('hint TYPE');
    this.out.hint = this.#quoted(list.get('URI'));
  }

  #extinf(value: string): void {
    const [duration = '', title] = value.split(',', 2);
    if (!DECIMAL.test(duration)) this.fault('EXTINF decimal');
    if (title === undefined) this.fault('EXTINF comma');
    if (this.#duration !== null) this.fault('EXTINF without URI');
    this.#duration = Number(duration);
  }

  #uri(line: string): void {
    if (this.#duration === null) this.fault('EXTINF for each segment');
    if (this.out.ended || this.out.hint !== null) this.fault('nothing after the end or the hint');
    this.#push(line, this.#duration ?? 0);
  }

  #push(uri: string | null, duration: number): void {
    const msn = this.out.mediaSequence + this.out.segments.length;
    const segment = { ...this.#open, msn, uri, duration, map: this.#map, line: this.#line };
    this.out.segments.push({ ...segment, discontinuities: this.out.discontinuitySequence + this.#discontinuities });
    this.#open = this.#fresh();
    this.#duration = null;
  }

  #whole(): void {
    if (this.#duration !== null) this.fault('EXTINF without URI');
    if (this.#open.parts.length > 0) this.#push(null, 0);
    const { segments, targetDuration, partTarget } = this.out;
    for (const name of ['VERSION', 'TARGETDURATION', 'MEDIA-SEQUENCE'])
      if (!this.#seen.has(name)) this.fault(`${name} there`);
    for (const segment of segments) this.#segment(segment, targetDuration);
    this.#dates();
    this.#maps();
    this.#lowLatency(partTarget);
  }

  #segment(segment: LintSegment, targetDuration: number): void {
    this.#line = segment.line;
    if (segment.uri !== null && Math.round(segment.duration) > targetDuration)
      this.fault('EXTINF within TARGETDURATION');
    if (segment.uri !== null && segment.duration <= 0) this.fault('EXTINF above zero');
    if (!segment.map && !segment.gap) this.fault('MAP before fMP4');
    const parts = segment.parts.reduce((sum, part) => sum + part.duration, 0);
    const differs = Math.abs(parts - segment.duration) > DURATION_SLACK_S;
    if (segment.uri !== null && segment.parts.length > 0 && differs) this.fault('parts add up to their segment');
    const addresses = [segment.uri, ...segment.parts.map((part) => part.uri)];
    if (new Set(addresses).size !== addresses.length) this.fault('addresses differ');
  }

  #dates(): void {
    for (const [i, next] of this.out.segments.entries()) {
      const before = this.out.segments[i - 1];
      if (!before?.date || !next.date) continue;
      this.#line = next.line;
      const drift = next.date - before.date - before.duration * 1000;
      const breaks = next.discontinuities !== before.discontinuities;
      if (Math.abs(drift) > DATE_DRIFT_MS && !breaks) this.fault('dates follow durations');
      if (next.date < before.date) this.fault('dates go on');
    }
  }

  #maps(): void {
    const uris = this.out.segments.map((segment) => segment.uri).filter((uri) => uri !== null);
    if (new Set(uris).size !== uris.length) this.fault('addresses differ');
  }

  #lowLatency(partTarget: number | null): void {
    const parts = this.out.segments.flatMap((segment) => segment.parts);
    if (parts.length > 0 && partTarget === null) this.fault('PART-INF with parts');
    if (partTarget === null) return;
    for (const segment of this.out.segments) this.#partLengths(segment, partTarget);
    if (this.#control.get('CAN-BLOCK-RELOAD') !== 'YES') this.fault('CAN-BLOCK-RELOAD');
    const holdBack = Number(this.#control.get('PART-HOLD-BACK'));
    if (!(holdBack >= 3 * partTarget - 1e-9)) this.fault('PART-HOLD-BACK');
    if (this.out.ended && this.out.hint !== null) this.fault('no hint after the end');
    if (this.out.hint !== null && parts.some((part) => part.uri === this.out.hint)) this.fault('hint is new');
    const first = this.out.segments.findIndex((segment) => segment.parts.length > 0);
    const late = this.out.segments.slice(first).some((segment) => segment.parts.length === 0 && !segment.gap);
    if (first >= 0 && late && parts.length > 0) this.fault('parts up to the end');
    const old = this.out.segments.slice(0, -4).some((segment) => segment.parts.length > 0);
    if (old) this.fault('old parts gone');
  }

  #partLengths(segment: LintSegment, partTarget: number): void {
    for (const [i, part] of segment.parts.entries()) {
      this.#line = part.line;
      if (part.duration > partTarget + 1e-9) this.fault('part within PART-TARGET');
      const last = i === segment.parts.length - 1;
      if (part.duration < 0.85 * partTarget && !last && !part.independent) this.fault('part at least 85 %');
    }
  }
}

/** Checks one media playlist. */
export const lintMedia = (text: string): Parsed => new Linter().run(text);
