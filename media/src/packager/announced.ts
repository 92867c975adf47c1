/** What an encoder says of itself beforehand: the `onMetaData` of OBS, ffmpeg and most phones. */

/** The key as AMF0 writes it: its length, itself, and the marker of a number. */
const VIDEO_RATE = Buffer.from('\0\x0dvideodatarate\0', 'latin1');
const NUMBER_BYTES = 8;

/**
 * The rate of the picture that a data message announces, bits a second; null where it announces none.
 * Whoever asks has to judge it: it is whatever the encoder wrote, only finite and above zero.
 */
export function readAnnouncedBits(payload: Buffer): number | null {
  const found = payload.indexOf(VIDEO_RATE);
  const start = found + VIDEO_RATE.length;
  if (found < 0 || start + NUMBER_BYTES > payload.length) return null;
  const bits = payload.readDoubleBE(start) * 1000;
  return Number.isFinite(bits) && bits > 0 ? bits : null;
}
