/** An access code as people read it. */

const GROUP = 3;

/** True for a letter or digit that a code can hold. */
export const isSymbol = (character: string) => /^[A-Z0-9]$/.test(character);

/** A character as the server reads it: wide digits of an East Asian keyboard, a Turkish "ı". What becomes two ("ß") is none of ours. */
export const capitalOf = (character: string) => character.normalize('NFKC').toUpperCase();

/** The letters and digits of a code, upper case. */
export const symbolsOf = (text: string) => [...text].map(capitalOf).filter(isSymbol).join('');

/** Groups of three, for a code that arrived whole (pasted, from the address, or shown to be read aloud). */
export function groupCode(code: string): string {
  const symbols = symbolsOf(code);
  return symbols.match(new RegExp(`.{1,${GROUP}}`, 'g'))?.join(' ') ?? '';
}
