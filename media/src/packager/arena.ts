/** The bytes of the part that is being collected: each sample is copied here once, and goes to the disk from here. */
import { giveBuffer, takeBuffer } from '../scratch.ts';

/** Room for the boxes before the samples; a part that needs more of it is moved, bytes. */
const HEAD_BYTES = 4096;
const FIRST_BYTES = 64 * 1024;

/** Bytes ready to be written. `release` hands their memory back; afterwards it is somebody else's. */
export type PartBytes = { readonly bytes: Buffer; release(): void };

export class Arena {
  #buffer: Buffer | null = null;
  #end = HEAD_BYTES;
  /** What the next part is likely to need, bytes. */
  #likely = FIRST_BYTES;

  /** Copies a sample behind those that are there. */
  add(sample: Buffer): void {
    const buffer = this.#withRoom(sample.length);
    sample.copy(buffer, this.#end);
    this.#end += sample.length;
  }

  /** Puts `head` before the samples and gives all away; the next sample begins another part. */
  finish(head: Buffer): PartBytes {
    const buffer = this.#withRoom(0);
    const end = this.#end;
    this.#buffer = null;
    this.#end = HEAD_BYTES;
    this.#likely = end;
    if (head.length > HEAD_BYTES) {
      const bytes = Buffer.concat([head, buffer.subarray(HEAD_BYTES, end)]);
      giveBuffer(buffer);
      return { bytes, release() {} };
    }
    const start = HEAD_BYTES - head.length;
    head.copy(buffer, start);
    return { bytes: buffer.subarray(start, end), release: () => giveBuffer(buffer) };
  }

  #withRoom(bytes: number): Buffer {
    const end = this.#end + bytes;
    const old = this.#buffer;
    if (old && end <= old.length) return old;
    const wider = takeBuffer(Math.max(end, old ? 2 * old.length : this.#likely));
    if (old) {
      old.copy(wider, HEAD_BYTES, HEAD_BYTES, this.#end);
      giveBuffer(old);
    }
    this.#buffer = wider;
    return wider;
  }
}
