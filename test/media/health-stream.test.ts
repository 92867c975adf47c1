import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Advice, HealthReport } from '#contract/health.ts';
import { createDoctor, type Rung } from '../../media/src/health/doctor.ts';
import { type Behaviour, play } from './virtual-stream.ts';

const CAUSE_S = 20;
const CURE_S = 50;
const bad = (atS: number) => atS >= CAUSE_S && atS < CURE_S;
const rung = (speed: number): Rung => ({ name: '360p', height: 360, state: 'on', speed });

/** What an encoder does wrong from 20 s to 50 s of its stream, and the longest time until the advice is gone, seconds. */
const FAULTS: readonly [what: string, advice: Advice, behaviour: Behaviour, goneWithinS: number][] = [
  ['keyframes every 10 s', 'keyframe_interval', { keyframeS: (t) => (bad(t) ? 10 : 2) }, 22],
  ['no keyframe at all', 'keyframe_interval', { keyframeS: (t) => (bad(t) ? 1e6 : 2) }, 13],
  [
    'keyframes every 8 s, and where the scene changes',
    'keyframe_interval',
    { keyframeS: (t) => (bad(t) ? ((t - CAUSE_S) % 10 < 8 ? 8 : 1) : 2) },
    13,
  ],
  ['upload at 75 %', 'upload_slow', { lateMs: (t) => (bad(t) ? (t - CAUSE_S) * 333 : 0) }, 19],
  ['upload at 93 %', 'upload_slow', { lateMs: (t) => (bad(t) ? (t - CAUSE_S) * 75 : 0) }, 9],
  [
    'upload stands still for 4 s',
    'upload_slow',
    { lateMs: (t) => Math.max(0, t >= CAUSE_S ? 4000 - (t - CAUSE_S) * 1000 : 0) },
    0,
  ],
  ['picture gone', 'no_video', { picture: (t) => !bad(t) }, 4],
  ['sound gone', 'no_audio', { sound: (t) => (bad(t) ? 'none' : 'sound') }, 4],
  ['sound switched off', 'silent_audio', { sound: (t) => (bad(t) ? 'silent' : 'sound') }, 4],
  ['4 of 10 frames dropped', 'fps_low', { dropped: (t, i) => bad(t) && i % 10 < 4 }, 12],
  ['every other frame dropped', 'fps_low', { dropped: (t, i) => bad(t) && i % 2 === 0 }, 12],
  ['a seventh of all frames dropped', 'fps_low', { dropped: (t, i) => bad(t) && i % 7 === 0 }, 12],
  [
    '60 becomes 45, nothing promised',
    'fps_low',
    { promisedFps: null, frameMs: (t) => (t >= CAUSE_S && t < 40 ? 1000 / 45 : 1000 / 60) },
    12,
  ],
  ['bursts of bitrate', 'bitrate_unstable', { frameBytes: (t) => (bad(t) && t % 3 < 1 ? 40_000 : 1500) }, 25],
  ['pictures out of order', 'b_frames', { bFrames: bad }, 12],
  ['an encoder of ours at 0.8', 'machine_slow', { rungs: (t) => [rung(bad(t) ? 0.8 : 1)] }, 13],
];

test.each(FAULTS)('%s: %s within 10 s, alone, without flapping, and gone when cured', (_, advice, behaviour, goneS) => {
  const { seconds } = play(100, behaviour);
  const said = seconds.filter(({ advices }) => advices.length > 0);
  expect(new Set(said.map(({ advices }) => advices.join()))).toEqual(new Set([advice]));
  const [first = 0, last = 0] = [said[0]?.atS, said.at(-1)?.atS];
  expect(first).toBeGreaterThanOrEqual(CAUSE_S);
  expect(first).toBeLessThanOrEqual(CAUSE_S + 10);
  // One stretch: not on, off and on again.
  expect(said).toHaveLength(last - first + 1);
  expect(last).toBeLessThanOrEqual(Math.max(CURE_S + goneS, first + 12));
});

/** Deterministic noise between 0 and 1. */
const noise = (seed: number, atS: number) => {
  const x = Math.sin(seed * 12.9898 + Math.floor(atS * 10) * 78.233) * 43_758.5453;
  return x - Math.floor(x);
};

const clean = fc.record({
  fps: fc.constantFrom(15, 20, 24000 / 1001, 24, 25, 30000 / 1001, 30, 48, 50, 60),
  promised: fc.boolean(),
  keyframeS: fc.constantFrom(0.5, 1, 2, 3, 4),
  jitterMs: fc.integer({ min: 0, max: 300 }),
  scene: fc.constantFrom('static', 'film', 'constant', 'slides'),
  gateS: fc.integer({ min: 0, max: 5 }),
  seed: fc.integer({ min: 1, max: 9999 }),
});

test('a clean stream is never advised: any rate, jitter, stillness, film, slides, pauses in speech', () => {
  fc.assert(
    fc.property(clean, ({ fps, promised, keyframeS, jitterMs, scene, gateS, seed }) => {
      const bytes = (kilobits: number) => (kilobits * 125) / fps;
      const frameBytes = {
        // A talking head that stops moving, with keyframes as large as before.
        static: (t: number) => bytes(t > 25 ? 30 + 40 * noise(seed, t) : 2500),
        // Every four seconds another scene, up to three times as rich.
        film: (t: number) => bytes(1500 + 3000 * noise(seed, Math.floor(t / 4)) + 500 * noise(seed, t)),
        constant: () => bytes(6000),
        slides: (t: number) => bytes(t % 8 < 0.5 ? 2500 : 15),
      }[scene];
      const { seconds, report } = play(70, {
        promisedFps: promised ? fps : null,
        frameMs: () => 1000 / fps,
        ...{ keyframeS: () => keyframeS, keyBytes: () => 400_000, frameBytes },
        lateMs: (t) => 40 + jitterMs * noise(seed, t),
        // A noise gate: silence to the bit between words.
        sound: (t) => (t % 9 < gateS ? 'silent' : 'sound'),
        rungs: (t) => [rung(0.985 + 0.03 * noise(seed, t))],
      });
      expect(seconds.filter(({ advices }) => advices.length > 0)).toEqual([]);
      expect(seconds.length).toBeGreaterThanOrEqual(69);
      expect(HealthReport.parse(report).now).toMatchObject({ light: 'green', input: { gaps: 0, bFrames: false } });
    }),
    { numRuns: 60 },
  );
});

test('a phone that shows its screen sends frames only where something changes: nothing to say', () => {
  const still = (t: number) => t > 15 && t < 55;
  const { seconds } = play(80, {
    promisedFps: null,
    frameMs: (t) => (still(t) ? 100 + 700 * noise(7, t) : 1000 / 30),
    frameBytes: (t) => (still(t) ? 1500 : 9000),
  });
  expect(seconds.filter(({ advices }) => advices.length > 0)).toEqual([]);
});

test('the figures are those of the stream', () => {
  const drops = (atS: number, frame: number) => atS > 30 && frame % 30 === 7;
  const { report } = play(60, { dropped: drops, frameBytes: () => 10_000, keyBytes: () => 10_000 });
  const input = report.now.input;
  expect(input).toMatchObject({ width: 1280, height: 720, nominalFps: 30, keyframeIntervalMs: 2000, audio: 'sound' });
  expect(input?.gaps).toBeGreaterThanOrEqual(29);
  expect(input?.gaps).toBeLessThanOrEqual(30);
  expect(input?.fps).toBeCloseTo(29, 0);
  expect(input?.kilobitsPerSecond).toBeGreaterThan(2320 + 100);
  expect(input?.kilobitsPerSecond).toBeLessThan(2400 + 160);
  expect(input?.audioKilobitsPerSecond).toBeGreaterThan(120);
  expect(report.history).toHaveLength(60);
  const late = play(30, { lateMs: (t) => t * 100 });
  expect(late.report.now.input?.behindMs).toBeGreaterThan(2500);
  // A word a second is no silence.
  const words = play(30, { sound: (t) => (t % 1 > 0.3 && t % 1 < 0.4 ? 'sound' : 'silent') });
  expect(words.report.now).toMatchObject({ advices: [], input: { audio: 'sound' } });
  // No keyframe yet: the figure says for how long.
  expect(play(9, { keyframeS: () => 1e6 }).report.now.input?.keyframeIntervalMs).toBeGreaterThan(8500);
});

test('a stream that is late by a constant time is not falling behind any more', () => {
  const { seconds } = play(120, { lateMs: (t) => Math.min(4000, Math.max(0, t - 10) * 400) });
  expect(seconds.find(({ atS }) => atS === 25)?.advices).toEqual(['upload_slow']);
  expect(seconds.at(-1)?.advices).toEqual([]);
});

test('a wrong codec is remembered for a minute without a broadcast; a rival for a minute after its last try', () => {
  const doctor = createDoctor();
  const observe = (clockMs: number) =>
    doctor.observe({
      ...{ atMs: clockMs, clockMs, input: null, rungs: [], recordingFailed: false },
      ...{ viewersByRendition: new Map(), devices: 0 },
    });
  doctor.wrongCodec(1000);
  expect(doctor).toMatchObject({ advices: ['wrong_codec'], light: 'red' });
  expect(observe(60_000)).toBe(false);
  expect(doctor.report(0, 60_000).now).toMatchObject({ advices: ['wrong_codec'], input: null });
  expect(observe(61_000)).toBe(true);
  expect(doctor).toMatchObject({ advices: [], light: 'green' });
  doctor.otherEncoder(62_000);
  doctor.otherEncoder(100_000);
  observe(159_000);
  expect(doctor.advices).toEqual(['two_encoders']);
  observe(160_000);
  expect(doctor.advices).toEqual([]);
});
