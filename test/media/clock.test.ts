/** Dates: from the time of arrival, and within a run after the durations. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WantedShow } from '#contract/media-port.ts';
import { createShowClock } from '../../media/src/shows/clock.ts';
import { Timeline } from '../../media/src/shows/timeline.ts';
import { newId } from './rig.ts';

const STARTED_MS = 1_700_000_000_000;
const SEGMENT_MS = 2000;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagedoor-clock-'));
  vi.useFakeTimers({ now: STARTED_MS, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

function show() {
  const wanted = { showId: newId('shw') } as unknown as WantedShow;
  const clock = createShowClock(Timeline.create(folder, wanted, STARTED_MS));
  /** The date of a segment that begins at `startMs` of the show and arrives at `arrivedMs`, both since the show's start. */
  const date = (first: boolean, startMs: number, arrivedMs: number) => {
    vi.setSystemTime(STARTED_MS + arrivedMs);
    return clock.boundary(first, startMs, startMs).dateMs - STARTED_MS;
  };
  return { clock, date };
}

/** By how much each date misses the end of the segment before. */
const moves = (dates: readonly number[]) => dates.slice(1).map((at, i) => at - (dates[i] ?? 0) - SEGMENT_MS);

test('a network that jitters moves no date', () => {
  const { date } = show();
  const late = [0, 40, 0, 80, 20, 0, 90, 10];
  const dates = late.map((ms, i) => date(i === 0, i * SEGMENT_MS, i * SEGMENT_MS + ms));
  expect(moves(dates)).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

test('an encoder that stood still sends its backlog: dates go on by the durations all the while', () => {
  const { date } = show();
  const arrivals = Array.from({ length: 30 }, (_, i) => {
    const dueMs = i * SEGMENT_MS;
    // Frozen for 20 s at second 10; then everything comes at once until it has caught up.
    return dueMs > 10_000 && dueMs < 30_000 ? 30_000 + i * 10 : dueMs;
  });
  const dates = arrivals.map((arrivedMs, i) => date(i === 0, i * SEGMENT_MS, arrivedMs));
  expect(Math.max(...moves(dates).map(Math.abs))).toBeLessThanOrEqual(50);
  const off = dates.map((at, i) => Math.abs(at - i * SEGMENT_MS));
  expect(Math.max(...off)).toBeLessThan(600);
  expect(off.at(-1)).toBeLessThanOrEqual(100);
});

test('an encoder that stays behind for good: dates come near the arrival again, little by little', () => {
  const { date } = show();
  const dates = Array.from({ length: 260 }, (_, i) =>
    date(i === 0, i * SEGMENT_MS, i * SEGMENT_MS + (i < 5 ? 0 : 10_000)),
  );
  expect(Math.max(...moves(dates).map(Math.abs))).toBeLessThanOrEqual(50);
  const lateMs = 259 * SEGMENT_MS + 10_000 - (dates[259] ?? 0);
  expect(lateMs).toBeGreaterThanOrEqual(0);
  expect(lateMs).toBeLessThanOrEqual(100);
});

test('a new run is dated by its arrival, and never before the end of the last one', () => {
  const { clock, date } = show();
  // It had five seconds in store when it came.
  const before = [0, 0, 0, 3000, 5000].map((arrivedMs, i) => date(i === 0, i * SEGMENT_MS, arrivedMs));
  clock.runEnded(5 * SEGMENT_MS);
  const next = date(true, clock.anchorMs(), 6000);
  expect(next).toBeGreaterThanOrEqual((before.at(-1) ?? 0) + SEGMENT_MS);
  clock.runEnded(12_000);
  expect(date(true, 60_000, 60_000)).toBe(60_000);
});
