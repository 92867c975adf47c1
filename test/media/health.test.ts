import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Advice, HealthReport } from '#contract/health.ts';
import type { WantedShow } from '#contract/media-port.ts';
import { type Publisher, publishFile } from '../kit/publisher.ts';
import { type Clip, healthClip } from './health-clips.ts';
import { type Rig, startRig, until } from './rig.ts';
import { type Network, startNetwork } from './slow-network.ts';

/** Everything has been seen by then, and no clip has begun anew with its fault, milliseconds. */
const DEADLINE_MS = 34_000;
const LOOK_EVERY_MS = 500;
/** An advice comes within 10 s of its cause; the rest is for a machine that is busy with other tests. */
const SAID_WITHIN_MS = 12_000;

let rig: Rig;
const publishers: Publisher[] = [];
const networks: { stop(): void }[] = [];

type Seen = { readonly atMs: number; readonly report: HealthReport };
type Stream = { readonly show: WantedShow; readonly key: string; startedMs: number; readonly seen: Seen[] };

async function report(showId: string, since = 0): Promise<HealthReport> {
  const headers = { authorization: `Bearer ${rig.secrets.mediaSecret}` };
  const response = await fetch(`${rig.base}/control/shows/${showId}/health?since=${since}`, { headers });
  expect(response.status).toBe(200);
  return HealthReport.parse(await response.json());
}

/** Starts a real encoder on a show of its own. */
async function start(clip: Clip, wanted: Partial<WantedShow> = {}, network?: Network): Promise<Stream> {
  const { show, key } = rig.show(wanted);
  const way = network && (await startNetwork(rig.settings.rtmpPort, network));
  if (way) networks.push(way);
  const publisher = publishFile(way?.url ?? rig.rtmpUrl, key, healthClip(clip));
  publishers.push(publisher);
  await publisher.accepted;
  return { show, key, startedMs: Date.now(), seen: [] };
}

const known = (stream: Stream) => rig.control.reported.has(stream.show.showId);

/** Looks at all streams until every one has shown what is waited for. */
async function watch(streams: Iterable<Stream>, done: () => boolean): Promise<void> {
  const all = [...streams];
  // What is still missing at the deadline is each test's to say.
  for (const deadline = Date.now() + DEADLINE_MS; !done() && Date.now() < deadline; ) {
    for (const stream of all.filter(known)) {
      stream.seen.push({ atMs: Date.now() - stream.startedMs, report: await report(stream.show.showId, Date.now()) });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

const advicesOf = ({ seen }: Stream) => new Set(seen.flatMap(({ report: { now } }) => now.advices));
const hasSaid = (stream: Stream, advice: Advice) => advicesOf(stream).has(advice);
const isCured = (stream: Stream, advice: Advice) =>
  hasSaid(stream, advice) && stream.seen.at(-1)?.report.now.advices.includes(advice) === false;

/** A stream without a fault is watched for longer than this, milliseconds. */
const CALM_MS = 20_000;

/** The fault lasts from the start to 10 s; what is cured has to be taken back. */
const CURED = {
  keyframes: 'keyframe_interval',
  muted: 'silent_audio',
  bursts: 'bitrate_unstable',
  skips: 'fps_low',
} as const satisfies Partial<Record<Clip, Advice>>;
const LASTING = {
  bFrames: 'b_frames',
  videoOnly: 'no_audio',
  audioOnly: 'no_video',
} as const satisfies Partial<Record<Clip, Advice>>;
const CLEAN = ['constant', 'still', 'cinema', 'fast', 'film'] as const satisfies Clip[];

const streams = new Map<string, Stream>();
const stream = (name: string): Stream => {
  const found = streams.get(name);
  if (!found) throw new Error(`no stream ${name}`);
  return found;
};

/** Gives the encoder of the only transcoded rendition too little time for real time, until that is noticed. */
async function starveTranscoder(): Promise<void> {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const signal = (name: NodeJS.Signals) => {
    // One that fell too far behind is replaced.
    for (const file of readdirSync(join(rig.varDir, 'run'))) {
      try {
        process.kill(Number(file.split('-')[1]), name);
      } catch {}
    }
  };
  const transcoded = stream('transcoded');
  const deadline = Date.now() + DEADLINE_MS;
  for (let workMs = 16; !hasSaid(transcoded, 'machine_slow') && Date.now() < deadline; ) {
    signal('SIGSTOP');
    await pause(250);
    signal('SIGCONT');
    await pause(workMs);
    const speed = transcoded.seen.at(-1)?.report.now.input?.speed ?? 0.7;
    workMs = Math.min(60, Math.max(1, workMs * (speed > 0.8 ? 0.9 : speed < 0.6 ? 1.1 : 1)));
  }
}

beforeAll(async () => {
  for (const clip of [...Object.keys(CURED), ...Object.keys(LASTING), ...CLEAN, 'large', 'mp3'] as Clip[])
    healthClip(clip);
  // Cores for one rendition of one show.
  rig = await startRig({ ladder: [360], ladderCores: 0.15, recordingDays: 1 });
  const archive = join(rig.varDir, 'recordings');
  rmSync(archive, { recursive: true, force: true });
  writeFileSync(archive, 'no folder');
  for (const clip of [...Object.keys(CURED), ...Object.keys(LASTING), ...CLEAN] as Clip[]) {
    streams.set(clip, await start(clip));
  }
  const slow = { bytesPerSecond: (sinceMs: number) => (sinceMs < 10_000 ? 70_000 : 1e9) };
  streams.set('slow upload', await start('constant', {}, slow));
  streams.set('jitter', await start('constant', {}, { delayMs: () => Math.random() * 300 }));
  streams.set('unrecorded', await start('constant', { record: true }));
  streams.set('transcoded', await start('large'));
  await until('the transcoded rendition', async () => {
    const { now } = await report(stream('transcoded').show.showId);
    return now.renditions.some(({ name, state }) => name === '360p' && state === 'on');
  });
  streams.set('refused ladder', await start('large'));
  const starved = starveTranscoder();
  let repaired = false;
  await watch(streams.values(), () => {
    const cured = Object.entries(CURED).every(([clip, advice]) => isCured(stream(clip), advice));
    const lasting = Object.entries(LASTING).every(([clip, advice]) => hasSaid(stream(clip), advice));
    if (!repaired && hasSaid(stream('unrecorded'), 'not_recorded')) {
      rmSync(archive);
      repaired = true;
    }
    const calm = [...CLEAN, 'jitter'].every((name) => (stream(name).seen.at(-1)?.atMs ?? 0) > CALM_MS);
    return (
      calm &&
      cured &&
      lasting &&
      isCured(stream('slow upload'), 'upload_slow') &&
      isCured(stream('transcoded'), 'machine_slow') &&
      isCured(stream('unrecorded'), 'not_recorded') &&
      hasSaid(stream('refused ladder'), 'not_transcoded')
    );
  });
  await starved;
}, 120_000);

afterAll(async () => {
  for (const publisher of publishers) await publisher.stop();
  for (const network of networks) network.stop();
  await rig.stop();
});

const FAULTS: readonly (readonly [string, Advice, boolean])[] = [
  ...Object.entries(CURED).map(([clip, advice]) => [clip, advice, true] as const),
  ...Object.entries(LASTING).map(([clip, advice]) => [clip, advice, false] as const),
  ['slow upload', 'upload_slow', true],
  ['transcoded', 'machine_slow', true],
  ['unrecorded', 'not_recorded', true],
  ['refused ladder', 'not_transcoded', false],
];

test.each(FAULTS)('%s: %s is said in time and alone, and taken back when cured', (name, advice, curable) => {
  const { seen } = stream(name);
  expect([...advicesOf(stream(name))]).toEqual([advice]);
  const said = seen.filter(({ report: { now } }) => now.advices.length > 0);
  // The rendition is starved only once it runs; everything else is wrong from the first frame.
  if (name !== 'transcoded') expect(said[0]?.atMs).toBeLessThan(SAID_WITHIN_MS);
  expect(seen.at(-1)?.report.now.advices).toEqual(curable ? [] : [advice]);
  const first = seen.findIndex(({ report: { now } }) => now.advices.length > 0);
  const last = seen.findLastIndex(({ report: { now } }) => now.advices.length > 0);
  expect(said).toHaveLength(last - first + 1);
  const light = said[0]?.report.now.light;
  expect(light).toBe(['upload_slow', 'no_video'].includes(advice) ? 'red' : advice === 'b_frames' ? 'green' : 'amber');
});

test.each([...CLEAN, 'jitter'])('%s: nothing to say', (name) => {
  const { seen } = stream(name);
  expect(seen.at(-1)?.atMs).toBeGreaterThan(CALM_MS);
  expect(seen.filter(({ report: { now } }) => now.light !== 'green' || now.advices.length > 0)).toEqual([]);
});
