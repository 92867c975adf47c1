/** Reads fragmented MP4 (ISO/IEC 14496-12) as a player does: which sample is shown when. */

export type Track = { readonly kind: 'video' | 'audio'; readonly timescale: number };
export type Sample = {
  readonly kind: Track['kind'];
  /** Decode and presentation time, milliseconds. */
  readonly dtsMs: number;
  readonly ptsMs: number;
  readonly data: Buffer;
};

type Box = { readonly type: string; readonly start: number; readonly body: Buffer };

/** The boxes that stand one after the other in `bytes`. Throws where their sizes do not add up. */
function boxes(bytes: Buffer): Box[] {
  const found: Box[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.length - at >= 8 ? bytes.readUInt32BE(at) : 0;
    if (size < 8 || at + size > bytes.length) throw new Error(`a box of ${size} bytes at ${at} of ${bytes.length}`);
    found.push({ type: bytes.toString('latin1', at + 4, at + 8), start: at, body: bytes.subarray(at + 8, at + size) });
    at += size;
  }
  return found;
}

function inside(bytes: Buffer, ...path: string[]): Buffer {
  let body = bytes;
  for (const type of path) {
    const found = boxes(body).find((one) => one.type === type);
    if (!found) throw new Error(`no ${type} box`);
    body = found.body;
  }
  return body;
}

/** The tracks of an init segment by their id. */
export function readTracks(init: Buffer): Map<number, Track> {
  const tracks = new Map<number, Track>();
  for (const { type, body } of boxes(inside(init, 'moov'))) {
    if (type !== 'trak') continue;
    const tkhd = inside(body, 'tkhd');
    const mdhd = inside(body, 'mdia', 'mdhd');
    const handler = inside(body, 'mdia', 'hdlr').toString('latin1', 8, 12);
    const kind = handler === 'vide' ? 'video' : 'audio';
    tracks.set(tkhd.readUInt32BE(tkhd[0] === 1 ? 20 : 12), {
      kind,
      timescale: mdhd.readUInt32BE(mdhd[0] === 1 ? 20 : 12),
    });
  }
  return tracks;
}

/** Words of a box, one after the other; absent ones give null. */
function words(body: Buffer, from: number) {
  let at = from;
  const take = (signed: boolean) => {
    at += 4;
    return signed ? body.readInt32BE(at - 4) : body.readUInt32BE(at - 4);
  };
  return (present: number, signed = false): number | null => (present ? take(signed) : null);
}

function readTraf(traf: Buffer, tracks: Map<number, Track>, segment: Buffer, moofStart: number, out: Sample[]): void {
  const tfhd = inside(traf, 'tfhd');
  const headFlags = tfhd.readUIntBE(1, 3);
  const head = words(tfhd, 4);
  const track = tracks.get(head(1) ?? 0);
  if (!track) throw new Error('a fragment of an unknown track');
  if (headFlags & 1) throw new Error('absolute data offsets are not ours');
  head(headFlags & 2);
  const defaultTicks = head(headFlags & 8) ?? 0;
  const defaultBytes = head(headFlags & 16) ?? 0;
  const tfdt = inside(traf, 'tfdt');
  let ticks = tfdt[0] === 1 ? Number(tfdt.readBigUInt64BE(4)) : tfdt.readUInt32BE(4);
  for (const { type, body } of boxes(traf)) {
    if (type !== 'trun') continue;
    const flags = body.readUIntBE(1, 3);
    const next = words(body, 4);
    const count = next(1) ?? 0;
    let at = moofStart + (next(flags & 1, true) ?? 0);
    next(flags & 4);
    for (let i = 0; i < count; i++) {
      const length = next(flags & 0x100) ?? defaultTicks;
      const bytes = next(flags & 0x200) ?? defaultBytes;
      next(flags & 0x400);
      const offset = next(flags & 0x800, body[0] === 1) ?? 0;
      const toMs = 1000 / track.timescale;
      const data = segment.subarray(at, at + bytes);
      out.push({ kind: track.kind, dtsMs: ticks * toMs, ptsMs: (ticks + offset) * toMs, data });
      ticks += length;
      at += bytes;
    }
  }
}

/** All samples of a media segment, in the order of its fragments. */
export function readSamples(segment: Buffer, tracks: Map<number, Track>): Sample[] {
  const out: Sample[] = [];
  for (const { type, start, body } of boxes(segment)) {
    if (type !== 'moof') continue;
    for (const inner of boxes(body)) if (inner.type === 'traf') readTraf(inner.body, tracks, segment, start, out);
  }
  return out;
}
