/** Bodies of FLV audio and video tags, which is what RTMP carries; with the FourCC form of Enhanced RTMP. */

export type VideoTag =
  | { readonly kind: 'config'; readonly avcc: Buffer }
  | { readonly kind: 'frame'; readonly key: boolean; readonly compositionMs: number; readonly data: Buffer }
  | { readonly kind: 'unsupported'; readonly codec: string }
  | { readonly kind: 'nothing' };

export type AudioTag =
  | { readonly kind: 'config'; readonly asc: Buffer }
  | { readonly kind: 'frame'; readonly data: Buffer }
  | { readonly kind: 'unsupported'; readonly codec: string }
  | { readonly kind: 'nothing' };

const NOTHING = { kind: 'nothing' } as const;
const AVC = 7;
const AAC = 10;
const EXTENDED_AUDIO = 9;
const KEYFRAME = 1;
/** Frame type 5 carries a command of the server's to its client, not a picture. */
const COMMAND = 5;
const VIDEO_CODECS: Readonly<Record<number, string>> = {
  2: 'Sorenson H.263',
  4: 'VP6',
  5: 'VP6',
  12: 'HEVC (H.265)',
  13: 'AV1',
};
const AUDIO_CODECS: Readonly<Record<number, string>> = {
  0: 'PCM',
  1: 'ADPCM',
  2: 'MP3',
  3: 'PCM',
  4: 'Nellymoser',
  5: 'Nellymoser',
  6: 'Nellymoser',
  7: 'G.711',
  8: 'G.711',
  11: 'Speex',
  13: 'Opus',
  14: 'MP3',
};
const FOURCC_NAMES: Readonly<Record<string, string>> = {
  hvc1: 'HEVC (H.265)',
  av01: 'AV1',
  vp09: 'VP9',
  vp08: 'VP8',
  Opus: 'Opus',
  fLaC: 'FLAC',
  'ac-3': 'AC-3',
  'ec-3': 'E-AC-3',
  '.mp3': 'MP3',
};
const IDR = 5;

function fourCc(body: Buffer): string {
  const code = body.toString('latin1', 1, 5).replace(/[^\x21-\x7e]/g, '?');
  return FOURCC_NAMES[code] ?? code;
}

/**
 * Walks the length-prefixed NAL units. Returns whether one is an IDR picture, or null where the
 * lengths do not add up: such a frame would upset a decoder and is left out.
 */
function scanNals(data: Buffer): { idr: boolean } | null {
  let at = 0;
  let idr = false;
  while (at + 4 < data.length) {
    const size = data.readUInt32BE(at);
    if (size === 0 || at + 4 + size > data.length) return null;
    if (((data[at + 4] ?? 0) & 31) === IDR) idr = true;
    at += 4 + size;
  }
  return at === data.length && at > 0 ? { idr } : null;
}

function frame(key: boolean, compositionMs: number, data: Buffer): VideoTag {
  const nals = scanNals(data);
  return nals ? { kind: 'frame', key: key || nals.idr, compositionMs, data } : NOTHING;
}

function parseEnhancedVideo(body: Buffer, first: number): VideoTag {
  if (body.length < 5) return NOTHING;
  if (body.toString('latin1', 1, 5) !== 'avc1') return { kind: 'unsupported', codec: fourCc(body) };
  const key = ((first >> 4) & 7) === KEYFRAME;
  const packetType = first & 15;
  if (packetType === 0) return { kind: 'config', avcc: body.subarray(5) };
  if (packetType === 1 && body.length > 8) return frame(key, body.readIntBE(5, 3), body.subarray(8));
  if (packetType === 3) return frame(key, 0, body.subarray(5));
  return NOTHING;
}

/** Parses the body of a video tag. Never throws; what it does not understand is `nothing`. */
export function parseVideoTag(body: Buffer): VideoTag {
  const first = body[0];
  if (first === undefined) return NOTHING;
  if (first & 0x80) return parseEnhancedVideo(body, first);
  if (first >> 4 === COMMAND) return NOTHING;
  const codec = first & 15;
  if (codec !== AVC) return { kind: 'unsupported', codec: VIDEO_CODECS[codec] ?? `video codec ${codec}` };
  if (body.length < 6) return NOTHING;
  if (body[1] === 0) return { kind: 'config', avcc: body.subarray(5) };
  // Composition time is signed: encoders that shift pictures back send negative ones.
  return body[1] === 1 ? frame(first >> 4 === KEYFRAME, body.readIntBE(2, 3), body.subarray(5)) : NOTHING;
}

function parseEnhancedAudio(body: Buffer, first: number): AudioTag {
  if (body.length < 6) return NOTHING;
  if (body.toString('latin1', 1, 5) !== 'mp4a') return { kind: 'unsupported', codec: fourCc(body) };
  if ((first & 15) === 0) return { kind: 'config', asc: body.subarray(5) };
  return (first & 15) === 1 ? { kind: 'frame', data: body.subarray(5) } : NOTHING;
}

/** Parses the body of an audio tag. Never throws; what it does not understand is `nothing`. */
export function parseAudioTag(body: Buffer): AudioTag {
  const first = body[0];
  if (first === undefined) return NOTHING;
  const codec = first >> 4;
  if (codec === EXTENDED_AUDIO) return parseEnhancedAudio(body, first);
  if (codec !== AAC) return { kind: 'unsupported', codec: AUDIO_CODECS[codec] ?? `audio codec ${codec}` };
  if (body.length < 3) return NOTHING;
  return body[1] === 0 ? { kind: 'config', asc: body.subarray(2) } : { kind: 'frame', data: body.subarray(2) };
}
