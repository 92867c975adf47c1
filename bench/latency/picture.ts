/**
 * A clock that survives an encoder: Unix milliseconds as 16 × 4 black and white cells in the upper
 * part of the picture, over a moving pattern that gives the encoder something to do. 48 bits of
 * time, most significant first, then 16 bits of check, so that a half-decoded picture is not read.
 */
export const PICTURE = { width: 640, height: 360, framesPerSecond: 30, columns: 16, rows: 4, cell: 40 } as const;

const LUMA = PICTURE.width * PICTURE.height;
const WHITE = 235;
const BLACK = 16;
const TIME_BITS = 48;

/** The 64 bits of an instant. The check is a multiplicative hash of the time's low 32 bits. */
function clockBits(unixMs: number): number[] {
  const check = (Math.imul(unixMs >>> 0, 0x9e3779b1) >>> 16) & 0xffff;
  const bits: number[] = [];
  for (let i = TIME_BITS - 1; i >= 0; i--) bits.push(Math.floor(unixMs / 2 ** i) % 2);
  for (let i = 15; i >= 0; i--) bits.push((check >>> i) & 1);
  return bits;
}

/** Draws one frame (planar YUV 4:2:0) that shows `unixMs`. The buffer belongs to the receiver. */
export function drawFrame(unixMs: number, frameNumber: number): Buffer {
  const { width, height, columns, rows, cell } = PICTURE;
  const frame = Buffer.alloc((LUMA * 3) / 2, 128);
  const bits = clockBits(unixMs);
  for (let row = 0; row < rows; row++) {
    const first = row * cell * width;
    for (let column = 0; column < columns; column++) {
      const value = bits[row * columns + column] === 1 ? WHITE : BLACK;
      frame.fill(value, first + column * cell, first + (column + 1) * cell);
    }
    for (let line = 1; line < cell; line++) frame.copy(frame, first + line * width, first, first + width);
  }
  for (let y = rows * cell; y < height; y++) {
    const line = y * width;
    for (let x = 0; x < width; x++) frame[line + x] = 40 + (((x + frameNumber * 3) ^ (y + frameNumber)) & 127);
  }
  return frame;
}
