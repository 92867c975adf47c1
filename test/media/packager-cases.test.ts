/** Encoders as they are: their frame rates, sounds, clocks and changes of mind. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Broadcast } from '../../media/src/packager/broadcast.ts';
import type { AudioFrame, VideoFrame } from '../../media/src/packager/samples.ts';
import type { MediaPacket } from '../../media/src/types.ts';
import { type ClipName, clipPackets, clipPath } from '../kit/clips.ts';
import { type Packaged, packaging } from './packaging.ts';

const { pack, packWith, samples, runs, runFile, times, complaints } = packaging();

const later = (packets: readonly MediaPacket[], byMs: number): MediaPacket[] =>
  packets.map((packet) => ({ ...packet, timestampMs: packet.timestampMs + byMs }));
const isSound = ({ kind }: MediaPacket) => kind === 'audio';
const isHeader = ({ payload }: MediaPacket) => payload[1] === 0;
/** Packets of two tracks in the order of their timestamps, as an encoder interleaves them. */
const merged = (...lists: readonly MediaPacket[][]) => lists.flat().sort((a, b) => a.timestampMs - b.timestampMs);

/** The file of each run; all of them decode without a word. */
function decoded(packed: Packaged): string[] {
  return runs(packed).map((run, i) => {
    const file = runFile(packed, run, `run-${i}.mp4`);
    const bytes = run.map((segment) => packed.file(`seg-${segment.boundary.msn}.m4s`));
    expect(complaints(Buffer.concat([packed.file(run[0]?.initFile ?? ''), ...bytes]))).toBe('');
    return file;
  });
}

test.each(['rate24', 'rate25', 'rate50', 'rate60'] as const)(
  '%s: bit-exact, segments of 2 s, even parts',
  async (name) => {
    const packed = await pack(clipPackets(name));
    const [file = ''] = decoded(packed);
    expect(samples(file, 'v')).toEqual(samples(clipPath(name), 'v'));
    const { segments, largestPartMs } = packed.rendition;
    for (const segment of segments.slice(0, -1)) expect(Math.abs(segment.durationMs - 2000)).toBeLessThanOrEqual(2);
    const parts = segments.slice(0, -1).flatMap((segment) => segment.parts.slice(0, -1));
    for (const part of parts) expect(part.durationMs).toBeGreaterThanOrEqual(0.85 * largestPartMs);
    expect(largestPartMs).toBeLessThanOrEqual(250);
  },
);

test('a frame rate that varies: every picture keeps its time', async () => {
  const packed = await pack(clipPackets('variable'));
  const [file = ''] = decoded(packed);
  expect(samples(file, 'v')).toEqual(samples(clipPath('variable'), 'v'));
  const [ours, source] = [times(file, 'v'), times(clipPath('variable'), 'v')];
  const zero = (ours[0]?.at ?? 0) - (source[0]?.at ?? 0);
  for (const [i, { at }] of source.entries()) expect(Math.abs((ours[i]?.at ?? 0) - zero - at)).toBeLessThan(1);
});

test('HE-AAC, announced by its header: counted by its core, named to the player, bit-exact', async () => {
  // AudioSpecificConfig: SBR over AAC-LC, 24 kHz mono core, 48 kHz out.
  const header = Buffer.from([0xaf, 0, 0x2b, 0x09, 0x88, 0]);
  const packets = clipPackets('lowSound').map((packet) =>
    isSound(packet) && isHeader(packet) ? { ...packet, payload: header } : packet,
  );
  const packed = await pack(packets);
  expect(packed.rendition.info?.codecs).toMatch(/,mp4a\.40\.5$/);
  const [file = ''] = decoded(packed);
  const [ours, source] = [samples(file, 'a'), samples(clipPath('lowSound'), 'a')];
  expect(source.length - ours.length).toBeLessThanOrEqual(2);
  expect(ours).toEqual(source.slice(source.length - ours.length));
});

test('timestamps that pass 2^32: nothing happens', async () => {
  const packed = await pack(later(clipPackets('plain'), 2 ** 32 - 3000));
  expect(runs(packed)).toHaveLength(1);
  const [file = ''] = decoded(packed);
  expect(samples(file, 'v')).toEqual(samples(clipPath('plain'), 'v'));
});

test.each([-300, 300])('sound that is sent %i ms beside its picture: nothing is lost', async (byMs) => {
  const packets = clipPackets('plain');
  const sound = packets.filter((packet) => isSound(packet) && !isHeader(packet));
  const delayed = new Map(sound.map((packet) => [packet, packet.timestampMs + byMs]));
  // Only the order of sending changes, not the timestamps.
  const order = [...packets].sort((a, b) => (delayed.get(a) ?? a.timestampMs) - (delayed.get(b) ?? b.timestampMs));
  const [file = ''] = decoded(await pack(order));
  expect(samples(file, 'v')).toEqual(samples(clipPath('plain'), 'v'));
  const [ours, source] = [samples(file, 'a'), samples(clipPath('plain'), 'a')];
  // What was sent before the first picture, or is still to come at the end, has nothing to be heard with.
  expect(source.length - ours.length).toBeLessThanOrEqual(16);
  expect(source.join('|')).toContain(ours.slice(0, -1).join('|'));
});

test('sound that is missing for three seconds: silence, no seam, and afterwards every sound at its time', async () => {
  const packets = clipPackets('plain').filter(
    (packet) => !isSound(packet) || packet.timestampMs < 3000 || packet.timestampMs >= 6000,
  );
  const packed = await pack(packets);
  expect(runs(packed)).toHaveLength(1);
  const [file = ''] = decoded(packed);
  expect(samples(file, 'v')).toEqual(samples(clipPath('plain'), 'v'));
  const [at, data] = [times(file, 'a'), samples(file, 'a')];
  for (const [i, { at: now }] of at.entries()) if (i > 0) expect(now - (at[i - 1]?.at ?? 0)).toBeLessThan(22);
  const sourceAt = times(clipPath('plain'), 'a');
  const back = sourceAt.findIndex((one) => one.at >= 6000);
  const ours = data.indexOf(samples(clipPath('plain'), 'a')[back] ?? '', 200);
  const zero = (times(file, 'v')[0]?.at ?? 0) - (times(clipPath('plain'), 'v')[0]?.at ?? 0);
  expect(Math.abs((at[ours]?.at ?? 0) - zero - (sourceAt[back]?.at ?? 0))).toBeLessThan(45);
});

const joined = (...clips: readonly ClipName[]) => {
  let startMs = 0;
  return clips.flatMap((name) => {
    const packets = later(clipPackets(name), startMs);
    // Each clip is cut at its last whole second: what AAC adds at its end would overlap the next.
    const seconds = name === 'plain' || name === 'audioOnly' ? 9 : 5;
    startMs += seconds * 1000;
    return packets.filter((packet) => packet.timestampMs < startMs);
  });
};
const soundFirst = () =>
  merged(
    later(clipPackets('plain'), 3000).filter((one) => !isSound(one)),
    joined('audioOnly').concat(),
  );

test.each([
  ['another picture size', () => joined('plain', 'wide'), 1],
  ['another sound', () => joined('plain', 'otherSound'), 1],
  ['another sound and back, another size', () => joined('otherSound', 'plain', 'wide'), 2],
  [
    'sound begins 1.5 s late',
    () =>
      merged(
        clipPackets('plain').filter((one) => !isSound(one)),
        later(clipPackets('plain').filter(isSound), 1500),
      ),
    1,
  ],
  ['the picture begins 3 s late', soundFirst, 1],
  ['sound alone, another one', () => joined('audioOnly', 'otherSound').filter((one) => isSound(one)), 1],
  [
    'headers repeated before each keyframe',
    () => {
      const packets = clipPackets('plain');
      const headers = packets.filter(isHeader);
      return packets.flatMap((one) =>
        one.payload[0] === 0x17 && !isHeader(one)
          ? [...headers.map((h) => ({ ...h, timestampMs: one.timestampMs })), one]
          : [one],
      );
    },
    0,
  ],
] as const)('a change in mid-stream: %s', async (_name, make, breaks) => {
  const packed = await packWith({ lateMs: 300 }, make());
  const files = decoded(packed);
  expect(files).toHaveLength(breaks + 1);
  const spans = files.map((file) => ({ picture: span(times(file, 'v')), sound: span(times(file, 'a')) }));
  for (const [i, now] of spans.entries()) {
    const before = spans[i - 1];
    if (!before) continue;
    // At the seam each track goes on where it ended, and both begin together.
    if (before.picture && now.picture) expect(Math.abs(now.picture.from - before.picture.to)).toBeLessThanOrEqual(50);
    if (before.sound && now.sound) expect(Math.abs(now.sound.from - before.sound.to)).toBeLessThanOrEqual(50);
    if (now.picture && now.sound) expect(Math.abs(now.picture.from - now.sound.from)).toBeLessThanOrEqual(30);
    if (before.picture && before.sound) expect(Math.abs(before.picture.to - before.sound.to)).toBeLessThanOrEqual(60);
  }
  const { segments } = packed.rendition;
  expect(segments.map(({ boundary }) => boundary.msn)).toEqual(segments.map((_, i) => i));
  // Picture after picture, none is lost at a seam.
  const pictures = make().filter((one) => one.kind === 'video' && one.payload[1] === 1).length;
  const ours = files.reduce((sum, file) => sum + times(file, 'v').length, 0);
  expect(ours).toBe(pictures);
});

function span(rows: readonly { at: number; long: number }[]): { from: number; to: number } | null {
  if (rows.length === 0) return null;
  return { from: Math.min(...rows.map(({ at }) => at)), to: Math.max(...rows.map(({ at, long }) => at + long)) };
}

/** What a broadcast makes of packets, without any files. */
function framesOf(packets: readonly MediaPacket[]) {
  const found: { video: VideoFrame[]; audio: AudioFrame[]; open: boolean; rate: number; frameSamples: number }[] = [];
  let clockMs = 0;
  const endOf = () => Math.max(0, ...found.flatMap(({ video }) => video.map(({ dtsMs }) => dtsMs + 40)));
  const broadcast = new Broadcast({
    clock: () => clockMs,
    anchorMs: () => Math.max(endOf(), clockMs),
    sink: {
      begin: ({ audio }) => {
        expect(found.at(-1)?.open ?? false).toBe(false);
        const { rate = 1, frameSamples = 0 } = audio ?? {};
        found.push({ video: [], audio: [], open: true, rate, frameSamples });
      },
      video: (frame) => found.at(-1)?.video.push(frame),
      audio: (frame) => found.at(-1)?.audio.push(frame),
      finish: () => {
        const last = found.at(-1);
        if (last) last.open = false;
        return last && last.video.length > 0 ? endOf() : null;
      },
      unsupported() {},
    },
  });
  for (const packet of packets) {
    clockMs += 12;
    broadcast.packet(packet);
  }
  broadcast.close();
  return found;
}

test('whatever the network and the encoder’s clock do, within a run time only goes on, and no run begins before the last', () => {
  const clips = (['plain', 'bFrames', 'wide', 'otherSound'] as const).map((name) => clipPackets(name));
  const fault = fc.record({
    at: fc.nat(500),
    kind: fc.constantFrom('drop', 'twice', 'swap', 'jump', 'config', 'jitter'),
    byMs: fc.integer({ min: -20_000, max: 90_000 }),
    clip: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.nat(3), fc.array(fault, { maxLength: 12 }), (first, faults) => {
      let packets = (clips[first] ?? []).slice(0, 600);
      for (const { at, kind, byMs, clip } of faults) {
        const packet = packets[at];
        if (!packet) continue;
        if (kind === 'drop') packets.splice(at, 1 + (Math.abs(byMs) % 60));
        if (kind === 'twice') packets.splice(at, 0, packet);
        if (kind === 'swap') packets.splice(at, 2, ...packets.slice(at, at + 2).reverse());
        if (kind === 'jitter') packets[at] = { ...packet, timestampMs: Math.max(0, packet.timestampMs + (byMs % 300)) };
        if (kind === 'jump')
          packets = [...packets.slice(0, at), ...later(packets.slice(at), byMs)].filter((one) => one.timestampMs >= 0);
        if (kind === 'config') {
          const header = (clips[clip] ?? []).filter(isHeader);
          packets.splice(at, 0, ...later(header, packet.timestampMs));
        }
      }
      let endMs = 0;
      for (const { video, audio, open, rate, frameSamples } of framesOf(packets)) {
        expect(open).toBe(false);
        for (const [i, { dtsMs }] of video.entries()) expect(dtsMs).toBeGreaterThan(video[i - 1]?.dtsMs ?? -1);
        for (const [i, { ticks }] of audio.entries()) {
          const before = audio[i - 1];
          if (before) expect(ticks).toBeGreaterThanOrEqual(before.ticks + frameSamples);
        }
        const startMs = video[0]?.dtsMs ?? (audio[0] ? (audio[0].ticks * 1000) / rate : endMs);
        if (video[0]) expect(startMs).toBeGreaterThanOrEqual(endMs);
        endMs = Math.max(endMs, video.at(-1)?.dtsMs ?? 0);
      }
    }),
    // The example: a first packet that comes later than the one after it.
    { numRuns: 200, examples: [[0, [{ at: 3, kind: 'jitter', byMs: 970, clip: 0 }]]] },
  );
});
