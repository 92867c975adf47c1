/** No container engine is here; what its files name is checked, and what a container runs is run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '#config/index.ts';
import { serviceApps } from '../../scripts/services/apps.ts';
import { waitReady } from '../../scripts/services/health.ts';
import { endLeftovers } from '../../scripts/services/leftovers.ts';
import { CHECKOUT } from '../../scripts/setup/place.ts';
import { freeLoopbackPort } from '../../scripts/setup/ports.ts';
import { sayNothing } from '../../scripts/setup/say.ts';
import { ensureUser } from '../../scripts/setup/user.ts';
import { until } from '../kit/until.ts';

const Compose = z.object({
  services: z.record(
    z.string(),
    z.object({ image: z.string(), command: z.array(z.string()), volumes: z.array(z.string()) }),
  ),
});
const read = (file: string) => readFileSync(join(CHECKOUT, file), 'utf8');
const compose = Compose.parse(parse(read('docker-compose.yml'), { merge: true }));
const ENTRY = 'scripts/production/container.ts';

let varDir: string;
let environment: Record<string, string>;
let children: ChildProcess[] = [];

beforeAll(async () => {
  varDir = mkdtempSync(join(tmpdir(), 'stagedoor-containers-'));
  const user = process.getuid?.() === 0 ? await ensureUser('stagedoor', sayNothing) : null;
  if (user) chownSync(varDir, user.uid, user.gid);
  const http = await freeLoopbackPort(new Set());
  const rtmp = await freeLoopbackPort(new Set([http]));
  environment = {
    PATH: process.env['PATH'] ?? '',
    STAGEDOOR_VAR: varDir,
    STAGEDOOR_HTTP_PORT: String(http),
    STAGEDOOR_RTMP_PORT: String(rtmp),
  };
  children = Object.values(compose.services).map(({ command }) =>
    spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(CHECKOUT, ENTRY), ...command], {
      env: environment,
      stdio: 'ignore',
      cwd: '/',
      ...(user ? { uid: user.uid, gid: user.gid } : {}),
    }),
  );
});

afterAll(async () => {
  // An engine stops what shares the database's network before the database.
  const database = Object.keys(compose.services).indexOf('mariadb');
  const others = children.filter((_, index) => index !== database);
  for (const group of [others, children.slice(database, database + 1)]) {
    for (const child of group) child.kill('SIGTERM');
    const running = () => group.some(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    await until(() => !running(), 'the containers have ended', 60_000);
  }
  // The log rotation's "sleep", which an engine ends with the container.
  await endLeftovers(varDir);
  rmSync(varDir, { recursive: true, force: true });
});

test('each command becomes its process, and together they answer', async () => {
  await until(() => existsSync(join(varDir, 'settings.json')), 'the first one has prepared the install', 60_000);
  const config = loadConfig(varDir);
  const names = serviceApps(config).map(({ name }) => name);
  expect(Object.keys(compose.services).sort()).toEqual(names.toSorted());
  for (const [name, { command }] of Object.entries(compose.services)) expect(command).toEqual([name]);
  expect(await waitReady(config, names, 60_000)).toEqual([]);
  expect((await fetch(`http://127.0.0.1:${config.httpPort}/api/health`)).status).toBe(200);
  const alive = children.map(({ exitCode }) => exitCode);
  expect(alive).toEqual(children.map(() => null));
  // No wrapper between the engine's signals and the database.
  const database = children[Object.keys(compose.services).indexOf('mariadb')]?.pid ?? 0;
  expect(readFileSync(`/proc/${database}/comm`, 'utf8').trim()).toBe('mariadbd');
});

test('the image enters where the compose file expects it, with the folder that it mounts', () => {
  const image = read('Dockerfile');
  const entry = /^ENTRYPOINT (.*)$/m.exec(image)?.[1] ?? '[]';
  const file = (JSON.parse(entry) as string[]).at(-1) ?? '';
  expect(existsSync(join(CHECKOUT, file))).toBe(true);
  expect(file).toBe(ENTRY);
  const folder = /^ENV STAGEDOOR_VAR=(.*)$/m.exec(image)?.[1];
  for (const { volumes } of Object.values(compose.services)) expect(volumes).toEqual([`stagedoor:${folder}`]);
});
