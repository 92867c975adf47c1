/** Every foreseeable failure of set-up is one sentence that says what to do. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseVariables, readVariables } from '../../config/environment.ts';
import { CHECKOUT, findInstall, prepareVarDir } from '../../scripts/setup/place.ts';

const scratch = mkdtempSync(join(tmpdir(), 'stagedoor-sentences-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A checkout with nothing but run.sh, and an npm that fails as told. */
function runWithNpm(name: string, npm: string, node = 'exec "$REAL_NODE" "$@"') {
  const checkout = join(scratch, name);
  mkdirSync(join(checkout, 'scripts'), { recursive: true });
  mkdirSync(join(checkout, 'bin'));
  copyFileSync(join(CHECKOUT, 'scripts/run.sh'), join(checkout, 'scripts/run.sh'));
  writeFileSync(join(checkout, 'package.json'), '{}');
  for (const [program, body] of [
    ['npm', npm],
    ['node', node],
  ] as const) {
    writeFileSync(join(checkout, 'bin', program), `#!/bin/sh\n${body}\n`);
    chmodSync(join(checkout, 'bin', program), 0o755);
  }
  return spawnSync('sh', ['scripts/run.sh', 'start'], {
    cwd: checkout,
    encoding: 'utf8',
    env: { PATH: `${join(checkout, 'bin')}:/usr/bin:/bin`, REAL_NODE: process.execPath },
  });
}

describe('run.sh', () => {
  test.for([
    ['no network', 'echo "npm error code ENOTFOUND" >&2; exit 1', /cannot reach its registry.*run the command again/],
    ['no space', 'echo "npm error code ENOSPC" >&2; exit 1', /disk is full.*run the command again/],
    ['no permission', 'echo "npm error code EACCES" >&2; exit 1', /may not write below.*as root/],
    ['npm fails', 'echo "npm error something else" >&2; exit 1', /could not install.*to resume/],
  ] as const)('%s: one sentence, exit code 1', ([name, npm, sentence]) => {
    const { status, stderr } = runWithNpm(name.replaceAll(' ', '-'), npm);
    expect(status).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(
      stderr
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('Stagedoor cannot go on:')),
    ).toHaveLength(1);
  });

  test('an old Node and no network: the sentence names what was being fetched or why not', () => {
    const old = 'case "$*" in *versions.node.split*) echo 20 ;; *) echo v20.0.0 ;; esac';
    const { status, stderr } = runWithNpm('old-node', 'echo "npm error EAI_AGAIN" >&2; exit 1', old);
    expect(status).toBe(1);
    expect(stderr).toMatch(/cannot reach its registry/);
  });

  test('an install that was cut off is taken up again: npm runs until the stamp is written', () => {
    const npm = 'echo "npm error code ENOTFOUND" >&2; mkdir -p node_modules; exit 1';
    expect(runWithNpm('cut-off', npm).status).toBe(1);
    const again = spawnSync('sh', ['scripts/run.sh', 'start'], {
      cwd: join(scratch, 'cut-off'),
      encoding: 'utf8',
      env: { PATH: `${join(scratch, 'cut-off/bin')}:/usr/bin:/bin`, REAL_NODE: process.execPath },
    });
    expect(again.stdout).toContain('Installing dependencies');
  });
});

describe('variables', () => {
  test.for([
    ['STAGEDOOR_HTTP_PORT', '80800', /^STAGEDOOR_HTTP_PORT must be a whole number from 1 to 65535/],
    ['STAGEDOOR_RTMP_PORT', 'x', /^STAGEDOOR_RTMP_PORT must be a whole number/],
    ['STAGEDOOR_PUBLIC_URL', 'live.example.org', /^STAGEDOOR_PUBLIC_URL must look like https:/],
    ['STAGEDOOR_PUBLIC_URL', 'https://live.example.org/a', /^STAGEDOOR_PUBLIC_URL must be an address without a path/],
    ['STAGEDOOR_VAR', 'var', /^STAGEDOOR_VAR must be an absolute path/],
    ['STAGEDOOR_USER', 'No Body', /^STAGEDOOR_USER must be the name of a user/],
    ['DATABASE_URL', 'postgres://a:hush@b/c', /^DATABASE_URL must look like mysql:/],
    ['REDIS_URL', 'http://b', /^REDIS_URL must look like redis:/],
    ['LOG_LEVEL', 'loud', /^LOG_LEVEL must be trace, debug, info, warn or error/],
    ['STRIPE_SECRET_KEY', 'pk_live_abcdefghijkl', /^STRIPE_SECRET_KEY must be a secret key of Stripe/],
    ['STRIPE_SECRET_KEY', 'sk_live_abcdefghijkl', /^STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET belong together/],
    ['STRIPE_WEBHOOK_SECRET', 'secret', /^STRIPE_WEBHOOK_SECRET must be the signing secret/],
    ['STAGEDOOR_STRIPE_STANDIN', 'maybe', /^STAGEDOOR_STRIPE_STANDIN must be yes or no/],
    ['ADMIN_API_KEY', 'short', /^ADMIN_API_KEY must have at least 32 characters/],
  ] as const)('%s=%s is refused by name', ([key, value, sentence]) => {
    expect(() => parseVariables({ [key]: value })).toThrow(sentence);
  });

  test('a refused value is not repeated: it may be a password', () => {
    expect(() => parseVariables({ DATABASE_URL: 'postgres://a:hush@b/c' })).not.toThrow(/hush/);
  });

  test('the environment wins over .env, and an empty value counts as not given', () => {
    const file = join(scratch, '.env');
    writeFileSync(file, 'STAGEDOOR_HTTP_PORT=8081\nSTAGEDOOR_RTMP_PORT=1936 # phone\nLOG_LEVEL=\n');
    const read = readVariables(file, { STAGEDOOR_HTTP_PORT: '8082', STAGEDOOR_RTMP_PORT: '' });
    expect(read).toEqual({ STAGEDOOR_HTTP_PORT: 8082, STAGEDOOR_RTMP_PORT: 1936 });
  });
});

describe('the state folder', () => {
  test('a folder with other files is refused', async () => {
    const folder = join(scratch, 'holiday-pictures');
    mkdirSync(folder);
    writeFileSync(join(folder, 'beach.jpg'), '');
    await expect(prepareVarDir(folder, null)).rejects.toThrow(/holds other files. Name an empty or a new folder/);
  });

  test('a file in its place is refused', async () => {
    writeFileSync(join(scratch, 'file'), '');
    await expect(prepareVarDir(join(scratch, 'file'), null)).rejects.toThrow(/is not a folder/);
  });

  test('a folder that the user cannot reach is refused, with the way out', async () => {
    if (process.getuid?.() !== 0) return;
    const hidden = join(scratch, 'hidden');
    mkdirSync(hidden, { mode: 0o700 });
    const nobody = { name: 'nobody', uid: 65534, gid: 65534 };
    await expect(prepareVarDir(join(hidden, 'var'), nobody)).rejects.toThrow(
      /cannot be reached by user nobody. Set STAGEDOOR_VAR/,
    );
  });

  test('a command for an install that is not there says how to make it', () => {
    expect(() => findInstall(join(scratch, 'nothing'))).toThrow(/There is no install in .*Run "npm start"/);
  });
});
