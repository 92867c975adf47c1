/** Texts of one entry. A language is one file per entry; the words themselves are in `locales/`. */
import i18next, { type Resource } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { ApiError } from './api/http.ts';

/** Prepares the texts before the first render. Resources are in the bundle, so this does not wait. */
export function initTexts(english: Resource[string], namespace: string): void {
  void i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    defaultNS: namespace,
    resources: { en: english },
    interpolation: { escapeValue: false },
    initAsync: false,
    // A text may be empty, e.g. what is said of tax where there is none.
    returnEmptyString: true,
    parseMissingKeyHandler: missing,
  });
}

/** A text that is not there is our fault, so it is an error of the page; the reader gets the key. */
function missing(key: string): string {
  reportError(new Error(`Text missing: ${key}`));
  return key;
}

/** The sentence for an error: ours by its code, else the server's. */
export function errorText(error: unknown): string {
  const code = error instanceof ApiError ? error.code : 'internal';
  // Codes hold dots, which i18next would read as a path: the table is asked itself.
  const own: unknown = i18next.getResource(i18next.language, 'errors', code, { keySeparator: false });
  if (typeof own === 'string') return own;
  return error instanceof ApiError && error.message ? error.message : i18next.t('internal', { ns: 'errors' });
}
