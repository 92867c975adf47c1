/**
 * `npm run dev`: the install of `npm start`, with api, worker and media restarted at each change and
 * the pages served by Vite, which sends everything else on to the install. Ctrl-C goes back to normal.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { readVariables } from '../config/environment.ts';
import { runOwn } from './setup/drop.ts';
import { install } from './setup/install.ts';
import { CHECKOUT } from './setup/place.ts';
import { runMain, sayOnTerminal } from './setup/say.ts';

/** Editors write several files at once, milliseconds. */
const SETTLE_MS = 300;
const WATCHED = ['server/src', 'media/src', 'standin', 'contract', 'config', 'nginx'];

function startVite(proxyTo: string): ChildProcess {
  return spawn(process.execPath, [join(CHECKOUT, 'scripts/setup/vite-dev.ts'), proxyTo], {
    cwd: CHECKOUT,
    stdio: 'inherit',
  });
}

await runMain(async () => {
  const variables = readVariables(join(CHECKOUT, '.env'));
  const begin = () => install({ variables, forTests: false, say: sayOnTerminal });
  const { settings, varDir } = await begin();
  process.stdout.write(`\n  Everything at ${settings.publicUrl}; pages with hot reload below.\n`);
  const vite = startVite(settings.publicUrl);
  let timer: NodeJS.Timeout | undefined;
  let working = Promise.resolve();
  const changed = () => {
    clearTimeout(timer);
    // Set-up restarts exactly those processes whose code changed.
    timer = setTimeout(() => {
      working = working.then(begin).then(
        () => sayOnTerminal('Up to date.'),
        (error: Error) => sayOnTerminal(error.message),
      );
    }, SETTLE_MS);
  };
  for (const folder of WATCHED) watch(join(CHECKOUT, folder), { recursive: true }, changed);
  await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  vite.kill();
  await working;
  process.exitCode = await runOwn(varDir, 'scripts/cli/main.ts', ['status']);
  process.exit();
});
