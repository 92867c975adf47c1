/** Child processes of a benchmark: each is stopped by its own id, also when the run is interrupted. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** How long a process may take to end after SIGTERM, milliseconds. */
const STOP_LIMIT_MS = 5_000;
/** How much of a process's complaint is kept for the error message, characters. */
const STDERR_LIMIT = 4_000;

export type Running = {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Resolves with the exit code, null after a signal. */
  readonly ended: Promise<number | null>;
  stderr(): string;
  stop(): Promise<void>;
};

/** Stops what would outlive this process, like the services of an install; called where a run is interrupted. */
export const onInterrupt = new Set<() => Promise<void>>();

const alive = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts a program. `stderr` is kept (its tail), the other streams are as `options.stdio` says. */
export function run(command: string, argv: readonly string[], options: SpawnOptions = {}): Running {
  const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  alive.add(child);
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-STDERR_LIMIT);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      alive.delete(child);
      resolve(code);
    });
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(timer);
  };
  return { child, pid: child.pid ?? 0, ended, stderr: () => complaint, stop };
}

/** Runs a program to its end and returns its standard output. Throws with the end of stderr. */
export async function output(command: string, argv: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const running = run(command, argv, options);
  let text = '';
  running.child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const code = await running.ended;
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${running.stderr()}`);
  return text;
}

/** CPU time (user and system) that a process used since it began, milliseconds. Linux counts in 10-ms ticks. */
export function cpuMilliseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold spaces, so fields are counted after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Waits until `probe` gives a value, asking every 100 ms. Throws after `limitMs` with `what` in the message. */
export async function until<T>(what: string, limitMs: number, probe: () => Promise<T | null> | T | null): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await probe();
    if (value !== null) return value;
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await wait(100);
  }
}
