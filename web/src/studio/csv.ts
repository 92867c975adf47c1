/** Codes as a file for a spreadsheet or a mail merge. */

type Row = { code: string; expiresAt: string };

/** One line a code, with the link that carries it. Lines end as RFC 4180 wants. */
export function codesCsv(rows: readonly Row[], watchUrl: string): string {
  // Codes, instants and our own links hold no commas, quotes or leading formula signs.
  const lines = rows.map(({ code, expiresAt }) => [code, expiresAt, linkWithCode(watchUrl, code)].join(','));
  return ['code,expires_at,link', ...lines, ''].join('\r\n');
}

/** The code stands in the fragment, which browsers keep to themselves. */
const linkWithCode = (watchUrl: string, code: string) => `${watchUrl}#code=${encodeURIComponent(code)}`;
