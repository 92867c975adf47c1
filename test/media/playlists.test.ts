import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rendition, Segment } from '../../media/src/packager/rendition.ts';
import { mediaPlaylist } from '../../media/src/playlists/render.ts';
import { lintMedia } from '../kit/playlist-lint.ts';
import { publish } from '../kit/publisher.ts';
import { startRig, until } from './rig.ts';

const FULL = { plain: false, skip: false };
const DELTA = { plain: false, skip: true };
const BOUNDARY_S = 36;

type Made = { seconds: number; breaks: boolean; gap: boolean };
const made = fc.record({
  seconds: fc.integer({ min: 1, max: 6 }),
  breaks: fc.boolean(),
  gap: fc.boolean(),
});

/** What a playlist needs of a rendition, with segments that were made one after the other. */
function renditionOf(list: readonly Made[], firstMsn = 0): Rendition {
  let discontinuity = 0;
  let dateMs = 1_700_000_000_000;
  let init = 0;
  const segments = list.map(({ seconds, breaks, gap }, i): Segment => {
    if (breaks) discontinuity += 1;
    if (breaks) init = firstMsn + i;
    const msn = firstMsn + i;
    const boundary = { msn, discontinuity, breaks, startMs: 0, ptsMs: 0, dateMs };
    dateMs += seconds * 1000;
    const durationMs = seconds * 1000;
    const parts = [{ index: 0, address: `/p-${msn}`, offset: 0, bytes: 1, durationMs, independent: true, gap: false }];
    const addresses = { initAddress: `/init-${init}`, initFile: '', address: `/seg-${msn}`, expiresMs: 0 };
    return { boundary, ...addresses, madeMs: 0, durationMs, bytes: 1, parts, state: gap ? 'gap' : 'whole' };
  });
  return { segments, largestPartMs: 6000, hint: null, ended: false } as unknown as Rendition;
}

/** What a player does with a delta update: it keeps the skipped segments that it knows. */
function merge(full: string, delta: string): string {
  const skipped = Number(/#EXT-X-SKIP:SKIPPED-SEGMENTS=(\d+)\n/.exec(delta)?.[1] ?? 0);
  const [head = '', rest = ''] = delta.split(/#EXT-X-SKIP:.*\n/);
  const known = full.slice(/(#EXT-X-DISCONTINUITY\n|#EXT-X-MAP|#EXT-X-PROGRAM)/.exec(full)?.index ?? 0);
  const segments = known.split(/(?<=\n\/seg-\d+\n)/);
  return skipped > 0 ? head + segments.slice(0, skipped).join('') + rest : delta;
}

test('a delta update, merged with what the player has, says what the whole playlist says', () => {
  fc.assert(
    fc.property(fc.array(made, { minLength: 1, maxLength: 60 }), (list) => {
      const rendition = renditionOf(list);
      const [full, delta] = [mediaPlaylist(rendition, FULL), mediaPlaylist(rendition, DELTA)];
      const [whole, merged] = [lintMedia(full), lintMedia(merge(full, delta))];
      const plain = (parsed: typeof whole) => parsed.segments.map(({ line, parts, ...rest }) => rest);
      expect(plain(merged)).toEqual(plain(whole));
      const skipped = Number(/SKIPPED-SEGMENTS=(\d+)/.exec(delta)?.[1] ?? 0);
      const left = list.slice(skipped).reduce((sum, { seconds }) => sum + seconds, 0);
      if (skipped > 0) {
        expect(left).toBeGreaterThanOrEqual(BOUNDARY_S);
        // hls.js gives a first segment without a MAP the newest one that it knows, which may be another's.
        expect(delta).toMatch(/SKIPPED-SEGMENTS=\d+\n(#EXT-X-DISCONTINUITY\n)?#EXT-X-MAP/);
      }
      expect(delta).not.toContain('SKIPPED-SEGMENTS=0');
    }),
  );
});

test('what is remembered of a playlist never differs from what is made afresh', () => {
  const forms = [FULL, DELTA, { plain: true, skip: false }, { plain: true, skip: true }];
  fc.assert(
    fc.property(fc.array(made, { minLength: 2, maxLength: 40 }), fc.integer({ min: 1, max: 20 }), (list, window) => {
      const all = renditionOf(list, 100);
      const sliding = { ...all, segments: [] as Segment[] } as unknown as Rendition;
      for (const segment of all.segments) {
        sliding.segments.push({ ...segment, state: 'open' });
        for (const form of forms) if (sliding.segments.length > 1) mediaPlaylist(sliding, form);
        sliding.segments[sliding.segments.length - 1] = segment;
        if (sliding.segments.length > window) sliding.segments.shift();
        const fresh = { ...sliding } as Rendition;
        for (const form of forms) expect(mediaPlaylist(sliding, form)).toBe(mediaPlaylist(fresh, form));
      }
    }),
  );
});

test('beyond so many viewers newcomers get whole segments only; those who are there keep their parts', async () => {
  const rig = await startRig({ lowLatencyViewers: 1 });
  const { show, key } = rig.show();
  const publisher = publish(rig.rtmpUrl, key, { keyframeSeconds: 2 });
  try {
    await until('a show that plays', () => rig.control.reported.get(show.showId)?.state === 'playing');
    const at = `/hls/${show.showId}`;
    const enter = async () => {
      const grant = rig.grant(show);
      const master = await (await rig.get(`${at}/master.m3u8`, grant)).text();
      const variant = `${at}/${master.split('\n').find((line) => line.startsWith('source.m3u8'))}`;
      return { variant, text: async (query = '') => (await rig.get(variant + query, grant)).text() };
    };
    const early = await enter();
    expect(await early.text()).toContain('#EXT-X-PART:');
    const late = await enter();
    expect(late.variant).toContain('plain=1');
    const plain = await late.text();
    expect(plain).not.toMatch(/#EXT-X-(PART|PRELOAD-HINT)/);
    const before = lintMedia(plain);
    expect(before.findings).toEqual([]);
    const next = (before.segments.at(-1)?.msn ?? 0) + 1;
    const after = lintMedia(await late.text(`&_HLS_msn=${next}`));
    expect(after.segments.at(-1)).toMatchObject({ msn: next, gap: false });
    expect(await early.text()).toContain('#EXT-X-PART:');
    expect(early.variant).not.toContain('plain');
  } finally {
    await publisher.stop();
    await rig.stop();
  }
});
