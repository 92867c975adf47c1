/** Starts, reloads and stops the processes of one install. */
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '#config/index.ts';
import { READABLE, readOrNull, writeWhole } from '../setup/files.ts';
import { type Say, SetupError } from '../setup/say.ts';
import { runDir, type ServiceApp, serviceApps } from './apps.ts';
import { waitReady } from './health.ts';
import { endLeftovers } from './leftovers.ts';
import { type Pm2, type ProcessState, withPm2 } from './pm2.ts';

/** A database that was killed may recover for a while, milliseconds. */
const STORAGE_DEADLINE_MS = 120_000;
const PRODUCT_DEADLINE_MS = 60_000;
/** How long to wait for answers before looking whether the processes still run, milliseconds. */
const ROUND_MS = 2000;
/** A process that ended so often while we waited will not come up by waiting longer. */
const CRASHES = 6;
const LOG_LINES = 6;
const LOG_LINE_CHARACTERS = 300;

/** Code that each process runs; a process is restarted only where its own code or settings changed. */
const SERVER_CODE = ['server/src/**', 'contract/**', 'config/**', 'prisma/grants.ts'];
const CODE: Readonly<Record<string, readonly string[]>> = {
  media: ['media/src/**', 'contract/**', 'config/**'],
  standin: ['standin/**', 'config/**'],
  worker: SERVER_CODE,
  api: SERVER_CODE,
};
const kindOf = (name: string) => name.replace(/-\d+$/, '');

/** What a running process was started from; when it differs, the process is old. */
function versionOf(config: Config, app: ServiceApp): string {
  // Where Node keeps what it compiled depends on who starts it, and is no reason to end a show.
  const { NODE_COMPILE_CACHE: _, ...env } = app.env;
  const hash = createHash('sha256').update(JSON.stringify({ ...app, env }));
  const add = (file: string) => hash.update(readOrNull(file) ?? '');
  const code = CODE[kindOf(app.name)];
  if (code) {
    for (const file of globSync([...code], { cwd: config.appDir }).sort()) {
      const path = join(config.appDir, file);
      if (statSync(path).isFile()) hash.update(readFileSync(path));
    }
    for (const file of ['settings.json', 'secrets.json']) add(join(config.varDir, file));
    add(join(config.appDir, 'node_modules/.stagedoor-installed'));
  }
  if (app.name === 'nginx') add(join(config.varDir, 'nginx/nginx.conf'));
  if (app.name === 'mariadb') for (const file of ['my.cnf', 'init.sql']) add(join(config.varDir, 'mariadb', file));
  if (app.name === 'redis') add(join(config.varDir, 'redis/redis.conf'));
  return hash.digest('hex');
}

const versionFile = (config: Config, name: string) => join(runDir(config.varDir, name), 'version');

function lastLog(config: Config, name: string): string {
  const lines = (readOrNull(join(config.varDir, 'logs', `${name}.log`)) ?? '').split('\n');
  const last = lines.filter((line) => line.trim() && !/^\s+at |^Node\.js v/.test(line)).slice(-LOG_LINES);
  return last.map((line) => `    ${line.slice(0, LOG_LINE_CHARACTERS)}`).join('\n');
}

/** How often each process was restarted since PM2 knows it. */
async function restartsOf(pm2: Pm2): Promise<Map<string, number>> {
  return new Map((await pm2.list()).map((one) => [one.name, one.restarts]));
}

/** Waits until all answer; gives up early on one that only crashes. Throws `SetupError`. */
async function requireReady(pm2: Pm2, config: Config, names: readonly string[], deadlineMs: number): Promise<void> {
  const until = Date.now() + deadlineMs;
  let missing = [...names];
  let looping: string[] = [];
  const before = await restartsOf(pm2);
  while (missing.length > 0 && looping.length === 0 && Date.now() < until) {
    missing = await waitReady(config, missing, Math.min(ROUND_MS, until - Date.now()));
    const now = await restartsOf(pm2);
    looping = missing.filter((name) => (now.get(name) ?? 0) - (before.get(name) ?? 0) >= CRASHES);
  }
  const name = looping[0] ?? missing[0];
  if (name === undefined) return;
  const what =
    looping.length > 0 ? `${looping.join(', ')} ended again and again` : `${missing.join(', ')} did not answer in time`;
  throw new SetupError(`${what}. The last lines of ${name}'s log:\n${lastLog(config, name)}`);
}

async function startOne(pm2: Pm2, config: Config, app: ServiceApp, old: ProcessState | undefined): Promise<void> {
  // Removed and started anew: a plain restart would keep the old description.
  if (old) await pm2.remove(app.name);
  mkdirSync(app.cwd, { recursive: true });
  await pm2.start([app]);
  writeWhole(versionFile(config, app.name), versionOf(config, app), READABLE);
}

/** Starts those of `apps` that do not run or are old. Returns how many that were. */
async function bringUp(pm2: Pm2, config: Config, apps: readonly ServiceApp[], deadlineMs: number): Promise<number> {
  const running = new Map((await pm2.list()).map((one) => [one.name, one]));
  let started = 0;
  for (const app of apps) {
    const old = running.get(app.name);
    const current = readOrNull(versionFile(config, app.name)) === versionOf(config, app);
    if (old?.status === 'online' && current) continue;
    await startOne(pm2, config, app, old);
    started++;
    // One instance of the api at a time where others serve meanwhile.
    if (old?.status === 'online' && kindOf(app.name) === 'api') await requireReady(pm2, config, [app.name], deadlineMs);
  }
  await requireReady(
    pm2,
    config,
    apps.map((app) => app.name),
    deadlineMs,
  );
  return started;
}

/** Brings up what the product waits for. Returns how many processes had to be started. */
export function startStorage(pm2: Pm2, config: Config, apps: readonly ServiceApp[]): Promise<number> {
  return bringUp(pm2, config, apps, STORAGE_DEADLINE_MS);
}

/** Brings up our own processes and removes those that the settings no longer have. */
export async function startProduct(pm2: Pm2, config: Config, apps: readonly ServiceApp[]): Promise<number> {
  const wanted = new Set(serviceApps(config).map((app) => app.name));
  for (const one of await pm2.list()) if (!wanted.has(one.name)) await pm2.remove(one.name);
  return bringUp(pm2, config, apps, PRODUCT_DEADLINE_MS);
}

/** Restarts api and worker one at a time; each must answer before the next one goes. Ends no show. */
export async function reload(config: Config, say: Say): Promise<void> {
  await withPm2(async (pm2) => {
    for (const one of await pm2.list()) {
      if (!['api', 'worker'].includes(kindOf(one.name))) continue;
      say(`Reloading ${one.name} …`);
      await pm2.restart(one.id);
      await requireReady(pm2, config, [one.name], PRODUCT_DEADLINE_MS);
    }
  });
}

/** True where this install's PM2 daemon runs. */
export function daemonRuns(varDir: string): boolean {
  const pid = Number(readOrNull(join(varDir, 'pm2/pm2.pid')));
  if (!pid) return false;
  return (readOrNull(`/proc/${pid}/cmdline`) ?? '').includes('PM2');
}

/** What is stopped when: who serves the public first, what the others keep their state in last. */
const STOP_ORDER = ['logrotate', 'nginx', 'worker', 'api', 'standin', 'media', 'redis', 'mariadb'];

/**
 * Stops everything, in order, then the daemon, then what no daemon watched. It reads no settings: those of another
 * version, or spoilt ones, are no reason to go on running. Returns how many processes it stopped.
 */
export async function stopAll(varDir: string, say: Say): Promise<number> {
  let stopped = 0;
  if (daemonRuns(varDir)) {
    await withPm2(async (pm2) => {
      const rank = ({ name }: ProcessState) => STOP_ORDER.indexOf(kindOf(name));
      for (const { name } of (await pm2.list()).sort((one, other) => rank(one) - rank(other))) {
        say(`Stopping ${name} …`);
        await pm2.remove(name);
        stopped++;
      }
      await pm2.killDaemon();
    });
  }
  for (const file of globSync('run/*/version', { cwd: varDir })) rmSync(join(varDir, file), { force: true });
  return stopped + (await endLeftovers(varDir));
}
