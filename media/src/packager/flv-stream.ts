/** FLV as a byte stream: what goes into ffmpeg's standard input and comes back from its output. */
import type { MediaPacket } from '../types.ts';

const TAG_HEADER = 11;
const TRAILER = 4;
const FILE_HEADER = 9;
/** Larger tags are not ours, bytes. */
const MAX_TAG_BYTES = 8 * 1024 * 1024;
const KINDS = { 8: 'audio', 9: 'video', 18: 'data' } as const;

/** The nine bytes and the empty back pointer that open an FLV stream. */
export function flvHeader(has: { audio: boolean; video: boolean }): Buffer {
  return Buffer.from([
    0x46,
    0x4c,
    0x56,
    1,
    (has.audio ? 4 : 0) | (has.video ? 1 : 0),
    0,
    0,
    0,
    FILE_HEADER,
    0,
    0,
    0,
    0,
  ]);
}

/** The header and trailer around a tag body; the body itself is not copied. `timestampMs` is 32 bits. */
export function flvTag(
  kind: 'audio' | 'video',
  timestampMs: number,
  bodyBytes: number,
): { head: Buffer; tail: Buffer } {
  const head = Buffer.alloc(TAG_HEADER);
  head[0] = kind === 'audio' ? 8 : 9;
  head.writeUIntBE(bodyBytes, 1, 3);
  head.writeUIntBE(timestampMs & 0xffffff, 4, 3);
  head[7] = (timestampMs >>> 24) & 0xff;
  const tail = Buffer.alloc(TRAILER);
  tail.writeUInt32BE(TAG_HEADER + bodyBytes);
  return { head, tail };
}

/** Cuts an FLV byte stream into packets. Throws on bytes that are not FLV. */
export class FlvReader {
  readonly #onPacket: (packet: MediaPacket) => void;
  #chunks: Buffer[] = [];
  #length = 0;
  #needed = FILE_HEADER + TRAILER;
  #started = false;

  constructor(onPacket: (packet: MediaPacket) => void) {
    this.#onPacket = onPacket;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    // Joined only once a whole tag may be there, so that a large tag in many chunks is copied once.
    if (this.#length < this.#needed) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#length);
    const rest = bytes.subarray(this.#read(bytes));
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
  }

  #read(bytes: Buffer): number {
    let at = 0;
    if (!this.#started) {
      if (bytes.toString('latin1', 0, 3) !== 'FLV') throw new Error('not an FLV stream');
      this.#started = true;
      at = FILE_HEADER + TRAILER;
    }
    for (;;) {
      this.#needed = TAG_HEADER;
      if (bytes.length - at < TAG_HEADER) return at;
      const size = bytes.readUIntBE(at + 1, 3);
      if (size > MAX_TAG_BYTES) throw new Error(`FLV tag of ${size} bytes`);
      this.#needed = TAG_HEADER + size + TRAILER;
      if (bytes.length - at < this.#needed) return at;
      const kind = KINDS[(bytes[at] ?? 0) as keyof typeof KINDS];
      const timestampMs = bytes.readUIntBE(at + 4, 3) + (bytes[at + 7] ?? 0) * 2 ** 24;
      if (kind) this.#onPacket({ kind, timestampMs, payload: bytes.subarray(at + TAG_HEADER, at + TAG_HEADER + size) });
      at += this.#needed;
    }
  }
}
