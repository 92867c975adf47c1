/** Where the keys of receipts are kept: one file beside the ledger's seal, made at its first use, 0600. */
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { PublishedKey, ReceiptKeys } from './rules.ts';
import { addKey } from './rules.ts';

const Key = z.strictObject({
  id: z.string(),
  publicKey: z.string(),
  createdAt: z.iso.datetime(),
  signedBy: z.string().nullable(),
  signature: z.string().nullable(),
});
const Keys = z.strictObject({ keys: z.array(Key).min(1), privateKey: z.string() });

const keysFile = (varDir: string): string => join(varDir, 'ledger/receipt-keys.json');

/** Read again where the file is another: rotation needs no restart. */
let read: { file: string; changedMs: number; keys: ReceiptKeys } | null = null;

function write(file: string, keys: ReceiptKeys): string {
  const fresh = `${file}.${process.pid}.tmp`;
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(fresh, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flush: true });
  return fresh;
}

/** Made whole under another name and linked, so that of two processes one wins and neither sees half a file. */
function makeFirst(file: string): void {
  const fresh = write(file, addKey(null, new Date().toISOString()));
  try {
    linkSync(fresh, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** The install's keys; the first is made where there is none. */
export function receiptKeys(varDir: string): ReceiptKeys {
  const file = keysFile(varDir);
  if (!existsSync(file)) makeFirst(file);
  const status = statSync(file);
  if (read?.file === file && read.changedMs === status.mtimeMs) return read.keys;
  const keys = Keys.parse(JSON.parse(readFileSync(file, 'utf8')));
  read = { file, changedMs: status.mtimeMs, keys };
  return keys;
}

/** Makes a new key, which the one before signs; receipts of the old one stay good. Returns the new one. */
export function rotateKey(varDir: string): PublishedKey {
  const file = keysFile(varDir);
  const keys = addKey(receiptKeys(varDir), new Date().toISOString());
  renameSync(write(file, keys), file);
  const newest = keys.keys.at(-1);
  if (!newest) throw new Error('a key was added');
  return newest;
}
