import { BitReader } from './bits.ts';
import type { VideoConfig } from './samples.ts';

/** Profiles whose SPS carries chroma format and scaling lists (H.264 7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const EXTENDED_SAR = 255;
/** Table E-1 of H.264. */
const PIXEL_ASPECTS: readonly (readonly [number, number])[] = [
  [1, 1],
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
];
/** Largest picture side that we believe, pixels. */
const MAX_SIDE = 8192;

/** Removes the emulation prevention bytes (00 00 03 → 00 00). */
function rbsp(nal: Buffer): Buffer {
  const out = Buffer.alloc(nal.length);
  let length = 0;
  let zeros = 0;
  for (const byte of nal) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out[length] = byte;
    length += 1;
  }
  return out.subarray(0, length);
}

function skipScalingLists(r: BitReader, count: number): void {
  for (let list = 0; list < count; list += 1) {
    if (!r.flag()) continue;
    let next = 8;
    for (let i = 0, last = 8; i < (list < 6 ? 16 : 64); i += 1) {
      if (next !== 0) next = (last + r.se() + 256) % 256;
      last = next === 0 ? last : next;
    }
  }
}

function readChroma(r: BitReader): { format: number } {
  const format = r.ue();
  if (format === 3) r.flag();
  r.ue();
  r.ue();
  r.flag();
  if (r.flag()) skipScalingLists(r, format === 3 ? 12 : 8);
  return { format };
}

function skipPictureOrder(r: BitReader): void {
  const type = r.ue();
  if (type === 0) r.ue();
  if (type !== 1) return;
  r.flag();
  r.se();
  r.se();
  const cycle = Math.min(r.ue(), 255);
  for (let i = 0; i < cycle; i += 1) r.se();
}

function readVui(r: BitReader): Pick<VideoConfig, 'fps' | 'pixelAspect'> {
  let pixelAspect: readonly [number, number] = [1, 1];
  if (r.flag()) {
    const idc = r.bits(8);
    pixelAspect = idc === EXTENDED_SAR ? [r.bits(16), r.bits(16)] : (PIXEL_ASPECTS[idc] ?? [1, 1]);
    if (pixelAspect[0] === 0 || pixelAspect[1] === 0) pixelAspect = [1, 1];
  }
  if (r.flag()) r.flag();
  if (r.flag()) {
    r.bits(4);
    if (r.flag()) r.bits(24);
  }
  if (r.flag()) {
    r.ue();
    r.ue();
  }
  if (!r.flag()) return { fps: null, pixelAspect };
  const unitsInTick = r.bits(32);
  const fps = unitsInTick === 0 ? 0 : r.bits(32) / (2 * unitsInTick);
  return { fps: fps >= 1 && fps <= 300 ? fps : null, pixelAspect };
}

function readSps(nal: Buffer): Omit<VideoConfig, 'avcc' | 'codec'> | null {
  const r = new BitReader(rbsp(nal.subarray(1)));
  const profile = r.bits(8);
  r.bits(16);
  r.ue();
  const chroma = HIGH_PROFILES.has(profile) ? readChroma(r).format : 1;
  r.ue();
  skipPictureOrder(r);
  r.ue();
  r.flag();
  const widthMbs = r.ue() + 1;
  const heightUnits = r.ue() + 1;
  const frameOnly = r.flag();
  if (!frameOnly) r.flag();
  r.flag();
  const crop = r.flag() ? [r.ue(), r.ue(), r.ue(), r.ue()] : [0, 0, 0, 0];
  const [left = 0, right = 0, top = 0, bottom = 0] = crop;
  const cropX = chroma === 1 || chroma === 2 ? 2 : 1;
  const cropY = (chroma === 1 ? 2 : 1) * (frameOnly ? 1 : 2);
  const width = widthMbs * 16 - (left + right) * cropX;
  const height = heightUnits * 16 * (frameOnly ? 1 : 2) - (top + bottom) * cropY;
  const vui = r.flag() ? readVui(r) : { fps: null, pixelAspect: [1, 1] as const };
  const sane = !r.overrun && width > 0 && height > 0 && width <= MAX_SIDE && height <= MAX_SIDE;
  return sane ? { width, height, ...vui } : null;
}

/** Reads an AVCDecoderConfigurationRecord. Returns null where it is not one that a player could use. */
export function readAvcConfig(avcc: Buffer): VideoConfig | null {
  if (avcc.length < 9 || avcc[0] !== 1 || ((avcc[4] ?? 0) & 3) !== 3 || ((avcc[5] ?? 0) & 31) === 0) return null;
  const size = avcc.readUInt16BE(6);
  const sps = avcc.subarray(8, 8 + size);
  if (sps.length !== size || size < 4 || ((sps[0] ?? 0) & 31) !== 7) return null;
  const picture = readSps(sps);
  if (!picture) return null;
  // A copy: the bytes of a packet are somebody else's soon.
  return { avcc: Buffer.from(avcc), codec: `avc1.${sps.toString('hex', 1, 4)}`, ...picture };
}
