import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  backoffMs,
  FROZEN_MS,
  hasDrifted,
  isFrozen,
  isRefusal,
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
