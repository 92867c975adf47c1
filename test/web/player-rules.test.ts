import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  backInWindow,
  backoffMs,
  dvrOf,
  FROZEN_MS,
  fallback,
  hasDrifted,
  isFresh,
  isFrozen,
  isRefusal,
  isStuck,
  plainDistance,
  quietJump,
  refusalCode,
  remedyFor,
} from '../../web/src/player/rules.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('the back-off grows, is bounded, and never comes at once', () => {
  fc.assert(
    fc.property(fc.nat(10_000), random, fc.boolean(), (attempt, r, waiting) => {
      const waitMs = backoffMs(attempt, r, waiting);
      expect(waitMs).toBeGreaterThanOrEqual(250);
      expect(waitMs).toBeLessThanOrEqual(waiting ? 2000 : 8000);
      expect(backoffMs(attempt + 1, r, waiting)).toBeGreaterThanOrEqual(waitMs);
    }),
  );
});

test('two players that failed together do not come back together', () => {
  expect(backoffMs(3, 0.1)).not.toBe(backoffMs(3, 0.9));
});

test('the mildest remedy first; a fault that stays ends in a fresh start', () => {
  expect(remedyFor('network', 0)).toBe('resume');
  expect(remedyFor('media', 0)).toBe('recover');
  expect(remedyFor('frozen', 0)).toBe('resume');
  for (const kind of ['network', 'media', 'frozen'] as const) {
    for (const attempt of [2, 3, 50]) expect(remedyFor(kind, attempt)).toBe('rebuild');
  }
});

test('frozen means: a picture is due, somebody looks, and none came for six seconds', () => {
  const frozen = { nowMs: FROZEN_MS, lastFrameMs: 0, pictureDue: true, held: false, hidden: false };
  expect(isFrozen(frozen)).toBe(true);
  expect(isFrozen({ ...frozen, nowMs: FROZEN_MS - 1 })).toBe(false);
  expect(isFrozen({ ...frozen, pictureDue: false })).toBe(false);
  expect(isFrozen({ ...frozen, held: true })).toBe(false);
  expect(isFrozen({ ...frozen, hidden: true })).toBe(false);
});

test('a playlist that has just grown is not asked for again, one that never came is', () => {
  expect(isFresh(10_000, 9_900)).toBe(true);
  expect(isFresh(10_000, 5_000)).toBe(false);
  expect(isFresh(10_000, Number.NEGATIVE_INFINITY)).toBe(false);
});

test('only who follows the live edge is moved there, and not again and again', () => {
  const drifted = { behindSeconds: 4, following: true, nowMs: 20_000, jumpMs: 0 };
  expect(hasDrifted(drifted)).toBe(true);
  expect(hasDrifted({ ...drifted, following: false })).toBe(false);
  expect(hasDrifted({ ...drifted, behindSeconds: 2 })).toBe(false);
  expect(hasDrifted({ ...drifted, jumpMs: 19_000 })).toBe(false);
});

test('a refusal is read from its body, and nothing else is taken for one', () => {
  expect(refusalCode('{"code":"code.taken_over","message":"…"}')).toBe('code.taken_over');
  for (const body of ['', '<html>', 'null', '[]', '{"code":7}', '{"code":"x<script>"}'])
    expect(refusalCode(body)).toBeNull();
  fc.assert(fc.property(fc.string(), (body) => void refusalCode(body)));
  expect([401, 403, 409].every(isRefusal)).toBe(true);
  expect([200, 404, 500, 502, 503].some(isRefusal)).toBe(false);
});

test('latency is won back only from what was not needed for a while, and seldom', () => {
  const calm = { behindSeconds: 0.5, slackSeconds: 0.9, stalls: [], nowMs: 60_000, jumpMs: Number.NEGATIVE_INFINITY };
  expect(quietJump(calm)).toBe(0.5);
  expect(quietJump({ ...calm, slackSeconds: 0.6 })).toBeCloseTo(0.3);
  expect(quietJump({ ...calm, slackSeconds: 0.5 })).toBe(0);
  expect(quietJump({ ...calm, behindSeconds: 0.2 })).toBe(0);
  expect(quietJump({ ...calm, jumpMs: 55_000 })).toBe(0);
  // Whoever stalled lately keeps more ahead; an old stall is forgiven.
  expect(quietJump({ ...calm, stalls: [50_000, 55_000] })).toBe(0);
  expect(quietJump({ ...calm, nowMs: 600_000, stalls: [50_000, 55_000] })).toBe(0.5);
});

test('a jump never goes past the live position, nor into what is not buffered', () => {
  const seconds = fc.double({ min: -5, max: 60, noNaN: true });
  fc.assert(
    fc.property(seconds, seconds, (behindSeconds, slackSeconds) => {
      const gain = quietJump({ behindSeconds, slackSeconds, stalls: [], nowMs: 1e6, jumpMs: 0 });
      expect(gain).toBeGreaterThanOrEqual(0);
      if (gain > 0) expect(gain).toBeLessThanOrEqual(Math.min(behindSeconds, slackSeconds - 0.2));
    }),
  );
});

test('the rewind bar covers what is listed, and is not there for a short window', () => {
  expect(dvrOf({ start: 0, live: 30, at: 29 })).toBeNull();
  expect(dvrOf({ start: 100, live: 403, at: 303 })).toEqual({ windowSeconds: 300, behindSeconds: 100 });
  expect(dvrOf({ start: 100, live: 403, at: 404 })?.behindSeconds).toBe(0);
  expect(dvrOf({ start: 100, live: 403, at: 20 })?.behindSeconds).toBe(300);
});

test('who fell out of the window is put at its start, and at live where there is no bar', () => {
  expect(backInWindow({ start: 100, live: 403, at: 100 })).toBeNull();
  expect(backInWindow({ start: 100, live: 403, at: 50 })).toBe(103);
  expect(backInWindow({ start: 100, live: 120, at: 50 })).toBe(120);
});

test('from a rendition that is gone one goes to the next lower, else to the next higher', () => {
  const levels = [800, 2500, 6000].map((bitrate) => ({ bitrate, usable: true }));
  expect(fallback(levels, 2500)).toBe(0);
  expect(fallback(levels, 800)).toBe(1);
  expect(fallback([{ bitrate: 800, usable: false }, ...levels.slice(1)], 2500)).toBe(2);
  expect(fallback([{ bitrate: 800, usable: true }], 800)).toBeNull();
});

test('a standstill with enough to play is ended by a seek, once in a while', () => {
  const stuck = { nowMs: 10_000, movedMs: 9700, startedMs: 0, aheadSeconds: 0.5, starved: true };
  expect(isStuck(stuck)).toBe(true);
  expect(isStuck({ ...stuck, aheadSeconds: 0.2 })).toBe(false);
  expect(isStuck({ ...stuck, starved: false })).toBe(false);
  expect(isStuck({ ...stuck, movedMs: 9900 })).toBe(false);
  expect(isStuck({ ...stuck, startedMs: 8000 })).toBe(false);
});

test('without parts the distance follows the segments of late, not the longest that may come', () => {
  expect(plainDistance([6, 6, ...new Array(8).fill(2)])).toBe(5);
  expect(plainDistance([2, 2, 6])).toBe(15);
  expect(plainDistance([])).toBe(2.5);
});
