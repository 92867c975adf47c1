/** The import table is checked by a tool that once said "no violations" because it read nothing. So it is checked too. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

type Cruise = { summary: { totalCruised: number; violations: { from: string; to: string; rule: { name: string } }[] } };

async function cruise(cwd: string, folders: string[]): Promise<Cruise['summary']> {
  const args = ['--config', join(root, '.dependency-cruiser.mjs'), '--output-type', 'json', ...folders];
  const options = { cwd, maxBuffer: 64 << 20 };
  const result = await run(join(root, 'node_modules/.bin/depcruise'), args, options).catch((error) => error);
  return (JSON.parse(result.stdout) as Cruise).summary;
}

test('the rooms import only what the table allows, and the tool has read them', async () => {
  const summary = await cruise(root, [
    'contract',
    'config',
    'media',
    'standin',
    'simulator',
    'server',
    'web/src',
    'prisma',
    'scripts',
    'nginx',
  ]);
  expect(summary.totalCruised).toBeGreaterThan(20);
  expect(summary.violations.map((v) => `${v.rule.name}: ${v.from} → ${v.to}`)).toEqual([]);
});

test('each planted violation is found', async () => {
  const planted = {
    'contract/a.ts': 'export const a = 1; export type A = number;',
    'server/src/x/service.ts': 'export const s = 1;',
    'server/src/x/rules.ts': "import { s } from './service.ts'; export const r = s;",
    'server/src/platform/p.ts': "import { s } from '../x/service.ts'; export const p = s;",
    'media/src/m.ts': "import { s } from '../../server/src/x/service.ts'; export const m = s;",
    'standin/s.ts': "import { s } from '../server/src/x/service.ts'; export const i = s;",
    'web/src/good.ts': "import type { A } from '../../contract/a.ts'; export const g: A = 1;",
    'web/src/bad.ts': "import { a } from '../../contract/a.ts'; export const b = a;",
    'contract/circle.ts': "import { d } from './circle2.ts'; export const c = () => d;",
    'contract/circle2.ts': "import { c } from './circle.ts'; export const d = () => c;",
  };
  const folder = mkdtempSync(join(tmpdir(), 'imports-'));
  try {
    for (const [file, text] of Object.entries(planted)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    const { violations } = await cruise(folder, ['contract', 'server', 'media', 'standin', 'web']);
    const found = new Set(violations.map((v) => `${v.rule.name} ${v.from}`));
    expect([...found].sort()).toEqual(
      [
        'media-is-apart media/src/m.ts',
        'no-circles contract/circle.ts',
        'platform-knows-no-feature server/src/platform/p.ts',
        'rules-are-pure server/src/x/rules.ts',
        'standin-is-apart standin/s.ts',
        'web-takes-types-only web/src/bad.ts',
      ].sort(),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
