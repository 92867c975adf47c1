/** The folder of Node's compiled sources stays within its bound. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boundCache } from '../../scripts/setup/cache.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagedoor-cache-'));
  for (const version of ['v1', 'v2']) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'compiled'), Buffer.alloc(600));
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what fits is kept, what has outgrown its bound goes, and the folder stays', () => {
  boundCache(folder, 1200);
  expect(readdirSync(folder)).toEqual(['v1', 'v2']);
  boundCache(folder, 1199);
  expect(readdirSync(folder)).toEqual([]);
  expect(existsSync(folder)).toBe(true);
});
