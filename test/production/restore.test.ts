/** A backup moves into another install, and what was sold before still opens the show. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Secrets } from '#config/index.ts';
import { type Install, startInstall } from '../kit/install.ts';
import { publish } from '../kit/publisher.ts';
import { until } from '../kit/until.ts';
import { enter, lastSegment, newVisitor, session } from './visitor.ts';

let old: Install;
let fresh: Install;
let folder: string;
let file: string;
let sold: { code: string; expiresAt: string };
let key: string;
let customer: string;

/** The stand-in for Stripe of an install, as its secrets are now. */
function standinOf({ varDir, settings }: Install): Stripe {
  const { stripeSecretKey } = JSON.parse(readFileSync(join(varDir, 'secrets.json'), 'utf8')) as Secrets;
  return new Stripe(stripeSecretKey, { protocol: 'http', host: '127.0.0.1', port: settings.standinPort ?? 0 });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stagedoor-restore-'));
  file = join(folder, 'backup.tar.gz');
  old = await startInstall({ name: 'old' });
  const [made] = await old.json<(typeof sold)[]>(['code', 'create', '--channel', 'demo']);
  if (!made) throw new Error('no code');
  sold = made;
  ({ key } = await old.json<{ key: string }>(['key', 'create', '--channel', 'demo', '--label', 'moved']));
  customer = (await standinOf(old).customers.create({ email: 'fan@example.org' })).id;
  const saved = await old.cli(['backup', file]);
  if (saved.code !== 0) throw new Error(saved.stderr);
  await old.halt();
  fresh = await startInstall({ name: 'fresh' });
});

afterAll(async () => {
  await old?.stop();
  await fresh?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the file is private and says what it holds', async () => {
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const checked = await fresh.json<{ manifest: { installId: string; migrations: string[] } }>([
    'backup',
    '--verify',
    file,
  ]);
  expect(checked.manifest.installId).toBe(old.settings.installId);
  expect(checked.manifest.migrations.length).toBeGreaterThan(0);
  const again = await fresh.cli(['backup', file]);
  expect(again.stderr).toContain('exists already and was left as it is');
});

test('a damaged file and one of a newer version are refused and change nothing', async () => {
  const [mine] = await fresh.json<{ code: string }[]>(['code', 'create', '--channel', 'demo']);
  const damaged = join(folder, 'damaged.tar.gz');
  const bytes = readFileSync(file);
  bytes.fill(0, 1000, 1100);
  writeFileSync(damaged, bytes);
  const first = await fresh.cli(['restore', damaged]);
  expect([first.code, first.stderr]).toEqual([1, expect.stringMatching(/damaged\.tar\.gz is damaged or is no backup/)]);

  const content = join(folder, 'content');
  execFileSync('sh', ['-c', 'mkdir "$1" && tar -C "$1" -xzf "$2"', 'sh', content, file]);
  const manifest = join(content, 'manifest.json');
  const newer = readFileSync(manifest, 'utf8').replace('"migrations": [', '"migrations": ["29990101000000_later", ');
  writeFileSync(manifest, newer);
  const later = join(folder, 'later.tar.gz');
  execFileSync('tar', ['-C', content, '-czf', later, ...readdirSync(content)]);
  const second = await fresh.cli(['restore', later]);
  expect([second.code, second.stderr]).toEqual([1, expect.stringMatching(/comes from a newer Stagedoor/)]);

  expect((await enter(newVisitor(fresh.url), mine?.code ?? '')).status).toBe(200);
  expect((await enter(newVisitor(fresh.url), sold.code)).status).toBe(404);
});

test('after the restore the code, the stream key and the password of before work', async () => {
  const restored = await fresh.cli(['restore', file]);
  expect(restored.stderr).toBe('');
  expect(restored.code).toBe(0);
  const visitor = newVisitor(fresh.url);
  expect(await enter(visitor, sold.code)).toEqual({ status: 200, expiresAt: sold.expiresAt });
  const { creatorEmail, creatorPassword } = old.demo;
  const credentials = { email: creatorEmail, password: creatorPassword };
  expect((await newVisitor(fresh.url).post('/api/auth/sign-in/email', credentials)).status).toBe(200);
  expect((await standinOf(fresh).customers.retrieve(customer)).id).toBe(customer);
  const encoder = publish(fresh.rtmpUrl, key);
  try {
    await until(async () => (await session(visitor)).state === 'live', 'the old key opens a show', 30_000, 250);
    await until(async () => (await lastSegment(visitor)) >= 0, 'the code plays it', 30_000, 250);
  } finally {
    await encoder.stop();
  }
});

test('ports and passwords stay this machine’s own, and the state before can be had back', async () => {
  const status = await fresh.json<{ ready: boolean; url: string }>(['status']);
  expect(status).toMatchObject({ ready: true, url: fresh.url });
  const backups = join(fresh.varDir, 'backups');
  const previous = readdirSync(backups).find((name) => name.startsWith('before-restore-'));
  expect(previous).toBeDefined();
  expect(readdirSync(backups).filter((name) => name.startsWith('.'))).toEqual([]);
  const back = await fresh.cli(['restore', join(backups, previous ?? '')]);
  expect(back.code).toBe(0);
  const { creatorEmail, creatorPassword } = fresh.demo;
  const credentials = { email: creatorEmail, password: creatorPassword };
  expect((await newVisitor(fresh.url).post('/api/auth/sign-in/email', credentials)).status).toBe(200);
  expect((await enter(newVisitor(fresh.url), sold.code)).status).toBe(404);
  expect(existsSync(join(fresh.varDir, 'secrets.json.new'))).toBe(false);
});
