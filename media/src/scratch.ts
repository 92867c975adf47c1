/**
 * Buffers that are used again: for messages on their way in and parts on their way to the disk. Left to the garbage
 * collector, six megabytes a second of them had it go through the whole heap again and again.
 */

/** Sizes are powers of two from this on, so that a buffer fits the next taker too, bytes. */
const SMALLEST_BYTES = 32 * 1024;
/** Larger ones are not kept, bytes. */
const LARGEST_KEPT_BYTES = 1024 * 1024;
/** All that are kept and not in use, bytes. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

const kept = new Map<number, Buffer[]>();
let keptBytes = 0;

const sizeFor = (bytes: number) => 2 ** Math.max(Math.log2(SMALLEST_BYTES), Math.ceil(Math.log2(bytes)));

/** A buffer of at least `bytes`, with anything in it. To be handed back with `giveBuffer`, and not used afterwards. */
export function takeBuffer(bytes: number): Buffer {
  const size = sizeFor(bytes);
  const one = kept.get(size)?.pop();
  if (!one) return Buffer.allocUnsafeSlow(size);
  keptBytes -= size;
  return one;
}

/** Takes back what `takeBuffer` gave, whole. One that never comes back is left to the garbage collector. */
export function giveBuffer(whole: Buffer): void {
  const size = whole.length;
  if (size > LARGEST_KEPT_BYTES || keptBytes + size > MAX_KEPT_BYTES) return;
  const same = kept.get(size) ?? [];
  kept.set(size, same);
  same.push(whole);
  keptBytes += size;
}
