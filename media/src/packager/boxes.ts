/** ISO base media boxes (ISO/IEC 14496-12, -14, -15) of an init segment. */
import type { AudioConfig, Tracks, VideoConfig } from './samples.ts';

export const VIDEO_TRACK = 1;
export const AUDIO_TRACK = 2;
/** Ticks a second of the video track; divides all usual frame rates. */
export const VIDEO_TIMESCALE = 90_000;

const UNITY_MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];
const UNDETERMINED_LANGUAGE = 0x55c4;

const u8 = (...values: number[]) => Buffer.from(values);
const u16 = (...values: number[]) => {
  const out = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) out.writeUInt16BE(value, i * 2);
  return out;
};
const u32 = (...values: number[]) => {
  const out = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) out.writeUInt32BE(value, i * 4);
  return out;
};

function box(type: string, ...content: Buffer[]): Buffer {
  const size = content.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(size), Buffer.from(type, 'latin1'), ...content], size);
}

const fullBox = (type: string, version: number, flags: number, ...content: Buffer[]) =>
  box(type, u32(version * 2 ** 24 + flags), ...content);

function avc1(config: VideoConfig): Buffer {
  const [h, v] = config.pixelAspect;
  return box(
    'avc1',
    u8(0, 0, 0, 0, 0, 0),
    u16(1),
    Buffer.alloc(16),
    u16(config.width, config.height),
    u32(0x480000, 0x480000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(24, 0xffff),
    box('avcC', config.avcc),
    ...(h === v ? [] : [box('pasp', u32(h, v))]),
  );
}

/** MPEG-4 descriptor: tag, length in one byte (ours are short), content. */
const descriptor = (tag: number, ...content: Buffer[]) => {
  const body = Buffer.concat(content);
  return Buffer.concat([u8(tag, body.length), body]);
};

function mp4a(config: AudioConfig): Buffer {
  const decoder = descriptor(4, u8(0x40, 0x15, 0, 0, 0), u32(0, 0), descriptor(5, config.asc));
  const esds = fullBox('esds', 0, 0, descriptor(3, u16(AUDIO_TRACK), u8(0), decoder, descriptor(6, u8(2))));
  return box(
    'mp4a',
    u8(0, 0, 0, 0, 0, 0),
    u16(1),
    Buffer.alloc(8),
    u16(config.channels, 16, 0, 0),
    // 16.16 fixed point: rates above 65535 cannot be said here, the esds says them.
    u32(config.rate > 0xffff ? 0 : config.rate * 0x10000),
    esds,
  );
}

type Track = {
  id: number;
  timescale: number;
  handler: string;
  width: number;
  height: number;
  mediaHeader: Buffer;
  entry: Buffer;
};

function trak(track: Track): Buffer {
  const audio = track.handler === 'soun';
  const tkhd = fullBox(
    'tkhd',
    0,
    3,
    u32(0, 0, track.id, 0, 0, 0, 0),
    u16(0, 0, audio ? 0x100 : 0, 0),
    u32(...UNITY_MATRIX, track.width * 0x10000, track.height * 0x10000),
  );
  const mdhd = fullBox('mdhd', 0, 0, u32(0, 0, track.timescale, 0), u16(UNDETERMINED_LANGUAGE, 0));
  const hdlr = fullBox('hdlr', 0, 0, u32(0), Buffer.from(track.handler, 'latin1'), u32(0, 0, 0), u8(0));
  const dinf = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)));
  const stbl = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), track.entry),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0, 0)),
    fullBox('stco', 0, 0, u32(0)),
  );
  return box('trak', tkhd, box('mdia', mdhd, hdlr, box('minf', track.mediaHeader, dinf, stbl)));
}

function trackList({ video, audio }: Tracks): Track[] {
  const list: Track[] = [];
  if (video) {
    const mediaHeader = fullBox('vmhd', 0, 1, u16(0, 0, 0, 0));
    const { width, height } = video;
    const entry = avc1(video);
    list.push({ id: VIDEO_TRACK, timescale: VIDEO_TIMESCALE, handler: 'vide', width, height, mediaHeader, entry });
  }
  if (audio) {
    const mediaHeader = fullBox('smhd', 0, 0, u16(0, 0));
    const entry = mp4a(audio);
    list.push({ id: AUDIO_TRACK, timescale: audio.rate, handler: 'soun', width: 0, height: 0, mediaHeader, entry });
  }
  return list;
}

/** Builds `ftyp` + `moov` of a fragmented file with the given tracks. */
export function initSegment(tracks: Tracks): Buffer {
  const list = trackList(tracks);
  const ftyp = box('ftyp', Buffer.from('iso6', 'latin1'), u32(1), Buffer.from('iso6mp41dash', 'latin1'));
  const mvhd = fullBox(
    'mvhd',
    0,
    0,
    u32(0, 0, 1000, 0, 0x10000),
    u16(0x100, 0),
    u32(0, 0, ...UNITY_MATRIX, 0, 0, 0, 0, 0, 0, AUDIO_TRACK + 1),
  );
  const trex = list.map((track) => fullBox('trex', 0, 0, u32(track.id, 1, 0, 0, 0)));
  return Buffer.concat([ftyp, box('moov', mvhd, ...list.map(trak), box('mvex', ...trex))]);
}
