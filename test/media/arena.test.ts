/** Memory that is used again: for the parts on their way to the disk. */
import { expect, test } from 'vitest';
import { Arena } from '../../media/src/packager/arena.ts';
import { giveBuffer, takeBuffer } from '../../media/src/scratch.ts';

const sample = (bytes: number, value: number) => Buffer.alloc(bytes, value);

test.each([0, 10, 4096, 4097, 20_000])('a head of %i bytes stands before the samples, in their order', (headBytes) => {
  const arena = new Arena();
  const head = sample(headBytes, 0x11);
  // Small, then so large that the arena has to move, twice.
  const samples = [sample(100, 0x22), sample(90_000, 0x33), sample(1, 0x44), sample(300_000, 0x55)];
  for (const round of [1, 2]) {
    for (const one of samples) arena.add(one);
    const { bytes, release } = arena.finish(head);
    expect(bytes.equals(Buffer.concat([head, ...samples])), `round ${round}`).toBe(true);
    release();
  }
});

test('a part keeps its bytes while the next ones are collected, until it is released', () => {
  const arena = new Arena();
  const parts = [1, 2, 3].map((value) => {
    arena.add(sample(50_000, value));
    return arena.finish(sample(8, 0xff));
  });
  for (const [i, { bytes }] of parts.entries()) expect(bytes.subarray(8).equals(sample(50_000, i + 1))).toBe(true);
  for (const { release } of parts) release();
});

test('a buffer is used again, and by one taker at a time', () => {
  const first = takeBuffer(40_000);
  const second = takeBuffer(40_000);
  expect(second).not.toBe(first);
  giveBuffer(first);
  expect(takeBuffer(50_000)).toBe(first);
  expect(takeBuffer(50_000)).not.toBe(first);
});

test('of buffers that nobody uses only so many are kept', () => {
  const many = Array.from({ length: 40 }, () => takeBuffer(200_000));
  for (const one of many) giveBuffer(one);
  const again = Array.from({ length: 40 }, () => takeBuffer(200_000));
  const kept = again.filter((one) => many.includes(one)).length;
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThanOrEqual(16);
});
