/** The timeline of a show through whatever happens to its encoder, to media and to the machine. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WantedShow } from '#contract/media-port.ts';
import { lintMedia, type Parsed } from '../kit/playlist-lint.ts';
import { lintReload } from '../kit/playlist-lint-more.ts';
import { type ClipOptions, type Publisher, publish } from '../kit/publisher.ts';
import { type Rig, startRig, until } from './rig.ts';

let rig: Rig;
const publishers: Publisher[] = [];
beforeAll(async () => {
  rig = await startRig({ windowSeconds: 60 });
});
afterAll(async () => {
  for (const publisher of publishers) await publisher.stop();
  await rig.stop();
});

const KEYFRAME_SECONDS = 1;
/** P19: one GOP and one segment (of 2 s); the rest is for a machine that does much else at the same time. */
const BACK_WITHIN_MS = (KEYFRAME_SECONDS + 2) * 1000 + 3000;

function start(key: string, options: ClipOptions = {}): Publisher {
  const publisher = publish(rig.rtmpUrl, key, { keyframeSeconds: KEYFRAME_SECONDS, ...options });
  publishers.push(publisher);
  return publisher;
}

const stateOf = (show: WantedShow) => rig.control.reported.get(show.showId)?.state ?? 'none';
const is = (show: WantedShow, state: string) => until(`a show that is ${state}`, () => stateOf(show) === state);

async function live(wanted: Partial<WantedShow> = {}) {
  const { show, key } = rig.show(wanted);
  const publisher = start(key);
  await is(show, 'playing');
  const grant = rig.grant(show);
  const load = async (): Promise<Parsed | null> => {
    const response = await rig.get(`/hls/${show.showId}/source.m3u8`, grant);
    return response.ok ? lintMedia(await response.text()) : null;
  };
  /** Waits until the playlist is as wanted; each look must be a valid next one of the look before. */
  let before: Parsed | null = null;
  const follow = (what: string, ready: (now: Parsed) => boolean, timeoutMs = 15_000) =>
    until(
      what,
      async () => {
        const now = await load();
        if (!now) return null;
        expect(now.findings).toEqual([]);
        if (before) expect(lintReload(before, now)).toEqual([]);
        before = now;
        return ready(now) ? now : null;
      },
      timeoutMs,
    );
  return { show, key, publisher, grant, follow, load };
}

const newest = (parsed: Parsed) => parsed.segments.at(-1)?.msn ?? -1;
const whole = (parsed: Parsed) => parsed.segments.filter(({ uri }) => uri !== null);
const fileOf = (show: WantedShow, address: string | null) =>
  join(
    rig.mediaDir,
    show.showId,
    'source',
    (address ?? '').slice((address ?? '').lastIndexOf('/') + 1).split('?')[0] ?? '',
  );

/** What a decoder says to a segment with its init segment. */
function decode(show: WantedShow, segment: Parsed['segments'][number]): string {
  const file = join(rig.varDir, `decode-${show.showId}.mp4`);
  writeFileSync(file, Buffer.concat([segment.map, segment.uri].map((one) => readFileSync(fileOf(show, one)))));
  return spawnSync('ffmpeg', ['-v', 'error', '-i', file, '-f', 'null', '-'], { encoding: 'utf8' }).stderr;
}

function newerTimelineFile(show: WantedShow): string {
  const folder = join(rig.varDir, 'timeline');
  const files = readdirSync(folder).filter((name) => name.startsWith(show.showId));
  expect(files).toHaveLength(2);
  const generation = (name: string) => Number(readFileSync(join(folder, name), 'utf8').split('\n')[1]?.split(' ')[0]);
  return join(folder, files.sort((a, b) => generation(b) - generation(a))[0] ?? '');
}

/** Where a segment's first picture stands on the show's timeline, milliseconds. */
function mediaTimeMs(show: WantedShow, segment: Parsed['segments'][number]): number {
  const bytes = readFileSync(fileOf(show, segment.uri));
  return Number(bytes.readBigUInt64BE(bytes.indexOf('tfdt') + 8)) / 90;
}

test.concurrent('the encoder returns with other settings, again and again: one timeline, soon playable, every part decodes', async () => {
  const { show, key, publisher, follow } = await live();
  await follow('two segments', (now) => whole(now).length >= 2);
  let running = publisher;
  const settings: ClipOptions[] = [
    { width: 480, height: 270, fps: 25 },
    { profile: 'baseline', sampleRate: 44_100 },
  ];
  for (const options of settings) {
    await running.stop();
    await is(show, 'lost');
    const gone = await follow('the list as it is', () => true);
    running = start(key, options);
    await running.accepted;
    const back = await follow('a part', (now) => newest(now) > newest(gone), BACK_WITHIN_MS);
    expect(back.segments.at(-1)?.discontinuities).toBe((gone.segments.at(-1)?.discontinuities ?? 0) + 1);
    expect(back.segments.at(-1)?.parts[0]?.independent).toBe(true);
  }
  const all = await follow(
    'whole segments of the last one',
    (now) => whole(now).at(-1)?.map === now.segments.at(-1)?.map,
  );
  const maps = new Set(all.segments.map(({ map }) => map));
  expect(maps.size).toBe(settings.length + 1);
  for (const map of maps) {
    const segment = whole(all).find((one) => one.map === map);
    if (segment) expect(decode(show, segment)).toBe('');
  }
  const listed = whole(all);
  for (const [i, segment] of listed.entries()) {
    const next = listed[i + 1];
    const steady = next?.discontinuities === segment.discontinuities;
    // Within a broadcast dates follow the durations exactly; at a seam they say when the encoder was back.
    const stepMs = (next?.date ?? 0) - (segment.date ?? 0);
    if (next && steady) expect(Math.abs(stepMs - segment.duration * 1000)).toBeLessThanOrEqual(2);
    if (next && !steady) expect(stepMs).toBeGreaterThanOrEqual(segment.duration * 1000 - 600);
  }
  // The show has one zero: media time and date keep their distance through all of it.
  const zeros = listed.map((segment) => (segment.date ?? 0) - mediaTimeMs(show, segment));
  expect(Math.max(...zeros) - Math.min(...zeros)).toBeLessThanOrEqual(600);
});

test.concurrent('paused: viewers wait, the creator sees on, and afterwards the timeline has no seam', async () => {
  const { show, grant, follow, load } = await live();
  const before = await follow('a segment', (now) => whole(now).length >= 1);
  show.paused = true;
  await rig.wake();
  await until('the pause', async () => (await rig.get(`/hls/${show.showId}/source.m3u8`, grant)).status === 403);
  const creator = rig.grant(show, { role: 'creator' });
  const seen = await until('more for the creator', async () => {
    const text = await (await rig.get(`/hls/${show.showId}/source.m3u8`, creator)).text();
    const now = lintMedia(text);
    return newest(now) > newest(before) + 1 ? now : null;
  });
  expect(await load()).toBeNull();
  show.paused = false;
  await rig.wake();
  const after = await follow('the list again', (now) => newest(now) >= newest(seen));
  expect(lintReload(seen, after)).toEqual([]);
  expect(new Set(after.segments.map(({ discontinuities }) => discontinuities)).size).toBe(1);
});

test('power is lost while the control plane is away: media files gone, a timeline file empty; numbers and grace times hold', async () => {
  const strict = await live({ graceSeconds: 0 });
  const patient = await live({ graceSeconds: 1800 });
  const before = await patient.follow('a whole segment', (now) => whole(now).length >= 1);
  const [last] = whole(before);
  const zero = last ? (last.date ?? 0) - mediaTimeMs(patient.show, last) : 0;
  rig.control.up = false;
  try {
    await rig.end('SIGKILL');
    rmSync(rig.mediaDir, { recursive: true });
    truncateSync(newerTimelineFile(patient.show));
    await rig.start();
    await Promise.all([strict.publisher.ended, patient.publisher.ended]);
    await start(strict.key).ended;
    expect(rig.log()).toContain('publish.control_away');
    start(patient.key);
    const after = await patient.follow(
      'whole segments',
      (now) => whole(now).length >= 1 && newest(now) > newest(before),
    );
    expect(after.segments[0]?.discontinuities).toBeGreaterThan(before.segments.at(-1)?.discontinuities ?? 0);
    const [first] = whole(after);
    expect(first && decode(patient.show, first)).toBe('');
    // The show's zero is in the file too.
    expect(Math.abs((first?.date ?? 0) - (first ? mediaTimeMs(patient.show, first) : 0) - zero)).toBeLessThanOrEqual(
      600,
    );
  } finally {
    rig.control.up = true;
  }
  // Nobody has ended either show, that is for the control plane: asked again, it lets the other one in too.
  start(strict.key);
  await is(strict.show, 'playing');
});
