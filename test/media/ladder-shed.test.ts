import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Rendition } from '../../media/src/packager/rendition.ts';
import type { Boundary } from '../../media/src/packager/samples.ts';
import { createPipeline } from '../../media/src/shows/pipeline.ts';
import { createBudget } from '../../media/src/transcoder/budget.ts';
import { createLadder } from '../../media/src/transcoder/ladder.ts';
import type { Machine, Member } from '../../media/src/transcoder/machine.ts';
import { clipPackets } from '../kit/clips.ts';
import { newId, until } from './rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'stagedoor-ladder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** So many times faster than real time. */
const PACE = 2;

/** A show's packager and ladder in this process, on a machine that decides nothing by itself. */
function show() {
  const showId = newId('shw');
  const members = new Set<Member>();
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
    ...{ machine, rendition, partMs: 200, pidDir: folder, log: { warn() {} }, showId },
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
  const [member] = [() => [...members][0] as Member];
  return { source, ladder, pipeline, member, id: `${showId}/144p` };
}

test("a rendition that is given up and comes back: each segment is whole or listed as missing, at the source's times", async () => {
  const { source, ladder, pipeline, member, id } = show();
  const states: string[] = [];
  const began = performance.now();
  let shed = false;
  for (const packet of clipPackets('plain')) {
    const dueMs = packet.timestampMs / PACE - (performance.now() - began);
    if (dueMs > 5) await new Promise((resolve) => setTimeout(resolve, dueMs));
    pipeline.packet(packet);
    // In the middle of the second segment it goes, in the middle of the fourth it may come back.
    if (packet.timestampMs > 3000 && packet.timestampMs < 6800 && !shed) {
      expect(ladder.report()).toMatchObject([{ name: '144p', height: 144, state: 'on' }]);
      member().shed(id);
      shed = true;
      states.push(ladder.report()[0]?.state ?? '', String(ladder.offered().length));
    }
    if (packet.timestampMs >= 6800 && shed) {
      member().recover(id);
      shed = false;
      states.push(ladder.report()[0]?.state ?? '', String(ladder.offered().length));
    }
  }
  await until('the encoder to be done', () => ladder.report()[0]?.state === 'on');
  const [rung] = ladder.renditions;
  await until('the last segment', () => rung?.segments.at(-1)?.boundary.msn === source.segments.at(-1)?.boundary.msn);
  pipeline.close();
  await Promise.all([source.settled(), rung?.settled()]);
  expect(states).toEqual(['shed', '0', 'starting', '1']);
  const listed = rung?.segments.map(({ boundary, state }) => `${boundary.msn} ${state}`);
  expect(listed).toEqual(['0 whole', '1 gap', '2 gap', '3 whole', '4 whole']);
  expect(rung?.segments.slice(0, -1).map(({ durationMs }) => durationMs)).toEqual(
    source.segments.slice(0, -1).map(({ durationMs }) => durationMs),
  );
});
