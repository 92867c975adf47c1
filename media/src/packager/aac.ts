import { BitReader } from './bits.ts';
import type { AudioConfig } from './samples.ts';

const RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
const EXPLICIT_RATE = 15;
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8];
const AAC_LC = 2;
const SBR = 5;
const PS = 29;
/** The longest that is usual is 7 bytes. */
const MAX_BYTES = 64;

function readRate(r: BitReader): number {
  const index = r.bits(4);
  return index === EXPLICIT_RATE ? r.bits(24) : (RATES[index] ?? 0);
}

/** Reads an AudioSpecificConfig. Returns null where it is not AAC-LC or HE-AAC. */
export function readAacConfig(asc: Buffer): AudioConfig | null {
  if (asc.length < 2 || asc.length > MAX_BYTES) return null;
  const r = new BitReader(asc);
  const type = r.bits(5);
  const rate = readRate(r);
  const channels = CHANNELS[r.bits(4)] ?? 0;
  let core = type;
  if (type === SBR || type === PS) {
    readRate(r);
    core = r.bits(5);
  }
  if (core !== AAC_LC || rate < 7350 || channels === 0 || r.overrun) return null;
  // A copy: the bytes of a packet are somebody else's soon.
  return { asc: Buffer.from(asc), rate, channels, frameSamples: r.flag() ? 960 : 1024, codec: `mp4a.40.${type}` };
}
