/**
 * A private MariaDB and Redis on free ports under the system's temporary folder: started once for all test
 * files of one run that ask in this process, each file with a database and a Redis prefix of its own.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, createPool } from 'mysql2/promise';
import type { Config } from '#config/index.ts';
import { migrate } from '../../server/src/platform/migrate.ts';
import { databaseUrl, ended, freePort, layMariadb, ready, secret, startMariadb } from './mariadb.ts';

export type TestStack = {
  readonly config: Config;
  /** Runs SQL as the owner, who may do everything. */
  owner(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Kills MariaDB's process; `startDatabase` brings it back on the same data and port. */
  killDatabase(): Promise<void>;
  startDatabase(): Promise<void>;
  killRedis(): Promise<void>;
  /** Sets innodb_flush_log_at_trx_commit, as the database's own administrator. */
  setDurability(level: 1 | 2): Promise<void>;
  stop(): Promise<void>;
};

type Ports = Readonly<Record<'mariadb' | 'redis' | 'media' | 'api', number>>;

/** A configuration that no file holds. */
const configOf = (folder: string, ports: Ports, database: { owner: string; app: string }): Config => ({
  installId: 'testtest',
  appDir: process.cwd(),
  user: null,
  httpPort: 8080,
  rtmpPort: 1935,
  publicUrl: 'http://localhost:8080',
  apiPorts: [ports.api],
  mediaPort: ports.media,
  mariadbPort: ports.mariadb,
  redisPort: ports.redis,
  redisPrefix: `t${randomBytes(4).toString('hex')}:`,
  mediaDir: join(folder, 'media'),
  logLevel: 'error',
  graceSeconds: 120,
  windowSeconds: 120,
  partMilliseconds: 200,
  ladder: [480],
  ladderCores: null,
  ticketedLateMinutes: 60,
  testSeconds: 900,
  recordingDays: 0,
  recordingsDir: join(folder, 'recordings'),
  thumbnailSeconds: 0,
  lowLatencyViewers: 1000,
  diskFloorPercent: 10,
  currency: 'eur',
  tokenPacks: [
    { tokens: 500, priceMinor: 549 },
    { tokens: 1000, priceMinor: 999 },
    { tokens: 2500, priceMinor: 2399 },
  ],
  tokenPrice: 110,
  payoutRate: 100,
  payoutMinimum: 2000,
  payoutHoldDays: 7,
  plans: [{ id: 'creator', name: 'Creator', priceMinor: 1900 }],
  mailFrom: null,
  ageGate: null,
  termsUrl: null,
  timeZone: 'Europe/Bucharest',
  standinPort: null,
  stripeTax: 'none',
  stripeTaxCode: null,
  stripeInvoices: false,
  stripe: { mode: 'standin', apiBase: 'http://127.0.0.1:1', standinInPublic: false },
  varDir: folder,
  secure: false,
  secrets: {
    databaseUrl: database.app,
    databaseMigrationUrl: database.owner,
    redisUrl: `redis://127.0.0.1:${ports.redis}`,
    sessionSecret: secret(),
    grantSecret: secret(),
    addressSecret: secret(),
    codeLookupKey: secret(),
    codeSealKey: secret(),
    ledgerKey: secret(),
    mediaSecret: secret(),
    stripeSecretKey: `sk_test_standin${secret()}`,
    stripeWebhookSecret: `whsec_${secret()}`,
    stripeConnectWebhookSecret: null,
    standinSecret: secret(),
    smtpUrl: null,
    adminApiKey: secret(),
  },
});

/** Starts the stack with a migrated database and a configuration that no file holds. */
export async function startStack(): Promise<TestStack> {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-test-'));
  chmodSync(folder, 0o755);
  const [dbPort, redisPort, mediaPort, apiPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const ports: Ports = { mariadb: dbPort, redis: redisPort, media: mediaPort, api: apiPort };
  const passwords = await layMariadb(folder, (database) => migrate(configOf(folder, ports, database)));
  let mariadb = startMariadb(folder, dbPort);
  const redis = spawn(
    'redis-server',
    ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    {
      stdio: 'ignore',
    },
  );
  const url = (who: 'owner' | 'app') => databaseUrl(who, passwords, dbPort);
  const config = configOf(folder, ports, { owner: url('owner'), app: url('app') });
  await ready(url('owner'));
  await migrate(config);
  // A pool, because tests restart the database under it.
  const owner = createPool({ uri: url('owner'), timezone: 'Z', connectionLimit: 1 });
  return {
    config,
    async owner(sql, values = []) {
      const [rows] = await owner.query(sql, [...values]);
      return rows as Record<string, unknown>[];
    },
    async killDatabase() {
      mariadb.kill('SIGKILL');
      await ended(mariadb);
    },
    async startDatabase() {
      mariadb = startMariadb(folder, dbPort);
      await ready(url('owner'));
    },
    async killRedis() {
      redis.kill('SIGKILL');
      await ended(redis);
    },
    async setDurability(level) {
      const admin = await createConnection(url('owner').replace('//owner:', '//admin:'));
      await admin.query('SET GLOBAL innodb_flush_log_at_trx_commit = ?', [level]);
      await admin.end();
    },
    async stop() {
      await owner.end().catch(() => undefined);
      mariadb.kill('SIGTERM');
      redis.kill('SIGTERM');
      await Promise.all([ended(mariadb), ended(redis)]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
