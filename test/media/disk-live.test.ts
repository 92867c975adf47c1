/** A disk that runs short under a running media process (P16). */
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WantedShow } from '#contract/media-port.ts';
import { HEADER, readIndex } from '../../media/src/recording/playlist.ts';
import { lintMedia } from '../kit/playlist-lint.ts';
import { type Publisher, publish } from '../kit/publisher.ts';
import { newId, type Rig, startRig, until } from './rig.ts';

let rig: Rig;
const publishers: Publisher[] = [];
beforeAll(async () => {
  rig = await startRig({ recordingDays: 7, windowSeconds: 120, diskFloorPercent: 10 }, './test/media/small-disk.ts');
});
afterAll(async () => {
  for (const publisher of publishers) await publisher.stop();
  await rig.stop();
});

const free = (percent: number) => writeFileSync(join(rig.varDir, 'disk-free'), String(percent));
function start(key: string): Publisher {
  const publisher = publish(rig.rtmpUrl, key, { keyframeSeconds: 1 });
  publishers.push(publisher);
  return publisher;
}
const reported = (show: WantedShow) => rig.control.reported.get(show.showId);
const recordingsDir = () => join(rig.varDir, 'recordings');
const recorded = (show: WantedShow) => {
  const path = join(recordingsDir(), show.showId, 'index.m3u8');
  return existsSync(path) ? readIndex(readFileSync(path, 'latin1')).entries : [];
};

/** A recording whose time is over since yesterday. */
function expiredRecording(): string {
  const folder = join(recordingsDir(), newId('shw'));
  mkdirSync(folder, { recursive: true });
  const index = join(folder, 'index.m3u8');
  writeFileSync(index, HEADER);
  const at = Date.now() / 1000 - 8 * 24 * 3600;
  utimesSync(index, at, at);
  return folder;
}

test('short, full and free again: recordings go first, running shows go on, and everything comes back by itself', async () => {
  free(50);
  const { show, key } = rig.show({ record: true, windowSeconds: 120 });
  const publisher = start(key);
  const playlist = async () => {
    const response = await rig.get(`/hls/${show.showId}/source.m3u8`, rig.grant(show));
    return response.ok ? lintMedia(await response.text()).segments.filter(({ uri }) => uri !== null) : [];
  };
  const newest = async () => (await playlist()).at(-1)?.msn ?? -1;
  await until('a recording', () => recorded(show).length >= 2);
  const expired = expiredRecording();

  free(5);
  await until('the creator to be told', () => reported(show)?.advices.includes('not_recorded'));
  await until('the expired recording to go', () => !existsSync(expired));
  const stranger = rig.show({});
  await start(stranger.key).ended;
  const refusals = () => [...rig.control.refusals.values()].filter(({ reason }) => reason === 'publish.disk_full');
  await until('the refusal', () => refusals().length === 1);
  // Whoever is live already may come back.
  await publisher.stop();
  await until('the loss', () => reported(show)?.state === 'lost');
  start(key);
  await until('the return', () => reported(show)?.state === 'playing');
  expect(refusals()).toHaveLength(1);
  const stoppedAt = recorded(show).at(-1)?.msn ?? 0;

  free(0);
  const missing = await until('a segment that is missing', async () => (await playlist()).find(({ gap }) => gap));
  expect(reported(show)?.state).toBe('playing');
  await until('the list to go on', async () => (await newest()) > missing.msn);

  free(50);
  const whole = await until('a whole segment', async () =>
    (await playlist()).find(({ gap, msn }) => !gap && msn > missing.msn),
  );
  await until('the recording to go on', () => (recorded(show).at(-1)?.msn ?? 0) >= whole.msn);
  const resumed = recorded(show).find(({ msn }) => msn > stoppedAt);
  expect(resumed?.breaks).toBe(true);
  await until('the advice to go', () => reported(show)?.advices.includes('not_recorded') === false);
  start(stranger.key);
  await until('the other show', () => reported(stranger.show)?.state === 'playing');
});

test('media begins on a disk that is short, and says so', async () => {
  free(2);
  expect(await rig.end('SIGTERM')).toBe(0);
  // What cannot be cleared up keeps nobody from going live.
  const strange = join(rig.mediaDir, newId('shw'));
  mkdirSync(strange);
  writeFileSync(join(strange, 'not-a-folder'), '');
  await rig.start();
  const health = await (await fetch(`${rig.base}/control/health`)).json();
  expect(health).toMatchObject({ ok: true, diskShort: true });
  const { key } = rig.show({});
  await start(key).ended;
  await until('the refusal', () =>
    [...rig.control.refusals.values()].some(({ reason }) => reason === 'publish.disk_full'),
  );
  free(50);
  await until('room', async () => {
    const now = await (await fetch(`${rig.base}/control/health`)).json();
    return (now as { diskShort: boolean }).diskShort === false;
  });
});
