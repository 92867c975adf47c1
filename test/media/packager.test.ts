import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { MediaPacket } from '../../media/src/types.ts';
import { type ClipName, clipPackets, clipPath } from '../kit/clips.ts';
import { type Packaged, packaging } from './packaging.ts';

const { folder, pack, complaints, samples, whole, filesOf, times } = packaging();

/** Parts, in order, are exactly the segment. */
function partsMatch(packed: Packaged): void {
  const last = packed.rendition.segments.slice(-3);
  for (const segment of last) {
    const { msn } = segment.boundary;
    const whole = packed.file(`seg-${msn}.m4s`);
    const parts = segment.parts.map(({ offset, bytes }) => whole.subarray(offset, offset + bytes));
    expect(parts.every((part) => part.toString('latin1', 4, 8) === 'moof')).toBe(true);
    expect(Buffer.concat(parts).equals(whole)).toBe(true);
  }
}

const clips: ClipName[] = ['plain', 'bFrames', 'film', 'longGop', 'audioOnly', 'videoOnly'];
test.each(clips)('%s: every sample arrives bit by bit, and ffmpeg decodes it without a word', async (name) => {
  const packed = await pack(clipPackets(name));
  const bytes = whole(packed);
  expect(complaints(bytes)).toBe('');
  const path = join(folder, `${name}.mp4`);
  writeFileSync(path, bytes);
  for (const track of ['v', 'a'] as const) {
    if ((name === 'audioOnly' && track === 'v') || (name === 'videoOnly' && track === 'a')) continue;
    const source = samples(clipPath(name), track);
    // Sound from before the first picture is left out; nothing else may be missing.
    const ours = samples(path, track);
    expect(source.length - ours.length).toBeLessThanOrEqual(track === 'a' ? 2 : 0);
    expect(ours).toEqual(source.slice(source.length - ours.length));
  }
  partsMatch(packed);
});

test.each(['plain', 'bFrames', 'film', 'videoOnly', 'audioOnly'] as const)(
  '%s: each segment decodes alone, parts are even',
  async (name) => {
    const { rendition, file } = await pack(clipPackets(name));
    expect(rendition.segments.length).toBeGreaterThanOrEqual(4);
    for (const segment of rendition.segments) {
      const { init, media } = filesOf(segment);
      expect(complaints(Buffer.concat([file(init), file(media)]))).toBe('');
      expect(segment.durationMs).toBeLessThanOrEqual(6500);
    }
    const parts = rendition.segments.slice(-3).flatMap((segment) => segment.parts.slice(0, -1));
    for (const part of parts) {
      expect(part.durationMs).toBeGreaterThanOrEqual(0.85 * rendition.largestPartMs);
      expect(part.durationMs).toBeLessThanOrEqual(250);
    }
  },
);

test('without keyframes segments end at 6 s, and only what begins with a keyframe is called independent', async () => {
  const { rendition } = await pack(clipPackets('longGop'));
  expect(rendition.segments.map((segment) => Math.round(segment.durationMs / 1000))).toEqual([6, 6, 6, 2]);
  const independent = rendition.segments.slice(-3).flatMap((segment) => segment.parts.map((part) => part.independent));
  expect(independent).not.toContain(true);
});

test('pictures keep their distance to the sound, with B-frames too', async () => {
  const path = join(folder, 'sync.mp4');
  writeFileSync(path, whole(await pack(clipPackets('bFrames'))));
  const lead = (file: string) => (times(file, 'v').at(-1)?.at ?? 0) - (times(file, 'a').at(-1)?.at ?? 0);
  expect(Math.abs(lead(path) - lead(clipPath('bFrames')))).toBeLessThan(30);
});

const isSound = (packet: MediaPacket) => packet.kind === 'audio';

/** Sound, its header included, comes `lateMs` after the picture. */
function withLateSound(lateMs: number): MediaPacket[] {
  const packets = clipPackets('plain');
  const header = packets.find(isSound) as MediaPacket;
  const rest = packets.filter((packet) => packet !== header && !(isSound(packet) && packet.timestampMs < lateMs));
  const at = rest.findIndex((packet) => packet.timestampMs >= lateMs);
  return [...rest.slice(0, at), { ...header, timestampMs: lateMs }, ...rest.slice(at)];
}

test('sound that comes 300 ms late is in the one init segment', async () => {
  const packed = await pack(withLateSound(300));
  expect(new Set(packed.rendition.segments.map((segment) => segment.initAddress)).size).toBe(1);
  expect(packed.rendition.info?.codecs).toMatch(/^avc1\.[0-9a-f]{6},mp4a\.40\.2$/);
  expect(complaints(whole(packed))).toBe('');
});

test('sound that comes 900 ms late gets a new init segment behind a discontinuity', async () => {
  const { rendition } = await pack(withLateSound(900));
  const breaks = rendition.segments.filter((segment) => segment.boundary.breaks);
  expect(breaks).toHaveLength(1);
  expect(new Set(rendition.segments.map((segment) => segment.initAddress)).size).toBe(2);
});

test('a stream that begins without a keyframe is dropped up to the first one', async () => {
  const packets = clipPackets('plain');
  const afterKey = packets.filter((packet) =>
    packet.timestampMs === 0 ? packet.payload[1] === 0 : packet.timestampMs > 40,
  );
  const packed = await pack(afterKey);
  const path = join(folder, 'late-key.mp4');
  writeFileSync(path, whole(packed));
  // The clip has a keyframe every 60 pictures.
  expect(samples(path, 'v')).toEqual(samples(clipPath('plain'), 'v').slice(60));
});

test('another picture size in mid-stream: new init segment, discontinuity, both halves decode', async () => {
  const wide = clipPackets('wide').map((packet) => ({ ...packet, timestampMs: packet.timestampMs + 9000 }));
  const { rendition, file } = await pack([...clipPackets('plain'), ...wide]);
  expect(rendition.segments.filter((segment) => segment.boundary.breaks)).toHaveLength(1);
  expect(rendition.info).toMatchObject({ width: 480, height: 270 });
  for (const segment of rendition.segments) {
    const { init, media } = filesOf(segment);
    expect(complaints(Buffer.concat([file(init), file(media)]))).toBe('');
  }
});

test.each([
  ['forward', 60_000],
  ['backward', -4000],
])('timestamps that jump %s: discontinuity, and the timeline goes on', async (_direction, jumpMs) => {
  const packets = clipPackets('plain').map((packet) =>
    packet.timestampMs >= 5000 ? { ...packet, timestampMs: packet.timestampMs + jumpMs } : packet,
  );
  const { rendition } = await pack(packets);
  const starts = rendition.segments.map((segment) => segment.boundary.startMs);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeLessThan(9000);
  expect(rendition.segments.filter((segment) => segment.boundary.breaks)).toHaveLength(1);
});

test('the encoder returns: numbers go on, one discontinuity, times never go back', async () => {
  const { rendition, directory } = await pack(clipPackets('plain'), clipPackets('plain'));
  const numbers = rendition.segments.map((segment) => segment.boundary.msn);
  expect(numbers).toEqual(numbers.map((_, i) => i));
  expect(rendition.segments.filter((segment) => segment.boundary.breaks)).toHaveLength(1);
  const starts = rendition.segments.map((segment) => segment.boundary.startMs);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('the picture stands still for two seconds: sound and playlist go on', async () => {
  const packets = clipPackets('plain').filter(
    (packet) => packet.kind !== 'video' || packet.timestampMs < 4000 || packet.timestampMs >= 6000,
  );
  const packed = await pack(packets);
  const still = packed.rendition.segments.filter((segment) => segment.boundary.breaks);
  expect(still).toEqual([]);
  expect(packed.rendition.largestPartMs).toBeLessThan(1400);
  expect(complaints(whole(packed))).toBe('');
});

test('the last picture comes late, behind sound that went on without it: no part ends before it begins', async () => {
  const before = clipPackets('plain').filter(({ kind, timestampMs }) => timestampMs < (kind === 'video' ? 3000 : 5500));
  const late = clipPackets('plain').filter(({ kind, timestampMs }) => kind === 'video' && timestampMs >= 4500);
  const packed = await pack([...before, ...late.slice(0, 1)], clipPackets('plain'));
  for (const segment of packed.rendition.segments)
    for (const { durationMs } of [segment, ...segment.parts]) expect(durationMs).toBeGreaterThan(0);
  const starts = packed.rendition.segments.map(({ boundary }) => boundary.startMs);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
});

test('a codec that no browser plays is named', async () => {
  const { unsupported } = await pack(clipPackets('mp3'));
  expect(new Set(unsupported)).toEqual(new Set(['MP3']));
});

test('frames whose NAL lengths lie are left out, the rest decodes', async () => {
  const packets = clipPackets('plain');
  const damaged = packets.map((packet, i) => {
    if (packet.kind !== 'video' || packet.payload[0] !== 0x27 || i % 40 !== 0) return packet;
    const payload = Buffer.from(packet.payload);
    payload.writeUInt32BE(0x7fffffff, 5);
    return { ...packet, payload };
  });
  const path = join(folder, 'damaged.mp4');
  writeFileSync(path, whole(await pack(damaged)));
  const pictures = packets.filter((packet) => packet.kind === 'video' && packet.payload[1] === 1);
  const intact = samples(clipPath('plain'), 'v').filter((_, i) => damaged.includes(pictures[i] as MediaPacket));
  expect(intact.length).toBeLessThan(pictures.length);
  expect(samples(path, 'v')).toEqual(intact);
});
