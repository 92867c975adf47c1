import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type DiskWatch, freePercentOf, watchDisk } from '../../media/src/disk.ts';
import { mayGoBefore, sweepMedia } from '../../media/src/janitor.ts';

const folder = mkdtempSync(join(tmpdir(), 'stagedoor-disk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(path: string, ageSeconds: number): string {
  const full = join(folder, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, 'x');
  const at = Date.now() / 1000 - ageSeconds;
  utimesSync(full, at, at);
  return full;
}

test('files of earlier runs go by age; an init segment stays while a segment needs it', async () => {
  const old = file('shw_a/source/seg-1.m4s', 500);
  const leftovers = [file('shw_a/source/part-2.0.m4s.tmp', 500), file('shw_a/source/init-2.mp4.tmp', 500)];
  const unneeded = [file('shw_a/source/init-1.mp4', 5000), file('shw_a/source/init-4.mp4', 5000)];
  const fresh = file('shw_a/source/seg-19.m4s', 5);
  const inits = [file('shw_a/source/init-10.mp4', 5000), file('shw_a/source/init-20.mp4', 5)];
  const gone = [file('shw_b/source/seg-1.m4s', 500), file('shw_b/source/init-1.mp4', 500)];
  const foreign = file('other/keep.txt', 9999);
  const running = file('shw_c/source/seg-1.m4s', 500);
  const beforeMs = (showId: string) => (showId === 'shw_c' ? null : Date.now() - 100_000);
  await sweepMedia(folder, beforeMs, () => false);
  expect([old, ...leftovers, ...unneeded, ...gone, join(folder, 'shw_b')].filter(existsSync)).toEqual([]);
  expect([fresh, ...inits, foreign, running].every(existsSync)).toBe(true);
});

test('a show that waits for its publisher keeps its folders, empty as they are: what comes next is written there', async () => {
  const old = [file('shw_d/source/seg-1.m4s', 500), file('shw_d/source/init-1.mp4', 500)];
  await sweepMedia(
    folder,
    () => Date.now() - 100_000,
    (showId) => showId === 'shw_d',
  );
  expect(old.filter(existsSync)).toEqual([]);
  expect(existsSync(join(folder, 'shw_d/source'))).toBe(true);
  await sweepMedia(
    folder,
    () => Date.now() - 100_000,
    () => false,
  );
  expect(existsSync(join(folder, 'shw_d'))).toBe(false);
});

test.each([
  ['no such show: everything past the grace time', null, 60_000, 1_000_000 - 60_000],
  ['a show that runs: what is past its window …', 300, 999_000, 1_000_000 - 360_000],
  ['… and was made before this process began', 300, 600_000, 600_000],
  ['… of which nothing can be left after a while', 300, 100_000, null],
])('what the janitor may remove: %s', (_name, windowSeconds, startedMs, expected) => {
  expect(mayGoBefore(windowSeconds, 60, startedMs, 1_000_000)).toBe(expected);
});

/** A disk whose free space the test decides. */
async function watch(floorPercent: number, free: { media: number; recordings?: number }) {
  const [mediaDir, recordingsDir] = [join(folder, 'media'), join(folder, 'recordings')];
  const told: boolean[] = [];
  let sweeps = 0;
  const disk = await watchDisk({
    mediaDir,
    recordingsDir,
    floorPercent,
    freePercent: async (dir) => (dir === mediaDir ? free.media : (free.recordings ?? free.media)),
    sweep: async () => {
      sweeps += 1;
    },
    onShort: (now) => told.push(now),
    onError: (error) => {
      throw error;
    },
  });
  return { disk, told, sweeps: () => sweeps };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});
const look = () => vi.advanceTimersByTimeAsync(5000);
const state = (disk: DiskWatch) => [disk.isShort(), disk.hasRoomForRecordings(), disk.windowSeconds(600)];
const PLENTY = [false, true, 600];
const SHORT = [true, false, 12];

test('short below the floor, room again only with some distance above it', async () => {
  const free = { media: 11 };
  const { disk, told, sweeps } = await watch(10, free);
  expect(state(disk)).toEqual(PLENTY);
  free.media = 9.9;
  await look();
  expect(state(disk)).toEqual(SHORT);
  expect(sweeps()).toBe(1);
  free.media = 10.5;
  await look();
  expect(state(disk)).toEqual(SHORT);
  free.media = 11;
  await look();
  expect(state(disk)).toEqual(PLENTY);
  expect(told).toEqual([true, false]);
  disk.stop();
});

test('a disk that is short from the beginning takes no publisher', async () => {
  const { disk } = await watch(10, { media: 2 });
  expect(state(disk)).toEqual(SHORT);
  disk.stop();
});

test('where only the disk of recordings is short, only they stop', async () => {
  const free = { media: 50, recordings: 1 };
  const { disk, told } = await watch(10, free);
  expect(state(disk)).toEqual([false, false, 600]);
  free.recordings = 50;
  await look();
  expect(state(disk)).toEqual(PLENTY);
  expect(told).toEqual([]);
  disk.stop();
});

test('a write that found the disk full counts at once, whatever the floor; a look later it is tried again', async () => {
  const free = { media: 40 };
  const { disk, told } = await watch(0, free);
  disk.failed(Object.assign(new Error('read-only'), { code: 'EROFS' }));
  expect(state(disk)).toEqual(PLENTY);
  disk.failed(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
  expect(state(disk)).toEqual(SHORT);
  free.media = 0;
  await look();
  expect(state(disk)).toEqual(SHORT);
  free.media = 40;
  await look();
  expect(state(disk)).toEqual(PLENTY);
  expect(told).toEqual([true, false]);
  disk.stop();
});

test('the real disk says how much of it is free', async () => {
  const free = await freePercentOf(folder);
  expect(free).toBeGreaterThan(0);
  expect(free).toBeLessThanOrEqual(100);
});
