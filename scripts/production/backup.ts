/** `stagedoor backup`: database, secrets, settings, timelines, the ledger's seal and receipt keys in one verified file. */
import { chmodSync, existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Config } from '#config/index.ts';
import { SetupError } from '../setup/say.ts';
import type { Manifest } from './archive.ts';
import { pack, unpack } from './archive.ts';
import { appliedMigrations, dumpDatabase } from './database.ts';

export type Backup = { readonly file: string; readonly bytes: number; readonly manifest: Manifest };

/** A name for a backup made now, sortable, in UTC. */
function backupName(prefix: string, now: Date): string {
  return `${prefix}-${now.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-')}.tar.gz`;
}

async function productVersion(appDir: string): Promise<string> {
  return z.object({ version: z.string() }).parse(JSON.parse(await readFile(join(appDir, 'package.json'), 'utf8')))
    .version;
}

async function collect(config: Config, folder: string): Promise<void> {
  // Before the dump: the seal that is kept outside the database must be in it, or a restored ledger would look cut off.
  await collectFolder(config.varDir, folder, 'ledger');
  await dumpDatabase(config.secrets.databaseMigrationUrl, join(folder, 'database.sql'));
  for (const name of ['settings.json', 'secrets.json']) await cp(join(config.varDir, name), join(folder, name));
  await collectStandin(config.varDir, folder);
  // After the dump: numbers that were reserved meanwhile are then in it, and numbers never go back.
  for (const name of ['timeline', 'mail']) await collectFolder(config.varDir, folder, name);
}

async function collectFolder(varDir: string, folder: string, name: string): Promise<void> {
  if (!existsSync(join(varDir, name))) return;
  // A file that is being replaced has a temporary name beginning with a dot or ending in .tmp.
  await cp(join(varDir, name), join(folder, name), {
    recursive: true,
    filter: (path) => !basename(path).startsWith('.') && !path.endsWith('.tmp'),
  });
}

/** What the stand-in for Stripe knows, as of one moment; without it a restored subscription would be unknown to it. */
async function collectStandin(varDir: string, folder: string): Promise<void> {
  const file = join(varDir, 'standin/state.db');
  if (!existsSync(file)) return;
  await mkdir(join(folder, 'standin'));
  const state = new DatabaseSync(file, { readOnly: true });
  try {
    state.prepare('VACUUM INTO ?').run(join(folder, 'standin/state.db'));
  } finally {
    state.close();
  }
}

/** Makes a backup of a running install and reads it back. Never overwrites a file. */
export async function makeBackup(config: Config, wanted: string | undefined, prefix = 'stagedoor'): Promise<Backup> {
  const now = new Date();
  const file = resolve(wanted ?? join(config.varDir, 'backups', backupName(prefix, now)));
  if (existsSync(file)) throw new SetupError(`${file} exists already and was left as it is.`);
  if (!wanted) {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    chmodSync(dirname(file), 0o700);
  } else if (!existsSync(dirname(file))) throw new SetupError(`The folder ${dirname(file)} does not exist.`);
  // Beside the target, so that a full /tmp or a tmpfs does not matter.
  const folder = await mkdtemp(join(dirname(file), '.backup-'));
  try {
    await collect(config, folder);
    const head = {
      product: 'stagedoor',
      version: await productVersion(config.appDir),
      installId: config.installId,
      createdAt: now.toISOString(),
      migrations: await appliedMigrations(config.secrets.databaseMigrationUrl),
    } as const;
    await pack(folder, file, head);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { file, bytes: (await stat(file)).size, manifest: await verifyBackup(file) };
}

/** Unpacks a backup, checks every member, and removes what it unpacked. Throws `SetupError`. */
export async function verifyBackup(file: string): Promise<Manifest> {
  if (!existsSync(file)) throw new SetupError(`${file} does not exist.`);
  const { folder, manifest } = await unpack(resolve(file), dirname(resolve(file)));
  await rm(folder, { recursive: true, force: true });
  for (const needed of ['database.sql', 'secrets.json', 'settings.json'])
    if (!manifest.members.some(({ path }) => path === needed))
      throw new SetupError(`${file} is damaged or is no backup of ours: it has no ${needed}.`);
  return manifest;
}
