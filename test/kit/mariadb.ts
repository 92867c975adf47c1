/** A private MariaDB in a folder of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { isShared, madeOnce } from './once.ts';

const START_DEADLINE_MS = 60_000;
const asRoot = process.getuid?.() === 0;
const user = asRoot ? ['--user=mysql'] : [];
const quiet = { stdio: 'ignore' } as const;

export type Passwords = { readonly owner: string; readonly app: string };

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });

export const secret = () => randomBytes(32).toString('hex');

export const databaseUrl = (who: keyof Passwords, passwords: Passwords, port: number) =>
  `mysql://${who}:${passwords[who]}@127.0.0.1:${port}/stagedoor`;

/** One folder for temporary files each: a MariaDB that starts deletes the temporary tables of all that share its own. */
const placesOf = (folder: string) => ({
  data: join(folder, 'mariadb'),
  temporary: join(folder, 'tmp'),
  init: join(folder, 'init.sql'),
});

function giveToMariadb(folder: string): void {
  if (asRoot) execFileSync('chown', ['-R', 'mysql', folder]);
}

function installMariadb(folder: string, passwords: Passwords): void {
  const { data, temporary, init } = placesOf(folder);
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
  mkdirSync(temporary);
  giveToMariadb(folder);
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
}

/** Starts the server on what lies in the folder. */
export function startMariadb(folder: string, port: number): ChildProcess {
  const { data, temporary, init } = placesOf(folder);
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
    // What is copied for each test file is mostly this log.
    ...(isShared() ? ['--innodb-log-file-size=16M'] : []),
  ];
  return spawn('mariadbd', [...options, ...user], quiet);
}

/** Waits until the server lets the address in. */
export async function ready(url: string): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    try {
      const connection = await createConnection(url);
      await connection.end();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
  });

async function makeTemplate(folder: string, migrateAt: (url: Passwords) => Promise<unknown>): Promise<void> {
  const passwords = { owner: secret(), app: secret() };
  installMariadb(folder, passwords);
  const port = await freePort();
  const server = startMariadb(folder, port);
  try {
    const owner = databaseUrl('owner', passwords, port);
    await ready(owner);
    await migrateAt({ owner, app: databaseUrl('app', passwords, port) });
  } finally {
    server.kill('SIGTERM');
    await ended(server);
  }
  writeFileSync(join(folder, 'passwords.json'), JSON.stringify(passwords));
}

/**
 * Lays a database into the folder: in a run of tests a copy of one that was migrated once, else a new one.
 * `migrateAt` gets the addresses of both users. Returns their passwords.
 */
export async function layMariadb(
  folder: string,
  migrateAt: (url: Record<keyof Passwords, string>) => Promise<unknown>,
): Promise<Passwords> {
  const made = await madeOnce('mariadb', (making) => makeTemplate(making, migrateAt));
  if (made === null) {
    const passwords = { owner: secret(), app: secret() };
    installMariadb(folder, passwords);
    return passwords;
  }
  cpSync(made, folder, { recursive: true });
  giveToMariadb(folder);
  return JSON.parse(readFileSync(join(folder, 'passwords.json'), 'utf8')) as Passwords;
}
