/** The operator's commands on data, run as the operator runs them. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { healthText } from '../../scripts/cli/health-text.ts';
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

test('a channel’s settings can be read and changed; what runs, and how it does, is said in one sentence', () => {
  expect(stagedoor('channel', 'show', 'demo', '--json').json()).toMatchObject({
    windowSeconds: null,
    recordShows: true,
    publicThumbnail: true,
  });
  const set = ['channel', 'set', 'demo', '--window-seconds', '3600', '--record-shows', 'off', '--json'];
  expect(stagedoor(...set).json()).toMatchObject({ windowSeconds: 3600, recordShows: false, publicThumbnail: true });
  expect(stagedoor('channel', 'set', 'demo', '--window-seconds', 'server', '--json').json()).toMatchObject({
    windowSeconds: null,
  });
  const open = ['channel', 'set', 'demo', '--audience', 'code,membership', '--json'];
  expect(stagedoor(...open).json()).toMatchObject({ audience: ['code', 'membership'] });
  expect(stagedoor('channel', 'set', 'demo', '--audience', 'friends').status).not.toBe(0);
  expect(stagedoor('channel', 'set', 'demo', '--record-shows', 'maybe').status).toBe(2);
  expect(stagedoor('show', 'list')).toMatchObject({ status: 0, stdout: 'No show runs.\n' });
  expect(stagedoor('show', 'health', 'shw_nobody')).toMatchObject({ status: 1, stderr: 'There is no such show.\n' });
});

test('health fits one screen, and says where to click', () => {
  const sample = { atMs: 1, kilobitsPerSecond: 2500, fps: 30, behindMs: 0, gaps: 0, speed: 1, devices: 2 } as const;
  const text = healthText(
    { slug: 'demo', state: 'live', test: 0 },
    {
      now: {
        atMs: 1,
        light: 'amber',
        advices: ['keyframe_interval'],
        input: {
          encoder: 'OBS 30',
          videoCodec: 'H.264 High',
          audioCodec: 'AAC',
          width: 1920,
          height: 1080,
          nominalFps: 30,
          fps: 29.9,
          kilobitsPerSecond: 2500,
          audioKilobitsPerSecond: 160,
          keyframeIntervalMs: 10_000,
          bFrames: false,
          audio: 'sound',
          gaps: 0,
          behindMs: 12,
          speed: null,
        },
        renditions: [{ name: 'source', height: 1080, state: 'on', viewers: 2 }],
        devices: 2,
      },
      history: Array.from({ length: 600 }, (_, n) => ({
        ...sample,
        kilobitsPerSecond: n % 2 ? 2500 : 0,
        light: 'amber',
      })),
    },
  );
  expect(text).toMatch(/^AMBER {2}demo: live, 2 devices\n/);
  expect(text).toContain('Keyframes come every 10');
  expect(text).toContain('Settings → Output');
  expect(text).toContain('▁█▁█');
  expect(text.split('\n').length).toBeLessThan(24);
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
