/**
 * A private MariaDB and Redis on free ports under the system's temporary folder: started once for all test
 * files of one run that ask in this process, each file with a database and a Redis prefix of its own.
 */
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, createPool } from 'mysql2/promise';
import type { Config } from '#config/index.ts';
import { migrate } from '../../server/src/platform/migrate.ts';

const START_DEADLINE_MS = 60_000;

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

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });

const secret = () => randomBytes(32).toString('hex');
const asRoot = process.getuid?.() === 0;

/** Makes the data folder; returns how to start the server on it. */
function installMariadb(folder: string, port: number, passwords: { owner: string; app: string }): () => ChildProcess {
  const data = join(folder, 'mariadb');
  const init = join(folder, 'init.sql');
  writeFileSync(
    init,
    `CREATE DATABASE IF NOT EXISTS stagedoor CHARACTER SET utf8mb4;
     CREATE USER IF NOT EXISTS 'admin'@'127.0.0.1' IDENTIFIED BY '${passwords.owner}';
     GRANT ALL ON *.* TO 'admin'@'127.0.0.1';
     CREATE USER IF NOT EXISTS 'owner'@'127.0.0.1' IDENTIFIED BY '${passwords.owner}';
     GRANT ALL ON stagedoor.* TO 'owner'@'127.0.0.1' WITH GRANT OPTION;
     CREATE USER IF NOT EXISTS 'app'@'127.0.0.1' IDENTIFIED BY '${passwords.app}';\n`,
  );
  mkdirSync(data);
  // One of its own: a MariaDB that starts deletes the temporary tables of every other that shares the folder.
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  if (asRoot) execFileSync('chown', ['-R', 'mysql', folder]);
  const user = asRoot ? ['--user=mysql'] : [];
  const quiet = { stdio: 'ignore' } as const;
  execFileSync(
    'mariadb-install-db',
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--tmpdir=${temporary}`,
      ...user,
      '--auth-root-authentication-method=socket',
      '--skip-test-db',
    ],
    quiet,
  );
  const options = [
    '--no-defaults',
    `--datadir=${data}`,
    `--tmpdir=${temporary}`,
    `--socket=${join(folder, 'm.sock')}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--innodb-buffer-pool-size=64M',
    `--init-file=${init}`,
  ];
  return () => spawn('mariadbd', [...options, ...user], quiet);
}

async function ready(url: string): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    try {
      const connection = await createConnection(url);
      await connection.end();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
  });

/** Starts the stack with a migrated database and a configuration that no file holds. */
export async function startStack(): Promise<TestStack> {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-test-'));
  chmodSync(folder, 0o755);
  const [dbPort, redisPort, mediaPort, apiPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const passwords = { owner: secret(), app: secret() };
  const startMariadb = installMariadb(folder, dbPort, passwords);
  let mariadb = startMariadb();
  const redis = spawn(
    'redis-server',
    ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    {
      stdio: 'ignore',
    },
  );
  const url = (user: keyof typeof passwords) => `mysql://${user}:${passwords[user]}@127.0.0.1:${dbPort}/stagedoor`;
  const config: Config = {
    installId: 'testtest',
    appDir: process.cwd(),
    user: null,
    httpPort: 8080,
    rtmpPort: 1935,
    publicUrl: 'http://localhost:8080',
    apiPorts: [apiPort],
    mediaPort,
    mariadbPort: dbPort,
    redisPort,
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
      databaseUrl: url('app'),
      databaseMigrationUrl: url('owner'),
      redisUrl: `redis://127.0.0.1:${redisPort}`,
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
  };
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
      mariadb = startMariadb();
      await ready(url('owner'));
    },
    async killRedis() {
      redis.kill('SIGKILL');
      await ended(redis);
    },
    async setDurability(level) {
      const admin = await createConnection(`mysql://admin:${passwords.owner}@127.0.0.1:${dbPort}/stagedoor`);
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
