/**
 * The backup file: one .tar.gz whose first member, `manifest.json`, names every other member with its
 * size and SHA-256. GNU tar reads it on any machine, with no Stagedoor there.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, lstat, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { SetupError } from '../setup/say.ts';
import { run } from './run.ts';

const FORMAT = 1;
const MANIFEST = 'manifest.json';
/** Members are few and named by us. */
const MOST_MEMBERS = 10_000;

const Member = z.strictObject({
  /** Relative, made of plain names: nothing that could leave the folder it is unpacked into. */
  path: z.string().regex(/^(?!.*(?:^|\/)\.)[\w.@-]+(?:\/[\w.@-]+)*$/),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export const Manifest = z.strictObject({
  format: z.number().int(),
  product: z.literal('stagedoor'),
  version: z.string(),
  installId: z.string(),
  createdAt: z.iso.datetime(),
  /** The migrations that the database had, oldest first. */
  migrations: z.array(z.string()),
  members: z.array(Member).max(MOST_MEMBERS),
});
export type Manifest = z.infer<typeof Manifest>;

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const strange = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  if (strange) throw new SetupError(`The backup holds "${strange.name}", which is neither a file nor a folder.`);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** Packs every file below `folder` into `file` (0600), which appears whole or not at all. */
export async function pack(
  folder: string,
  file: string,
  head: Omit<Manifest, 'members' | 'format'>,
): Promise<Manifest> {
  const members: z.infer<typeof Member>[] = [];
  for (const path of (await filesBelow(folder)).filter((name) => name !== MANIFEST)) {
    const full = join(folder, path);
    members.push({ path, bytes: (await lstat(full)).size, sha256: await sha256(full) });
  }
  const manifest = Manifest.parse({ ...head, format: FORMAT, members });
  await writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  const partial = join(dirname(file), `.${basename(file)}.part`);
  const handle = await open(partial, 'w', 0o600);
  try {
    await chmod(partial, 0o600);
    const names = [MANIFEST, ...members.map(({ path }) => path)];
    await run('tar', ['-C', folder, '--owner=0', '--group=0', '--numeric-owner', '-czf', '-', '--', ...names], {
      stdout: handle.fd,
    });
    await handle.sync();
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause;
  } finally {
    await handle.close();
  }
  return manifest;
}

const damaged = (file: string, why: string) => new SetupError(`${file} is damaged or is no backup of ours: ${why}.`);

async function readManifest(folder: string, file: string): Promise<Manifest> {
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'));
  } catch {
    throw damaged(file, 'it has no readable manifest');
  }
  const format = z.looseObject({ format: z.number() }).safeParse(raw);
  if (format.success && format.data.format > FORMAT)
    throw new SetupError(`${file} was made by a newer Stagedoor. Update this one first.`);
  const parsed = Manifest.safeParse(raw);
  if (!parsed.success) throw damaged(file, 'its manifest is not valid');
  return parsed.data;
}

/**
 * Unpacks a backup into a new private folder below `parent` and checks every member against the
 * manifest. The caller removes the folder. Throws `SetupError` with one sentence.
 */
export async function unpack(file: string, parent: string): Promise<{ folder: string; manifest: Manifest }> {
  const folder = await mkdtemp(join(parent, '.restore-'));
  try {
    const flags = ['--no-same-owner', '--no-same-permissions', '--delay-directory-restore'];
    const done = await run('tar', ['-C', folder, ...flags, '-xzf', file], { failureIsAnswer: true });
    if (done.code !== 0) throw damaged(file, 'it cannot be unpacked to its end');
    const manifest = await readManifest(folder, file);
    const found = (await filesBelow(folder)).filter((path) => path !== MANIFEST);
    const listed = new Map(manifest.members.map((member) => [member.path, member]));
    if (found.length !== listed.size)
      throw damaged(file, `it holds ${found.length} files, its manifest names ${listed.size}`);
    for (const path of found) {
      const member = listed.get(path);
      if (!member || member.sha256 !== (await sha256(join(folder, path))))
        throw damaged(file, `${path} is not what was saved`);
    }
    return { folder, manifest };
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
}
