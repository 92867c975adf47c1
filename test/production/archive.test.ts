import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pack, unpack } from '../../scripts/production/archive.ts';
import { verifyBackup } from '../../scripts/production/backup.ts';

const HEAD: Parameters<typeof pack>[2] = {
  product: 'stagedoor',
  version: '0.1.0',
  installId: 'abcd1234',
  createdAt: '2026-01-02T03:04:05.000Z',
  migrations: ['20260101000000_first'],
};

let place: string;
let file: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'stagedoor-archive-'));
  file = join(place, 'backup.tar.gz');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function content(): string {
  const folder = join(place, 'content');
  mkdirSync(join(folder, 'timeline'), { recursive: true });
  writeFileSync(join(folder, 'database.sql'), Buffer.from([0, 255, 10, 13, 26, 92, 39]));
  writeFileSync(join(folder, 'secrets.json'), '{}');
  writeFileSync(join(folder, 'settings.json'), '{}');
  writeFileSync(join(folder, 'timeline/shw_1.json'), '{"next":7}');
  return folder;
}

/** Packs `content()` again after `change`, without renewing the manifest. */
async function tampered(change: (folder: string) => void): Promise<void> {
  const folder = content();
  await pack(folder, file, HEAD);
  change(folder);
  execFileSync('tar', ['-C', folder, '-czf', file, ...readdirSync(folder)]);
}

test('what is packed comes back byte for byte, private from the start', async () => {
  const folder = content();
  const manifest = await pack(folder, file, HEAD);
  expect(manifest.members.map(({ path }) => path)).toEqual([
    'database.sql',
    'secrets.json',
    'settings.json',
    'timeline/shw_1.json',
  ]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const back = await unpack(file, place);
  expect(back.manifest).toEqual(manifest);
  for (const { path } of manifest.members)
    expect(readFileSync(join(back.folder, path))).toEqual(readFileSync(join(folder, path)));
  expect(await verifyBackup(file)).toEqual(manifest);
});

test('a changed member is named', async () => {
  await tampered((folder) => writeFileSync(join(folder, 'secrets.json'), '{"x":1}'));
  await expect(unpack(file, place)).rejects.toThrow(/damaged.*secrets\.json is not what was saved/);
});

test.each([
  ['one byte flipped', (bytes: Buffer) => void bytes.writeUInt8(bytes.readUInt8(300) ^ 1, 300)],
  ['zeros in the middle', (bytes: Buffer) => void bytes.fill(0, 200, 260)],
])('%s is refused in one sentence', async (_what, damage) => {
  await pack(content(), file, HEAD);
  const bytes = readFileSync(file);
  damage(bytes);
  writeFileSync(file, bytes);
  await expect(verifyBackup(file)).rejects.toThrow(/is damaged or is no backup of ours/);
});

test('a file that ends too early is refused, and nothing is left behind', async () => {
  await pack(content(), file, HEAD);
  truncateSync(file, Math.floor(statSync(file).size / 2));
  await expect(verifyBackup(file)).rejects.toThrow(/is damaged or is no backup of ours/);
  expect(readdirSync(place).sort()).toEqual(['backup.tar.gz', 'content']);
});

test('a member that the manifest does not name, a link and a missing part are refused', async () => {
  await tampered((folder) => writeFileSync(join(folder, 'more.txt'), 'x'));
  await expect(unpack(file, place)).rejects.toThrow(/holds 5 files, its manifest names 4/);
  await tampered((folder) => execFileSync('ln', ['-s', '/etc/hostname', join(folder, 'link')]));
  await expect(unpack(file, place)).rejects.toThrow(/neither a file nor a folder/);
  const folder = content();
  for (const extra of ['link', 'more.txt', 'database.sql']) rmSync(join(folder, extra), { force: true });
  await pack(folder, file, HEAD);
  await expect(verifyBackup(file)).rejects.toThrow(/it has no database\.sql/);
});

test('a newer format asks for an update', async () => {
  await tampered((folder) => {
    const manifest = join(folder, 'manifest.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"format": 1', '"format": 2'));
  });
  await expect(unpack(file, place)).rejects.toThrow(/made by a newer Stagedoor/);
});
