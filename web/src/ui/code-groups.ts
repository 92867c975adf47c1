/** An access code as people read it. */

const GROUP = 3;

/** True for a letter or digit that a code can hold. */
export const isSymbol = (character: string) => /[A-Z0-9]/.test(character);

/** The letters and digits of a code, upper case. */
export const symbolsOf = (text: string) => [...text.toUpperCase()].filter((character) => isSymbol(character)).join('');

/** Groups of three, for a code that arrived whole (pasted, from the address, or shown to be read aloud). */
export function groupCode(code: string): string {
  const symbols = symbolsOf(code);
  return symbols.match(new RegExp(`.{1,${GROUP}}`, 'g'))?.join(' ') ?? '';
}
