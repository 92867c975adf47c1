import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { WholeSegment } from '../../media/src/packager/segments.ts';
import { closeAbandoned, listRecordings, removeExpired } from '../../media/src/recording/archive.ts';
import { END, entryText, HEADER, readIndex } from '../../media/src/recording/playlist.ts';
import { createRecorder, type RecorderOptions } from '../../media/src/recording/recorder.ts';
import { newId } from './rig.ts';

const root = mkdtempSync(join(tmpdir(), 'stagedoor-recording-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let showId = '';
let from = '';
let folder = '';
beforeEach(() => {
  showId = newId('shw');
  from = mkdtempSync(join(root, 'media-'));
  folder = join(root, showId);
});

/** A segment with its file, as the packager leaves it. */
function segment(msn: number, more: { breaks?: boolean; init?: number } = {}): WholeSegment {
  const { breaks = false, init = 0 } = more;
  const boundary = {
    msn,
    discontinuity: 0,
    breaks,
    startMs: msn * 2000,
    ptsMs: msn * 2000,
    dateMs: 1.7e12 + msn * 2000,
  };
  const [file, initFile] = [`seg-${msn}.m4s`, `init-${init}.mp4`];
  writeFileSync(join(from, file), `segment ${msn}`);
  writeFileSync(join(from, initFile), `init ${init}`);
  return { boundary, durationMs: 2000, bytes: 10, file, initFile };
}

function recorder(options: Partial<RecorderOptions> = {}) {
  const faults: unknown[] = [];
  const made = createRecorder({
    from,
    folder,
    isWanted: () => true,
    hasRoom: () => true,
    onFault: (error) => faults.push(error),
    ...options,
  });
  return Object.assign(made, { faults });
}

const text = () => readFileSync(join(folder, 'index.m3u8'), 'utf8');
const recorded = () =>
  readIndex(text())
    .entries.map(({ msn, breaks }) => (breaks ? `|${msn}` : `${msn}`))
    .join(' ');

test('a recording is a second name of the files that are there, and an index of them', async () => {
  const one = recorder();
  for (const msn of [0, 1, 2]) one.segment(segment(msn));
  one.end();
  await one.settled();
  expect(one.faults).toEqual([]);
  expect(text()).toBe(
    `${HEADER}#EXT-X-MAP:URI="init-0.mp4"\n${[0, 1, 2]
      .map(
        (msn) =>
          `#EXT-X-PROGRAM-DATE-TIME:${new Date(1.7e12 + msn * 2000).toISOString()}\n#EXTINF:2.00000,\nseg-${msn}.m4s\n`,
      )
      .join('')}${END}`,
  );
  expect(readdirSync(folder).sort()).toEqual(['index.m3u8', 'init-0.mp4', 'seg-0.m4s', 'seg-1.m4s', 'seg-2.m4s']);
  for (const name of ['seg-1.m4s', 'init-0.mp4']) {
    expect(statSync(join(folder, name)).ino).toBe(statSync(join(from, name)).ino);
  }
  // Media removes its own name; the recording's stays.
  rmSync(join(from, 'seg-1.m4s'));
  expect(readFileSync(join(folder, 'seg-1.m4s'), 'utf8')).toBe('segment 1');
});

test('the encoder returns, media is killed, the show goes on: one recording, a break at each seam', async () => {
  const one = recorder();
  one.segment(segment(0));
  one.segment(segment(1));
  one.segment(segment(2, { breaks: true, init: 2 }));
  await one.settled();
  // Killed here: nothing is closed. The next run's numbers are far above.
  const two = recorder();
  two.segment(segment(64, { breaks: true, init: 64 }));
  two.end();
  await two.settled();
  // Ended too early, by whoever: what comes later still belongs to it.
  const three = recorder();
  three.segment(segment(128, { breaks: true, init: 128 }));
  three.segment(segment(129, { init: 128 }));
  await three.settled();
  expect(recorded()).toBe('0 1 |2 |64 |128 129');
  expect(text().match(/EXT-X-MAP/g)).toHaveLength(4);
  expect(text()).not.toContain('ENDLIST');
  expect([...one.faults, ...two.faults, ...three.faults]).toEqual([]);
});

test('wherever a crash tears the index, what is whole before it stays and the rest is written anew', async () => {
  const whole =
    HEADER +
    [0, 1, 2].map((msn) => entryText(segment(msn), msn > 0 ? { msn: msn - 1, initFile: 'init-0.mp4' } : null)).join('');
  fc.assert(
    fc.property(
      fc.nat(whole.length),
      fc.string({ maxLength: 20, unit: fc.constantFrom('\0', '#', '\n', '1') }),
      (at, junk) => {
        const { entries, soundBytes } = readIndex(whole.slice(0, at) + junk);
        expect(whole.slice(0, soundBytes)).toBe((whole.slice(0, at) + junk).slice(0, soundBytes));
        expect(entries.map(({ msn }) => msn)).toEqual([0, 1, 2].slice(0, entries.length));
      },
    ),
  );
  for (const cut of [0, 3, HEADER.length - 1, HEADER.length, HEADER.length + 5, whole.length - 60, whole.length - 1]) {
    rmSync(folder, { recursive: true, force: true });
    const before = recorder();
    for (const msn of [0, 1, 2]) before.segment(segment(msn));
    await before.settled();
    writeFileSync(join(folder, 'index.m3u8'), whole.slice(0, cut));
    const after = recorder();
    after.segment(segment(64, { breaks: true, init: 64 }));
    after.end();
    await after.settled();
    const kept = readIndex(text());
    expect(kept.ended).toBe(true);
    expect(kept.soundBytes + END.length).toBe(text().length);
    expect(kept.entries.at(-1)?.msn).toBe(64);
    expect(after.faults).toEqual([]);
  }
});

test('after a power cut entries whose files are empty are dropped', async () => {
  const before = recorder();
  for (const msn of [0, 1, 2, 3]) before.segment(segment(msn));
  await before.settled();
  writeFileSync(join(folder, 'seg-2.m4s'), '');
  rmSync(join(folder, 'seg-3.m4s'));
  const after = recorder();
  after.segment(segment(64, { breaks: true, init: 64 }));
  await after.settled();
  expect(recorded()).toBe('0 1 |64');
});

test('a segment that a crash left without its line gets it', async () => {
  const before = recorder();
  before.segment(segment(0));
  await before.settled();
  writeFileSync(join(folder, 'seg-1.m4s'), 'left over');
  const after = recorder();
  after.segment(segment(1));
  await after.settled();
  expect(after.faults).toEqual([]);
  expect(recorded()).toBe('0 1');
  expect(readFileSync(join(folder, 'seg-1.m4s'), 'utf8')).toBe('segment 1');
});

test('switched off and on again, or without room: a hole with a break, and the state says why', async () => {
  let [wanted, room] = [true, true];
  const one = recorder({ isWanted: () => wanted, hasRoom: () => room });
  one.segment(segment(0));
  wanted = false;
  expect(one.state).toBe('off');
  one.segment(segment(1));
  wanted = true;
  one.segment(segment(2));
  room = false;
  expect(one.state).toBe('stopped');
  one.segment(segment(3));
  room = true;
  expect(one.state).toBe('on');
  one.segment(segment(4));
  await one.settled();
  expect(recorded()).toBe('0 |2 |4');
});

test('nothing wanted, nothing made', async () => {
  const one = recorder({ isWanted: () => false });
  one.segment(segment(0));
  one.end();
  await one.settled();
  expect(existsSync(folder)).toBe(false);
});

test('a disk that takes nothing stops the recording; it goes on by itself once it takes something again', async () => {
  const one = recorder();
  one.segment(segment(0));
  await one.settled();
  renameSync(folder, `${folder}.away`);
  writeFileSync(folder, 'in the way');
  one.segment(segment(1));
  await one.settled();
  expect(one.faults).toMatchObject([{ code: 'ENOTDIR' }]);
  expect(one.state).toBe('stopped');
  rmSync(folder);
  renameSync(`${folder}.away`, folder);
  // A full disk may take half of a line.
  appendFileSync(join(folder, 'index.m3u8'), '#EXT-X-PROGRAM-DATE-TIME:20');
  one.segment(segment(2));
  await one.settled();
  expect(one.state).toBe('on');
  expect(recorded()).toBe('0 |2');
});

test('a disk that stalls holds nobody up: what is too much is given up', async () => {
  const one = recorder();
  const segments = Array.from({ length: 40 }, (_, msn) => segment(msn));
  for (const whole of segments) one.segment(whole);
  expect(one.state).toBe('stopped');
  await one.settled();
  expect(readIndex(text()).entries).toHaveLength(30);
  one.segment(segment(40));
  await one.settled();
  expect(one.state).toBe('on');
});

test('recordings expire, the oldest first, never one that has time left or whose show runs', async () => {
  const dir = mkdtempSync(join(root, 'archive-'));
  const made: Record<string, string> = {};
  const day = 24 * 3600;
  for (const [name, ageDays] of [
    ['old', 9],
    ['older', 12],
    ['fresh', 6],
    ['running', 20],
  ] as const) {
    const id = newId('shw');
    made[name] = id;
    const one = recorder({ folder: join(dir, id) });
    one.segment(segment(0));
    await one.settled();
    const at = Date.now() / 1000 - ageDays * day;
    utimesSync(join(dir, id, 'index.m3u8'), at, at);
  }
  const removed: string[] = [];
  const archive = {
    dir,
    days: 7,
    isRunning: (id: string) => id === made['running'],
    onRemoved: (id: string) => removed.push(id),
  };
  await closeAbandoned(archive);
  const ended = (await listRecordings(dir)).filter(({ index }) => index.ended);
  expect(ended.map((one) => one.showId)).not.toContain(made['running']);
  expect(ended).toHaveLength(3);
  for (const name of ['old', 'older'] as const) {
    const at = Date.now() / 1000 - (name === 'old' ? 9 : 12) * day;
    utimesSync(join(dir, made[name] ?? '', 'index.m3u8'), at, at);
  }
  await removeExpired({ ...archive, days: 0 }, Date.now());
  expect(removed).toEqual([]);
  await removeExpired(archive, Date.now());
  expect(removed).toEqual([made['older'], made['old']]);
  expect(readdirSync(dir).sort()).toEqual([made['fresh'], made['running']].sort());
});
