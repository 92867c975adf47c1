/** The power goes, and what the boot unit runs brings everything back. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leftovers } from '../../scripts/services/leftovers.ts';
import { type Install, startInstall } from '../kit/install.ts';
import { publish } from '../kit/publisher.ts';
import { until } from '../kit/until.ts';
import { enter, lastSegment, newVisitor, session } from './visitor.ts';

let install: Install;

beforeAll(async () => {
  install = await startInstall({ name: 'cold' });
});
afterAll(() => install?.stop());

function cutPower(): void {
  const daemon = Number(readFileSync(join(install.varDir, 'pm2/pm2.pid'), 'utf8'));
  // The daemon first: it would start again what dies before it.
  process.kill(daemon, 'SIGKILL');
  for (let found = leftovers(install.varDir); found.length > 0; found = leftovers(install.varDir))
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // A child that ended with its parent.
      }
    }
}

/** Media may lie on a tmpfs, and sockets are gone after a boot. */
function loseWhatMemoryHeld(): void {
  for (const name of readdirSync(install.settings.mediaDir))
    rmSync(join(install.settings.mediaDir, name), { recursive: true });
  for (const entry of readdirSync(install.varDir, { recursive: true, withFileTypes: true }))
    if (entry.isSocket()) rmSync(join(entry.parentPath, entry.name));
}

/** Does what systemd does with the unit: its environment, its command, no shell of an operator. */
function boot(unit: string): { status: number | null; output: string } {
  const environment = Object.fromEntries(
    [...unit.matchAll(/^Environment="?([A-Z_]+)=(.*?)"?$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
  const command = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? '';
  const ran = spawnSync('/bin/sh', ['-c', command], { cwd: '/', env: environment, encoding: 'utf8' });
  return { status: ran.status, output: ran.stdout + ran.stderr };
}

test('after a power cut the show goes on, codes are valid, numbers do not go back', async () => {
  const { key } = await install.json<{ key: string }>(['key', 'create', '--channel', 'demo', '--label', 'cold']);
  const [code] = await install.json<{ code: string; expiresAt: string }[]>(['code', 'create', '--channel', 'demo']);
  const { unit } = await install.json<{ unit: string }>(['service', 'install', '--print']);
  const visitor = newVisitor(install.url);
  await enter(visitor, code?.code ?? '');
  let encoder = publish(install.rtmpUrl, key);
  try {
    await until(async () => (await lastSegment(visitor)) >= 2, 'some segments', 30_000, 250);
    const before = { ...(await session(visitor)), last: await lastSegment(visitor) };

    await encoder.stop();
    cutPower();
    loseWhatMemoryHeld();
    const booted = boot(unit);
    expect(booted.status, booted.output).toBe(0);

    encoder = publish(install.rtmpUrl, key);
    expect(await enter(visitor, code?.code ?? '')).toEqual({ status: 200, expiresAt: code?.expiresAt });
    await until(async () => (await session(visitor)).state === 'live', 'live again', 30_000, 250);
    expect((await session(visitor)).showId).toBe(before.showId);
    // The first number that anybody sees, not one that a new count reaches in time.
    let first = -1;
    const offered = async () => {
      first = await lastSegment(visitor);
      return true;
    };
    await until(offered, 'a segment is offered', 30_000);
    expect(first).toBeGreaterThan(before.last);
  } finally {
    await encoder.stop();
  }
});
