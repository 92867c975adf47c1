/** Runs other programs, also as another user, and never through a shell. */
import { spawn, spawnSync } from 'node:child_process';

/** A user of this machine by number. */
export type Identity = { readonly uid: number; readonly gid: number };

export type RunOptions = {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly as?: Identity | null;
  readonly timeoutMs?: number;
};
export type RunResult = { readonly code: number; readonly output: string };

/** A command that takes longer than this hangs. */
const RUN_TIMEOUT_MS = 15 * 60_000;
/** How much of a command's output is kept for an error message. */
const OUTPUT_LIMIT_CHARACTERS = 200_000;

/** Runs a program and returns its exit code with stdout and stderr together. Never throws. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      timeout: options.timeoutMs ?? RUN_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.as ?? {}),
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_LIMIT_CHARACTERS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** True where this user may do what `test` asks, for example `-r FILE`. */
export function may(as: Identity | null, ...test: readonly string[]): boolean {
  return spawnSync('/usr/bin/test', test, { stdio: 'ignore', cwd: '/', ...(as ?? {}) }).status === 0;
}

/** The last lines of a program's output, indented, for an error message. */
export function lastLines(output: string, count = 8): string {
  return output
    .trim()
    .split('\n')
    .slice(-count)
    .map((line) => `    ${line}`)
    .join('\n');
}
