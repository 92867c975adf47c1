/** Files of the private MariaDB and Redis. Both listen on loopback alone and run as the caller. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '#config/index.ts';
import { lastLines, run } from './exec.ts';
import { PRIVATE, writeIfChanged } from './files.ts';
import { type Say, SetupError } from './say.ts';

/** Sized so that the whole install fits 2 GB of memory. */
const INNODB_BUFFER_POOL = '128M';
const DATABASE_CONNECTIONS = 120;
const REDIS_MEMORY = '96mb';

function myCnf(config: Config, dataDir: string, initFile: string): string {
  return `# Made by set-up; changes here are lost at the next start.
[mariadbd]
datadir=${dataDir}
socket=${config.varDir}/run/mariadb/mariadb.sock
pid-file=${config.varDir}/run/mariadb/mariadb.pid
bind-address=127.0.0.1
port=${config.mariadbPort}
skip-name-resolve
init-file=${initFile}
character-set-server=utf8mb4
collation-server=utf8mb4_unicode_ci
default-time-zone=+00:00
# Acknowledged means durable: money and rights depend on it.
innodb_flush_log_at_trx_commit=1
innodb_buffer_pool_size=${INNODB_BUFFER_POOL}
innodb_log_file_size=64M
max_connections=${DATABASE_CONNECTIONS}
performance_schema=OFF
local-infile=0
symbolic-links=0
tmpdir=${config.varDir}/mariadb
`;
}

/** Run by the server at each start, so passwords always match secrets.json. */
function initSql(config: Config): string {
  const account = (url: string) => {
    const { username, password } = new URL(url);
    return { name: `'${username}'@'127.0.0.1'`, password };
  };
  const app = account(config.secrets.databaseUrl);
  const owner = account(config.secrets.databaseMigrationUrl);
  const users = [app, owner].flatMap(({ name, password }) => [
    `CREATE USER IF NOT EXISTS ${name} IDENTIFIED BY '${password}';`,
    `ALTER USER ${name} IDENTIFIED BY '${password}';`,
  ]);
  return [
    'CREATE DATABASE IF NOT EXISTS stagedoor CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;',
    ...users,
    // The owner gives the app its rights table by table, in migrations; here the app gets none.
    `GRANT ALL ON stagedoor.* TO ${owner.name} WITH GRANT OPTION;`,
    '',
  ].join('\n');
}

/** Makes the data folder beside its place and renames it, so that a half-made one is never used. */
async function makeDataDir(dataDir: string): Promise<void> {
  const making = `${dataDir}.making`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true, mode: 0o700 });
  const me = userInfo().username;
  const done = await run('mariadb-install-db', [
    '--no-defaults',
    `--datadir=${making}`,
    // Not the system's: a MariaDB that starts deletes the temporary tables of every other one in its folder.
    `--tmpdir=${dirname(dataDir)}`,
    `--user=${me}`,
    '--auth-root-authentication-method=socket',
    `--auth-root-socket-user=${me}`,
    '--skip-test-db',
    '--skip-name-resolve',
  ]);
  if (done.code !== 0) throw new SetupError(`The database could not be made:\n${lastLines(done.output)}`);
  renameSync(making, dataDir);
}

async function ensureMariadb(config: Config, say: Say): Promise<boolean> {
  const dataDir = join(config.varDir, 'mariadb/data');
  const isNew = !existsSync(dataDir);
  if (isNew) {
    say('Making the database …');
    await makeDataDir(dataDir);
  }
  const initFile = join(config.varDir, 'mariadb/init.sql');
  const sqlChanged = writeIfChanged(initFile, initSql(config), PRIVATE);
  const cnfChanged = writeIfChanged(join(config.varDir, 'mariadb/my.cnf'), myCnf(config, dataDir, initFile), PRIVATE);
  return isNew || sqlChanged || cnfChanged;
}

function ensureRedis(config: Config): boolean {
  mkdirSync(join(config.varDir, 'redis'), { recursive: true, mode: 0o700 });
  const { password } = new URL(config.secrets.redisUrl);
  const text = `# Made by set-up; changes here are lost at the next start.
bind 127.0.0.1
port ${config.redisPort}
requirepass ${password}
dir "${config.varDir}/redis"
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory ${REDIS_MEMORY}
maxmemory-policy noeviction
`;
  return writeIfChanged(join(config.varDir, 'redis/redis.conf'), text, PRIVATE);
}

/** Writes what the private servers read. Returns the names of those whose files changed. */
export async function ensureStorage(config: Config, say: Say): Promise<string[]> {
  const changed: string[] = [];
  if (config.mariadbPort !== null && (await ensureMariadb(config, say))) changed.push('mariadb');
  if (config.redisPort !== null && ensureRedis(config)) changed.push('redis');
  return changed;
}
