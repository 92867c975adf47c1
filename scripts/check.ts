/** `npm run check`: types, lint, import directions, dead code. Each is run only where it is configured. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilds } from './setup/build.ts';
import { run } from './setup/exec.ts';
import { CHECKOUT } from './setup/place.ts';
import { runMain, type Say, sayOnTerminal, secondsSince } from './setup/say.ts';

type Check = {
  readonly what: string;
  readonly needs: readonly string[];
  readonly command: readonly [string, ...string[]];
};

const CHECKS: readonly Check[] = [
  { what: 'types', needs: ['tsconfig.json'], command: ['tsc', '--noEmit'] },
  { what: 'lint and format', needs: ['biome.json'], command: ['biome', 'ci', '--colors=off', '.'] },
  {
    what: 'import directions',
    needs: ['.dependency-cruiser.js', '.dependency-cruiser.cjs', '.dependency-cruiser.mjs'],
    command: [
      'depcruise',
      'contract',
      'config',
      'server',
      'media',
      'standin',
      'simulator',
      'web/src',
      'nginx',
      'drill',
      'scripts',
    ],
  },
  { what: 'dead code', needs: ['knip.json', 'knip.jsonc', 'knip.ts', 'knip.config.ts'], command: ['knip'] },
];

async function runCheck(check: Check, say: Say): Promise<boolean> {
  const config = check.needs.find((file) => existsSync(join(CHECKOUT, file)));
  if (!config) return true;
  const [tool, ...args] = check.command;
  const from = Date.now();
  const extra = tool === 'depcruise' ? ['--config', config] : [];
  const done = await run(join(CHECKOUT, 'node_modules/.bin', tool), [...args, ...extra], { cwd: CHECKOUT });
  if (done.code === 0) say(`${check.what}: good (${secondsSince(from)} s)`);
  else say(`${check.what}: FAILED\n${done.output}`);
  return done.code === 0;
}

/** Runs every check, one after the other. Returns whether all passed. */
export async function runChecks(say: Say): Promise<boolean> {
  let passed = true;
  for (const check of CHECKS) passed = (await runCheck(check, say)) && passed;
  return passed;
}

if (import.meta.main)
  await runMain(async () => {
    // Types of the database client are generated.
    await ensureBuilds(sayOnTerminal);
    if (!(await runChecks(sayOnTerminal))) process.exitCode = 1;
  });
