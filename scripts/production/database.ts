/** Dumps and loads an install's database with MariaDB's own tools. Passwords go by a 0600 file, never by argument. */
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import { run } from './run.ts';

const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** Calls `work` with the options that make a MariaDB tool connect, and the database's name. */
async function withLogin<T>(url: string, work: (login: string, database: string) => Promise<T>): Promise<T> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const folder = await mkdtemp(join(tmpdir(), 'stagedoor-'));
  try {
    const file = join(folder, 'client.cnf');
    const lines = [
      '[client]',
      `user=${quoted(decodeURIComponent(username))}`,
      `password=${quoted(decodeURIComponent(password))}`,
      `host=${quoted(hostname)}`,
      `port=${port || '3306'}`,
      'protocol=TCP',
      'default-character-set=utf8mb4',
    ];
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    return await work(`--defaults-file=${file}`, decodeURIComponent(pathname.slice(1)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One consistent snapshot of every table into `file` (0600), while the server goes on. */
export async function dumpDatabase(url: string, file: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await withLogin(url, (login, database) =>
      run(
        'mariadb-dump',
        // --hex-blob: sealed codes and hashes are bytes, and must not pass through a character set.
        [
          login,
          '--single-transaction',
          '--quick',
          '--hex-blob',
          '--triggers',
          '--routines',
          '--no-tablespaces',
          database,
        ],
        { stdout: handle.fd },
      ),
    );
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Drops every table and view of the database. The caller holds a verified backup. */
async function emptyDatabase(url: string): Promise<void> {
  const connection = await createConnection({ uri: url });
  try {
    const [tables] = await connection.query<RowDataPacket[]>(
      'SELECT TABLE_NAME AS name, TABLE_TYPE AS kind FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
    );
    await connection.query('SET FOREIGN_KEY_CHECKS = 0');
    for (const { name, kind } of tables)
      await connection.query(`DROP ${kind === 'VIEW' ? 'VIEW' : 'TABLE'} ${connection.escapeId(String(name))}`);
  } finally {
    await connection.end();
  }
}

/** Replaces the database's content by a dump. Throws where a statement fails; the content is then partial. */
export async function loadDatabase(url: string, file: string): Promise<void> {
  await emptyDatabase(url);
  const descriptor = openSync(file, 'r');
  try {
    await withLogin(url, (login, database) =>
      run('mariadb', [login, '--binary-mode', database], { stdin: descriptor }),
    );
  } finally {
    closeSync(descriptor);
  }
}

/** The migrations that a database has, oldest first; none where it is empty. */
export async function appliedMigrations(url: string): Promise<string[]> {
  const connection = await createConnection({ uri: url });
  try {
    const [tables] = await connection.query<RowDataPacket[]>("SHOW TABLES LIKE '\\_prisma\\_migrations'");
    if (tables.length === 0) return [];
    const [rows] = await connection.query<RowDataPacket[]>(
      'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name',
    );
    return rows.map(({ name }) => String(name));
  } finally {
    await connection.end();
  }
}
