import type { Language } from '#contract/notices.ts';

/** Languages that people are written to in, each by its own name. */
export const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['en', 'English'],
  ['es', 'Español'],
  ['ro', 'Română'],
];

/** The first of the browser's languages that we write in, else English. */
export function browserLanguage(): Language {
  const ours = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  for (const tag of ours) {
    const match = LANGUAGES.find(([language]) => language === tag);
    if (match) return match[0];
  }
  return 'en';
}
