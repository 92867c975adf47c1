/** The soak's own eyes: what it must see is planted here, and what is clean must stay clean. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { judge, type Measure } from '../../bench/soak/level.ts';
import type { Sample } from '../../bench/soak/mp4.ts';
import { sequenceCheck } from '../../bench/soak/sequence.ts';
import { skewMeter } from '../../bench/soak/skew.ts';
import { staleFiles } from '../../bench/soak/stale.ts';
import { lintMedia } from '../kit/playlist-lint.ts';

const playlist = (msn: number, discontinuity: number, name = 'seg') => `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:${msn}
#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuity}
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2.00000,
${name}-${msn}.m4s
#EXTINF:2.00000,
${name}-${msn + 1}.m4s
`;

function wrongsOf(...texts: string[]): readonly string[] {
  const check = sequenceCheck('source');
  for (const text of texts) check.playlist(lintMedia(text), text);
  return check.wrongs;
}

test('numbers that go on are clean; each that goes back or changes its meaning is told', () => {
  expect(wrongsOf(playlist(4, 1), playlist(5, 1), playlist(64, 2))).toEqual([]);
  expect(wrongsOf(playlist(5, 1), playlist(4, 1)).join()).toMatch(/first went back from 5 to 4/);
  expect(wrongsOf(playlist(5, 2), playlist(9, 1)).join()).toMatch(/discontinuity went back from 2 to 1/);
  expect(wrongsOf(playlist(5, 1), playlist(5, 1, 'other')).join()).toMatch(/segment 5 was seg-5/);
  const check = sequenceCheck('source');
  check.segment(5, 2000);
  check.segment(6, 1999);
  expect(check.wrongs.join()).toMatch(/segment 6 is decoded at 1999 ms, after 2000 ms/);
});

const SOURCE_MS = Array.from({ length: 40 }, (_, n) => n * 40);

function segment(picturesLateMs: number, soundsLateMs: number): Sample[] {
  const sample = (kind: Sample['kind'], ms: number, lateMs: number): Sample => ({
    ...{ kind, dtsMs: 5000 + ms + lateMs, ptsMs: 5000 + ms + lateMs },
    data: Buffer.from(`${kind} ${ms}`),
  });
  return SOURCE_MS.flatMap((ms) => [sample('video', ms, picturesLateMs), sample('audio', ms, soundsLateMs)]);
}

test('sound that is late against the picture is measured in the source and in a transcoded rendition', () => {
  const meter = skewMeter({
    files: [],
    origin: (data) => {
      const [kind, ms] = data.toString().split(' ');
      return kind === 'video' || kind === 'audio' ? { kind, ms: Number(ms) } : null;
    },
  });
  meter.source('show 1', segment(0, 0));
  meter.source('show 2', segment(10, 110));
  meter.transcoded('show 2', segment(50, 110));
  expect(meter.skews.map(Math.round)).toEqual([0, 100, 60]);
  expect(meter.unknown()).toBe(0);
});

function life(
  seconds: number,
  megabytes: (share: number) => number,
  descriptors: (share: number) => number,
): Measure[] {
  const count = seconds / 5;
  return Array.from({ length: count }, (_, n) => ({
    atMs: n * 5000,
    megabytes: megabytes(n / count),
    descriptors: descriptors(n / count),
  }));
}

test('level is told from growing memory and from growing descriptors; a short life is not judged', () => {
  const hourMs = 3_600_000;
  const flat = () => 60;
  expect(
    judge(
      life(1200, (share) => (share < 0.2 ? 40 : 100), flat),
      hourMs,
    )?.level,
  ).toBe(true);
  expect(
    judge(
      life(1200, (share) => 100 + 40 * share, flat),
      hourMs,
    )?.level,
  ).toBe(false);
  expect(
    judge(
      life(1200, flat, (share) => 50 + 40 * share),
      hourMs,
    )?.level,
  ).toBe(false);
  expect(judge(life(500, flat, flat), hourMs)).toBeNull();
});

test('a file that is left over is found; the three pictures that a show keeps are none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-stale-'));
  const old = new Date(Date.now() - 3_600_000);
  const names = ['source/seg-1.m4s', ...[1, 2, 3, 4].map((n) => `thumb/thumb-${n}.jpg`)].map((name) => `shw_a/${name}`);
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), '');
    utimesSync(join(folder, name), old, old);
  }
  expect(staleFiles(folder, new Set(), 60).sort()).toEqual(['shw_a/source/seg-1.m4s', 'shw_a/thumb/thumb-1.jpg']);
  expect(staleFiles(folder, new Set(['/media/shw_a/source/seg-1.m4s']), 60)).toEqual(['shw_a/thumb/thumb-1.jpg']);
  rmSync(folder, { recursive: true });
});
