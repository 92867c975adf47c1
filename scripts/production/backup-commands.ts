/** Backup and restore as the operator calls them: files of the caller, work by the install's user. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Config } from '#config/index.ts';
import { type Say, SetupError } from '../setup/say.ts';
import type { Manifest } from './archive.ts';
import type { Backup } from './backup.ts';
import type { Restored } from './restore.ts';
import { run } from './run.ts';
import { startInstall } from './setup.ts';
import { callUserHalf, ownerOf } from './user-half.ts';

/** Copies by two descriptors, so that each file is opened by who may open it. */
async function copyIn(from: string, config: Config): Promise<string> {
  const to = join(config.varDir, 'backups', `.incoming-${randomBytes(6).toString('hex')}.tar.gz`);
  const source = await open(from, 'r').catch(() => {
    throw new SetupError(`${from} cannot be read.`);
  });
  try {
    const script = 'umask 077; mkdir -p "$(dirname "$1")" && exec cat >"$1"';
    await run('sh', ['-c', script, 'sh', to], { stdin: source.fd, as: ownerOf(config.varDir), cwd: config.varDir });
  } finally {
    await source.close();
  }
  return to;
}

async function copyOut(from: string, to: string, config: Config): Promise<void> {
  const partial = join(dirname(to), `.${basename(to)}.part`);
  const target = await open(partial, 'wx', 0o600).catch(() => {
    throw new SetupError(`${dirname(to)} cannot be written.`);
  });
  try {
    await run('cat', [from], { stdout: target.fd, as: ownerOf(config.varDir), cwd: config.varDir });
    await target.sync();
    await rename(partial, to);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    await target.close();
  }
}

async function remove(file: string, config: Config): Promise<void> {
  await run('rm', ['-f', '--', file], { as: ownerOf(config.varDir), cwd: config.varDir });
}

/** Makes a verified backup in the install's `backups` folder, or at `wanted`. */
export async function saveBackup(config: Config, wanted: string | undefined): Promise<Backup> {
  const file = wanted === undefined ? undefined : resolve(wanted);
  if (file && existsSync(file)) throw new SetupError(`${file} exists already and was left as it is.`);
  if (file && !existsSync(dirname(file))) throw new SetupError(`The folder ${dirname(file)} does not exist.`);
  const made = (await callUserHalf(config.varDir, 'backup', null)) as Backup;
  if (!file) return made;
  try {
    await copyOut(made.file, file, config);
  } finally {
    await remove(made.file, config);
  }
  return { ...made, file };
}

async function withCopy<T>(config: Config, file: string, work: (copy: string) => Promise<T>): Promise<T> {
  const given = resolve(file);
  if (!existsSync(given)) throw new SetupError(`${given} does not exist.`);
  const copy = await copyIn(given, config);
  try {
    return await work(copy);
  } catch (error) {
    // The operator knows the file by the name that they gave.
    if (error instanceof SetupError) throw new SetupError(error.message.replaceAll(copy, given));
    throw error;
  } finally {
    await remove(copy, config);
  }
}

/** Reads a backup to its end and checks every member. */
export function verifyFile(config: Config, file: string): Promise<Manifest> {
  return withCopy(
    config,
    file,
    async (copy) => (await callUserHalf(config.varDir, 'verify', { file: copy })) as Manifest,
  );
}

/** Replaces the install's content and starts it again, whether or not the backup could be loaded. */
export async function restoreFrom(config: Config, file: string, say: Say): Promise<Restored> {
  await verifyFile(config, file);
  return withCopy(config, file, async (copy) => {
    try {
      return (await callUserHalf(config.varDir, 'restore', { file: copy })) as Restored;
    } finally {
      say('Starting everything …');
      await startInstall(config.varDir, say);
    }
  });
}
