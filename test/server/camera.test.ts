/** From the camera to the list: a real encoder, media and control plane, with nothing played in between. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Publisher, publish } from '../kit/publisher.ts';
import { until } from '../kit/until.ts';
import type { TestApp } from './app.ts';
import { startApp } from './app.ts';

const DEADLINE_MS = 20_000;

let app: TestApp;
let media: ChildProcess;
let encoder: Publisher | undefined;
let rtmpPort = 0;
beforeAll(async () => {
  app = await startApp();
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  rtmpPort = (probe.address() as AddressInfo).port;
  probe.close();
  const { varDir, secrets, secure: _secure, ...settings } = app.config;
  const own = { ...settings, rtmpPort, apiPorts: [app.port], thumbnailSeconds: 2, ladder: [], diskFloorPercent: 0 };
  writeFileSync(join(varDir, 'settings.json'), JSON.stringify(own));
  writeFileSync(join(varDir, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
  media = spawn(process.execPath, ['media/src/main.ts'], {
    env: { ...process.env, STAGEDOOR_VAR: varDir },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(media, 'message');
});
afterAll(async () => {
  await encoder?.stop();
  media.kill('SIGTERM');
  await once(media, 'exit');
  await app.stop();
});

/** What the operator's command prints. */
async function stagedoor(...args: string[]): Promise<string> {
  const env = { ...process.env, STAGEDOOR_VAR: app.config.varDir };
  return (await promisify(execFile)(process.execPath, ['scripts/cli/main.ts', ...args], { env })).stdout;
}

const rtmp = () => `rtmp://127.0.0.1:${rtmpPort}/live`;

test('a test stream is its creator’s alone; the show after it has health, a picture on the list, and an end', async () => {
  const channel = await app.make.channel();
  const cookie = await app.signIn(channel);
  const { key } = await app.make.key(channel);
  const own = async () => (await app.call('GET', '/api/studio/overview', { cookie })).body as Record<string, unknown>;
  const showOf = async () => (await own())['show'] as { showId: string; state: string; test: boolean } | null;
  const page = async () => (await app.call('GET', `/api/live-sessions/current?channel=${channel.slug}`)).body;
  const list = async () => (await app.call('GET', '/api/streams')).body as unknown as { thumbnail: string | null }[];

  await app.call('POST', '/api/live-sessions/start', { cookie, body: { test: true } });
  encoder = publish(rtmp(), key);
  await until(async () => (await showOf())?.state === 'preview', 'the test runs', DEADLINE_MS);
  const tried = await showOf();
  expect(tried).toMatchObject({ test: true });
  const healthOf = (id: string) => app.call('GET', `/api/live-sessions/${id}/health`, { cookie });
  await until(async () => (await healthOf(String(tried?.showId))).status === 200, 'its health', DEADLINE_MS);
  expect(await page()).toMatchObject({ state: 'none', test: false });
  expect(await list()).toEqual([]);
  await app.call('POST', '/api/live-sessions/end', { cookie, body: {} });
  await encoder.ended;

  // Stopped and started by its creator within the minute: what comes is shown to nobody before the button.
  encoder = publish(rtmp(), key);
  await until(async () => (await showOf())?.state === 'preview', 'a preview', DEADLINE_MS);
  expect(await page()).toMatchObject({ thumbnail: null, hlsUrl: null });
  expect(await list()).toEqual([]);
  await app.call('POST', '/api/live-sessions/go-live', { cookie, body: {} });
  await until(async () => Boolean((await list())[0]?.thumbnail), 'a picture on the list', DEADLINE_MS).catch(
    () => undefined,
  );
  const [entry] = await list();
  expect(entry?.thumbnail).toMatch(/^\/media\/shw_\w+\/thumb\/thumb-\d+\.jpg\?e=\d+&s=/);
  const [path, expires, signature] = /^(.*)\?e=(\d+)&s=(.*)$/.exec(String(entry?.thumbnail))?.slice(1) ?? [];
  const signed = createHash('md5').update(`${expires}${path} ${app.config.secrets.addressSecret}`).digest('base64url');
  expect(signature).toBe(signed);
  const report = await healthOf(String((await showOf())?.showId));
  expect(report).toMatchObject({
    status: 200,
    body: { now: { input: { videoCodec: expect.stringMatching(/^avc1/) } } },
  });
  const show = String((await showOf())?.showId);
  const running = JSON.parse(await stagedoor('show', 'list', '--json')) as { showId: string; light: string }[];
  expect(running).toMatchObject([{ showId: show, light: expect.stringMatching(/^(green|amber|red)$/) }]);
  expect(await stagedoor('show', 'health', show)).toMatch(/^(GREEN|AMBER|RED) {2}\S+: live, 0 devices\n/);
  await app.call('POST', '/api/live-sessions/end', { cookie, body: {} });
  expect(await list()).toEqual([]);
});
