/** Is an AAC frame digital silence? Only headers are read: a spectrum without one coded line is silent. */
import { BitReader } from '../packager/bits.ts';

const ELEMENT = { single: 0, pair: 1, lfe: 3, data: 4, fill: 6, end: 7 } as const;
const EIGHT_SHORT = 2;
const ESCAPED_COUNT = 15;
const ESCAPED_DATA = 255;
/** More elements than this in one frame are not believed. */
const MAX_ELEMENTS = 24;

type Window = { readonly short: boolean; readonly maxSfb: number; readonly groups: number };

/** Thrown past nothing: what cannot be followed counts as sound. */
const UNKNOWN = Symbol('unknown');

function readWindow(r: BitReader): Window {
  r.bits(1);
  const short = r.bits(2) === EIGHT_SHORT;
  r.bits(1);
  const maxSfb = r.bits(short ? 4 : 6);
  if (!short) {
    // Prediction belongs to the Main profile, which we do not take.
    if (r.flag()) throw UNKNOWN;
    return { short, maxSfb, groups: 1 };
  }
  let groups = 1;
  for (let i = 0; i < 7; i += 1) if (!r.flag()) groups += 1;
  return { short, maxSfb, groups };
}

/** True where every scale factor band has the codebook without lines. */
function sectionsAreZero(r: BitReader, { short, maxSfb, groups }: Window): boolean {
  const lengthBits = short ? 3 : 5;
  const more = 2 ** lengthBits - 1;
  for (let group = 0; group < groups; group += 1) {
    for (let band = 0; band < maxSfb; ) {
      if (r.bits(4) !== 0) return false;
      let length = r.bits(lengthBits);
      band += length;
      while (length === more) {
        length = r.bits(lengthBits);
        band += length;
      }
      if (r.overrun) throw UNKNOWN;
    }
  }
  return true;
}

/** Noise shaping may be described even where there is nothing to shape. */
function skipNoiseShaping(r: BitReader, short: boolean): void {
  for (let window = 0; window < (short ? 8 : 1); window += 1) {
    const filters = r.bits(short ? 1 : 2);
    const resolution = filters > 0 ? r.bits(1) : 0;
    for (let i = 0; i < filters; i += 1) {
      r.bits(short ? 4 : 6);
      const order = r.bits(short ? 3 : 5);
      if (order === 0) continue;
      r.bits(1);
      const compressed = r.bits(1);
      for (let c = 0; c < order; c += 1) r.bits(resolution + 3 - compressed);
    }
  }
}

function channelIsZero(r: BitReader, common: Window | null): boolean {
  r.bits(8);
  const window = common ?? readWindow(r);
  if (!sectionsAreZero(r, window)) return false;
  // Pulses, and gain control, which is another profile's.
  if (r.flag()) throw UNKNOWN;
  if (r.flag()) skipNoiseShaping(r, window.short);
  if (r.flag()) throw UNKNOWN;
  return true;
}

function pairIsZero(r: BitReader): boolean {
  const common = r.flag() ? readWindow(r) : null;
  if (common && r.bits(2) === 1) for (let i = 0; i < common.groups * common.maxSfb; i += 1) r.bits(1);
  return channelIsZero(r, common) && channelIsZero(r, common);
}

function skipFill(r: BitReader): void {
  let bytes = r.bits(4);
  if (bytes === ESCAPED_COUNT) bytes += r.bits(8) - 1;
  for (let i = 0; i < bytes && !r.overrun; i += 1) r.bits(8);
}

function skipData(r: BitReader): void {
  r.bits(4);
  const aligned = r.flag();
  let bytes = r.bits(8);
  if (bytes === ESCAPED_DATA) bytes += r.bits(8);
  if (aligned) r.align();
  for (let i = 0; i < bytes && !r.overrun; i += 1) r.bits(8);
}

function walk(r: BitReader): boolean {
  let channels = 0;
  for (let i = 0; i < MAX_ELEMENTS && !r.overrun; i += 1) {
    const element = r.bits(3);
    if (element === ELEMENT.end) return channels > 0;
    if (element === ELEMENT.fill) skipFill(r);
    else if (element === ELEMENT.data) skipData(r);
    else if (element === ELEMENT.single || element === ELEMENT.lfe || element === ELEMENT.pair) {
      r.bits(4);
      if (!(element === ELEMENT.pair ? pairIsZero(r) : channelIsZero(r, null))) return false;
      channels += 1;
    } else return false;
  }
  return false;
}

/** True where a raw AAC-LC frame holds no spectral line in any channel. Faint noise is sound; so is what we cannot read. */
export function isSilentAac(frame: Buffer): boolean {
  try {
    return walk(new BitReader(frame));
  } catch (thrown) {
    if (thrown === UNKNOWN) return false;
    throw thrown;
  }
}
