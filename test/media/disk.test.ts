import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sweepMedia, watchDisk } from '../../media/src/disk.ts';

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

test('files of earlier runs go by age; an init segment stays while others need it', async () => {
  const old = file('shw_a/source/seg-1.m4s', 500);
  const leftover = file('shw_a/source/part-2.0.m4s.tmp', 500);
  const fresh = file('shw_a/source/seg-9.m4s', 5);
  const init = file('shw_a/source/init-1.mp4', 5000);
  const gone = [file('shw_b/source/seg-1.m4s', 500), file('shw_b/source/init-1.mp4', 500)];
  const foreign = file('other/keep.txt', 9999);
  await sweepMedia(folder, () => Date.now() - 100_000);
  expect([old, leftover, ...gone, join(folder, 'shw_b')].filter(existsSync)).toEqual([]);
  expect([fresh, init, foreign].every(existsSync)).toBe(true);
});

test.each([
  [100, true, 12],
  [0, false, 600],
])('with a floor of %i %% free: short is %s, the window %i s', async (floorPercent, short, windowSeconds) => {
  const told: boolean[] = [];
  const disk = await watchDisk({
    mediaDir: folder,
    floorPercent,
    windowOf: () => 600,
    graceSeconds: 60,
    onShort: (now) => told.push(now),
    onError: (error) => {
      throw error;
    },
  });
  disk.stop();
  expect(disk.isShort()).toBe(short);
  expect(disk.windowSeconds(600)).toBe(windowSeconds);
  expect(told).toEqual(short ? [true] : []);
});
