/**
 * Applies `prisma/migrations/<time>_<name>/migration.sql` in order, in Prisma's own table and under
 * Prisma's own lock, so that `prisma migrate deploy` could take over; then gives the app's user its rights.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import type { Config } from '#config/index.ts';
import { TABLE_GRANTS } from '../../../prisma/grants.ts';
import { waitFor } from './wait.ts';

const LOCK_SECONDS = 10;
const DATABASE_WAIT_MS = 30_000;
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../../prisma/migrations');

/** A migration that was changed after it was applied, failed half-way, or is not in this version. */
class MigrationError extends Error {}

type Migration = { readonly name: string; readonly text: string; readonly checksum: string };
type Applied = RowDataPacket & { migration_name: string; checksum: string; finished_at: Date | null };

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) NOT NULL PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at DATETIME(3) NULL,
  migration_name VARCHAR(255) NOT NULL, logs TEXT NULL, rolled_back_at DATETIME(3) NULL,
  started_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3), applied_steps_count INT UNSIGNED NOT NULL DEFAULT 0
) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`;

function readMigrations(): Migration[] {
  return readdirSync(FOLDER)
    .filter((name) => existsSync(join(FOLDER, name, 'migration.sql')))
    .sort()
    .map((name) => {
      const text = readFileSync(join(FOLDER, name, 'migration.sql'), 'utf8');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    });
}

function checkApplied(applied: readonly Applied[], known: readonly Migration[]): void {
  for (const row of applied) {
    const migration = known.find(({ name }) => name === row.migration_name);
    if (!row.finished_at) {
      throw new MigrationError(`Migration ${row.migration_name} failed half-way. Restore a backup, then start again.`);
    }
    if (!migration) {
      throw new MigrationError(`The database has migration ${row.migration_name}, which this version does not know.`);
    }
    if (migration.checksum !== row.checksum) {
      throw new MigrationError(`Migration ${row.migration_name} was changed after it had been applied.`);
    }
  }
}

async function applyOne(connection: Connection, migration: Migration): Promise<void> {
  const id = randomUUID();
  await connection.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES (?, ?, ?)', [
    id,
    migration.checksum,
    migration.name,
  ]);
  await connection.query(migration.text);
  await connection.query(
    'UPDATE _prisma_migrations SET finished_at = UTC_TIMESTAMP(3), applied_steps_count = 1 WHERE id = ?',
    [id],
  );
}

/** `'name'@'host'` of an account that exists, the narrowest host first. */
async function appAccount(connection: Connection, user: string): Promise<string> {
  const [rows] = await connection
    .query<RowDataPacket[]>('SELECT Host AS host FROM mysql.user WHERE User = ?', [user])
    // An owner that may not read mysql.user gets the host that set-up uses.
    .catch(() => [[{ host: '127.0.0.1' }]] as unknown as [RowDataPacket[], never]);
  const hosts = rows.map(({ host }) => String(host));
  const host =
    ['127.0.0.1', 'localhost', '%'].find((candidate) => hosts.includes(candidate)) ?? hosts[0] ?? '127.0.0.1';
  return `${connection.escape(user)}@${connection.escape(host)}`;
}

async function applyGrants(connection: Connection, config: Config): Promise<void> {
  const app = decodeURIComponent(new URL(config.secrets.databaseUrl).username);
  const owner = decodeURIComponent(new URL(config.secrets.databaseMigrationUrl).username);
  // One user for both is allowed (a hosted database may offer no second one); it already has every right.
  if (app === owner) return;
  const account = await appAccount(connection, app);
  const [tables] = await connection.query<RowDataPacket[]>(
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
  );
  const existing = new Set(tables.map(({ name }) => String(name)));
  for (const [table, rights] of Object.entries(TABLE_GRANTS)) {
    if (!existing.has(table)) throw new MigrationError(`prisma/grants.ts names table ${table}, which does not exist.`);
    await connection.query(`GRANT ${rights.join(', ')} ON \`${table}\` TO ${account}`);
  }
}

/**
 * Brings the database up to this version and renews the app user's rights. Waits up to 30 s for the
 * database. Returns the names of the migrations that it applied. Throws `MigrationError`.
 */
export async function migrate(config: Config): Promise<string[]> {
  const connection = await waitFor(
    () => createConnection({ uri: config.secrets.databaseMigrationUrl, multipleStatements: true, timezone: 'Z' }),
    DATABASE_WAIT_MS,
  );
  try {
    await connection.query("SET time_zone = '+00:00'");
    const [lock] = await connection.query<RowDataPacket[]>("SELECT GET_LOCK('prisma_migrate', ?) AS got", [
      LOCK_SECONDS,
    ]);
    if (lock[0]?.['got'] !== 1) throw new MigrationError('Another process is migrating this database. Try again soon.');
    await connection.query(CREATE_TABLE);
    const known = readMigrations();
    const [applied] = await connection.query<Applied[]>(
      'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    );
    checkApplied(applied, known);
    const done = new Set(applied.map((row) => row.migration_name));
    const pending = known.filter(({ name }) => !done.has(name));
    for (const migration of pending) await applyOne(connection, migration);
    await applyGrants(connection, config);
    return pending.map(({ name }) => name);
  } finally {
    await connection.end();
  }
}
