import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAnnouncedBits } from '../../media/src/packager/announced.ts';
import type { VideoConfig, VideoFrame } from '../../media/src/packager/samples.ts';
import { AUTO_SHORT_SIDES, LEAST_BITS, planRung, rungsBelow } from '../../media/src/transcoder/rules.ts';
import { LEAST_SOURCE_BITS, SourceRate } from '../../media/src/transcoder/source-rate.ts';

const source = (width: number, height: number, fps: number | null): VideoConfig => ({
  ...{ avcc: Buffer.alloc(0), codec: '', width, height, fps, pixelAspect: [1, 1] },
});

/** Rates of a source's renditions, from below; the show began with a picture of shape `shape`. */
function ratesOf(video: VideoConfig, sourceBits: number | null, shape = video, wanted = AUTO_SHORT_SIDES as never) {
  return rungsBelow(wanted, video).map((short) => planRung(short, shape, video, sourceBits, 8).bits);
}

test('a rich source gets the rates of the table, one of half as much half of them', () => {
  const video = source(1920, 1080, 30);
  expect(ratesOf(video, null)).toEqual([800_000, 1_350_000, 2_600_000]);
  expect(ratesOf(video, 6_000_000)).toEqual(ratesOf(video, null));
  expect(ratesOf(video, 2_600_000)).toEqual([400_000, 670_000, 1_300_000]);
  expect(ratesOf(source(1280, 720, 30), 400_000)).toEqual([120_000, 200_000]);
});

const side = fc.integer({ min: 72, max: 2048 }).map((half) => half * 2);
const size = fc.record({ width: side, height: side });
const known = fc.integer({ min: LEAST_SOURCE_BITS, max: 60_000_000 });
const rising = (list: readonly number[]) => list.every((bits, index) => bits >= (list[index - 1] ?? 0));

test('rates rise with the rungs, never reach the source, never fall below the floor, and never exceed the table', () => {
  const wanted = fc.uniqueArray(fc.integer({ min: 144, max: 1080 }), { maxLength: 6 });
  const fps = fc.constantFrom(null, 24, 25, 30, 50, 60);
  fc.assert(
    fc.property(size, size, fps, known, wanted, (picture, shape, rate, bits, shorts) => {
      const video = source(picture.width, picture.height, rate);
      const rates = ratesOf(video, bits, { ...video, ...shape }, shorts as never);
      const table = ratesOf(video, null, { ...video, ...shape }, shorts as never);
      expect(rising(rates)).toBe(true);
      for (const [index, one] of rates.entries()) {
        expect(one).toBeLessThan(bits);
        expect(one).toBeLessThanOrEqual(table[index] ?? 0);
        expect(one).toBeGreaterThanOrEqual(Math.min(LEAST_BITS, table[index] ?? 0));
      }
    }),
  );
});

test('a source that sends more leaves no rung with less', () => {
  fc.assert(
    fc.property(size, known, known, ({ width, height }, one, other) => {
      const video = source(width, height, 30);
      const poor = ratesOf(video, Math.min(one, other));
      const rich = ratesOf(video, Math.max(one, other));
      for (const [index, bits] of poor.entries()) expect(bits).toBeLessThanOrEqual(rich[index] ?? 0);
    }),
  );
});

/** Pictures of a source that sends `bitsAt(second)`, 25 a second; returns the seconds in which a breach was seen. */
function breaches(rate: SourceRate, seconds: number, bitsAt: (second: number) => number): number[] {
  const found: number[] = [];
  for (let i = 0; i < seconds * 25; i += 1) {
    const data = Buffer.alloc(Math.round(bitsAt(i / 25) / 8 / 25));
    const frame: VideoFrame = { dtsMs: i * 40, ptsMs: i * 40, key: i % 50 === 0, data };
    if (rate.add(frame)) found.push(i / 25);
  }
  return found;
}

test('an announcement holds for a source that keeps to it, is quieter, or lively for a while', () => {
  const rate = new SourceRate();
  rate.begin(2_500_000);
  expect(breaches(rate, 60, () => 2_600_000)).toEqual([]);
  expect(breaches(rate, 60, () => 100_000)).toEqual([]);
  expect(breaches(rate, 60, (second) => (second % 20 < 5 ? 5_000_000 : 2_400_000))).toEqual([]);
  expect(rate.bits).toBe(2_500_000);
});

test('one that is far too low is given up once, even when the encoder comes back and repeats it; a new one counts', () => {
  const rate = new SourceRate();
  rate.begin(500_000);
  expect(breaches(rate, 90, () => 4_000_000)).toEqual([20]);
  expect(rate.bits).toBeCloseTo(4_000_000, -4);
  rate.begin(500_000);
  expect(breaches(rate, 90, () => 4_000_000)).toEqual([]);
  rate.begin(3_000_000);
  expect(rate.bits).toBe(3_000_000);
});

test('nothing announced, or nonsense: nothing is known, and no measuring makes it known', () => {
  for (const announced of [null, LEAST_SOURCE_BITS - 1]) {
    const rate = new SourceRate();
    rate.begin(announced);
    expect(breaches(rate, 60, () => 4_000_000)).toEqual([]);
    expect(rate.bits).toBeNull();
  }
});

/** A data message as encoders send it: a name, then a list of one number. */
function metadata(key: string, value: number): Buffer {
  const number = Buffer.alloc(8);
  number.writeDoubleBE(value);
  const list = Buffer.from(`\x08\0\0\0\x01\0${String.fromCharCode(key.length)}${key}\0`, 'latin1');
  return Buffer.concat([Buffer.from('\x02\0\x0aonMetaData', 'latin1'), list, number, Buffer.from([0, 0, 9])]);
}

test('the announced rate is read in bits a second; whatever else comes, nothing is thrown', () => {
  expect(readAnnouncedBits(metadata('videodatarate', 2500))).toBe(2_500_000);
  expect(readAnnouncedBits(metadata('audiodatarate', 160))).toBeNull();
  for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(readAnnouncedBits(metadata('videodatarate', value))).toBeNull();
  const whole = metadata('videodatarate', 2500);
  for (let end = 0; end < whole.length - 3; end += 1) expect(readAnnouncedBits(whole.subarray(0, end))).toBeNull();
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void readAnnouncedBits(Buffer.from(bytes))));
});
