import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WantedShow } from '#contract/media-port.ts';
import { type ClipOptions, clip, type Publisher, publish } from '../kit/publisher.ts';
import { bitsOf, complaints, encoders, pictures, playing, watch, wholeSegments } from './ladder-kit.ts';
import { type Rig, type RigOptions, startRig, until } from './rig.ts';

const SPORTS: ClipOptions = { width: 1280, height: 720, keyframeSeconds: 2 };
/** Its groups have an odd number of pictures, so that every second one is not always the same. */
const FAST: ClipOptions = { width: 320, height: 180, fps: 60, keyframeSeconds: 2.25 };
const SMALL: ClipOptions = { width: 640, height: 480, keyframeSeconds: 2 };
/** Far less than a picture of this size deserves. */
const POOR: ClipOptions = { width: 1280, height: 720, keyframeSeconds: 2, kilobits: 400 };
const PORTRAIT: ClipOptions = { width: 360, height: 640, keyframeSeconds: 2 };
const LANDSCAPE: ClipOptions = { width: 640, height: 360, keyframeSeconds: 2 };
// Encoded before anybody waits: that would hold the control plane up, too.
beforeAll(() => {
  for (const options of [SPORTS, FAST, SMALL, POOR, PORTRAIT, LANDSCAPE]) clip(options);
});
const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

async function rigWith(options: RigOptions): Promise<Rig> {
  const rig = await startRig({ windowSeconds: 30, ...options });
  stops.push(rig.stop);
  return rig;
}

function start(rig: Rig, key: string, options: ClipOptions): Publisher {
  const publisher = publish(rig.rtmpUrl, key, options);
  stops.push(publisher.stop);
  return publisher;
}

async function live(rig: Rig, options: ClipOptions) {
  const { show, key } = rig.show();
  const publisher = start(rig, key, options);
  await playing(rig, show);
  return { show, key, publisher, ...watch(rig, show) };
}

/** Of the segments that all renditions have: same number, same date, same first picture, all decode silently. */
async function alignment(rig: Rig, { load }: Pick<ReturnType<typeof watch>, 'load'>, names: string[]) {
  await Promise.all(names.map((name) => wholeSegments(() => load(name), 2)));
  const lists = await Promise.all(names.map((name) => wholeSegments(() => load(name), 2)));
  const [source = [], ...rungs] = lists;
  for (const list of lists) expect(await complaints(rig, list)).toBe('');
  return Promise.all(
    source.slice(0, 2).map(async (one) => {
      const { times } = await pictures(rig, one);
      const others = rungs.map((list) => list.find(({ msn }) => msn === one.msn));
      for (const other of others) expect([other?.date, other?.duration]).toEqual([one.date, one.duration]);
      return { times, rungs: await Promise.all(others.map((other) => (other ? pictures(rig, other) : null))) };
    }),
  );
}

test('two rungs of a 720p source decode silently, picture by picture where the source has them; small rungs of a fast source have every second one, and all keyframes', async () => {
  const rig = await rigWith({ ladder: [144, 240] });
  const [sports, fast] = await Promise.all([live(rig, SPORTS), live(rig, FAST)]);
  for (const { times, rungs } of await alignment(rig, sports, ['source', '240p', '144p'])) {
    expect(times.length).toBeGreaterThanOrEqual(60);
    expect(rungs).toEqual([
      { size: '426x240', times },
      { size: '256x144', times },
    ]);
  }
  for (const { times, rungs } of await alignment(rig, fast, ['source', '144p'])) {
    const [rung] = rungs;
    expect(rung?.times[0]).toBe(times[0]);
    expect(rung?.times.every((time) => times.includes(time))).toBe(true);
    expect(Math.abs((rung?.times.length ?? 0) - times.length / 2)).toBeLessThanOrEqual(2);
  }
  expect(await sports.master()).toEqual([
    'source 1280x720 30.000 avc1.64',
    '240p 426x240 30.000 avc1.4d',
    '144p 256x144 30.000 avc1.4d',
  ]);
  expect(await fast.master()).toEqual(['source 320x180 60.000 avc1.64', '144p 256x144 30.000 avc1.4d']);
});

test('a 720p source of 400 kb/s: 360p promises less, and stays below its promise', async () => {
  const rig = await rigWith({ ladder: [360] });
  const { load, promises } = await live(rig, POOR);
  const segments = await wholeSegments(() => load('360p'), 2);
  const promised = await promises();
  const [source = 0, rung = 0] = ['source', '360p'].map((name) => promised.get(name));
  expect(rung).toBeGreaterThan(0);
  expect(rung).toBeLessThan(source);
  for (const one of segments) expect(bitsOf(rig, one)).toBeLessThanOrEqual(rung);
});

test('a portrait show keeps its frame: for a landscape encoder, and after media was killed', async () => {
  const rig = await rigWith({ ladder: [240] });
  const { show, key, publisher, load, master } = await live(rig, PORTRAIT);
  const newest = async () => (await wholeSegments(() => load('240p'), 1)).at(-1);
  const size = async () => {
    const segment = await newest();
    return segment && (await pictures(rig, segment)).size;
  };
  expect(await size()).toBe('240x426');
  const again = async (before: Publisher, options: ClipOptions) => {
    const { discontinuities = 0 } = (await newest()) ?? {};
    await before.stop();
    await until('the loss', () => rig.control.reported.get(show.showId)?.state === 'lost');
    const after = start(rig, key, options);
    await until(
      'a segment of the new broadcast',
      async () => ((await newest())?.discontinuities ?? 0) > discontinuities,
    );
    return after;
  };
  const turned = await again(publisher, LANDSCAPE);
  expect(await size()).toBe('240x426');
  expect(await master()).toContainEqual(expect.stringMatching(/^240p 240x426 /));
  await rig.end('SIGKILL');
  await turned.stop();
  await rig.start();
  start(rig, key, LANDSCAPE);
  await playing(rig, show);
  expect(await size()).toBe('240x426');
});

test('a budget of a tenth of a core carries one small show; the next is passed through and told, until the first one leaves', async () => {
  const rig = await rigWith({ ladder: 'auto', ladderCores: 0.1 });
  const first = await live(rig, SMALL);
  const states = async (show: WantedShow) => {
    const { renditions } = await watch(rig, show).health();
    return renditions.slice(1).map(({ name, state }) => `${name} ${state}`);
  };
  await until('its rung', async () => (await states(first.show)).join() === '360p on');
  const second = await live(rig, SMALL);
  await until('the advice', () => rig.control.reported.get(second.show.showId)?.advices.includes('not_transcoded'));
  expect(await states(second.show)).toEqual(['360p off']);
  expect(await second.master()).toEqual(['source 640x480 30.000 avc1.64']);
  expect(encoders(rig)).toHaveLength(1);
  expect(rig.control.reported.get(first.show.showId)?.advices).not.toContain('not_transcoded');
  await first.publisher.stop();
  await until('the loss', () => rig.control.reported.get(first.show.showId)?.state === 'lost');
  const third = await live(rig, SMALL);
  await until('its rung', async () => (await states(third.show)).join() === '360p on');
});
