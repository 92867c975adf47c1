import { randomBytes } from 'node:crypto';
import { BroadcastId } from '#contract/ids.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const SYMBOLS = 26;

/** A new random broadcast id, 130 bits. */
export function newBroadcastId(): BroadcastId {
  const symbols = Array.from(randomBytes(SYMBOLS), (byte) => ALPHABET[byte & 31]);
  return BroadcastId.parse(`brc_${symbols.join('')}`);
}
