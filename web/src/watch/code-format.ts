/** How an access code looks while it is typed. Folding (O to 0, I to 1) is the server's alone. */
import { capitalOf, groupCode, isSymbol, symbolsOf } from '../ui/code-groups.ts';

/** Longest text the field holds: 12 symbols and room for separators. */
export const LONGEST_TYPED = 24;

const isSeparator = (character: string) => /[\s\-‐-―._·]/.test(character);

/**
 * Cleans what was typed and says where the caret belongs. Nothing is ever inserted, so the caret
 * never jumps: letters become capitals, separators one space or dash, anything else goes.
 */
export function formatTyped(typed: string, caret: number): { text: string; caret: number } {
  let text = '';
  let caretAfter = 0;
  let read = 0;
  for (const character of typed) {
    const upper = capitalOf(character);
    const last = text.at(-1);
    let kept = '';
    if (isSymbol(upper)) kept = upper;
    else if (isSeparator(character) && last !== undefined && isSymbol(last)) kept = character === ' ' ? ' ' : '-';
    if (text.length + kept.length <= LONGEST_TYPED) {
      text += kept;
      if (read < caret) caretAfter = text.length;
    }
    read += character.length;
  }
  return { text, caret: caretAfter };
}

/** The code in an address's fragment (`#code=PLI…` or `#?code=PLI…`), or null. */
export function codeInFragment(fragment: string): string | null {
  const code = new URLSearchParams(fragment.replace(/^#\??/, '')).get('code');
  return code && symbolsOf(code) ? groupCode(code).slice(0, LONGEST_TYPED) : null;
}
