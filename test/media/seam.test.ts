/** Tracks that change, or stay away, in mid-stream: what the frames look like that go into the boxes. */
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { Broadcast } from '../../media/src/packager/broadcast.ts';
import type { AudioFrame, Tracks, VideoFrame } from '../../media/src/packager/samples.ts';
import type { MediaPacket } from '../../media/src/types.ts';
import { clipPackets } from '../kit/clips.ts';

type Run = { tracks: Tracks; video: VideoFrame[]; audio: AudioFrame[] };

/** Runs packets through a broadcast that arrives `lateMs(timestamp)` behind its own timestamps. */
function runsOf(packets: readonly MediaPacket[], lateMs: (timestampMs: number) => number = () => 0): Run[] {
  const runs: Run[] = [];
  let nowMs = 0;
  const broadcast = new Broadcast({
    clock: () => nowMs,
    anchorMs: () => nowMs,
    sink: {
      begin: (tracks) => void runs.push({ tracks, video: [], audio: [] }),
      video: (frame) => void runs.at(-1)?.video.push({ ...frame, data: Buffer.from(frame.data) }),
      audio: (frame) => void runs.at(-1)?.audio.push(frame),
      finish: () => {
        const last = runs.at(-1)?.video.at(-1);
        return last ? last.dtsMs + 33 : null;
      },
      unsupported: () => undefined,
    },
  });
  for (const packet of packets) {
    nowMs = Math.max(nowMs, packet.timestampMs + lateMs(packet.timestampMs));
    const lent = Buffer.from(packet.payload);
    broadcast.packet({ ...packet, payload: lent });
    // As ingest does it: the bytes are somebody else's from here on.
    lent.fill(0xee);
  }
  broadcast.close();
  return runs;
}

const isSound = ({ kind }: MediaPacket) => kind === 'audio';
const isHeader = ({ payload }: MediaPacket) => payload[1] === 0;
const at = (packets: readonly MediaPacket[], ms: number) =>
  packets.map((packet) => ({ ...packet, timestampMs: packet.timestampMs + ms }));
/** In the order of arrival, sound behind the picture by `soundLateMs`. */
const interleaved = (packets: readonly MediaPacket[], soundLateMs: number) =>
  packets
    .map((packet, i) => ({ packet, i, ms: packet.timestampMs + (isSound(packet) ? soundLateMs : 0) }))
    .sort((a, b) => a.ms - b.ms || a.i - b.i)
    .map(({ packet }) => packet);
/** AudioSpecificConfig of AAC-LC, mono, 44.1 kHz, as an FLV tag. */
const OTHER_SOUND = Buffer.from([0xaf, 0x00, 0x12, 0x08]);

const plain = clipPackets('plain');
const seamMs = 9000;
const changed = [...plain, ...at(clipPackets('wide'), seamMs)].map((packet) =>
  isSound(packet) && isHeader(packet) && packet.timestampMs >= seamMs ? { ...packet, payload: OTHER_SOUND } : packet,
);
const pictures = (packets: readonly MediaPacket[]) =>
  packets.filter((packet) => packet.kind === 'video' && packet.payload[1] === 1).length;
/** Checksums of the pictures, in order. */
const sentBytes = (packets: readonly MediaPacket[]) =>
  packets
    .filter((packet) => packet.kind === 'video' && packet.payload[1] === 1)
    .map(({ payload }) => crc32(payload.subarray(5)));
const bytesOf = (runs: readonly Run[]) => runs.flatMap(({ video }) => video.map(({ data }) => crc32(data)));
const count = (runs: readonly Run[]) => runs.reduce((sum, run) => sum + run.video.length, 0);
/** Steps between sound frames, in samples. */
const steps = ({ audio }: Run) => new Set(audio.slice(1).map((frame, i) => frame.ticks - (audio[i]?.ticks ?? 0)));

test.each([-200, 0, 100, 300, 700])(
  'picture and sound change, sound %i ms late: one seam, no picture lost',
  (lateMs) => {
    const runs = runsOf(interleaved(changed, lateMs));
    expect(runs.map(({ tracks }) => [tracks.video?.width, tracks.audio?.rate])).toEqual(
      lateMs <= 500
        ? [
            [320, 48_000],
            [480, 44_100],
          ]
        : expect.arrayContaining([[480, 44_100]]),
    );
    expect(count(runs)).toBe(pictures(changed));
    expect(bytesOf(runs)).toEqual(sentBytes(changed));
    for (const { video } of runs) expect(video[0]?.key ?? true).toBe(true);
  },
);

test('sound that changes alone waits for the next keyframe in silence', () => {
  const cut = plain.findIndex((packet) => isSound(packet) && packet.timestampMs > 4500);
  const header = { kind: 'audio', timestampMs: plain[cut]?.timestampMs ?? 0, payload: OTHER_SOUND } as MediaPacket;
  const runs = runsOf([...plain.slice(0, cut), header, ...plain.slice(cut)]);
  expect(runs.map(({ tracks }) => tracks.audio?.rate)).toEqual([48_000, 44_100]);
  expect(count(runs)).toBe(pictures(plain));
  expect(runs[1]?.video[0]).toMatchObject({ key: true });
  const [before] = runs;
  if (!before) throw new Error('no run');
  expect(steps(before)).toEqual(new Set([1024]));
  const soundEndMs = ((before.audio.at(-1)?.ticks ?? 0) * 1000) / 48_000;
  expect((before.video.at(-1)?.dtsMs ?? 0) - soundEndMs).toBeLessThan(50);
});

test('an encoder that has fallen behind leaves no hole where its picture changes', () => {
  const [before, after] = runsOf(changed, (ms) => (ms > 5000 ? 800 : 0));
  const step = (after?.video[0]?.dtsMs ?? 0) - (before?.video.at(-1)?.dtsMs ?? 0);
  expect(step).toBeGreaterThan(0);
  expect(step).toBeLessThan(100);
});

test('a hole in the sound becomes silence', () => {
  const [run] = runsOf(
    plain.filter((packet) => !isSound(packet) || packet.timestampMs < 4000 || packet.timestampMs > 4300),
  );
  if (!run) throw new Error('no run');
  // Media Source takes up to two frames' length for one after the other.
  expect(Math.max(...steps(run))).toBeLessThanOrEqual(2048);
});

test('sound that is announced and never comes is silence, a second behind the picture', () => {
  const [run, ...more] = runsOf(plain.filter((packet) => !isSound(packet) || isHeader(packet)));
  expect(more).toEqual([]);
  if (!run) throw new Error('no run');
  expect(steps(run)).toEqual(new Set([1024]));
  const behindMs = (run.video.at(-1)?.dtsMs ?? 0) - ((run.audio.at(-1)?.ticks ?? 0) * 1000) / 48_000;
  expect(behindMs).toBeGreaterThan(900);
  expect(behindMs).toBeLessThan(1100);
});
