/** One `moof` + `mdat`: the bytes of a part. */
import { AUDIO_TRACK, VIDEO_TIMESCALE, VIDEO_TRACK } from './boxes.ts';
import type { AudioFrame } from './samples.ts';

const TICKS_PER_MS = VIDEO_TIMESCALE / 1000;
const SYNC_SAMPLE = 0x02000000;
const OTHER_SAMPLE = 0x01010000;
const BASE_IS_MOOF = 0x020000;
/** data offset, duration, size, flags, composition offset */
const VIDEO_RUN = 0xf01;
/** data offset, duration, size */
const AUDIO_RUN = 0x301;
const VIDEO_ENTRY = 16;
const AUDIO_ENTRY = 8;
/** traf, tfhd, tfdt and trun without entries. */
const TRAF_BYTES = 8 + 16 + 20 + 20;
const MOOF_BYTES = 8 + 16;
const MDAT_HEADER = 8;

/** A picture whose bytes stand in the arena. */
export type StoredFrame = {
  readonly dtsMs: number;
  readonly ptsMs: number;
  readonly key: boolean;
  readonly bytes: number;
};

export type FragmentInput = {
  readonly sequence: number;
  readonly video: readonly StoredFrame[];
  /** Where the last video frame ends, milliseconds. */
  readonly videoEndMs: number;
  readonly audio: readonly AudioFrame[];
  /** Length of the last audio frame, ticks. */
  readonly audioFrameTicks: number;
};

/** Writes big-endian words one after the other. */
class Writer {
  readonly buffer: Buffer;
  at = 0;
  constructor(bytes: number) {
    this.buffer = Buffer.allocUnsafe(bytes);
  }
  u32(value: number): void {
    this.at = this.buffer.writeUInt32BE(value, this.at);
  }
  i32(value: number): void {
    this.at = this.buffer.writeInt32BE(value, this.at);
  }
  u64(value: number): void {
    this.u32(Math.floor(value / 2 ** 32));
    this.u32(value % 2 ** 32);
  }
  start(type: string, bytes: number): void {
    this.u32(bytes);
    this.at += this.buffer.write(type, this.at, 'latin1');
  }
}

type Run = {
  track: number;
  base: number;
  version: 0 | 1;
  flags: number;
  count: number;
  entry: number;
  dataOffset: number;
};

function trafHead(w: Writer, run: Run): void {
  w.start('traf', TRAF_BYTES + run.count * run.entry);
  w.start('tfhd', 16);
  w.u32(BASE_IS_MOOF);
  w.u32(run.track);
  w.start('tfdt', 20);
  w.u32(0x01000000);
  w.u64(run.base);
  w.start('trun', 20 + run.count * run.entry);
  w.u32(run.version * 2 ** 24 + run.flags);
  w.u32(run.count);
  w.u32(run.dataOffset);
}

function videoTraf(w: Writer, { video, videoEndMs }: FragmentInput, dataOffset: number): void {
  const base = (video[0]?.dtsMs ?? 0) * TICKS_PER_MS;
  trafHead(w, {
    track: VIDEO_TRACK,
    base,
    version: 1,
    flags: VIDEO_RUN,
    count: video.length,
    entry: VIDEO_ENTRY,
    dataOffset,
  });
  for (const [i, frame] of video.entries()) {
    w.u32(((video[i + 1]?.dtsMs ?? videoEndMs) - frame.dtsMs) * TICKS_PER_MS);
    w.u32(frame.bytes);
    w.u32(frame.key ? SYNC_SAMPLE : OTHER_SAMPLE);
    w.i32((frame.ptsMs - frame.dtsMs) * TICKS_PER_MS);
  }
}

function audioTraf(w: Writer, { audio, audioFrameTicks }: FragmentInput, dataOffset: number): void {
  const base = audio[0]?.ticks ?? 0;
  trafHead(w, {
    track: AUDIO_TRACK,
    base,
    version: 0,
    flags: AUDIO_RUN,
    count: audio.length,
    entry: AUDIO_ENTRY,
    dataOffset,
  });
  for (const [i, frame] of audio.entries()) {
    w.u32((audio[i + 1]?.ticks ?? frame.ticks + audioFrameTicks) - frame.ticks);
    w.u32(frame.data.length);
  }
}

/** Builds what stands before the samples: first those of the picture, then those of the sound. */
export function fragmentHead(input: FragmentInput): Buffer {
  const { video, audio } = input;
  const videoTrafBytes = video.length > 0 ? TRAF_BYTES + video.length * VIDEO_ENTRY : 0;
  const audioTrafBytes = audio.length > 0 ? TRAF_BYTES + audio.length * AUDIO_ENTRY : 0;
  const moofBytes = MOOF_BYTES + videoTrafBytes + audioTrafBytes;
  let videoBytes = 0;
  for (const frame of video) videoBytes += frame.bytes;
  let audioBytes = 0;
  for (const frame of audio) audioBytes += frame.data.length;
  const w = new Writer(moofBytes + MDAT_HEADER);
  w.start('moof', moofBytes);
  w.start('mfhd', 16);
  w.u32(0);
  w.u32(input.sequence >>> 0);
  if (video.length > 0) videoTraf(w, input, moofBytes + MDAT_HEADER);
  if (audio.length > 0) audioTraf(w, input, moofBytes + MDAT_HEADER + videoBytes);
  w.start('mdat', MDAT_HEADER + videoBytes + audioBytes);
  return w.buffer;
}
