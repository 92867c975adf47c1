import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrived, EMPTY, MOST_WAITING, type Queue, turned } from '../../web/src/watch/tips/queue.ts';
import { tip } from './shop-answers.ts';

/** All that is shown until nothing waits. */
function shownOf(queue: Queue): string[] {
  const names: string[] = [];
  for (let now = queue; now.shown; now = turned(now)) names.push(now.shown.fromUsername);
  return names;
}

test('tips are shown one at a time, in the order in which they were sent, whatever the order of their coming', () => {
  const first = arrived(EMPTY, [tip(1)]);
  expect(first.shown?.fromUsername).toBe('Fan 1');
  expect(shownOf(arrived(arrived(first, [tip(3)]), [tip(2)]))).toEqual(['Fan 1', 'Fan 2', 'Fan 3']);
});

test('a tip that comes twice is shown once, also after it was shown', () => {
  const twice = arrived(EMPTY, [tip(1), tip(1), tip(2)]);
  expect(shownOf(arrived(twice, [tip(2)]))).toEqual(['Fan 1', 'Fan 2']);
  expect(shownOf(arrived(turned(turned(twice)), [tip(1)]))).toEqual([]);
});

test('a flood is bounded, and the largest are kept in their order', () => {
  const flood = Array.from({ length: 40 }, (_, at) =>
    tip(at % 10, { amountTokens: at, at: new Date(at).toISOString() }),
  );
  const named = flood.map((one, at) => ({
    ...one,
    id: `${one.id.slice(0, -2)}${String(at).padStart(2, '0')}` as typeof one.id,
  }));
  const queue = arrived(arrived(EMPTY, [tip(1)]), named);
  expect(queue.waiting.length).toBe(MOST_WAITING);
  const amounts = queue.waiting.map(({ amountTokens }) => amountTokens);
  expect(Math.min(...amounts)).toBe(40 - MOST_WAITING);
  expect(amounts).toEqual([...amounts].sort((a, b) => a - b));
});

test('whatever comes and goes, nothing waits while nothing is shown', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant('turn' as const))), (steps) => {
      let queue = EMPTY;
      for (const one of steps) queue = one === 'turn' ? turned(queue) : arrived(queue, [tip(one)]);
      if (!queue.shown) expect(queue.waiting).toEqual([]);
      expect(queue.waiting.length).toBeLessThanOrEqual(MOST_WAITING);
    }),
  );
});
