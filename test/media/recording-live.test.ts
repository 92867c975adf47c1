/** Recording through a real media process, and the command that makes files of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WantedShow } from '#contract/media-port.ts';
import { readIndex } from '../../media/src/recording/playlist.ts';
import { type ClipOptions, type Publisher, publish } from '../kit/publisher.ts';
import { type Rig, startRig, until } from './rig.ts';

let rig: Rig;
const publishers: Publisher[] = [];
beforeAll(async () => {
  rig = await startRig({ recordingDays: 7, windowSeconds: 12 });
});
afterAll(async () => {
  for (const publisher of publishers) await publisher.stop();
  await rig.stop();
});

function start(key: string, options: ClipOptions = {}): Publisher {
  const publisher = publish(rig.rtmpUrl, key, { keyframeSeconds: 1, ...options });
  publishers.push(publisher);
  return publisher;
}

const folderOf = (show: WantedShow) => join(rig.varDir, 'recordings', show.showId);
function entriesOf(show: WantedShow) {
  const path = join(folderOf(show), 'index.m3u8');
  return existsSync(path) ? readIndex(readFileSync(path, 'latin1')).entries : [];
}
const grown = (show: WantedShow, by: number) => {
  const before = entriesOf(show).length;
  return until(`${by} more segments`, () => entriesOf(show).length >= before + by, 25_000);
};

function stagedoor(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/cli/main.ts', ...args], {
    encoding: 'utf8',
    env: { ...process.env, STAGEDOOR_VAR: rig.varDir },
  });
  return { status, stdout, stderr };
}

/** What ffmpeg says of a file, and how long its pictures and its sound are, seconds. */
function examine(file: string) {
  const { stderr } = spawnSync('ffmpeg', ['-v', 'error', '-i', file, '-f', 'null', '-'], { encoding: 'utf8' });
  const probe = ['-v', 'error', '-show_entries', 'stream=codec_type,width,duration', '-of', 'json', file];
  const { streams } = JSON.parse(execFileSync('ffprobe', probe, { encoding: 'utf8' }));
  return { stderr, streams: streams as { codec_type: string; width?: number; duration: string }[] };
}

test('one recording through a drop, another resolution, kill -9 of media and a restart; files that decode', async () => {
  const { show, key } = rig.show({ record: true });
  const first = start(key);
  await grown(show, 1);
  await first.stop();
  await until('the loss', () => rig.control.reported.get(show.showId)?.state === 'lost');
  const second = start(key);
  await grown(show, 1);
  await rig.end('SIGKILL');
  await second.ended;
  await rig.start();
  const third = start(key);
  await grown(show, 1);
  await third.stop();
  await until('the loss', () => rig.control.reported.get(show.showId)?.state === 'lost');
  start(key, { width: 480, height: 270 });
  await grown(show, 1);
  expect(stagedoor('recording', 'remove', show.showId)).toMatchObject({ status: 1 });

  show.wanted = 'end';
  await rig.wake();
  const index = await until('the end of the index', () => {
    const now = readIndex(readFileSync(join(folderOf(show), 'index.m3u8'), 'latin1'));
    return now.ended ? now : null;
  });
  const numbers = index.entries.map(({ msn }) => msn);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(index.entries.filter(({ breaks }) => breaks)).toHaveLength(3);

  const listed = JSON.parse(stagedoor('recording', 'list', '--json').stdout);
  const seconds = index.entries.reduce((sum, entry) => sum + entry.seconds, 0);
  expect(listed).toMatchObject([{ showId: show.showId, state: 'complete', seconds: Math.round(seconds) }]);
  expect(Date.parse(listed[0].keptUntil) - Date.now()).toBeGreaterThan(6.9 * 24 * 3_600_000);
  const output = join(rig.varDir, 'show.mp4');
  const { status, stdout, stderr } = stagedoor('recording', 'export', show.showId, '--output', output, '--json');
  expect(status, stderr).toBe(0);
  const { files } = JSON.parse(stdout) as { files: { file: string; seconds: number }[] };
  expect(files.map(({ file }) => file)).toEqual([output, join(rig.varDir, 'show-2.mp4')]);
  for (const [i, { file, seconds: promised }] of files.entries()) {
    const { stderr: complaints, streams } = examine(file);
    expect(complaints).toBe('');
    expect(streams[0]?.width).toBe([640, 480][i]);
    // The gaps between the broadcasts are closed.
    for (const { duration } of streams) expect(Math.abs(Number(duration) - promised)).toBeLessThan(0.5);
  }
  expect(stagedoor('recording', 'export', show.showId, '--output', output).stdout).toContain('these are 2 files');
  expect(stagedoor('recording', 'export', show.showId, '--output', '/nowhere/x.mp4')).toMatchObject({ status: 1 });
  expect(stagedoor('recording', 'remove', show.showId)).toMatchObject({ status: 0 });
  expect(existsSync(folderOf(show))).toBe(false);
  expect(stagedoor('recording', 'remove', show.showId)).toMatchObject({ status: 1 });
});

test('an orderly stop of media loses nothing, and a show that may not be recorded leaves nothing', async () => {
  const { show, key } = rig.show({ record: true });
  const { show: quiet, key: quietKey } = rig.show({ record: false });
  start(key);
  start(quietKey);
  await grown(show, 1);
  const [segments] = [entriesOf(show).length];
  expect(await rig.end('SIGTERM')).toBe(0);
  // What had been open is closed and recorded on the way out.
  expect(entriesOf(show).length).toBeGreaterThan(segments);
  expect(existsSync(folderOf(quiet))).toBe(false);
  await rig.start();
});
