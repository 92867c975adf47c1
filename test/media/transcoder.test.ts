import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WantedShow } from '#contract/media-port.ts';
import { lintReload } from '../kit/playlist-lint-more.ts';
import { type Publisher, publish } from '../kit/publisher.ts';
import { complaints, encoders, pictures, playing, read, threads, watch, wholeOf, wholeSegments } from './ladder-kit.ts';
import { type Rig, startRig, until } from './rig.ts';

/** P20. */
const RESUME_MS = 4000;

let rig: Rig;
let publisher: Publisher;
let show: WantedShow;
let view: ReturnType<typeof watch>;
beforeAll(async () => {
  rig = await startRig({ ladder: [144, 240], windowSeconds: 60 });
  const made = rig.show();
  show = made.show;
  view = watch(rig, show);
  publisher = publish(rig.rtmpUrl, made.key, { width: 640, height: 360, keyframeSeconds: 2 });
  await playing(rig, show);
  await wholeSegments(() => view.load('144p'), 1);
  await wholeSegments(() => view.load('240p'), 1);
});
afterAll(async () => {
  await publisher.stop();
  await rig.stop();
});

/** Up to when a rendition has pictures, Unix milliseconds. */
async function edge(name: string): Promise<number> {
  const last = (await view.load(name)).segments.at(-1);
  const seconds = last?.uri === null ? last.parts.reduce((sum, part) => sum + part.duration, 0) : (last?.duration ?? 0);
  return (last?.date ?? 0) + seconds * 1000;
}

const only = (scale: string): number => {
  const [pid] = encoders(rig, scale);
  if (!pid) throw new Error('no encoder');
  return pid;
};

test('encoders give way to media, in all their threads', () => {
  const media = threads(rig.pid())[0]?.nice ?? 0;
  for (const pid of encoders(rig)) for (const { nice } of threads(pid)) expect(nice).toBeGreaterThan(media);
});

test.each(['SIGKILL', 'SIGKILL', 'SIGSTOP'] as const)(
  '%s: the rendition goes on within four seconds, and not one picture is missing',
  async (signal) => {
    const pid = only('256:144');
    const hitMs = Date.now();
    process.kill(pid, signal);
    await until('a picture from after that', async () => (await edge('144p')) > hitMs + 100);
    expect(Date.now() - hitMs).toBeLessThan(RESUME_MS);
    await until('the end of the one that was hit', () => !existsSync(`/proc/${pid}`));
    const { msn = 0 } = (await view.load('source')).segments.findLast(({ date }) => (date ?? 0) < hitMs) ?? {};
    const closed = (name: string) =>
      wholeSegments(() => view.load(name), 1).then((list) => list.find((one) => one.msn === msn));
    const [ours, source] = await until('the segment that was hit', async () => {
      const both = await Promise.all([closed('144p'), closed('source')]);
      return both[0] && both[1] ? [both[0], both[1]] : null;
    });
    if (!ours || !source) throw new Error('no segment');
    const plain = (times: string[]) => times.map((time) => time.replace('K', ''));
    const [mine, theirs] = await Promise.all([pictures(rig, ours), pictures(rig, source)]);
    expect(plain(mine.times)).toEqual(plain(theirs.times));
    expect(await complaints(rig, wholeOf(await view.load('144p')))).toBe('');
    expect(await edge('source')).toBeGreaterThan(hitMs);
  },
);

test('an encoder that falls behind real time: its rendition is given up, listed as missing, offered to nobody new', async () => {
  // It gets four hundredths of the time.
  let frozen: number[] = [];
  const freeze = () => {
    frozen = encoders(rig, '426:240');
    for (const pid of frozen) signalTo(pid, 'SIGSTOP');
  };
  const thaw = () => {
    for (const pid of frozen) signalTo(pid, 'SIGCONT');
    setTimeout(freeze, 60);
  };
  const timer = setInterval(thaw, 1500);
  freeze();
  const stateOf = async (name: string) => (await view.health()).renditions.find((one) => one.name === name)?.state;
  try {
    await until('the decision', async () => (await stateOf('240p')) === 'shed', 40_000);
  } finally {
    clearInterval(timer);
  }
  expect(await stateOf('144p')).toBe('on');
  expect(await view.master()).toEqual([expect.stringMatching(/^source /), expect.stringMatching(/^144p /)]);
  await until('the advice', () => rig.control.reported.get(show.showId)?.advices.includes('machine_slow'));
  const before = await view.load('240p');
  const after = await until('two more segments', async () => {
    const now = await view.load('240p');
    return now.segments.slice(-2).every(({ gap, msn }) => gap && msn > (before.segments.at(-1)?.msn ?? 0)) ? now : null;
  });
  // On a machine this busy the source's own dates may jump; the rendition has to have the same ones.
  const findings = after.findings.filter(({ rule }) => rule !== 'dates follow durations');
  expect([...findings, ...lintReload(before, after)]).toEqual([]);
  expect(after.hint).toBeNull();
  const source = new Map((await view.load('source')).segments.map((one) => [one.msn, one]));
  const closed = after.segments.filter(({ uri, msn }) => uri !== null && source.has(msn));
  expect(closed.map(({ date, duration }) => [date, duration])).toEqual(
    closed.map(({ msn }) => [source.get(msn)?.date, source.get(msn)?.duration]),
  );
  await until('its encoder to be gone', () => encoders(rig, '426:240').length === 0);
}, 90_000);

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Media has ended it.
  }
}

test('media leaves no zombie, and an orderly stop no encoder and no file, even of one that hears nothing', async () => {
  await until('no zombie', () => {
    const children = read(`/proc/${rig.pid()}/task/${rig.pid()}/children`).trim().split(' ');
    return children.every((pid) => !/\) Z /.test(read(`/proc/${pid}/stat`)));
  });
  const pid = only('256:144');
  process.kill(pid, 'SIGSTOP');
  expect(await rig.end('SIGTERM')).toBe(0);
  await until('its end', () => !existsSync(`/proc/${pid}`) || /\) Z /.test(read(`/proc/${pid}/stat`)));
  expect(readdirSync(join(rig.varDir, 'run')).filter((name) => name.startsWith('ffmpeg'))).toEqual([]);
});
