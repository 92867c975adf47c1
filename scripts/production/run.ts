/** Runs a system command for the operator's commands, and turns its failure into one sentence. */
import { spawn } from 'node:child_process';
import type { Identity } from '../setup/exec.ts';
import { SetupError } from '../setup/say.ts';

export type RunOptions = {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly as?: Identity | null;
  /** File descriptor that the command reads from. */
  readonly stdin?: number;
  /** File descriptor that the command writes to; `stdout` in the answer is then empty. */
  readonly stdout?: number;
  /** A failure is part of the answer and does not throw. */
  readonly failureIsAnswer?: boolean;
};
export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Of a chatty command the end is kept, characters. */
const KEPT = 20_000;

/** Runs one command without a shell. Throws `SetupError` with the command's last words. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      ...(options.cwd ? { cwd: options.cwd } : {}),
      ...(options.as ?? {}),
      stdio: [options.stdin ?? 'ignore', options.stdout ?? 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-KEPT);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-KEPT);
    });
    child.once('error', (cause) => reject(new SetupError(`${command} cannot be run: ${cause.message}`)));
    child.once('close', (code) => {
      if (code === 0 || options.failureIsAnswer) return resolve({ code, stdout, stderr });
      const words = (stderr.trim() || stdout.trim()).split('\n').slice(-6).join('\n  ');
      reject(new SetupError(`${command} failed (${code ?? 'killed'}):\n  ${words}`));
    });
  });
}

/** Stops with one sentence unless this is root. */
export function needRoot(what: string): void {
  if (process.getuid?.() !== 0) throw new SetupError(`${what} needs root. Run it again with sudo.`);
}
