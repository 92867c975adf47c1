/**
 * What a container runs: `node scripts/production/container.ts NAME` becomes the process NAME of the
 * install in STAGEDOOR_VAR, as PM2 would start it. Each one brings the install's files up to date
 * first, one at a time, and what needs the database waits for it and migrates it.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chdir, env, execve } from 'node:process';
import type { Config } from '#config/index.ts';
import { loadConfig } from '#config/index.ts';
import { readVariables } from '../../config/environment.ts';
import { migrate } from '../../server/src/platform/migrate.ts';
import { type ServiceApp, serviceApps, storageApps } from '../services/apps.ts';
import { waitReady } from '../services/health.ts';
import { CHECKOUT } from '../setup/place.ts';
import { makeFolders, writeNginx } from '../setup/render.ts';
import { runMain, SetupError, sayOnTerminal } from '../setup/say.ts';
import { writeConfiguration } from '../setup/settings.ts';
import { ensureStorage } from '../setup/storage.ts';

const STORAGE_DEADLINE_MS = 120_000;
const PREPARE = '--prepare';

/** Writes what an earlier run has not: settings, secrets, an empty database, nginx.conf. */
async function prepare(varDir: string): Promise<void> {
  const given = Object.entries(readVariables(join(CHECKOUT, '.env')));
  const variables = Object.fromEntries(given.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  makeFolders(varDir);
  // "Running": ports that were decided once stay, whichever container comes first.
  const config = await writeConfiguration({ variables, varDir, appDir: CHECKOUT, user: null }, true);
  await ensureStorage(config, sayOnTerminal);
  await writeNginx(config);
}

/** Runs `prepare` in a child that holds a lock, because all containers start at once. */
function prepareAlone(varDir: string): void {
  mkdirSync(varDir, { recursive: true });
  const command = [process.execPath, ...process.execArgv, import.meta.filename, PREPARE];
  const done = spawnSync('flock', [join(varDir, '.prepare.lock'), ...command], { stdio: 'inherit' });
  if (done.status !== 0) throw new SetupError('The install could not be prepared.');
}

async function waitForStorage(config: Config): Promise<void> {
  const names = storageApps(config).map(({ name }) => name);
  const missing = await waitReady(config, names, STORAGE_DEADLINE_MS);
  if (missing.length > 0) throw new SetupError(`${missing.join(', ')} did not become ready.`);
  await migrate(config);
}

/** Replaces this process, so that the container's signals reach the service itself. */
function become(app: ServiceApp): never {
  if (!execve) throw new SetupError('This needs Linux and Node 24.');
  mkdirSync(app.cwd, { recursive: true });
  chdir(app.cwd);
  const viaShell = app.interpreter !== 'none';
  const program = viaShell ? app.interpreter : app.script;
  const args = viaShell ? [...(app.node_args ?? []), app.script, ...app.args] : app.args;
  return execve(program, [program, ...args], { PATH: env['PATH'], HOME: app.cwd, LANG: 'C.UTF-8', ...app.env });
}

await runMain(async () => {
  const name = process.argv[2] ?? '';
  const varDir = env['STAGEDOOR_VAR'];
  if (!varDir) throw new SetupError('STAGEDOOR_VAR must name the folder of the install.');
  if (name === PREPARE) return prepare(varDir);
  prepareAlone(varDir);
  const config = loadConfig(varDir);
  const apps = serviceApps(config);
  const app = apps.find((one) => one.name === name);
  if (!app) throw new SetupError(`Name one of: ${apps.map((one) => one.name).join(', ')}.`);
  if (/^(?:api|worker)/.test(name)) await waitForStorage(config);
  become(app);
});
