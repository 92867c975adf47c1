/** `stagedoor restore`: replaces an install's content by a backup. What was there is saved first. */
import { existsSync, readdirSync } from 'node:fs';
import { cp, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '#config/index.ts';
import { Secrets, Settings } from '#config/index.ts';
import { migrate } from '../../server/src/platform/migrate.ts';
import { PRIVATE, READABLE, writeWhole } from '../setup/files.ts';
import { SetupError } from '../setup/say.ts';
import type { Manifest } from './archive.ts';
import { unpack } from './archive.ts';
import { makeBackup, verifyBackup } from './backup.ts';
import { loadDatabase } from './database.ts';

export type Restored = { readonly manifest: Manifest; readonly previous: string };

/** Refuses a backup whose database has migrations that this version does not know. */
function checkSchema(manifest: Manifest, appDir: string, file: string): void {
  const known = new Set(readdirSync(join(appDir, 'prisma/migrations')));
  const unknown = manifest.migrations.find((name) => !known.has(name));
  if (unknown)
    throw new SetupError(
      `${file} comes from a newer Stagedoor (${manifest.version}): this one does not know its database change "${unknown}". Update first.`,
    );
}

/** Keys that make sold codes, grants and sign-ins work come from the backup; addresses of services stay. */
function mergeSecrets(ours: Secrets, saved: Secrets): Secrets {
  const { databaseUrl, databaseMigrationUrl, redisUrl } = ours;
  return { ...saved, databaseUrl, databaseMigrationUrl, redisUrl };
}

/** Identity and tuning come from the backup; ports, folders, user, address and certificate stay this machine's. */
function mergeSettings(ours: Settings, saved: Settings): Settings {
  const { installId, logLevel, graceSeconds, windowSeconds, partMilliseconds, ladder, ladderCores } = saved;
  const { recordingDays, thumbnailSeconds, testSeconds, lowLatencyViewers, diskFloorPercent } = saved;
  const { mailFrom, timeZone, ageGate, termsUrl } = saved;
  // Which Stripe takes the money goes with its keys, which come from the backup too.
  const { currency, tokenPacks, tokenPrice, plans, stripe } = saved;
  return {
    ...ours,
    ...{ mailFrom, timeZone, ageGate, termsUrl, currency, tokenPacks, tokenPrice, plans, stripe },
    ...(saved.operatorEmail ? { operatorEmail: saved.operatorEmail } : {}),
    ...{ installId, logLevel, graceSeconds, windowSeconds, partMilliseconds, ladder, ladderCores },
    ...{ recordingDays, thumbnailSeconds, testSeconds, lowLatencyViewers, diskFloorPercent },
  };
}

async function restoreFiles(config: Config, folder: string, stamp: string): Promise<void> {
  const read = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));
  const [ourSettings, ourSecrets] = [join(config.varDir, 'settings.json'), join(config.varDir, 'secrets.json')];
  const settings = mergeSettings(
    Settings.parse(await read(ourSettings)),
    Settings.parse(await read(join(folder, 'settings.json'))),
  );
  const secrets = mergeSecrets(
    Secrets.parse(await read(ourSecrets)),
    // A backup of an older version has fewer of them.
    Secrets.parse({
      ...((await read(ourSecrets)) as object),
      ...((await read(join(folder, 'secrets.json'))) as object),
    }),
  );
  for (const name of ['timeline', 'ledger', 'mail', 'standin']) await restoreFolder(config, folder, name, stamp);
  writeWhole(ourSecrets, `${JSON.stringify(secrets, null, 2)}\n`, PRIVATE);
  writeWhole(ourSettings, `${JSON.stringify(settings, null, 2)}\n`, READABLE);
}

/** What was there is kept beside it under another name. */
async function restoreFolder(config: Config, backup: string, name: string, stamp: string): Promise<void> {
  const [ours, saved] = [join(config.varDir, name), join(backup, name)];
  if (existsSync(ours)) await rename(ours, `${ours}.before-${stamp}`);
  if (existsSync(saved)) await cp(saved, ours, { recursive: true });
}

/** Loads the dump, or puts back what was there and says so. */
async function replaceDatabase(config: Config, dump: string, previous: string): Promise<void> {
  const url = config.secrets.databaseMigrationUrl;
  try {
    await loadDatabase(url, dump);
    await migrate(config);
  } catch (cause) {
    const old = await unpack(previous, config.varDir);
    try {
      await loadDatabase(url, join(old.folder, 'database.sql'));
    } finally {
      await rm(old.folder, { recursive: true, force: true });
    }
    throw new SetupError('The backup could not be loaded; the database is as it was before.', { cause });
  }
}

/**
 * Restores a backup into a running install. The state before is kept in a backup of its own.
 * `pause` stops what uses the database; the caller runs the start script afterwards, whatever happened.
 */
export async function restoreBackup(config: Config, wanted: string, pause: () => Promise<void>): Promise<Restored> {
  const file = resolve(wanted);
  checkSchema(await verifyBackup(file), config.appDir, file);
  const { folder, manifest } = await unpack(file, config.varDir);
  try {
    const { file: previous } = await makeBackup(config, undefined, 'before-restore');
    await pause();
    await replaceDatabase(config, join(folder, 'database.sql'), previous);
    await restoreFiles(config, folder, new Date().toISOString().replaceAll(/[:.]/g, ''));
    return { manifest, previous };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
