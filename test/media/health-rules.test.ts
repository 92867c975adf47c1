import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Advice, HealthSample } from '#contract/health.ts';
import { HISTORY_SAMPLES, History } from '../../media/src/health/history.ts';
import { bitrateRises, nominalRate, steadyRate } from '../../media/src/health/rhythm.ts';
import {
  diagnose,
  HEALTHY,
  type Memory,
  RULES,
  type Sample,
  turn,
  type Verdict,
} from '../../media/src/health/rules.ts';
import { DUEL_OVER_MS, HOLDER_SILENT_MS, meet, PEACE } from '../../media/src/shows/duel.ts';

test('the spacing of whole milliseconds tells any frame rate', () => {
  fc.assert(
    fc.property(fc.double({ min: 5, max: 120, noNaN: true }), fc.integer({ min: 0, max: 9999 }), (fps, startMs) => {
      const at = (i: number) => Math.round(startMs + (i * 1000) / fps);
      const spacings = Uint16Array.from({ length: 64 }, (_, i) => at(i + 1) - at(i));
      expect(Math.abs((steadyRate(spacings) ?? 0) - fps) / fps).toBeLessThan(0.01);
    }),
  );
  expect(steadyRate(Uint16Array.from({ length: 64 }, (_, i) => (i % 2 ? 33 : 100)))).toBe(null);
});

test('the nominal rate: a promise counts, a field rate does not, and a new rhythm only after a while', () => {
  const facts = { promisedFps: 30, spacingFps: 30, fastestFps: 30, before: 30, slowerForMs: 0 };
  expect(nominalRate({ ...facts, spacingFps: 15 })).toBe(30);
  expect(nominalRate({ ...facts, promisedFps: 60, before: null })).toBe(30);
  expect(nominalRate({ ...facts, spacingFps: 60 })).toBe(60);
  expect(nominalRate({ ...facts, promisedFps: null, spacingFps: 20 })).toBe(30);
  expect(nominalRate({ ...facts, promisedFps: null, spacingFps: 20, slowerForMs: 60_000 })).toBe(20);
  expect(nominalRate({ ...facts, promisedFps: null, spacingFps: null, before: null })).toBe(null);
});

test('bitrate rises are counted out of a trough and by much, however the troughs are cut', () => {
  expect(bitrateRises([])).toBe(0);
  expect(bitrateRises([300, 6000, 300, 300, 6000, 300, 6000])).toBe(3);
  expect(bitrateRises([6000, 300, 6000, 6000, 5000, 300, 300, 4000])).toBe(2);
  // A film: three times as much in one scene as in the other. Slides: much more, but little.
  expect(bitrateRises([2000, 6000, 2000, 5500, 1900, 6000])).toBe(0);
  expect(bitrateRises([10, 900, 10, 1400, 5, 1200])).toBe(0);
  const seconds = fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 12 });
  fc.assert(
    fc.property(seconds, fc.double({ min: 0.1, max: 1, noNaN: true }), (values, share) => {
      // Half as loud a swing is never counted more often.
      expect(bitrateRises(values.map((value) => 10_000 + value * share))).toBe(0);
      expect(bitrateRises(values.map((value) => value * share))).toBeLessThanOrEqual(bitrateRises(values));
    }),
  );
});

const verdict = fc.constantFrom<Verdict>('good', 'unsure', 'bad');
const WEIGHT: Record<Verdict, number> = { good: 0, unsure: 1, bad: 2 };
const times = { raiseAfterMs: 3000, clearAfterMs: 5000 };

/** When it was on, second by second. */
function run(verdicts: readonly Verdict[], rule = times): boolean[] {
  let state = { on: false, turningMs: null as number | null };
  return verdicts.map((one, i) => {
    state = turn(state, one, i * 1000, rule);
    return state.on;
  });
}

test('a worse stream never has better advice', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(verdict, verdict), { maxLength: 60 }), (pairs) => {
      const better = run(pairs.map(([a, b]) => (WEIGHT[a] < WEIGHT[b] ? a : b)));
      const worse = run(pairs.map(([a, b]) => (WEIGHT[a] < WEIGHT[b] ? b : a)));
      better.forEach((on, i) => {
        if (on) expect(worse[i]).toBe(true);
      });
    }),
  );
});

test('an advice turns only after its time without a break, and never flaps', () => {
  fc.assert(
    fc.property(fc.array(verdict, { maxLength: 120 }), (verdicts) => {
      const on = run(verdicts);
      let lastTurn = Number.NEGATIVE_INFINITY;
      on.forEach((now, i) => {
        if (now === (on[i - 1] ?? false)) return;
        const needed = (now ? times.raiseAfterMs : times.clearAfterMs) / 1000;
        const wanted = now ? 'bad' : 'good';
        expect(verdicts.slice(i - needed, i + 1)).toEqual(new Array(needed + 1).fill(wanted));
        expect(i - lastTurn).toBeGreaterThan(needed);
        lastTurn = i;
      });
    }),
  );
});

const GOOD: NonNullable<Sample['input']> = {
  ...{ videoCodec: 'avc1.64001f', audioCodec: 'mp4a.40.2', width: 1280, height: 720 },
  ...{ runningMs: 60_000, sinceVideoMs: 30, sinceAudioMs: 20, kilobitsPerSecond: 2500, audioKilobitsPerSecond: 128 },
  ...{
    arrivedFps: 30,
    fps: 30,
    nominalFps: 30,
    movingKilobits: 2000,
    keyframeIntervalMs: 2000,
    bFrames: false,
    bitrateRises: 0,
  },
  ...{ gaps: 0, audio: 'sound', behindMs: 0, fallingMs: 0 },
};
const rung = { state: 'on', speed: 1 } as const;
const sampleOf = (fields: Partial<Sample>): Sample => ({
  ...{ clockMs: 0, input: GOOD, rungs: [rung], recordingFailed: false, wrongCodecAgoMs: null, otherEncoderAgoMs: null },
  ...fields,
});
const withInput = (fields: Partial<typeof GOOD>) => sampleOf({ input: { ...GOOD, ...fields } });

/** One sample for each advice, in which nothing else is wrong. */
const CAUSES: Record<Advice, Sample> = {
  wrong_codec: sampleOf({ input: null, wrongCodecAgoMs: 100 }),
  two_encoders: sampleOf({ otherEncoderAgoMs: 100 }),
  upload_slow: withInput({ fallingMs: 2500, arrivedFps: 22 }),
  machine_slow: sampleOf({ rungs: [rung, { state: 'on', speed: 0.8 }] }),
  no_video: withInput({ sinceVideoMs: 4000 }),
  no_audio: withInput({ sinceAudioMs: 4000, audio: 'none' }),
  silent_audio: withInput({ audio: 'silent' }),
  keyframe_interval: withInput({ keyframeIntervalMs: 8300 }),
  bitrate_unstable: withInput({ bitrateRises: 3 }),
  fps_low: withInput({ fps: 20 }),
  not_transcoded: sampleOf({ rungs: [{ state: 'off', speed: null }] }),
  not_recorded: sampleOf({ recordingFailed: true }),
  b_frames: withInput({ bFrames: true }),
};

test.each(Advice.options)(
  '%s: said within 10 s of its cause and alone, taken back within 11 s of its cure',
  (advice) => {
    let memory: Memory = HEALTHY;
    const said: string[] = [];
    for (let second = 0; second <= 10; second += 1) {
      const found = diagnose(memory, { ...CAUSES[advice], clockMs: second * 1000 });
      memory = found.memory;
      said.push(found.advices.join());
      expect(found.light).toBe(found.advices.length > 0 ? RULES[advice].light : 'green');
    }
    expect(said.at(-1)).toBe(advice);
    expect(new Set(said).size).toBeLessThanOrEqual(2);
    for (let second = 11; second <= 21; second += 1) {
      memory = diagnose(memory, sampleOf({ clockMs: second * 1000 })).memory;
    }
    expect(diagnose(memory, sampleOf({ clockMs: 22_000 })).advices).toEqual([]);
  },
);

test('the light is the worst of all advice, and advice about a broadcast goes with it', () => {
  const bad = sampleOf({
    ...{ input: { ...GOOD, keyframeIntervalMs: 9000, sinceVideoMs: 5000 }, otherEncoderAgoMs: 10 },
  });
  const found = diagnose(HEALTHY, bad);
  expect(found).toMatchObject({ advices: ['two_encoders', 'no_video', 'keyframe_interval'], light: 'red' });
  const gone = diagnose(found.memory, sampleOf({ input: null, otherEncoderAgoMs: 1000, clockMs: 1000 }));
  expect(gone).toMatchObject({ advices: ['two_encoders'], light: 'amber' });
  expect(diagnose(HEALTHY, CAUSES.b_frames).light).toBe('green');
});

test('history: ten minutes and no more, in order, with what is unknown left unknown', () => {
  const history = new History();
  const sample = (atMs: number) =>
    HealthSample.parse({
      ...{ atMs, kilobitsPerSecond: atMs % 7 === 0 ? null : 2500, fps: 29.97, behindMs: 12, gaps: 3 },
      ...{ speed: null, devices: 4, light: 'amber' },
    });
  for (let atMs = 1; atMs <= 1000; atMs += 1) history.add(sample(atMs));
  const all = history.since(0);
  expect(all).toHaveLength(HISTORY_SAMPLES);
  expect(all[0]).toEqual(sample(1000 - HISTORY_SAMPLES + 1));
  expect(history.since(997)).toEqual([998, 999, 1000].map(sample));
});

test('duel: three takeovers in half a minute, then whoever sends stays until nobody has tried for five minutes', () => {
  let duel = PEACE;
  const meetAt = (nowMs: number, silentForMs = 20) => {
    const met = meet(duel, silentForMs, nowMs);
    duel = met.duel;
    return met.verdict;
  };
  expect([0, 2000, 4000, 6000, 8000, 60_000].map((nowMs) => meetAt(nowMs))).toEqual([
    ...['takes', 'takes', 'takes', 'refused', 'refused', 'refused'],
  ]);
  // A holder without a network loses at once, and that is no fight.
  expect(meetAt(61_000, HOLDER_SILENT_MS)).toBe('takes');
  expect(meetAt(62_000)).toBe('refused');
  // Each try prolongs it.
  expect(meetAt(62_000 + DUEL_OVER_MS - 1)).toBe('refused');
  expect(meetAt(62_000 + 2 * DUEL_OVER_MS)).toBe('takes');
});

test('duel: takeovers that are seldom, or from somebody silent, are none', () => {
  const steps = fc.array(fc.record({ afterMs: fc.integer({ min: 15_001, max: 99_999 }), silentMs: fc.nat(9999) }));
  fc.assert(
    fc.property(steps, (all) => {
      let [duel, nowMs] = [PEACE, 0];
      for (const { afterMs, silentMs } of all) {
        nowMs += afterMs;
        const met = meet(duel, silentMs, nowMs);
        expect(met.verdict).toBe('takes');
        duel = met.duel;
      }
    }),
  );
});
