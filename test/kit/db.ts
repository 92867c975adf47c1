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
import { createConnection } from 'mysql2/promise';
import type { Config } from '#config/index.ts';
import { migrate } from '../../server/src/platform/migrate.ts';

const START_DEADLINE_MS = 60_000;

export type TestStack = {
  readonly config: Config;
  /** Runs SQL as the owner, who may do everything. */
  owner(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Stops MariaDB's process, as when the database is down; `false` lets it go on. */
  freezeDatabase(frozen: boolean): void;
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

function startMariadb(folder: string, port: number, passwords: { owner: string; app: string }): ChildProcess {
  const data = join(folder, 'mariadb');
  const init = join(folder, 'init.sql');
  writeFileSync(
    init,
    `CREATE DATABASE IF NOT EXISTS stagedoor CHARACTER SET utf8mb4;
     CREATE USER IF NOT EXISTS 'owner'@'127.0.0.1' IDENTIFIED BY '${passwords.owner}';
     GRANT ALL ON stagedoor.* TO 'owner'@'127.0.0.1' WITH GRANT OPTION;
     CREATE USER IF NOT EXISTS 'app'@'127.0.0.1' IDENTIFIED BY '${passwords.app}';\n`,
  );
  mkdirSync(data);
  if (asRoot) execFileSync('chown', ['-R', 'mysql', folder]);
  const user = asRoot ? ['--user=mysql'] : [];
  const quiet = { stdio: 'ignore' } as const;
  execFileSync(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${data}`, ...user, '--auth-root-authentication-method=socket', '--skip-test-db'],
    quiet,
  );
  const options = [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${join(folder, 'm.sock')}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--innodb-buffer-pool-size=64M',
    `--init-file=${init}`,
  ];
  return spawn('mariadbd', [...options, ...user], quiet);
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
  const mariadb = startMariadb(folder, dbPort, passwords);
  const redis = spawn(
    'redis-server',
    ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    {
      stdio: 'ignore',
    },
  );
  const url = (user: 'owner' | 'app') => `mysql://${user}:${passwords[user]}@127.0.0.1:${dbPort}/stagedoor`;
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
    ladderHeight: 480,
    diskFloorPercent: 10,
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
      mediaSecret: secret(),
      adminApiKey: secret(),
    },
  };
  await ready(url('owner'));
  await migrate(config);
  const owner = await createConnection({ uri: url('owner'), timezone: 'Z' });
  await owner.query("SET time_zone = '+00:00'");
  return {
    config,
    async owner(sql, values = []) {
      const [rows] = await owner.query(sql, [...values]);
      return rows as Record<string, unknown>[];
    },
    freezeDatabase: (frozen) => void mariadb.kill(frozen ? 'SIGSTOP' : 'SIGCONT'),
    async stop() {
      owner.destroy();
      mariadb.kill('SIGCONT');
      mariadb.kill('SIGTERM');
      redis.kill('SIGTERM');
      await Promise.all([ended(mariadb), ended(redis)]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
