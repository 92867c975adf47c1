/** What the studio makes of a stream's figures: history, verdict, pace. No page. */
import { expect, test } from 'vitest';
import { Advice } from '#contract/health.ts';
import { advice as words } from '../../web/src/locales/en/advice.ts';
import { healthDelayMs } from '../../web/src/studio/health/follow-health.ts';
import { byMinute, curveOf, goneSince, mergeHistory, rangeOf, sinceOf } from '../../web/src/studio/health/history.ts';
import { verdictOf } from '../../web/src/studio/health/verdict.ts';
import { type Report, report, sample } from './health-answers.ts';

const T = 1_800_000_000_000;
const at = (seconds: number, change = {}) => sample(T + seconds * 1000, change);
const reportAt = (seconds: number, history: Report['history']): Report => ({
  now: { ...report().now, atMs: T + seconds * 1000 },
  history,
});
const SILENT = { kilobitsPerSecond: null, fps: null, behindMs: null };

test('history grows by what is newer, is never doubled, and holds ten minutes', () => {
  const first = mergeHistory([], reportAt(2, [at(0), at(1), at(2)]));
  const second = mergeHistory(first, reportAt(3, [at(2), at(3)]));
  expect(second.map((one) => (one.atMs - T) / 1000)).toEqual([0, 1, 2, 3]);
  expect(sinceOf(second)).toBe(T + 3000);
  const later = mergeHistory(second, reportAt(602, [at(602)]));
  expect(later.map((one) => (one.atMs - T) / 1000)).toEqual([3, 602]);
});

test('a clock of the server that was set back starts the history anew instead of stopping it', () => {
  const before = mergeHistory([], reportAt(100, [at(99), at(100)]));
  expect(mergeHistory(before, reportAt(10, [at(9), at(10)])).map((one) => one.atMs)).toEqual([T + 9000, T + 10_000]);
});

test('a curve breaks where samples are missing, and nowhere else', () => {
  const { seconds, values } = curveOf([at(0), at(1.4), at(2), at(9)], 'fps', T + 9000);
  expect(values).toEqual([30, 30, 30, null, 30]);
  expect(seconds.at(0)).toBe(-9);
  expect(seconds.every((value, index) => index === 0 || value > (seconds[index - 1] ?? 0))).toBe(true);
});

test('ranges and minutes leave out what is not known', () => {
  expect(rangeOf([null, 5, 3, null])).toEqual({ now: null, least: 3, most: 5 });
  expect(rangeOf([null])).toBeNull();
  const rows = byMinute([at(0, { fps: 20, behindMs: 900 }), at(1, { fps: 30 }), at(70, SILENT)], T + 70_000);
  expect(rows).toEqual([
    { ago: 0, kilobitsPerSecond: null, fps: null, behindMs: null },
    { ago: 1, kilobitsPerSecond: expect.any(Number), fps: 25, behindMs: 900 },
  ]);
});

test('an encoder is gone since its last second', () => {
  const { now } = report();
  expect(goneSince(now, [at(0)])).toBeNull();
  expect(goneSince({ ...now, input: null }, [at(0), at(1), at(2, SILENT)])).toBe(T + 1000);
  expect(goneSince({ ...now, input: null }, [])).toBeNull();
});

test('the verdict waits for half a minute without a break, then follows the light', () => {
  const { now } = reportAt(40, []);
  const steady = (from: number) => Array.from({ length: 41 - from }, (_, index) => at(from + index));
  expect(verdictOf(null, [])).toEqual({ kind: 'no_signal' });
  expect(verdictOf({ ...now, input: null }, steady(0))).toEqual({ kind: 'no_signal' });
  expect(verdictOf(now, steady(20))).toEqual({ kind: 'measuring', secondsLeft: 10 });
  // The encoder was away at second 25: what was before does not count.
  expect(verdictOf(now, [...steady(0).slice(0, 25), at(25, SILENT), ...steady(26)])).toEqual({
    kind: 'measuring',
    secondsLeft: 16,
  });
  expect(verdictOf(now, steady(10))).toEqual({ kind: 'ready' });
  const advices = ['upload_slow', 'b_frames'] as const;
  expect(verdictOf({ ...now, light: 'red', advices: [...advices] }, steady(0))).toEqual({
    kind: 'not_yet',
    first: 'upload_slow',
  });
  expect(verdictOf({ ...now, light: 'amber', advices: [] }, steady(0))).toEqual({ kind: 'nearly', first: null });
});

test('asking is once a second while it works, and backs off to a limit, spread, while it fails', () => {
  expect(healthDelayMs(0, 0.9)).toBe(1000);
  expect(healthDelayMs(1, 0)).toBe(1500);
  expect(healthDelayMs(3, 0)).toBeGreaterThan(healthDelayMs(2, 0));
  expect(healthDelayMs(30, 1)).toBeLessThan(20_000);
  expect(healthDelayMs(30, 0)).toBeGreaterThan(10_000);
});

test('every advice says what to do: to the creator, with a menu of OBS, or to the operator', () => {
  for (const advice of Advice.options) {
    const { title, short, obs, phone, operator } = words[advice];
    expect(title).toMatch(/\.$/);
    expect(short).toMatch(/\.$/);
    if (operator === '') expect(obs && phone, advice).not.toBe('');
    else expect(operator).toMatch(/operator/);
  }
  expect(words.keyframe_interval.obs).toMatch(/Settings → Output.*Keyframe Interval 2 s/);
  expect(words.b_frames.obs).toMatch(/Settings → Output → Streaming.*zerolatency.*B-Frames 0/);
});
