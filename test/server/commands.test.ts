/** The operator's commands on data, run as the operator runs them. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedDemo } from '../../server/src/seed.ts';
import type { TestStack } from '../kit/db.ts';
import { startStack } from '../kit/db.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
  const { varDir, secrets, secure: _secure, ...settings } = stack.config;
  writeFileSync(join(varDir, 'settings.json'), JSON.stringify(settings));
  writeFileSync(join(varDir, 'secrets.json'), JSON.stringify(secrets));
  await seedDemo(stack.config);
});
afterAll(() => stack.stop());

function stagedoor(...args: string[]) {
  const main = resolve(import.meta.dirname, '../../scripts/cli/main.ts');
  const env = { ...process.env, STAGEDOOR_VAR: stack.config.varDir };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8' });
  return { status, stdout, stderr, json: () => JSON.parse(stdout) };
}

test('keys and codes are made and withdrawn; the shapes are the promised ones', () => {
  const key = stagedoor('key', 'create', '--channel', 'demo', '--label', 'OBS', '--json').json();
  expect(key).toEqual({ id: expect.stringMatching(/^key_/), key: expect.stringMatching(/^sk_[0-9a-z]{32}$/) });
  expect(stagedoor('key', 'revoke', key.id).status).toBe(0);
  const codes = stagedoor('code', 'create', '--channel', 'demo', '--count', '3', '--json').json();
  expect(codes).toHaveLength(3);
  expect(codes[0]).toEqual({ code: expect.stringMatching(/^PLI/), expiresAt: expect.stringMatching(/Z$/) });
  expect(stagedoor('code', 'revoke', codes[0].code).status).toBe(0);
  expect(stagedoor('show', 'list', '--channel', 'demo', '--json').json()).toEqual([]);
});

test('a failure is one sentence and exit code 1; a wrong call is exit code 2', () => {
  const failed = stagedoor('key', 'create', '--channel', 'nope', '--label', 'x');
  expect(failed).toMatchObject({ status: 1, stdout: '', stderr: 'There is no such channel.\n' });
  expect(stagedoor('code', 'revoke', 'PLI000000000').status).toBe(1);
  expect(stagedoor('code', 'create', '--channel', 'demo', '--count', '0').status).toBe(2);
  expect(stagedoor('key', 'create').status).toBe(2);
});

test('a creator is added once, and gets a new password', () => {
  const add = ['creator', 'add', '--email', 'Ana@example.org', '--channel', 'ana', '--name', 'Ana', '--json'];
  expect(stagedoor(...add).json()).toMatchObject({ email: 'ana@example.org', channel: 'ana' });
  expect(stagedoor(...add).status).toBe(1);
  expect(stagedoor('creator', 'password', 'ana@example.org', '--json').json()).toMatchObject({
    email: 'ana@example.org',
  });
});
