/** `node standin/parameters/generate.ts`: writes the table anew, after the package `stripe` was changed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeTable, tableText } from './table.ts';

const checkout = join(import.meta.dirname, '../..');
const file = join(checkout, 'standin/generated/parameters.json');
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, tableText(makeTable(join(checkout, 'node_modules/stripe'))));
