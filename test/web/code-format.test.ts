import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupCode, symbolsOf } from '../../web/src/ui/code-groups.ts';
import { codeInFragment, formatTyped, LONGEST_TYPED } from '../../web/src/watch/code-format.ts';

const typed = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...'pliPLI09oOqz -–_. '), maxLength: 30 }),
);

describe('typing a code', () => {
  test('any case, spaces and dashes are accepted, and letters become capitals', () => {
    expect(formatTyped('pli-4f7 k2m', 11).text).toBe('PLI-4F7 K2M');
    expect(formatTyped('  pli--4f7', 10).text).toBe('PLI-4F7');
    expect(formatTyped('PLI4F7K2M9QX', 12).text).toBe('PLI4F7K2M9QX');
    // As the server reads them: wide digits, a Turkish letter; two for one are not taken.
    expect(formatTyped('pl４ı２ß7', 7).text).toBe('PL4I27');
  });

  test('formatting twice changes nothing', () => {
    fc.assert(
      fc.property(typed, (text) => {
        const once = formatTyped(text, text.length);
        expect(formatTyped(once.text, once.caret)).toEqual(once);
      }),
    );
  });

  test('no letter or digit is lost, moved or invented, up to the longest text', () => {
    fc.assert(
      fc.property(typed, (text) => {
        const kept = symbolsOf(formatTyped(text, 0).text);
        expect(
          [...text]
            .map((c) => c.normalize('NFKC').toUpperCase())
            .filter((c) => /^[A-Z0-9]$/.test(c))
            .join('')
            .startsWith(kept),
        ).toBe(true);
        expect(formatTyped(text, 0).text.length).toBeLessThanOrEqual(LONGEST_TYPED);
      }),
    );
  });

  test('the caret keeps its place among the symbols', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'pli09z -x!'), maxLength: LONGEST_TYPED }),
        fc.nat(24),
        (text, at) => {
          const caret = Math.min(at, text.length);
          const next = formatTyped(text, caret);
          expect(symbolsOf(next.text.slice(0, next.caret))).toBe(symbolsOf(text.slice(0, caret)));
        },
      ),
    );
  });

  test('typing a symbol in the middle leaves the caret behind it', () => {
    expect(formatTyped('PLxI-4F7', 3)).toEqual({ text: 'PLXI-4F7', caret: 3 });
  });
});

test('a code that arrives whole is shown in groups of three', () => {
  expect(groupCode('pli4f7k2m9qx')).toBe('PLI 4F7 K2M 9QX');
});

test('a code in the fragment is found, and only there', () => {
  expect(codeInFragment('#code=PLI4F7K2M9QX')).toBe('PLI 4F7 K2M 9QX');
  expect(codeInFragment('#?code=pli-4f7')).toBe('PLI 4F7');
  expect(codeInFragment('#other=1')).toBeNull();
  expect(codeInFragment('')).toBeNull();
});
