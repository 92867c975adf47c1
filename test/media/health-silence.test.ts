import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aacFrameStart } from '../../media/src/health/packets.ts';
import { isSilentAac } from '../../media/src/health/silence.ts';
import { FlvReader } from '../../media/src/packager/flv-stream.ts';

/** Raw AAC frames that ffmpeg makes of a source of sound. */
function aacFrames(source: string, ...options: string[]): Buffer[] {
  const argv = ['-v', 'error', '-f', 'lavfi', '-i', source, '-t', '0.5', '-c:a', 'aac', ...options, '-f', 'flv', '-'];
  const frames: Buffer[] = [];
  new FlvReader(({ kind, payload }) => {
    const start = kind === 'audio' ? aacFrameStart(payload) : null;
    if (start !== null) frames.push(payload.subarray(start));
  }).push(execFileSync('ffmpeg', argv));
  return frames;
}

test('digital silence is silent, the faintest noise is sound', () => {
  for (const layout of ['mono', 'stereo', '5.1']) {
    const silent = aacFrames(`anullsrc=r=48000:cl=${layout}`);
    expect(silent.length).toBeGreaterThan(20);
    expect(silent.filter(isSilentAac).length, layout).toBe(silent.length);
  }
  expect(aacFrames('anullsrc=r=44100:cl=stereo', '-b:a', '320k').every(isSilentAac)).toBe(true);
  // A microphone that is turned down still hisses: -90 dB.
  expect(aacFrames('anoisesrc=r=48000:a=0.00003').slice(1).some(isSilentAac)).toBe(false);
  expect(aacFrames('sine=r=48000:f=440').slice(1).some(isSilentAac)).toBe(false);
  // Short windows: clicks in silence.
  const clicks = aacFrames('aevalsrc=if(lt(mod(t\\,0.1)\\,0.001)\\,0.5\\,0):s=48000');
  expect(clicks.some(isSilentAac)).toBe(true);
  expect(clicks.filter((frame) => !isSilentAac(frame)).length).toBeGreaterThanOrEqual(5);
});

type Spelling = {
  readonly short: boolean;
  readonly maxSfb: number;
  /** Seven bits: which of eight short windows belong together. */
  readonly grouping: number;
  readonly pair: boolean;
  readonly mask: boolean;
  readonly tns: boolean;
  readonly loud: boolean;
};

/** The bits of a silent frame in any of its spellings; `loud`: one band of the last channel has lines. */
function spell({ short, maxSfb, grouping, pair, mask, tns, loud }: Spelling): Buffer {
  let bits = '';
  const put = (value: number, length: number) => {
    bits += value.toString(2).padStart(length, '0');
  };
  const groups = short ? [...grouping.toString(2).padStart(7, '0')].filter((bit) => bit === '0').length + 1 : 1;
  const window = () => {
    put(0, 1);
    put(short ? 2 : 0, 2);
    put(0, 1);
    put(maxSfb, short ? 4 : 6);
    put(short ? grouping : 0, short ? 7 : 1);
  };
  const channel = (common: boolean, isLoud: boolean) => {
    put(140, 8);
    if (!common) window();
    const most = short ? 7 : 31;
    for (let group = 0; group < groups && maxSfb > 0; group += 1) {
      put(isLoud && group === groups - 1 ? 1 : 0, 4);
      let left = maxSfb;
      for (; left >= most; left -= most) put(most, short ? 3 : 5);
      put(left, short ? 3 : 5);
    }
    put(0, 1);
    put(tns ? 1 : 0, 1);
    for (let i = 0; tns && i < (short ? 8 : 1); i += 1) {
      // One filter of second order: count, resolution, length, order, direction, compressed, two values of 3 bits.
      put(1, short ? 1 : 2);
      put(1, 1);
      put(0, short ? 4 : 6);
      put(2, short ? 3 : 5);
      put(0b0_1, 2);
      put(0b101_110, 6);
    }
    put(0, 1);
  };
  put(pair ? 1 : 0, 3);
  put(0, 4);
  if (pair) {
    put(1, 1);
    window();
    put(mask ? 1 : 0, 2);
    if (mask && groups * maxSfb > 0) put(0, groups * maxSfb);
    channel(true, false);
    channel(true, loud);
  } else channel(false, loud);
  put(7, 3);
  return Buffer.from(bits.match(/.{1,8}/g)?.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)) ?? []);
}

test('silence is known in every spelling: short windows, groups, empty bands, masks, noise shaping', () => {
  const spelling = fc.record({
    ...{ short: fc.boolean(), maxSfb: fc.integer({ min: 0, max: 15 }), grouping: fc.nat(127) },
    ...{ pair: fc.boolean(), mask: fc.boolean(), tns: fc.boolean(), loud: fc.constant(false) },
  });
  fc.assert(
    fc.property(spelling, fc.integer({ min: 16, max: 51 }), (one, longSfb) => {
      const spelled = one.short ? one : { ...one, maxSfb: longSfb };
      expect(isSilentAac(spell(spelled))).toBe(true);
      expect(isSilentAac(spell({ ...spelled, loud: true }))).toBe(spelled.maxSfb === 0);
    }),
  );
});

test('what is no AAC frame is never taken for silence by throwing, looping or guessing at its end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      expect(typeof isSilentAac(Buffer.from(bytes))).toBe('boolean');
    }),
    { numRuns: 2000 },
  );
  expect(isSilentAac(Buffer.alloc(0))).toBe(false);
  expect(isSilentAac(Buffer.from([0xe0]))).toBe(false);
});
