/** Composition root: `node server/src/main.ts api` (with PORT) or `node server/src/main.ts worker`. */
import { flushCompileCache } from 'node:module';
import { ConfigError, loadConfig, ownPort } from '#config/index.ts';
import { startCodeClock } from './access/reminder-jobs.ts';
import { noticeSources, openPlatform, serveApi } from './compose.ts';
import { startNotices } from './notifications/jobs.ts';
import { startPaymentJobs } from './payments/jobs.ts';
import { startPayoutJobs } from './payouts/jobs.ts';
import { transfersToCreators } from './payouts/reversals.ts';
import type { Db } from './platform/db.ts';
import type { Log } from './platform/log.ts';
import { makeLog } from './platform/log.ts';
import type { Stop } from './platform/shutdown.ts';
import { stopOnSignal } from './platform/shutdown.ts';
import { waitFor } from './platform/wait.ts';
import { startJobs } from './shows/jobs.ts';
import { startSealer } from './wallet/seals.ts';

const DATABASE_WAIT_MS = 30_000;
const REDIS_WAIT_MS = 5000;

/** A durable commit is what every promise about codes rests on. Throws where the database does not promise it. */
async function requireDurableCommits(db: Db): Promise<void> {
  const row = await waitFor(
    () => db.row<{ level: number }>('SELECT @@GLOBAL.innodb_flush_log_at_trx_commit AS level'),
    DATABASE_WAIT_MS,
  );
  if (row?.level !== 1) {
    throw new ConfigError(
      'The database must run with innodb_flush_log_at_trx_commit=1, or it can lose what it confirmed.',
    );
  }
}

async function start(log: Log, role: 'api' | 'worker'): Promise<void> {
  const config = loadConfig();
  log.level = config.logLevel;
  const { platform, stops } = openPlatform(config, log);
  const running: Stop[] = [];
  stopOnSignal(log, () => [...running, ...stops]);
  await requireDurableCommits(platform.db);
  await waitFor(() => platform.redis.ping(), REDIS_WAIT_MS).catch(() => {
    log.warn('redis is away: limits are kept in this process until it is back');
  });
  if (role === 'worker') {
    const parts = [
      startJobs(platform),
      startNotices(platform, noticeSources(platform)),
      startCodeClock(platform),
      startPaymentJobs(platform, transfersToCreators),
      startPayoutJobs(platform),
      startSealer(platform),
    ];
    // Side by side: with a database that hangs each waits to its own limit.
    const stop = async () => void (await Promise.all(parts.map((stopPart) => stopPart())));
    running.push({ name: 'jobs', kind: 'work', stop });
  } else {
    const { port, stop } = await serveApi(platform, { port: ownPort(config) });
    running.push(stop);
    log.info({ port }, 'listening');
  }
  process.send?.('ready');
  // Kept now: a process that is killed would not leave it behind, and is the one that should be back soon.
  flushCompileCache();
}

const role = process.argv[2];
if (role !== 'api' && role !== 'worker') {
  process.stderr.write('Say which: node server/src/main.ts api, or worker.\n');
  process.exit(2);
}
const log = makeLog('info', role);
process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise failed unseen'));
start(log, role).catch((error: unknown) => {
  const sentence = error instanceof ConfigError ? error.message : 'The process could not start.';
  log.fatal({ err: error }, sentence);
  process.exit(1);
});
