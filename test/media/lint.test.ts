import { expect, test } from 'vitest';
import { lintMedia } from '../kit/playlist-lint.ts';
import { lintMaster, lintReload } from '../kit/playlist-lint-more.ts';

const part = (msn: number, index: number) =>
  `#EXT-X-PART:DURATION=0.20000,URI="/m/part-${msn}.${index}.m4s?e=1&s=x"${index === 0 ? ',INDEPENDENT=YES' : ''}`;
const parts = (msn: number, count: number) => Array.from({ length: count }, (_, i) => part(msn, i)).join('\n');
const date = (second: number) => `#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;

const GOOD = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:6
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.63000
#EXT-X-PART-INF:PART-TARGET=0.21000
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:2
#EXT-X-MAP:URI="/m/init-7.mp4?e=1&s=x"
${date(0)}
#EXTINF:2.00000,
/m/seg-7.m4s?e=1&s=x
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="/m/init-8.mp4?e=1&s=x"
${date(8)}
${parts(8, 10)}
#EXTINF:2.00000,
/m/seg-8.m4s?e=1&s=x
${date(10)}
${parts(9, 10)}
#EXTINF:2.00000,
/m/seg-9.m4s?e=1&s=x
${date(12)}
${parts(10, 3)}
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="/m/part-10.3.m4s?e=1&s=x"
`;
const MASTER = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-STREAM-INF:BANDWIDTH=1200000,RESOLUTION=640x360,FRAME-RATE=30.000,CODECS="avc1.64001e,mp4a.40.2"
source.m3u8?sid=abc
`;

test('a good playlist has no findings', () => {
  expect(lintMedia(GOOD).findings).toEqual([]);
  expect(lintMaster(MASTER)).toEqual([]);
  expect(lintReload(lintMedia(GOOD), lintMedia(GOOD))).toEqual([]);
});

type Mutation = [rule: string, from: string | RegExp, to: string];
const MUTATIONS: Mutation[] = [
  ['EXTM3U first', '#EXTM3U\n', ''],
  ['last line ends', /\n$/, ''],
  ['VERSION there', '#EXT-X-VERSION:9\n', ''],
  ['VERSION once', '#EXT-X-VERSION:9\n', '#EXT-X-VERSION:9\n#EXT-X-VERSION:9\n'],
  ['VERSION at least 6 for MAP', 'VERSION:9', 'VERSION:3'],
  ['TARGETDURATION there', '#EXT-X-TARGETDURATION:6\n', ''],
  ['decimal integer', 'TARGETDURATION:6', 'TARGETDURATION:6.5'],
  ['EXTINF within TARGETDURATION', 'TARGETDURATION:6', 'TARGETDURATION:1'],
  ['MEDIA-SEQUENCE there', '#EXT-X-MEDIA-SEQUENCE:7\n', ''],
  ['decimal integer', 'MEDIA-SEQUENCE:7', 'MEDIA-SEQUENCE:-7'],
  ['DISCONTINUITY-SEQUENCE before segments', date(12), `#EXT-X-DISCONTINUITY-SEQUENCE:3\n${date(12)}`],
  ['MAP before fMP4', '#EXT-X-MAP:URI="/m/init-7.mp4?e=1&s=x"\n', ''],
  ['URI quoted', 'URI="/m/init-7.mp4?e=1&s=x"', 'URI=/m/init-7.mp4'],
  ['attribute list', 'INDEPENDENT=YES', 'INDEPENDENT=YES,'],
  ['INDEPENDENT=YES', 'INDEPENDENT=YES', 'INDEPENDENT=NO'],
  ['EXTINF decimal', 'EXTINF:2.00000,', 'EXTINF:two,'],
  ['EXTINF comma', 'EXTINF:2.00000,', 'EXTINF:2.00000'],
  ['EXTINF above zero', 'EXTINF:2.00000,\n/m/seg-7', 'EXTINF:0.0,\n/m/seg-7'],
  ['EXTINF for each segment', '#EXTINF:2.00000,\n/m/seg-7', '/m/seg-7'],
  ['EXTINF without URI', '/m/seg-7.m4s?e=1&s=x\n', ''],
  ['addresses differ', '/m/seg-9.m4s', '/m/seg-8.m4s'],
  ['ISO 8601 date', date(0), '#EXT-X-PROGRAM-DATE-TIME:yesterday'],
  ['dates follow durations', date(12), date(15)],
  ['dates go on', date(10), date(7)],
  ['PART-INF with parts', '#EXT-X-PART-INF:PART-TARGET=0.21000\n', ''],
  ['PART-TARGET', 'PART-TARGET=0.21000', 'PART-TARGET=0'],
  ['part within PART-TARGET', 'PART-TARGET=0.21000', 'PART-TARGET=0.15000'],
  ['part at least 85 %', 'DURATION=0.20000,URI="/m/part-10.1', 'DURATION=0.10000,URI="/m/part-10.1'],
  ['parts add up to their segment', `${part(8, 4)}\n`, ''],
  ['CAN-BLOCK-RELOAD', 'CAN-BLOCK-RELOAD=YES,', ''],
  ['PART-HOLD-BACK', 'PART-HOLD-BACK=0.63000', 'PART-HOLD-BACK=0.40000'],
  ['hint is new', 'TYPE=PART,URI="/m/part-10.3', 'TYPE=PART,URI="/m/part-10.2'],
  ['hint TYPE', 'TYPE=PART', 'TYPE=FILE'],
  ['no hint after the end', /$/, '#EXT-X-ENDLIST\n'],
  ['no master tag in a media playlist', date(0), '#EXT-X-STREAM-INF:BANDWIDTH=1'],
  ['known tag', date(0), '#EXT-X-NONSENSE'],
  ['DISCONTINUITY before the parts of its segment', part(9, 5), `#EXT-X-DISCONTINUITY\n${part(9, 5)}`],
  ['parts up to the end', `${parts(9, 10)}\n`, ''],
];

test.each(MUTATIONS)('finds the fault "%s" (%s)', (rule, from, to) => {
  const bad = GOOD.replace(from, to);
  expect(bad).not.toBe(GOOD);
  expect(lintMedia(bad).findings.map((finding) => finding.rule)).toContain(rule);
});

const RELOADS: Mutation[] = [
  ['MEDIA-SEQUENCE goes on', 'MEDIA-SEQUENCE:7', 'MEDIA-SEQUENCE:6'],
  ['DISCONTINUITY-SEQUENCE goes on', 'DISCONTINUITY-SEQUENCE:2', 'DISCONTINUITY-SEQUENCE:1'],
  ['TARGETDURATION constant', 'TARGETDURATION:6', 'TARGETDURATION:7'],
  ['segment constant', '/m/seg-8.m4s?e=1', '/m/seg-8.m4s?e=2'],
  ['part constant', '/m/part-10.1.m4s?e=1', '/m/part-10.1.m4s?e=2'],
  ['discontinuity constant', '#EXT-X-DISCONTINUITY\n', ''],
  ['MAP and date constant', date(8), date(9)],
  ['parts stay while open', `${part(10, 2)}\n`, ''],
];
test.each(RELOADS)('finds the change "%s" between two loads', (rule, from, to) => {
  expect(lintReload(lintMedia(GOOD), lintMedia(GOOD.replace(from, to)))).toContain(rule);
});

const MASTERS: Mutation[] = [
  ['BANDWIDTH', 'BANDWIDTH=1200000,', ''],
  ['CODECS', ',CODECS="avc1.64001e,mp4a.40.2"', ''],
  ['RESOLUTION', '640x360', '640'],
  ['URI after STREAM-INF', 'source.m3u8?sid=abc\n', ''],
  ['no media tag in a master playlist', '#EXT-X-VERSION:9', '#EXT-X-TARGETDURATION:6'],
];
test.each(MASTERS)('finds the fault "%s" in a master playlist', (rule, from, to) => {
  expect(lintMaster(MASTER.replace(from, to)).map((finding) => finding.rule)).toContain(rule);
});
