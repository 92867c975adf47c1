/** The worker's sealer alone, for a benchmark: what it costs is part of the price of a booking. */
import type { Config, Secrets } from '#config/index.ts';
import { openDb } from '../../server/src/platform/db.ts';
import { makeLog } from '../../server/src/platform/log.ts';
import { startSealer } from '../../server/src/wallet/seals.ts';

const secrets = JSON.parse(process.env['BENCH_SECRETS'] ?? '{}') as Secrets;
const config = { secrets, varDir: process.env['BENCH_VAR'] } as Config;
const db = openDb(secrets.databaseUrl, 2);
const stop = startSealer({ config, db, log: makeLog('warn', 'sealer') });
process.once('SIGTERM', () => {
  void stop()
    .then(() => db.close())
    .then(() => process.exit(0));
});
