/** One keyframe as a stream that a decoder understands by itself: parameter sets and picture, Annex B of H.264. */
import type { VideoConfig, VideoFrame } from '../packager/samples.ts';

const START_CODE = Buffer.from([0, 0, 0, 1]);
/** Slices and parameter sets; everything else says nothing of the picture. */
const NEEDED = new Set([1, 5, 7, 8]);

/** The parameter sets of an AVCDecoderConfigurationRecord (ISO 14496-15, 5.2.4.1). */
function parameterSets(avcc: Buffer): Buffer[] {
  const sets: Buffer[] = [];
  let at = 5;
  for (const mask of [31, 255]) {
    const count = (avcc[at] ?? 0) & mask;
    at += 1;
    for (let i = 0; i < count && at + 2 <= avcc.length; i += 1) {
      const size = avcc.readUInt16BE(at);
      sets.push(avcc.subarray(at + 2, at + 2 + size));
      at += 2 + size;
    }
  }
  return sets;
}

/** The NAL units of an access unit whose lengths take four bytes. */
function* unitsOf(data: Buffer): Generator<Buffer> {
  let at = 0;
  while (at + 4 < data.length) {
    const size = data.readUInt32BE(at);
    yield data.subarray(at + 4, at + 4 + size);
    at += 4 + size;
  }
}

/** A copy, so that the packet which the frame came in can be let go. */
export function annexB(config: VideoConfig, frame: VideoFrame): Buffer {
  const units = [...parameterSets(config.avcc), ...unitsOf(frame.data)];
  return Buffer.concat(units.filter((unit) => NEEDED.has((unit[0] ?? 0) & 31)).flatMap((unit) => [START_CODE, unit]));
}
