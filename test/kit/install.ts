/** Installs of their own for tests, made by the code of `npm start`, in the temporary folder of the machine. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secrets, Settings } from '#config/index.ts';
import { parseVariables } from '../../config/environment.ts';
import type { Status } from '../../scripts/cli/status.ts';
import { install } from '../../scripts/setup/install.ts';
import type { Demo } from '../../scripts/setup/order.ts';
import { CHECKOUT } from '../../scripts/setup/place.ts';
import { freeLoopbackPort } from '../../scripts/setup/ports.ts';
import { sayNothing } from '../../scripts/setup/say.ts';
import { rtmpUrl } from '../../scripts/setup/summary.ts';

export type CliResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type Install = {
  readonly varDir: string;
  readonly url: string;
  readonly rtmpUrl: string;
  readonly settings: Settings;
  readonly secrets: Secrets;
  /** Key, code and password of the demo channel, as set-up printed them. */
  readonly demo: Demo;
  /** Runs `stagedoor ARGS` against this install. */
  cli(args: readonly string[]): Promise<CliResult>;
  /** The same with `--json`, parsed. Throws where the command fails. */
  json<T>(args: readonly string[]): Promise<T>;
  processes(): Promise<Status['processes']>;
  /** Starts it again after `halt`, with other variables if given; what set-up decided is kept. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Stops every process and keeps the files. */
  halt(): Promise<void>;
  /** Stops every process and removes the files. */
  stop(): Promise<void>;
};

/** Runs the operator's command with captured output. */
function runStagedoor(varDir: string, args: readonly string[]): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(CHECKOUT, 'scripts/stagedoor'), args, {
      env: { ...process.env, STAGEDOOR_VAR: varDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/**
 * Sets up and starts an install; returns once everything answers. `env` holds variables as in `.env`
 * (`STAGEDOOR_GRACE_SECONDS: '3'`). Call `stop` in `afterAll`, also after a failure.
 */
export async function startInstall(options: {
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Install> {
  const varDir = options.env?.['STAGEDOOR_VAR'] ?? mkdtempSync(join(tmpdir(), `stagedoor-${options.name}-`));
  const httpPort = await freeLoopbackPort(new Set());
  const rtmpPort = await freeLoopbackPort(new Set([httpPort]));
  const bringUp = (env: Readonly<Record<string, string>> | undefined) =>
    install({
      variables: parseVariables({
        STAGEDOOR_HTTP_PORT: String(httpPort),
        STAGEDOOR_RTMP_PORT: String(rtmpPort),
        ...env,
        STAGEDOOR_VAR: varDir,
      }),
      forTests: false,
      say: sayNothing,
    });
  const cli = (args: readonly string[]) => runStagedoor(varDir, args);
  const json = async <T>(args: readonly string[]): Promise<T> => {
    const done = await cli([...args, '--json']);
    if (done.code !== 0) throw new Error(`stagedoor ${args.join(' ')}: ${done.stderr}${done.stdout}`);
    return JSON.parse(done.stdout) as T;
  };
  const halt = async () => {
    const done = await cli(['stop']);
    if (done.code !== 0) throw new Error(`stagedoor stop: ${done.stderr}${done.stdout}`);
  };
  const stop = async () => {
    await halt();
    rmSync(varDir, { recursive: true, force: true });
  };
  try {
    const { settings, demo } = await bringUp(options.env);
    if (!demo) throw new Error('this install has a public address, so it has no demo channel');
    return {
      varDir,
      url: settings.publicUrl,
      rtmpUrl: rtmpUrl(settings),
      settings,
      secrets: JSON.parse(readFileSync(join(varDir, 'secrets.json'), 'utf8')) as Secrets,
      demo,
      cli,
      json,
      async processes() {
        const status = JSON.parse((await cli(['status', '--json'])).stdout) as Status;
        return status.processes;
      },
      start: async (env) => void (await bringUp({ ...options.env, ...env })),
      halt,
      stop,
    };
  } catch (error) {
    // A half-started install must not outlive the test that wanted it.
    await cli(['stop']).catch(() => undefined);
    rmSync(varDir, { recursive: true, force: true });
    throw error;
  }
}
