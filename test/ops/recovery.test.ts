/** Kills what runs, at the worst moments set-up knows, and expects it back. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Install, startInstall } from '../kit/install.ts';
import { childrenOf, eventually, processesOf, readText } from './processes.ts';

let install: Install;
beforeAll(async () => {
  install = await startInstall({ name: 'recovery' });
});
afterAll(() => install?.stop());

const isReady = async () => (await install.json<{ ready: boolean }>(['status']).catch(() => null))?.ready === true;

test.for(['media', 'api-1', 'api-2', 'worker', 'nginx', 'redis', 'mariadb'])(
  '%s comes back after kill -9',
  async (name) => {
    const of = async () => (await install.processes()).find(({ service }) => service === name);
    const before = await of();
    const children = childrenOf(before?.pid ?? 0);
    process.kill(before?.pid ?? 0, 'SIGKILL');
    await eventually(`${name} runs again`, async () => {
      const now = await of();
      return now?.status === 'online' && now.pid !== before?.pid;
    });
    await eventually('everything is ready', isReady);
    // nginx's workers outlive their master and would go on serving its old configuration.
    await eventually('what it had started has ended', () => children.every((pid) => !existsSync(`/proc/${pid}`)));
  },
);

test('reload replaces both api processes, and no request fails meanwhile', async () => {
  const pids = async () => (await install.processes()).filter(({ name }) => name === 'api').map(({ pid }) => pid);
  const before = await pids();
  let asking = true;
  const statuses = new Map<number, number>();
  const ask = async () => {
    while (asking) {
      const { status } = await fetch(`${install.url}/api/health`);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const askers = [ask(), ask()];
  await install.json(['reload']);
  asking = false;
  await Promise.all(askers);
  expect([...statuses.keys()]).toEqual([200]);
  expect((await pids()).filter((pid) => before.includes(pid))).toEqual([]);
});

test('api away: JSON for /api, while pages still come', async () => {
  const apis = (await install.processes()).filter(({ name }) => name === 'api');
  for (const { pid } of apis) process.kill(pid ?? 0, 'SIGSTOP');
  for (const { pid } of apis) process.kill(pid ?? 0, 'SIGKILL');
  const answer = await fetch(`${install.url}/api/health`);
  // They may be back already: then there is nothing to see.
  if (!answer.ok) {
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toMatchObject({ code: 'unavailable' });
  }
  expect((await fetch(`${install.url}/c/demo`)).status).toBe(200);
  await eventually('everything is ready', isReady);
});

test('the next start takes over after the PM2 daemon was killed', async () => {
  const orphans = (await install.processes()).map(({ pid }) => pid);
  process.kill(Number(readText(join(install.varDir, 'pm2/pm2.pid'))), 'SIGKILL');
  await install.start();
  expect(await isReady()).toBe(true);
  const now = processesOf(install.varDir).map(({ pid }) => pid);
  expect(orphans.filter((pid) => pid !== null && now.includes(pid))).toEqual([]);
});

test('settings of an older version: commands say what to do, stop stops, and a start brings them up to date', async () => {
  const file = join(install.varDir, 'settings.json');
  const { recordingsDir, ...older } = JSON.parse(readText(file));
  writeFileSync(file, JSON.stringify(older));
  const status = await install.cli(['status']);
  expect(status.code).toBe(1);
  expect(status.stderr).toMatch(/recordingsDir.*Run "npm start"/);
  expect(await install.cli(['stop'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Stopped 9 processes'),
  });
  expect(processesOf(install.varDir)).toEqual([]);
  await install.start();
  expect(await isReady()).toBe(true);
  expect(JSON.parse(readText(file))).toMatchObject({ recordingsDir });
});

test('a set-up that was cut off while it made the database is taken up again', async () => {
  await install.halt();
  // What is left when the first run dies inside mariadb-install-db: half a folder under its working name.
  rmSync(join(install.varDir, 'mariadb'), { recursive: true });
  mkdirSync(join(install.varDir, 'mariadb/data.making/mysql'), { recursive: true });
  writeFileSync(join(install.varDir, 'run/setup.pid'), '999999');
  rmSync(join(install.varDir, 'nginx/nginx.conf'));
  if (process.getuid?.() === 0) {
    const { chownSync, statSync } = await import('node:fs');
    const { uid, gid } = statSync(install.varDir);
    for (const path of ['mariadb', 'mariadb/data.making', 'mariadb/data.making/mysql'])
      chownSync(join(install.varDir, path), uid, gid);
  }
  await install.start();
  expect(await isReady()).toBe(true);
});
