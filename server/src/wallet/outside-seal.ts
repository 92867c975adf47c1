/**
 * The newest seal, kept outside the database under `$STAGEDOOR_VAR/ledger`, so that a tail which is cut off shows. A kept
 * seal that the database does not know is evidence: it is put aside and never written over.
 */
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Sql } from '../platform/db.ts';
import { hashOfSeal } from './proofs.ts';
import { newestSeal, sealById } from './seal-store.ts';

const FILE = 'newest-seal.json';
const LOST = /^lost-seal-\d+-\d+\.json$/;

const OutsideSeal = z.object({ id: z.number().int().min(1), at: z.iso.datetime(), hash: z.string().length(64) });
export type OutsideSeal = z.infer<typeof OutsideSeal>;

const folderOf = (varDir: string): string => join(varDir, 'ledger');

async function read(file: string): Promise<OutsideSeal | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : OutsideSeal.parse(JSON.parse(text));
}

/** Every seal that is kept outside: the newest, and those that the database had lost. */
export async function outsideSeals(varDir: string): Promise<{ file: string; seal: OutsideSeal }[]> {
  const folder = folderOf(varDir);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [] as string[];
    throw error;
  });
  const found: { file: string; seal: OutsideSeal }[] = [];
  for (const name of names.filter((one) => one === FILE || LOST.test(one)).sort()) {
    const seal = await read(join(folder, name));
    if (seal) found.push({ file: join(folder, name), seal });
  }
  return found;
}

/** Writes, syncs, renames and syncs the folder: after a power cut there is the old file or the new one. */
async function write(folder: string, seal: OutsideSeal): Promise<void> {
  const temporary = join(folder, `.${FILE}.${process.pid}`);
  const file = await open(temporary, 'w', 0o640);
  try {
    await file.writeFile(`${JSON.stringify(seal)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, FILE));
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** What the last call saw, so that an unchanged seal costs no file; `lost`: where a lost seal was put aside just now. */
export type Kept = { readonly id: number; readonly hash: string; readonly lost: string | null } | null;

/** Brings the file up to the newest seal. */
export async function keepOutside(sql: Sql, varDir: string, before: Kept): Promise<Kept> {
  const newest = await newestSeal(sql);
  const hash = newest ? hashOfSeal(newest).toString('hex') : '';
  if (newest && before && before.id === newest.id && before.hash === hash) return { ...before, lost: null };
  const folder = folderOf(varDir);
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const known = await read(join(folder, FILE));
  const same = known && (await sealById(sql, known.id));
  const isLost = known !== null && (!same || hashOfSeal(same).toString('hex') !== known.hash);
  const lost = isLost ? join(folder, `lost-seal-${known.id}-${Date.now()}.json`) : null;
  if (lost) await rename(join(folder, FILE), lost);
  if (!newest) return null;
  // Another worker may have been here with a newer one.
  if (isLost || !known || known.id < newest.id)
    await write(folder, { id: newest.id, at: newest.at.toISOString(), hash });
  return { id: newest.id, hash, lost };
}
