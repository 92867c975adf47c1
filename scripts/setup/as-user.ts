/**
 * The half of set-up that runs as the unprivileged user: settings, database, services. It takes an
 * `Order` on stdin and reports on file descriptor 3. Started by `install.ts`, never by a person.
 */
import { rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Config } from '#config/index.ts';
import { migrate } from '../../server/src/platform/migrate.ts';
import { seedDemo } from '../../server/src/seed.ts';
import { productApps, storageApps } from '../services/apps.ts';
import { daemonRuns, startProduct, startStorage } from '../services/control.ts';
import { endLeftovers } from '../services/leftovers.ts';
import { type Pm2, withPm2 } from '../services/pm2.ts';
import { boundCache } from './cache.ts';
import { readOrNull } from './files.ts';
import { Demo, Order, REPORT_DESCRIPTOR, type Report } from './order.ts';
import { makeFolders, writeNginx } from './render.ts';
import { SetupError, sentenceOf } from './say.ts';
import { PortTaken, requirePublicPort, writeConfiguration } from './settings.ts';
import { ensureStorage } from './storage.ts';
import { isLocal } from './summary.ts';

function report(message: Report): void {
  writeSync(REPORT_DESCRIPTOR, `${JSON.stringify(message)}\n`);
}
const say = (line: string) => report({ kind: 'progress', line });

/** Only one set-up at a time: a second one waits for nothing and says so. */
function lock(varDir: string): () => void {
  const file = join(varDir, 'run/setup.pid');
  const holder = Number(readOrNull(file));
  if (holder && holder !== process.pid && (readOrNull(`/proc/${holder}/cmdline`) ?? '').includes('as-user'))
    throw new SetupError(`Another "npm start" (process ${holder}) is setting this install up. Wait until it is done.`);
  // Removed first: root may have left it, whose file we may replace but not write.
  rmSync(file, { force: true });
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

async function requirePorts(config: Config, running: ReadonlySet<string>, before: Config | null): Promise<void> {
  const held = (name: string, port: number | undefined, now: number) => running.has(name) && port === now;
  // Our own nginx may open low ports, and "stagedoor setup" saw that they are free.
  if (!config.tls && !held('nginx', before?.httpPort, config.httpPort))
    await requirePublicPort(config.httpPort, 'the web server', 'STAGEDOOR_HTTP_PORT');
  if (!held('media', before?.rtmpPort, config.rtmpPort))
    await requirePublicPort(config.rtmpPort, 'RTMP ingest', 'STAGEDOOR_RTMP_PORT');
}

function keptConfig(varDir: string): Config | null {
  try {
    return JSON.parse(readOrNull(join(varDir, 'settings.json')) ?? 'null') as Config | null;
  } catch {
    return null;
  }
}

async function startEverything(pm2: Pm2, order: Order, running: ReadonlySet<string>): Promise<void> {
  const before = keptConfig(order.varDir);
  const config = await writeConfiguration(order, running.size > 0);
  await requirePorts(config, running, before);
  await ensureStorage(config, say);
  await writeNginx(config);
  let started = 0;
  if (running.size === 0) say('Starting the database …');
  started += await startStorage(pm2, config, storageApps(config));
  await migrate(config);
  if (running.size === 0) say('Starting the services …');
  started += await startProduct(pm2, config, productApps(config));
  // Last, because its secrets are shown once: nothing may fail between here and the terminal.
  // Elsewhere nothing may exist to sign in with but what the operator makes.
  const demo = isLocal(config.publicUrl) ? Demo.parse(await seedDemo(config)) : null;
  const { varDir: _varDir, secrets: _secrets, secure: _secure, ...settings } = config;
  report({ kind: 'done', settings, demo, alreadyRan: started === 0 });
}

async function main(): Promise<void> {
  const order = Order.parse(JSON.parse(await text(process.stdin)));
  makeFolders(order.varDir);
  boundCache(join(order.varDir, 'cache'));
  const unlock = lock(order.varDir);
  try {
    if (!daemonRuns(order.varDir) && (await endLeftovers(order.varDir)) > 0)
      say('Ended processes that an interrupted earlier run had left.');
    await withPm2(async (pm2) => {
      const online = (await pm2.list()).filter((one) => one.status === 'online').map((one) => one.name);
      try {
        await startEverything(pm2, order, new Set(online));
      } catch (error) {
        // A daemon that watches nothing would only be in the way.
        if ((await pm2.list()).length === 0) await pm2.killDaemon();
        throw error;
      }
    });
  } finally {
    unlock();
  }
}

process.umask(0o022);
try {
  await main();
  process.exit(0);
} catch (error) {
  const takenPort = error instanceof PortTaken ? { takenPort: error.port } : {};
  report({ kind: 'failed', sentence: sentenceOf(error), ...takenPort });
  process.exit(1);
}
