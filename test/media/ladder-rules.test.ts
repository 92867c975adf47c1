import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { VideoConfig, VideoFrame } from '../../media/src/packager/samples.ts';
import { transcodeArguments } from '../../media/src/transcoder/args.ts';
import { createBudget } from '../../media/src/transcoder/budget.ts';
import { History } from '../../media/src/transcoder/history.ts';
import { type Member, startMachine } from '../../media/src/transcoder/machine.ts';
import { createStallWatch } from '../../media/src/transcoder/process.ts';
import {
  AUTO_SHORT_SIDES,
  fitInto,
  frameOf,
  planRung,
  rungsBelow,
  shortSide,
  shownSize,
} from '../../media/src/transcoder/rules.ts';
import {
  BETWEEN_MS,
  createShedder,
  FIRST_PAUSE_MS,
  LEAST_SPEED,
  LONGEST_PAUSE_MS,
  type RungSpeed,
  SLOW_FOR_MS,
} from '../../media/src/transcoder/shedding.ts';
import { SpeedMeter } from '../../media/src/transcoder/speed.ts';

const source = (
  width: number,
  height: number,
  fps: number | null = 30,
  pixelAspect = [1, 1] as const,
): VideoConfig => ({
  ...{ avcc: Buffer.alloc(0), codec: '', width, height, fps, pixelAspect },
});
const side = fc.integer({ min: 32, max: 4096 }).map((half) => half * 2);
const size = fc.record({ width: side, height: side });
const isEven = (value: number) => value % 2 === 0;

test('a landscape and a portrait phone get the same rungs, turned', () => {
  const sizes = (width: number, height: number) =>
    rungsBelow(AUTO_SHORT_SIDES, { width, height }).map((short) => {
      const { frame } = planRung(short, { width, height }, source(width, height), null, 8);
      return `${frame.width}x${frame.height}`;
    });
  expect(sizes(1920, 1080)).toEqual(['640x360', '854x480', '1280x720']);
  expect(sizes(1080, 1920)).toEqual(['360x640', '480x854', '720x1280']);
  expect(sizes(640, 360)).toEqual([]);
  expect(sizes(2560, 1440)).toEqual(['640x360', '854x480', '1280x720', '1920x1080']);
});

test('no rung is as large as its source, frames are even and keep the shape', () => {
  fc.assert(
    fc.property(size, fc.uniqueArray(fc.integer({ min: 144, max: 1080 }), { maxLength: 6 }), (picture, wanted) => {
      const rungs = rungsBelow(wanted, picture);
      expect(rungs).toEqual([...rungs].sort((a, b) => a - b));
      for (const short of rungs) {
        const frame = frameOf(picture, short);
        expect(short).toBeLessThan(shortSide(picture));
        expect(isEven(frame.width) && isEven(frame.height)).toBe(true);
        expect(short - shortSide(frame)).toBe(short % 2);
        expect((frame.width - frame.height) * (picture.width - picture.height)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

test('a picture of another shape lies wholly inside the frame, touches two of its sides, and is not distorted', () => {
  fc.assert(
    fc.property(size, fc.integer({ min: 144, max: 1080 }), size, (shape, short, picture) => {
      const frame = frameOf(shape, short);
      const { width, height, x, y } = fitInto(frame, picture);
      expect([width, height, x, y].every(isEven)).toBe(true);
      expect(x >= 0 && y >= 0 && x + width <= frame.width && y + height <= frame.height).toBe(true);
      expect(width === frame.width || height === frame.height).toBe(true);
      const factor = Math.min(frame.width / picture.width, frame.height / picture.height);
      expect(Math.abs(width - picture.width * factor)).toBeLessThanOrEqual(2);
      expect(Math.abs(height - picture.height * factor)).toBeLessThanOrEqual(2);
    }),
  );
});

test('pixels that are not square are shown at their true shape', () => {
  expect(shownSize(source(1440, 1080, 30, [4, 3] as never))).toEqual({ width: 1920, height: 1080 });
  expect(shownSize(source(720, 576, 25, [16, 15] as never))).toEqual({ width: 768, height: 576 });
});

test('small rungs of 60 pictures a second get 30 or so, large ones all; 30 and unknown stay', () => {
  const shape = { width: 1920, height: 1080 };
  const every = (short: number, fps: number | null) => planRung(short, shape, source(1920, 1080, fps), null, 8).every;
  expect([24, 25, 30, null].map((fps) => every(360, fps))).toEqual([1, 1, 1, 1]);
  expect([50, 60, 120].map((fps) => every(480, fps))).toEqual([2, 2, 4]);
  expect([50, 60, 120].map((fps) => every(720, fps))).toEqual([1, 1, 2]);
});

test('a command line holds nothing that a user sent, and reads nothing but the pipe', () => {
  const plan = planRung(360, { width: 1920, height: 1080 }, source(1080, 1920, 60), null, 8);
  const argv = transcodeArguments(plan, 1033);
  for (const word of argv) expect(word).toMatch(/^[\w:.,=()'*+-]+$/);
  expect(argv[argv.indexOf('-protocol_whitelist') + 1]).toBe('pipe');
  expect(argv[argv.indexOf('-i') + 1]).toBe('pipe:0');
  expect(argv.at(-1)).toBe('pipe:1');
  expect(argv[argv.indexOf('-vf') + 1]).toBe(
    "select='gt(t,1.0335)*(key+isnan(prev_selected_t)+gte(t-prev_selected_t,0.0250))',scale=202:360,pad=640:360:218:0,setsar=1",
  );
});

test('the budget is never overdrawn, whoever takes and gives', () => {
  const step = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), cost: fc.float({ min: 0, max: 2, noNaN: true }) });
  fc.assert(
    fc.property(fc.float({ min: 0, max: 4, noNaN: true }), fc.array(fc.tuple(fc.boolean(), step)), (cores, steps) => {
      const budget = createBudget(cores);
      const held = new Map<string, number>();
      const used = () => [...held.values()].reduce((sum, cost) => sum + cost, 0);
      for (const [takes, { id, cost }] of steps) {
        if (!takes || held.has(id)) {
          budget.give(id);
          held.delete(id);
        } else if (budget.take(id, cost)) held.set(id, cost);
        else expect(used() + cost).toBeGreaterThan(cores);
        expect(budget.used).toBeCloseTo(used(), 6);
        expect(used()).toBeLessThanOrEqual(cores + 1e-6);
      }
    }),
  );
});

/** Runs the meter for `seconds` on an upload and an encoder of these speeds. */
function speedOf(seconds: number, upload: (s: number) => number, encoder: (s: number) => number): number | null {
  const meter = new SpeedMeter();
  let [inMs, outMs] = [0, 0];
  for (let s = 0; s <= seconds; s += 1) {
    meter.sample(s * 1000, inMs, outMs);
    inMs += 1000 * upload(s);
    outMs = Math.min(inMs, outMs + 1000 * encoder(s));
  }
  return meter.speed;
}

test('speed is that of the machine, not of the upload', () => {
  expect(
    speedOf(
      20,
      () => 1,
      () => 0.9,
    ),
  ).toBeCloseTo(0.9);
  expect(
    speedOf(
      20,
      () => 1,
      () => 5,
    ),
  ).toBeCloseTo(1);
  expect(
    speedOf(
      20,
      () => 0.5,
      () => 5,
    ),
  ).toBeCloseTo(1);
  expect(
    speedOf(
      30,
      (s) => (s < 10 ? 1 : 0),
      () => 5,
    ),
  ).toBeNull();
  expect(
    speedOf(
      2,
      () => 1,
      () => 0.5,
    ),
  ).toBeNull();
  // A slow moment leaves the window again.
  expect(
    speedOf(
      40,
      () => 1,
      (s) => (s === 5 ? 0.2 : 5),
    ),
  ).toBeCloseTo(1);
});

const rung = (id: string, cost: number, speed: number | null, shed = false): RungSpeed => ({
  ...{ id, showId: id.split('/')[0] ?? id, cost, shed, speed },
});

/** A machine whose encoders are slow while their costs exceed `capacity(second)`; returns what was decided, and when. */
function simulate(costs: Record<string, number>, capacity: (second: number) => number, seconds: number) {
  const shedder = createShedder();
  const shed = new Set<string>();
  const acts: { second: number; act: string; id: string }[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const load = Object.entries(costs).reduce((sum, [id, cost]) => sum + (shed.has(id) ? 0 : cost), 0);
    const speed = Math.min(1, capacity(second) / load);
    const rungs = Object.entries(costs).map(([id, cost]) => rung(id, cost, shed.has(id) ? null : speed, shed.has(id)));
    const decision = shedder.decide(rungs, second * 1000);
    if (!decision) continue;
    if (decision.act === 'shed') shed.add(decision.id);
    else shed.delete(decision.id);
    acts.push({ second, ...decision });
  }
  return { acts, shed };
}

test('the top rendition goes after ten slow seconds, the next only when that did not help', () => {
  const { acts } = simulate({ 'a/720p': 0.5, 'a/480p': 0.3, 'a/360p': 0.2 }, () => 0.4, 60);
  expect(acts).toEqual([
    { second: 10, act: 'shed', id: 'a/720p' },
    { second: 21, act: 'shed', id: 'a/480p' },
  ]);
});

test('nine slow seconds shed nothing, nor does a speed just above the limit', () => {
  expect(simulate({ a: 1 }, (s) => (s % 11 < 9 ? 0.5 : 1), 300).acts).toEqual([]);
  expect(simulate({ a: 1 }, () => LEAST_SPEED, 300).acts).toEqual([]);
});

test('a show whose encoders keep up loses nothing to one whose do not', () => {
  const shedder = createShedder();
  for (let second = 0; second <= 10; second += 1) {
    const decision = shedder.decide([rung('a/720p', 9, 1), rung('b/720p', 1, 0.5)], second * 1000);
    expect(decision).toEqual(second === 10 ? { act: 'shed', id: 'b/720p' } : null);
  }
});

test('while the machine stays too small, pauses double up to half an hour; once it is large enough, all come back', () => {
  const hours = 6 * 3600;
  const { acts, shed } = simulate({ top: 0.7, low: 0.2 }, (s) => (s < hours ? 0.8 : 2), hours + 3600);
  const starts = acts.filter(({ act }) => act === 'recover').map(({ second }) => second);
  const sheds = acts.filter(({ act }) => act === 'shed').map(({ second }) => second);
  const pauses = starts.map((second, index) => (second - (sheds[index] ?? 0)) * 1000);
  expect(pauses.slice(0, 5)).toEqual([1, 2, 4, 8, 16].map((factor) => factor * FIRST_PAUSE_MS));
  expect(Math.max(...pauses)).toBe(LONGEST_PAUSE_MS);
  expect(acts.every(({ id }) => id === 'top')).toBe(true);
  expect([...shed]).toEqual([]);
});

test('whatever the machine does: one decision at a time, time between them, only what runs is shed', () => {
  const machine = fc.array(fc.float({ min: Math.fround(0.05), max: 2, noNaN: true }), { minLength: 1, maxLength: 20 });
  const costs = { 'a/1': 0.2, 'a/2': 0.4, 'b/1': 0.2, 'b/2': 0.6 };
  fc.assert(
    fc.property(machine, (phases) => {
      const { acts } = simulate(costs, (second) => phases[Math.floor(second / 40) % phases.length] ?? 1, 1200);
      const shed = new Set<string>();
      let last = Number.NEGATIVE_INFINITY;
      for (const { second, act, id } of acts) {
        expect(shed.has(id)).toBe(act === 'recover');
        if (act === 'shed') {
          shed.add(id);
          expect(second * 1000 - last).toBeGreaterThanOrEqual(Math.max(BETWEEN_MS, SLOW_FOR_MS));
          last = second * 1000;
        } else shed.delete(id);
      }
    }),
  );
});

const frame = (dtsMs: number, key: boolean, bytes = 10): VideoFrame => ({
  ...{ dtsMs, ptsMs: dtsMs, key, data: Buffer.alloc(bytes) },
});

test('an encoder can begin again at any picture of the last four seconds', () => {
  const gap = fc.integer({ min: 1, max: 90 });
  fc.assert(
    fc.property(gap, fc.integer({ min: 60, max: 400 }), fc.integer({ min: 0, max: 4000 }), (group, count, back) => {
      const history = new History();
      for (let i = 0; i < count; i += 1) history.add(frame(i * 33, i % group === 0));
      const last = (count - 1) * 33;
      const from = Math.max(0, last - back);
      const found = history.since(from);
      expect(found[0]?.key).toBe(true);
      expect(found[0]?.ptsMs).toBeLessThanOrEqual(from);
      expect(found.at(-1)?.dtsMs).toBe(last);
      for (const [index, one] of found.entries()) expect(one.dtsMs - (found[0]?.dtsMs ?? 0)).toBe(index * 33);
      expect(history.newest()[0]?.dtsMs).toBe(Math.floor((count - 1) / group) * group * 33);
    }),
  );
});

test('the pictures that are kept have a bound, whatever the encoder sends', () => {
  const history = new History();
  const megabyte = 1024 * 1024;
  for (let i = 0; i < 100; i += 1) history.add(frame(i, i === 0, megabyte));
  expect(history.newest()).toEqual([]);
  for (let i = 0; i < 100; i += 1) history.add(frame(1000 + i, i % 3 === 0, megabyte));
  const kept = history.since(0).length || history.newest().length;
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThanOrEqual(8);
});

test('an encoder is stuck when pictures go in for one and a half seconds and none comes out, ten where it is at work; a source that pauses harms nobody', () => {
  let busy = false;
  const watch = createStallWatch(() => busy);
  let now = 0;
  const feed = (ms: number) => {
    let stuck = false;
    for (const end = now + ms; now < end; now += 33) stuck ||= watch.input(now);
    return stuck;
  };
  expect(feed(9000)).toBe(false);
  watch.output();
  expect(feed(1400)).toBe(false);
  watch.output();
  now += 60_000;
  expect(feed(900)).toBe(false);
  busy = true;
  expect(feed(8500)).toBe(false);
  expect(feed(1000)).toBe(true);
  watch.output();
  busy = false;
  expect(feed(1700)).toBe(true);
});

test('cores that become free go to whoever was refused, lowest renditions first, once nobody came back for them', () => {
  vi.useFakeTimers();
  try {
    const machine = startMachine({ ladder: 'auto', ladderCores: 1 });
    const made: string[] = [];
    const show = (name: string, place: number): Member => {
      const grow = () => machine.budget.take(name, 0.4) && made.push(name) > 0;
      const next = () => (made.includes(name) ? null : { place, cost: 0.4 });
      return { running: () => [], shed() {}, recover() {}, next, grow };
    };
    machine.budget.take('gone', 0.5);
    machine.budget.take('stays', 0.2);
    machine.join(show('second rung', 1));
    machine.join(show('first rung', 0));
    vi.advanceTimersByTime(120_000);
    expect(made).toEqual([]);
    machine.budget.give('gone');
    vi.advanceTimersByTime(29_000);
    expect(made).toEqual([]);
    vi.advanceTimersByTime(4000);
    expect(made).toEqual(['first rung']);
    vi.advanceTimersByTime(60_000);
    expect(made).toEqual(['first rung', 'second rung']);
    machine.stop();
  } finally {
    vi.useRealTimers();
  }
});
