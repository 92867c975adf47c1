import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { WantedShow } from '#contract/media-port.ts';
import { readSlots, slotPath, writeSlotNow } from '../../media/src/shows/slots.ts';
import { Timeline } from '../../media/src/shows/timeline.ts';
import { newId } from './rig.ts';

const root = mkdtempSync(join(tmpdir(), 'stagedoor-timeline-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = () => mkdtempSync(join(root, 'run-'));

const wantedOf = (fields: Partial<WantedShow> = {}) =>
  ({
    showId: newId('shw'),
    channelId: newId('chn'),
    wanted: 'run',
    audience: 'everyone',
    paused: false,
    viewerLimit: 100,
    graceSeconds: 60,
    windowSeconds: 30,
    record: false,
    keys: [{ keyId: newId('key'), keyHash: '0'.repeat(64) }],
    ...fields,
  }) as WantedShow;

const load = (directory: string) => Timeline.loadAll(directory, Date.now());

test('a new show begins at zero; a restart goes on above everything that was given out, and knows the epoch', () => {
  const directory = folder();
  const wanted = wantedOf();
  const first = Timeline.create(directory, wanted, 1_000_000 + Date.now());
  expect([first.takeSegment(), first.takeSegment(), first.takeDiscontinuity()]).toEqual([0, 1, 0]);
  const [again] = load(directory);
  expect(again?.takeSegment()).toBeGreaterThan(1);
  expect(again?.takeDiscontinuity()).toBeGreaterThan(0);
  expect(again?.epochMs).toBe(first.epochMs);
  expect(again?.wanted).toEqual(wanted);
});

/** What may happen to the newer of the two files when the machine loses power. */
const DAMAGE: Record<string, (path: string) => void> = {
  none: () => {},
  empty: (path) => truncateSync(path),
  zeros: (path) => writeFileSync(path, Buffer.alloc(8192)),
  half: (path) => {
    const bytes = readFileSync(path);
    writeFileSync(path, Buffer.concat([bytes.subarray(0, 200), Buffer.alloc(bytes.length - 200)]));
  },
  'not there': (path) => rmSync(path, { force: true }),
};

function newerFile(directory: string): string {
  const paths = readdirSync(directory).map((name) => join(directory, name));
  const generation = (path: string) => Number(readFileSync(path, 'utf8').split('\n')[1]?.split(' ')[0] ?? -1);
  return paths.sort((a, b) => generation(b) - generation(a))[0] ?? '';
}

test('whenever the power goes and whatever it does to the newer file, no number is given out twice', async () => {
  const round = fc.record({
    segments: fc.integer({ min: 0, max: 150 }),
    discontinuities: fc.integer({ min: 0, max: 70 }),
    seen: fc.boolean(),
    damage: fc.constantFrom(...Object.keys(DAMAGE)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 6 }), async (rounds) => {
      let directory = folder();
      const wanted = wantedOf();
      let timeline = Timeline.create(directory, wanted, Date.now());
      let [msn, cc] = [-1, -1];
      for (const { segments, discontinuities, seen, damage } of rounds) {
        if (seen) timeline.seen(Date.now());
        for (let i = 0; i < segments; i += 1) {
          const next = timeline.takeSegment();
          expect(next).toBeGreaterThan(msn);
          msn = next;
        }
        for (let i = 0; i < discontinuities; i += 1) {
          const next = timeline.takeDiscontinuity();
          expect(next).toBeGreaterThan(cc);
          cc = next;
        }
        // What is still on its way to the disk is not there: the machine has no power.
        const after = folder();
        cpSync(directory, after, { recursive: true });
        // One file at a time: the other one was safe on the disk before this one was touched.
        const isTorn = readSlots(join(after, wanted.showId))?.torn !== false;
        if (!isTorn) DAMAGE[damage]?.(newerFile(after));
        directory = after;
        timeline = load(after)[0] ?? Timeline.create(after, wanted, Date.now());
      }
      expect(timeline.takeSegment()).toBeGreaterThan(msn);
      expect(timeline.takeDiscontinuity()).toBeGreaterThan(cc);
    }),
    { numRuns: 40 },
  );
});

test('where both files are torn, numbers go on far above any that there can have been', () => {
  const directory = folder();
  const wanted = wantedOf();
  const timeline = Timeline.create(directory, wanted, Date.now());
  timeline.saveNow();
  for (let i = 0; i < 5000; i += 1) timeline.takeSegment();
  for (const name of readdirSync(directory)) truncateSync(join(directory, name), 40);
  expect(load(directory)).toEqual([]);
  const again = Timeline.create(directory, wanted, Date.now());
  expect(again.takeSegment()).toBeGreaterThan(1_700_000_000);
  expect(again.takeDiscontinuity()).toBeGreaterThan(1_700_000_000);
});

test('a file of an earlier version is read, and one of a show of last week is removed', () => {
  const directory = folder();
  const [fresh, old, torn] = [wantedOf(), wantedOf(), wantedOf()];
  const file = (wanted: WantedShow, lastSeenMs: number) =>
    JSON.stringify({ wanted, lastSeenMs, epochMs: 1, segmentLimit: 77, discontinuityLimit: 5 });
  writeFileSync(join(directory, `${fresh.showId}.json`), file(fresh, Date.now()));
  writeFileSync(join(directory, `${old.showId}.json`), file(old, Date.now() - 7 * 24 * 3_600_000));
  writeFileSync(join(directory, `${torn.showId}.json`), '{');
  utimesSync(join(directory, `${torn.showId}.json`), 0, 0);
  writeFileSync(join(directory, 'notes.txt'), 'not ours');
  const loaded = load(directory);
  expect(loaded.map((one) => [one.wanted.showId, one.takeSegment()])).toEqual([[fresh.showId, 77]]);
  expect(readdirSync(directory).sort()).toEqual([`${fresh.showId}.b.json`, `${fresh.showId}.json`, 'notes.txt'].sort());
});

test('of many changes at once the last one is kept', async () => {
  const directory = folder();
  const wanted = wantedOf();
  const timeline = Timeline.create(directory, wanted, Date.now());
  for (let i = 1; i <= 20; i += 1) timeline.setWanted({ ...wanted, viewerLimit: i });
  await expect.poll(() => load(directory)[0]?.wanted.viewerLimit).toBe(20);
});

test('what is removed while it is being written stays removed', async () => {
  const directory = folder();
  const timeline = Timeline.create(directory, wantedOf(), Date.now());
  timeline.seen(Date.now());
  timeline.remove();
  timeline.seen(Date.now());
  await expect.poll(() => readdirSync(directory)).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(readdirSync(directory)).toEqual([]);
});

test('both files, once there, are written in their places: that needs no room on the disk', () => {
  const directory = folder();
  const path = join(directory, 'x');
  writeSlotNow(path, 0, 1, '{"a":1}');
  writeSlotNow(path, 1, 2, '{"a":2}');
  const sizes = [0, 1].map((slot) => readFileSync(slotPath(path, slot as 0 | 1)).length);
  writeSlotNow(path, 0, 3, JSON.stringify({ a: 'x'.repeat(3000) }));
  expect(readFileSync(slotPath(path, 0)).length).toBe(sizes[0]);
  expect(readSlots(path)).toMatchObject({ generation: 3, torn: false });
});
