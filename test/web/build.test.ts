import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ensureBuilds } from '../../scripts/setup/build.ts';
import { CHECKOUT } from '../../scripts/setup/place.ts';
import { sayNothing } from '../../scripts/setup/say.ts';

test('the pages are a production build, which names no folder of the machine that built it', async () => {
  await ensureBuilds(sayNothing);
  const assets = join(CHECKOUT, 'web/dist/assets');
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(2);
  const guilty = scripts.filter((name) => {
    const text = readFileSync(join(assets, name), 'utf8');
    return text.includes(CHECKOUT) || text.includes('jsxDEV');
  });
  expect(guilty).toEqual([]);
});
