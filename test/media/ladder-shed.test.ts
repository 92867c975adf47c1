import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Rendition } from '../../media/src/packager/rendition.ts';
import type { Boundary } from '../../media/src/packager/samples.ts';
import { mediaPlaylist } from '../../media/src/playlists/render.ts';
import { createPipeline } from '../../media/src/shows/pipeline.ts';
import { createBudget } from '../../media/src/transcoder/budget.ts';
import { createLadder } from '../../media/src/transcoder/ladder.ts';
import type { Machine, Member } from '../../media/src/transcoder/machine.ts';
import { promisedBits } from '../../media/src/transcoder/rules.ts';
import type { MediaPacket } from '../../media/src/types.ts';
import { clipPackets } from '../kit/clips.ts';
import { lintMedia } from '../kit/playlist-lint.ts';
import { newId, until } from './rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'stagedoor-ladder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** So many times faster than real time. */
const PACE = 2;

/** A show's packager and ladder in this process, on a machine that decides nothing by itself. */
function show() {
  const showId = newId('shw');
  const members = new Set<Member>();
  const warnings: string[] = [];
  const rendition = (name: string) =>
    new Rendition({
      ...{ showId, name, mediaDir: folder, addressSecret: 'secret' },
      windowSeconds: () => 3600,
      graceSeconds: () => 60,
      onChange: () => {},
      onFileError: (error) => {
        throw error;
      },
    });
  const machine: Machine = {
    wanted: [144],
    cores: 1,
    budget: createBudget(1),
    join: (member) => void members.add(member),
    leave: (member) => void members.delete(member),
    stop() {},
  };
  const source = rendition('source');
  const shape = { width: 320, height: 180 };
  const ladder = createLadder({
    ...{
      machine,
      rendition,
      partMs: 200,
      pidDir: folder,
      log: { warn: (_data: object, message: string) => void warnings.push(message) },
      showId,
    },
    shape: () => shape,
    keepShape() {},
  });
  let msn = 0;
  const pipeline = createPipeline({
    ...{ source, partMs: 200, ladder },
    clock: () => performance.now(),
    anchorMs: () => 1000,
    nextBoundary: (_first, startMs, ptsMs): Boundary => ({
      ...{ msn: msn++, discontinuity: 0, breaks: false, startMs, ptsMs, dateMs: startMs },
    }),
    onRun() {},
    onVideo() {},
    onAudio() {},
    onRunEnd() {},
    onUnsupported() {},
  });
  const member = () => [...members][0] as Member;
  return { source, ladder, pipeline, member, warnings, id: `${showId}/144p` };
}

/** Sends a clip's first seconds in paced time, and waits until the rendition has what the source has. */
async function play(
  { source, ladder, pipeline }: ReturnType<typeof show>,
  packets: readonly MediaPacket[],
  seconds: number,
  at: (streamMs: number) => void,
): Promise<Rendition> {
  const began = performance.now();
  for (const packet of packets.filter(({ timestampMs }) => timestampMs < seconds * 1000)) {
    const dueMs = packet.timestampMs / PACE - (performance.now() - began);
    if (dueMs > 5) await new Promise((resolve) => setTimeout(resolve, dueMs));
    pipeline.packet(packet);
    at(packet.timestampMs);
  }
  const rung = await until('the last segment', () => {
    const [found] = ladder.renditions;
    const reached = found?.segments.at(-1)?.boundary.msn === source.segments.at(-1)?.boundary.msn;
    return ladder.report()[0]?.state === 'on' && reached ? found : null;
  });
  pipeline.close();
  await Promise.all([source.settled(), rung.settled()]);
  const durations = ({ segments }: Rendition) => segments.slice(0, -1).map(({ durationMs }) => durationMs);
  expect(durations(rung)).toEqual(durations(source));
  return rung;
}

const listed = ({ segments }: Rendition) => segments.map(({ boundary, state }) => `${boundary.msn} ${state}`);

test.concurrent('B-frames: each segment is there and as long as that of the source', async () => {
  const rung = await play(show(), clipPackets('bFrames'), 9, () => {});
  expect(listed(rung)).toEqual(['0 whole', '1 whole', '2 whole', '3 whole', '4 whole']);
});

test.concurrent('an encoder without keyframes: the rendition is cut where the source is', async () => {
  const rung = await play(show(), clipPackets('longGop'), 14, () => {});
  expect(listed(rung)).toEqual(['0 whole', '1 whole', '2 whole']);
});

test.concurrent("a rendition that is given up and comes back: each segment is whole or listed as missing, at the source's times", async () => {
  const made = show();
  const { ladder, member, id } = made;
  const states: string[] = [];
  const faults = new Set<string>();
  const note = () => states.push(`${ladder.report()[0]?.state} ${ladder.offered().length}`);
  // In the middle of the second segment it goes, in the middle of the fourth it may come back.
  const rung = await play(made, clipPackets('plain'), 9, (streamMs) => {
    if (streamMs > 3000 && states.length === 0) {
      note();
      member().shed(id);
      note();
    } else if (streamMs >= 6800 && states.length === 2) {
      member().recover(id);
      note();
    }
    const [now] = ladder.renditions;
    // As viewers see it all the while, who have seen the parts of what is given up then.
    if (!now?.segments.length) return;
    const { findings } = lintMedia(mediaPlaylist(now, { plain: false, skip: false }));
    for (const { rule } of findings) faults.add(rule);
  });
  expect([...faults]).toEqual([]);
  expect(states).toEqual(['on 1', 'shed 0', 'starting 1']);
  expect(listed(rung)).toEqual(['0 whole', '1 gap', '2 gap', '3 whole', '4 whole']);
});

/** What an encoder sends ahead that will send this much, as much of it as media reads. */
function announcing(kilobits: number): MediaPacket {
  const number = Buffer.alloc(8);
  number.writeDoubleBE(kilobits);
  return { kind: 'data', timestampMs: 0, payload: Buffer.concat([Buffer.from('\0\x0dvideodatarate\0'), number]) };
}

test.concurrent('an encoder that sends twice what it announced: its rendition gets more, and no segment is missing', async () => {
  const clip = clipPackets('plain').filter(({ kind }) => kind !== 'data');
  const thrice = [0, 9000, 18_000].flatMap((laterMs) =>
    clip.map((packet) => ({ ...packet, timestampMs: packet.timestampMs + laterMs })),
  );
  const promises = new Set<number>();
  const made = show();
  const rung = await play(made, [announcing(210), ...thrice], 27, () => {
    const promised = made.ladder.renditions[0]?.info?.bandwidth;
    if (promised) promises.add(promised);
  });
  expect([...promises]).toEqual([promisedBits({ bits: 160_000 }), promisedBits({ bits: 200_000 })]);
  expect(listed(rung).every((line) => line.endsWith(' whole'))).toBe(true);
  expect(new Set(rung.segments.map(({ initFile }) => initFile)).size).toBe(1);
  expect(made.warnings).toEqual(['the encoder sends more than it announced']);
}, 30_000);
