/** Where the operator's own certificate files are. Kept in root's folder: root reads them at each renewal. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { READABLE, readOrNull, writeWhole } from '../setup/files.ts';
import { SetupError } from '../setup/say.ts';
import { nginxBinaryOf } from './nginx-binary.ts';

const Source = z.strictObject({ certFile: z.string(), keyFile: z.string() });
export type Source = z.infer<typeof Source>;

const recordOf = (installId: string) => join(dirname(nginxBinaryOf(installId)), 'certificate.json');

/** Remembers the files given to `setup`; null: the certificate is certbot's. */
export function rememberSource(installId: string, source: Source | null): void {
  const record = recordOf(installId);
  if (!source) {
    rmSync(record, { force: true });
    return;
  }
  mkdirSync(dirname(record), { recursive: true, mode: 0o755 });
  writeWhole(record, `${JSON.stringify(source)}\n`, READABLE);
}

export function rememberedSource(installId: string): Source | null {
  const text = readOrNull(recordOf(installId));
  return text === null ? null : Source.parse(JSON.parse(text));
}

/** Reads a PEM file that the operator named. Throws `SetupError` that names it. */
export function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new SetupError(`${file} cannot be read.`);
  }
}
