/** Real processes, started as in production, while parts of the machine are away. */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secrets, Settings } from '#config/index.ts';
import type { TestApp } from './app.ts';
import { startApp } from './app.ts';

const main = resolve(import.meta.dirname, '../../server/src/main.ts');
let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  const { varDir, secrets, secure: _secure, ...settings } = app.config;
  writeFileSync(join(varDir, 'settings.json'), JSON.stringify(Settings.parse({ ...settings, logLevel: 'info' })));
  writeFileSync(join(varDir, 'secrets.json'), JSON.stringify(Secrets.parse(secrets)));
});
afterAll(() => app.stop());

function start(role: string) {
  const env = { ...process.env, STAGEDOOR_VAR: app.config.varDir, PORT: String(app.config.apiPorts[0]) };
  const child = fork(main, [role], { env, silent: true, execArgv: [] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
  const ready = new Promise<void>((done, failed) => {
    child.once('message', () => done());
    child.once('exit', () => failed(new Error(output)));
  });
  return { child, ready, output: () => output };
}

const exitOf = (child: ChildProcess) => new Promise<number | null>((done) => child.once('exit', (code) => done(code)));

test('api and worker say ready, and stop in order at SIGTERM; no secret is in the log', async () => {
  const [api, worker] = [start('api'), start('worker')];
  await Promise.all([api.ready, worker.ready]);
  const channel = await app.make.channel();
  const { code } = await app.make.code(channel);
  const { publicUrl, apiPorts } = app.config;
  const reply = await fetch(`http://127.0.0.1:${apiPorts[0]}/api/access-codes/validate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: publicUrl },
    body: JSON.stringify({ code, channel: channel.slug }),
  });
  expect(reply.status).toBe(200);
  const cookie = reply.headers.getSetCookie()[0]?.split(/[=;]/)[1] ?? 'none';
  const exits = Promise.all([exitOf(api.child), exitOf(worker.child)]);
  api.child.kill('SIGTERM');
  worker.child.kill('SIGTERM');
  expect(await exits).toEqual([0, 0]);
  expect(api.output()).toContain('"route":"/api/access-codes/validate"');
  for (const secret of [code, cookie, ...Object.values(app.config.secrets)]) expect(api.output()).not.toContain(secret);
});

test('a database that may lose commits is refused in one sentence', async () => {
  const [row] = await app.owner('SELECT CURRENT_USER() AS who');
  expect(row).toBeDefined();
  await app.setDurability(2);
  const api = start('api');
  await expect(api.ready).rejects.toThrow(/innodb_flush_log_at_trx_commit=1/);
  await app.setDurability(1);
});

test('while the database hangs or is away, codes are refused clearly; afterwards they work again', async () => {
  const channel = await app.make.channel();
  const { code } = await app.make.code(channel);
  await app.killDatabase();
  const away = await app.validate(code, channel.slug);
  expect(away).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect((await app.call('GET', `/api/live-sessions/current?channel=${channel.slug}`)).status).toBe(503);
  expect((await app.media.authorize('0'.repeat(64))).status).toBe(503);
  await app.startDatabase();
  expect((await app.validate(code, channel.slug)).status).toBe(200);
});

/** The database behind a door that can be held shut: whoever asks then gets no answer and no error. */
async function heldDatabase(url: string) {
  const { hostname, port } = new URL(url);
  const pairs: Socket[] = [];
  let held = false;
  const door = createServer((near) => {
    const far = connect(Number(port), hostname);
    pairs.push(near, far);
    near.on('data', (bytes) => held || far.write(bytes));
    far.on('data', (bytes) => held || near.write(bytes));
    for (const socket of [near, far]) socket.on('error', () => undefined);
  });
  await new Promise<void>((done) => door.listen(0, '127.0.0.1', done));
  const through = new URL(url);
  through.port = String((door.address() as AddressInfo).port);
  return {
    url: through.href,
    hold: () => {
      held = true;
    },
    close() {
      for (const socket of pairs) socket.destroy();
      door.close();
    },
  };
}

test('api and worker stop in time while the database hangs and requests wait for it', async () => {
  const { config } = app;
  const database = await heldDatabase(config.secrets.databaseUrl);
  const file = join(config.varDir, 'secrets.json');
  writeFileSync(file, JSON.stringify({ ...config.secrets, databaseUrl: database.url }));
  const [api, worker] = [start('api'), start('worker')];
  await Promise.all([api.ready, worker.ready]);
  database.hold();
  const ask = () => fetch(`http://127.0.0.1:${config.apiPorts[0]}/api/channels/demo`).catch(() => null);
  const waiting = [ask(), ask(), ask()];
  await new Promise((done) => setTimeout(done, 300));
  const exits = Promise.all([exitOf(api.child), exitOf(worker.child)]);
  api.child.kill('SIGTERM');
  worker.child.kill('SIGTERM');
  expect(await exits).toEqual([0, 0]);
  expect(api.output() + worker.output()).not.toContain('stopping took too long');
  await Promise.all(waiting);
  database.close();
  writeFileSync(file, JSON.stringify(config.secrets));
});

test('while redis is away, codes work and guessing is still limited', async () => {
  const channel = await app.make.channel();
  const { code } = await app.make.code(channel);
  await app.killRedis();
  expect((await app.validate(code, channel.slug)).status).toBe(200);
  const address = '10.200.0.1';
  const answers = [];
  for (let n = 0; n < 7; n += 1)
    answers.push((await app.validate('PLI000000000', channel.slug, { address })).body['code']);
  expect(answers.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'code.unknown'));
  expect(answers[6]).toBe('code.too_many_tries');
});
