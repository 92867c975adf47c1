import { createHash, randomBytes } from 'node:crypto';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

/** Encodes bytes in lower-case Crockford base-32, most significant bit first. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += CROCKFORD[(buffer >> bits) & 31];
    }
  }
  if (bits > 0) text += CROCKFORD[(buffer << (5 - bits)) & 31];
  return text;
}

/** A new public id: its prefix and 128 random bits, e.g. `shw_…`. */
export const newId = (
  prefix: 'chn' | 'shw' | 'key' | 'cod' | 'usr' | 'trf' | 'chk' | 'tkt' | 'sub' | 'pot' | 'tip' | 'ntc' | 'rfd',
): string => `${prefix}_${base32(randomBytes(16))}`;

export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');
