/** One install, made by the code of `npm start`: what runs, as whom, and what others can see of it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Install, startInstall } from '../kit/install.ts';
import { listening, processesOf } from './processes.ts';

let install: Install;
beforeAll(async () => {
  install = await startInstall({ name: 'ops' });
});
afterAll(() => install?.stop());

test('status says that all eight parts are ready, and where', async () => {
  const status = await install.json<Record<string, unknown>>(['status']);
  expect(status).toMatchObject({ ready: true, url: install.url, rtmpUrl: install.rtmpUrl });
  const names = (await install.processes()).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['mariadb', 'redis', 'media', 'standin', 'api', 'worker', 'nginx']));
  expect(names.filter((name) => name === 'api')).toHaveLength(2);
});

test('a second start leaves every process as it is, also from a shell with a compile cache of its own', async () => {
  const before = await install.processes();
  await install.start();
  expect((await install.processes()).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
  vi.stubEnv('NODE_COMPILE_CACHE', join(install.varDir, 'elsewhere'));
  await install.start().finally(() => vi.unstubAllEnvs());
  expect((await install.processes()).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
});

test('nothing of ours runs as root', () => {
  const ours = processesOf(install.varDir).filter(({ cmdline }) => !cmdline.includes('vitest'));
  expect(ours.length).toBeGreaterThanOrEqual(9);
  const owner = statSync(install.varDir).uid;
  expect(ours.filter(({ uid }) => uid !== owner)).toEqual([]);
  if (process.getuid?.() === 0) expect(owner).not.toBe(0);
});

test('only the web and RTMP ports can be reached from another machine', () => {
  const { settings } = install;
  const sockets = listening(processesOf(install.varDir).map(({ pid }) => pid));
  const { mediaPort, mariadbPort, redisPort, standinPort, apiPorts } = settings;
  const inner = [mediaPort, mariadbPort, redisPort, standinPort, ...apiPorts];
  // The look itself must see something.
  expect(sockets.map(({ port }) => port)).toEqual(expect.arrayContaining([settings.httpPort, ...inner]));
  const outer = sockets.filter(({ loopback }) => !loopback).map(({ port }) => port);
  expect(new Set(outer)).toEqual(new Set([settings.httpPort, settings.rtmpPort]));
});

test("the stand-in's pages are public, its API and control are not", async () => {
  const { url, settings, secrets } = install;
  const page = await fetch(`${url}/standin/c/pay/cs_test_none`);
  expect([page.status, page.headers.get('content-security-policy')]).toEqual([404, expect.stringContaining("'self'")]);
  expect(await page.text()).toContain('No money moves');
  for (const path of [
    '/v1/balance',
    '/_standin/deliveries',
    '/standin/../v1/balance',
    '/standin/..%2f_standin/deliveries',
  ]) {
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${secrets.stripeSecretKey}` } });
    expect([path, answer.status]).toEqual([path, 404]);
  }
  const { port, hostname } = new URL(settings.stripe.apiBase);
  const stripe = new Stripe(secrets.stripeSecretKey, { protocol: 'http', host: hostname, port: Number(port) });
  expect((await stripe.balance.retrieve()).object).toBe('balance');
});

describe('secrets', () => {
  const values = () => [
    ...Object.values(install.secrets).filter((value) => value !== null),
    ...[install.secrets.databaseUrl, install.secrets.databaseMigrationUrl, install.secrets.redisUrl].map(
      (url) => new URL(url).password,
    ),
    install.demo.streamKey ?? '-',
    install.demo.creatorPassword ?? '-',
  ];

  test('stand in files that only the user may read', () => {
    const files = ['secrets.json', 'nginx/nginx.conf', 'mariadb/init.sql', 'mariadb/my.cnf', 'redis/redis.conf'];
    for (const file of files) expect([file, statSync(join(install.varDir, file)).mode & 0o777]).toEqual([file, 0o600]);
  });

  test('are in no argument and no environment of any process', () => {
    for (const { cmdline, environ } of processesOf(install.varDir))
      for (const value of values()) expect(`${cmdline}\n${environ}`).not.toContain(value);
  });

  test('are in no log and nothing that PM2 keeps', async () => {
    const folders = ['logs', 'pm2', 'pm2/pids'].map((folder) => join(install.varDir, folder));
    const files = folders.flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        entry.isFile() ? [join(folder, entry.name)] : [],
      ),
    );
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      for (const value of values()) expect([file, text.includes(value)]).toEqual([file, false]);
    }
  });
});

test('what was decided at the first set-up is kept', async () => {
  const before = readFileSync(join(install.varDir, 'secrets.json'), 'utf8');
  await install.halt();
  await install.start();
  expect(readFileSync(join(install.varDir, 'secrets.json'), 'utf8')).toBe(before);
  const settings = JSON.parse(readFileSync(join(install.varDir, 'settings.json'), 'utf8')) as unknown;
  expect(settings).toEqual(install.settings);
});

test('two installs run side by side, and stopping one leaves the other', async () => {
  const other = await startInstall({ name: 'ops-other' });
  try {
    expect(other.settings.installId).not.toBe(install.settings.installId);
    const mine = new Set((await install.processes()).map(({ pid }) => pid));
    expect((await other.processes()).filter(({ pid }) => mine.has(pid))).toEqual([]);
  } finally {
    await other.stop();
  }
  expect(processesOf(other.varDir)).toEqual([]);
  expect(await install.json(['status'])).toMatchObject({ ready: true });
});

test('a taken port: one sentence with the port, its holder and the variable', async () => {
  const port = String(install.settings.httpPort);
  const attempt = startInstall({ name: 'ops-taken', env: { STAGEDOOR_HTTP_PORT: port } });
  await expect(attempt).rejects.toThrow(new RegExp(`^Port ${port}, .* taken by nginx .*STAGEDOOR_HTTP_PORT`));
});

test('doctor finds nothing wrong, and says so in JSON', async () => {
  const done = await install.cli(['doctor', '--json']);
  const { ok, findings } = JSON.parse(done.stdout) as { ok: boolean; findings: Array<{ level: string; what: string }> };
  expect(findings.filter(({ level }) => level === 'bad')).toEqual([]);
  expect([ok, done.code]).toEqual([true, 0]);
});

test('exit codes: 2 for a wrong call, 1 for a failure, 0 for help', async () => {
  expect((await install.cli(['nonsense'])).code).toBe(2);
  expect((await install.cli(['logs', 'nonsense'])).code).toBe(1);
  expect((await install.cli(['--help'])).code).toBe(0);
});

test('stop leaves nothing running', async () => {
  await install.halt();
  expect(processesOf(install.varDir)).toEqual([]);
  expect((await install.cli(['status'])).code).toBe(1);
});
