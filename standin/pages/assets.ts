/** The style and the script of the pages, read once. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../api.ts';

function asset(name: string, type: string): [string, Answer] {
  const body = readFileSync(join(import.meta.dirname, 'files', name), 'utf8');
  return [
    name,
    {
      status: 200,
      body,
      headers: {
        'content-type': `${type}; charset=utf-8`,
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
      },
    },
  ];
}

export const assets: ReadonlyMap<string, Answer> = new Map([
  asset('page.css', 'text/css'),
  asset('page.js', 'text/javascript'),
]);
