/** `npm start` itself, in a checkout that the unprivileged user cannot even enter. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHECKOUT } from '../../scripts/setup/place.ts';
import { freeLoopbackPort } from '../../scripts/setup/ports.ts';
import { processesOf } from './processes.ts';

const parent = mkdtempSync(join(tmpdir(), 'stagedoor-place-'));
const checkout = join(parent, 'hidden/checkout');
const varDir = join(parent, 'state');
let env: NodeJS.ProcessEnv;
const COMMAND = '/usr/local/bin/stagedoor';
/** Undefined: not to be touched, for it is no link. */
const before = lstatSync(COMMAND, { throwIfNoEntry: false });
const linkBefore = before === undefined ? '' : before.isSymbolicLink() ? readlinkSync(COMMAND) : undefined;

function npm(...args: readonly string[]) {
  const done = spawnSync('npm', ['--silent', ...args], { cwd: checkout, env, encoding: 'utf8', timeout: 240_000 });
  return { code: done.status, text: `${done.stdout}${done.stderr}` };
}

beforeAll(async () => {
  chmodSync(parent, 0o755);
  mkdirSync(join(parent, 'hidden'), { mode: 0o700 });
  // Hard links where the file system allows: the checkout with its dependencies is large.
  const leaveOut = ['--exclude=./.git', '--exclude=./var'];
  const linked = spawnSync('cp', ['-al', CHECKOUT, checkout]);
  if (linked.status !== 0) {
    rmSync(checkout, { recursive: true, force: true });
    mkdirSync(checkout);
    spawnSync('sh', ['-c', `tar -C "$1" -cf - ${leaveOut.join(' ')} . | tar -C "$2" -xf -`, 'sh', CHECKOUT, checkout]);
  }
  for (const name of ['var', '.git', '.env', '.runtime/installs'])
    rmSync(join(checkout, name), { recursive: true, force: true });
  const clean = Object.entries(process.env).filter(([key]) => !/^(STAGEDOOR_|npm_)/.test(key));
  env = {
    ...Object.fromEntries(clean),
    STAGEDOOR_VAR: varDir,
    STAGEDOOR_HTTP_PORT: String(await freeLoopbackPort(new Set())),
    STAGEDOOR_RTMP_PORT: String(await freeLoopbackPort(new Set())),
  };
});
afterAll(() => {
  npm('stop');
  // The start as root pointed the operator's command at this checkout, which goes away.
  if (linkBefore !== undefined) {
    rmSync(COMMAND, { force: true });
    if (linkBefore) symlinkSync(linkBefore, COMMAND);
  }
  rmSync(parent, { recursive: true, force: true });
});

test('the first start prints address, RTMP address, key, code and sign-in, and how long it took', async () => {
  const { code, text } = npm('start');
  expect([code, text]).toEqual([0, expect.stringContaining('Stagedoor is running.')]);
  expect(text).toContain(`http://localhost:${env['STAGEDOOR_HTTP_PORT']}`);
  expect(text).toContain(`rtmp://localhost:${env['STAGEDOOR_RTMP_PORT']}/live`);
  expect(text).toMatch(/Access code +PLI[0-9A-Z]{9}\n/);
  expect(text).toMatch(/Stream key +\S{22,}\n/);
  expect(text).toMatch(/Password +\S{8,}\n/);
  expect(text).toMatch(/Took +\d+\.\d s of downloads, \d+\.\d s of our own work/);
  expect((await fetch(`http://localhost:${env['STAGEDOOR_HTTP_PORT']}/api/health`)).status).toBe(200);
});

test('the code runs from a copy, as the unprivileged user', () => {
  if (process.getuid?.() !== 0) return;
  expect(existsSync(join(varDir, 'app/server/src/main.ts'))).toBe(true);
  const ours = processesOf(varDir);
  expect(ours.filter(({ cmdline }) => cmdline.includes(checkout))).toEqual([]);
  expect(ours.filter(({ uid }) => uid === 0)).toEqual([]);
});

test('the second start says that it ran already, and how to make a new key', () => {
  const { code, text } = npm('start');
  expect([code, text]).toEqual([0, expect.stringContaining('was running already')]);
  expect(text).toContain('stagedoor key create --channel demo');
});

test('npm stop ends everything', () => {
  expect(npm('stop').code).toBe(0);
  expect(processesOf(varDir)).toEqual([]);
});
