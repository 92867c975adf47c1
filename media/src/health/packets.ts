/** The little that the meter has to know of FLV tag bodies, without making an object of each. */

const AAC = 10;
const EXTENDED_AUDIO = 9;
const EXTENDED_VIDEO = 0x80;
/** Frame type of a video tag that carries a command and no picture. */
const COMMAND = 5;
/** Packet types of Enhanced RTMP that carry frames. */
const CODED_FRAMES = 1;
const CODED_FRAMES_X = 3;
const AAC_RAW = 1;
const AVC_NALU = 1;

/** False for headers, whose timestamps mean nothing. */
export function isVideoFrame(payload: Buffer): boolean {
  const first = payload[0] ?? 0;
  const type = first & 15;
  if (first & EXTENDED_VIDEO) return type === CODED_FRAMES || type === CODED_FRAMES_X;
  return first >> 4 !== COMMAND && payload[1] === AVC_NALU;
}

/** Where the raw AAC frame begins in an audio tag; null where it holds none. */
export function aacFrameStart(payload: Buffer): number | null {
  const first = payload[0] ?? 0;
  if (first >> 4 === AAC) return payload[1] === AAC_RAW && payload.length > 2 ? 2 : null;
  return first >> 4 === EXTENDED_AUDIO && (first & 15) === CODED_FRAMES && payload.length > 5 ? 5 : null;
}
