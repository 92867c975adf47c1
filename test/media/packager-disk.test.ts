/** What is listed, for how long, and what happens where the disk does not take it. */
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import type { Rendition } from '../../media/src/packager/rendition.ts';
import { type Segment, SegmentList } from '../../media/src/packager/segments.ts';
import { mediaPlaylist } from '../../media/src/playlists/render.ts';
import type { MediaPacket } from '../../media/src/types.ts';
import { clipPackets } from '../kit/clips.ts';
import { lintMedia } from '../kit/playlist-lint.ts';
import { nameOf, packaging } from './packaging.ts';

const { packWith, complaints, filesOf } = packaging();
afterEach(() => {
  vi.useRealTimers();
});

/** The same clip over and over, as one long broadcast. */
function loop(times: number): MediaPacket[] {
  const packets = clipPackets('plain');
  return Array.from({ length: times }, (_, i) =>
    packets.map((packet) => ({ ...packet, timestampMs: packet.timestampMs + i * 9000 })),
  ).flat();
}

test('each part that is announced comes, up to the end of the broadcast', async () => {
  const announced = new Set<string>();
  const made = new Set<string>();
  let last = '';
  const { rendition } = await packWith(
    {
      onChange: ({ hint, segments }) => {
        if (hint) last = `${hint.msn}.${hint.index}@${hint.offset}`;
        if (hint) announced.add(last);
        for (const { boundary, parts } of segments.slice(-3))
          for (const { index, offset } of parts) made.add(`${boundary.msn}.${index}@${offset}`);
      },
    },
    loop(1),
  );
  expect(rendition.segments.length).toBeGreaterThanOrEqual(4);
  expect(announced.size).toBeGreaterThan(40);
  expect([...announced].filter((one) => !made.has(one))).toEqual([]);
});

const textOf = (rendition: Rendition) => mediaPlaylist(rendition, { plain: false, skip: false });

test('the disk is full in the middle of a segment: that one is missing, the others are whole', async () => {
  const whole: number[] = [];
  const packed = await packWith(
    {
      faulty: true,
      // The kernel's own full device: every write to it fails with ENOSPC.
      before: (folder) => symlinkSync('/dev/full', join(folder, 'seg-2.m4s')),
      options: { onWhole: ({ boundary }) => whole.push(boundary.msn) },
    },
    loop(2),
  );
  const { segments } = packed.rendition;
  expect(packed.errors[0]).toMatchObject({ code: 'ENOSPC' });
  expect(segments.map(({ state }) => state)).toEqual(segments.map((_, i) => (i === 2 ? 'gap' : 'whole')));
  expect(segments[2]?.durationMs).toBe(2000);
  expect(whole).toEqual(segments.map(({ boundary }) => boundary.msn).filter((msn) => msn !== 2));
  for (const segment of segments.filter(({ state }) => state === 'whole')) {
    const { init, media } = filesOf(segment);
    expect(complaints(Buffer.concat([packed.file(init), packed.file(media)]))).toBe('');
  }
  const { findings, segments: listed } = lintMedia(textOf(packed.rendition));
  expect(findings).toEqual([]);
  expect(listed[2]?.gap).toBe(true);
});

test('while such a segment is open its parts are listed as missing, in their order', async () => {
  const seen: string[] = [];
  await packWith(
    {
      faulty: true,
      before: (folder) => symlinkSync('/dev/full', join(folder, 'seg-2.m4s')),
      onChange: (rendition) => {
        const text = textOf(rendition);
        if (rendition.segments.at(-1)?.boundary.msn === 2) seen.push(text);
      },
    },
    loop(1),
  );
  expect(seen.length).toBeGreaterThan(5);
  for (const text of seen) {
    const parts = text.split('\n').filter((line) => line.startsWith('#EXT-X-PART:') && line.includes('seg-2.m4s'));
    expect(parts.every((line) => line.endsWith(',GAP=YES'))).toBe(true);
  }
});

test('an init segment that could not be written is written anew with the next segment', async () => {
  const packed = await packWith(
    { faulty: true, before: (folder) => symlinkSync('/dev/full', join(folder, 'init-0.mp4.tmp')) },
    loop(1),
  );
  const { segments } = packed.rendition;
  expect(segments.map(({ state }) => state).slice(0, 3)).toEqual(['gap', 'whole', 'whole']);
  const [, second] = segments.map(filesOf);
  expect(second?.init).toBe('init-1.mp4');
  expect(complaints(Buffer.concat([packed.file('init-1.mp4'), packed.file(second?.media ?? '')]))).toBe('');
  expect(lintMedia(textOf(packed.rendition)).findings).toEqual([]);
});

test('after a day the init segment is published anew, and no address is listed longer than it is good', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
  let later = false;
  const packed = await packWith(
    {
      // A day goes by in the middle of each clip.
      onPacket: ({ timestampMs }) => {
        if (timestampMs < 4200) later = true;
        if (timestampMs >= 4200 && later) vi.setSystemTime(Date.now() + 24 * 3_600_000);
        if (timestampMs >= 4200) later = false;
      },
      onChange: ({ segments }) => {
        const [init] = segments.map(({ initAddress }) => Number(/[?&]e=(\d+)/.exec(initAddress)?.[1])).slice(-1);
        if (init) expect(init * 1000).toBeGreaterThan(Date.now() + 4 * 3_600_000);
      },
    },
    clipPackets('plain'),
    clipPackets('plain'),
  );
  const inits = packed.rendition.segments.map(({ initAddress }) => nameOf(initAddress));
  expect(new Set(inits).size).toBe(4);
  // The same content, so that nobody has to begin afresh.
  expect(packed.file(inits[0] ?? '').equals(packed.file(inits.at(-1) ?? ''))).toBe(true);
  expect(packed.rendition.segments.filter(({ boundary }) => boundary.breaks)).toHaveLength(1);
});

test('the window grows and shrinks during the show: what is listed and kept on disk follows it', async () => {
  let windowSeconds = 20;
  const listed: number[] = [];
  let packets = 0;
  const packed = await packWith(
    {
      options: { windowSeconds: () => windowSeconds, graceSeconds: () => 100 },
      onPacket: () => {
        packets += 1;
        if (packets === 2000) windowSeconds = 60;
      },
      onChange: ({ segments }) => {
        listed.push(Math.round(segments.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000));
      },
    },
    loop(9),
  );
  const { rendition, directory } = packed;
  // The shortest clip of 9 s cannot be cut evenly: one segment more is listed than the window covers.
  expect(Math.max(...listed.slice(0, 120))).toBeLessThanOrEqual(24);
  expect(Math.max(...listed)).toBeGreaterThanOrEqual(60);
  expect(Math.max(...listed)).toBeLessThanOrEqual(64);
  for (const { address, madeMs } of rendition.segments) {
    const expires = Number(/[?&]e=(\d+)/.exec(address)?.[1]) * 1000;
    expect(expires).toBeGreaterThanOrEqual(madeMs - 1000 + (20 + 100 + 60) * 1000);
  }
  const file = ({ boundary }: Segment) => join(directory, `seg-${boundary.msn}.m4s`);
  const before = [...rendition.segments];
  windowSeconds = 12;
  rendition.shed();
  const kept = rendition.segments.reduce((sum, { durationMs }) => sum + durationMs, 0);
  // RFC 8216: never less than three target durations.
  expect(kept).toBeGreaterThanOrEqual(18_000);
  expect(kept).toBeLessThan(24_000);
  await expect.poll(() => before.filter((one) => existsSync(file(one))).length).toBe(rendition.segments.length);
  expect(rendition.segments.every((one) => existsSync(file(one)))).toBe(true);
});

test('a file that left the list stays for those who still have the old list', async () => {
  const { rendition, directory } = await packWith({ options: { windowSeconds: () => 12 } }, loop(4));
  const dropped = join(directory, 'seg-0.m4s');
  expect(rendition.segments[0]?.boundary.msn).toBeGreaterThan(0);
  rendition.sweep(Date.now() + 55_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(existsSync(dropped)).toBe(true);
  rendition.sweep(Date.now() + 61_000);
  await expect.poll(() => existsSync(dropped)).toBe(false);
});

test('the init segment of an earlier run goes with the last segment that needs it, the running one stays', async () => {
  const { rendition, directory } = await packWith({ options: { windowSeconds: () => 18 } }, loop(1), loop(1), loop(3));
  const inits = () => readdirSync(directory).filter((name) => name.startsWith('init-'));
  const needed = new Set(rendition.segments.map(({ initFile }) => initFile));
  expect(needed.size).toBe(1);
  rendition.sweep(Date.now() + 55_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(inits().length).toBe(3);
  rendition.sweep(Date.now() + 61_000);
  await expect.poll(inits).toEqual([...needed]);
});

test('whatever the lengths, the list covers its window and no segment more; outdated ones go', () => {
  const step = fc.record({
    durationMs: fc.integer({ min: 1, max: 6400 }),
    windowSeconds: fc.constantFrom(12, 12, 30, 120),
    lifeMs: fc.constantFrom(5000, 40_000, 1_000_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const list = new SegmentList();
      let nowMs = 0;
      for (const { durationMs, windowSeconds, lifeMs } of steps) {
        nowMs += durationMs;
        const segment = { durationMs, expiresMs: nowMs + lifeMs, state: 'whole', parts: [] } as unknown as Segment;
        list.add(segment);
        list.close(segment);
        const before = [...list.segments];
        const dropped = list.trim(windowSeconds, nowMs);
        expect([...dropped, ...list.segments]).toEqual(before);
        const total = (segments: readonly Segment[]) => segments.reduce((sum, one) => sum + one.durationMs, 0);
        const windowMs = Math.max(18_000, windowSeconds * 1000);
        if (dropped.length > 0) expect(total(list.segments)).toBeGreaterThanOrEqual(18_000);
        // One shorter would not cover the window.
        expect(total(list.segments.slice(1))).toBeLessThan(windowMs);
        const [oldest] = list.segments;
        const mustStay = total(list.segments.slice(1)) < 18_000;
        expect((oldest?.expiresMs ?? 0) > nowMs || mustStay).toBe(true);
      }
    }),
  );
});
