/** How an access code looks while it is typed. Folding (O to 0, I to 1) is the server's alone. */

/** Longest text the field holds: 12 symbols and room for separators. */
export const LONGEST_TYPED = 24;
const GROUP = 3;

const isSymbol = (character: string) => /[A-Z0-9]/.test(character);
const isSeparator = (character: string) => /[\s\-‐-―._·]/.test(character);

/** The letters and digits of a code, upper case. */
export const symbolsOf = (text: string) => [...text.toUpperCase()].filter((character) => isSymbol(character)).join('');

/**
 * Cleans what was typed and says where the caret belongs. Nothing is ever inserted, so the caret
 * never jumps: letters become capitals, separators one space or dash, anything else goes.
 */
export function formatTyped(typed: string, caret: number): { text: string; caret: number } {
  let text = '';
  let caretAfter = 0;
  let read = 0;
  for (const character of typed) {
    // Upper-casing some letters yields two characters ("ß"); those are no symbols of ours.
    const upper = character.toUpperCase();
    const last = text.at(-1);
    let kept = '';
    if (upper.length === 1 && isSymbol(upper)) kept = upper;
    else if (isSeparator(character) && last !== undefined && isSymbol(last)) kept = character === ' ' ? ' ' : '-';
    if (text.length + kept.length <= LONGEST_TYPED) {
      text += kept;
      if (read < caret) caretAfter = text.length;
    }
    read += character.length;
  }
  return { text, caret: caretAfter };
}

/** Groups of three, for a code that arrived whole (pasted, from the address, or shown to be read aloud). */
export function groupCode(code: string): string {
  const symbols = symbolsOf(code);
  return symbols.match(new RegExp(`.{1,${GROUP}}`, 'g'))?.join(' ') ?? '';
}

/** The code in an address's fragment (`#code=PLI…` or `#?code=PLI…`), or null. */
export function codeInFragment(fragment: string): string | null {
  const code = new URLSearchParams(fragment.replace(/^#\??/, '')).get('code');
  return code && symbolsOf(code) ? groupCode(code).slice(0, LONGEST_TYPED) : null;
}
