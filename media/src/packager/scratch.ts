/**
 * Buffers for bytes on their way to the disk. They are used again: what a part needs would otherwise be
 * asked of the system, and given back by the garbage collector, five times a second for each rendition.
 */

/** Kept for later use; more are in use together only while a disk is slow. */
const MAX_KEPT = 4;
/** Sizes are rounded up, so that a buffer fits the next part too, bytes. */
const STEP_BYTES = 64 * 1024;
/** Larger ones are not kept. */
const MAX_KEPT_BYTES = 1024 * 1024;

const kept: Buffer[] = [];

function take(bytes: number): Buffer {
  const one = kept.pop();
  // One that is too small is dropped, and a larger one will come back in its place.
  if (one && one.length >= bytes) return one;
  return Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
}

/** The buffers one after the other. The result is to be handed back with `giveBuffer`, and not used afterwards. */
export function joined(buffers: readonly Buffer[]): Buffer {
  let bytes = 0;
  for (const one of buffers) bytes += one.length;
  const whole = take(bytes);
  let at = 0;
  for (const one of buffers) at += one.copy(whole, at);
  return whole.subarray(0, bytes);
}

/** Takes back what `joined` gave. */
export function giveBuffer(part: Buffer): void {
  if (kept.length < MAX_KEPT && part.buffer.byteLength <= MAX_KEPT_BYTES) kept.push(Buffer.from(part.buffer));
}
