/** Runs the part of a command that belongs to the install's unprivileged user. Root writes nothing into its folders. */
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { appOf } from '../setup/drop.ts';
import { serviceEnvironment } from '../setup/environment.ts';
import type { Identity } from '../setup/exec.ts';
import { SetupError } from '../setup/say.ts';

/** Who owns the install's folder; null where that is us. Throws where we may not act for them. */
export function ownerOf(varDir: string): Identity | null {
  const { uid, gid } = statSync(varDir);
  const me = process.getuid?.();
  if (me === uid) return null;
  if (me !== 0) throw new SetupError(`This install belongs to another user (number ${uid}). Run the command as root.`);
  return { uid, gid };
}

/** Calls one verb of `as-user.ts` and returns its JSON answer. Throws `SetupError` with its sentence. */
export async function callUserHalf(varDir: string, verb: string, input: unknown): Promise<unknown> {
  const { appDir, node } = appOf(varDir);
  const script = join(appDir, 'scripts/production/as-user.ts');
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', script, verb], {
    cwd: varDir,
    env: serviceEnvironment(varDir, node),
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    ...(ownerOf(varDir) ?? {}),
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  (child.stdin as Writable).end(JSON.stringify(input ?? null));
  // PM2's library writes to stdout as it likes, so the answer has a descriptor of its own.
  const [answer, noise] = await Promise.all([text(child.stdio[3] as Readable), text(child.stderr as Readable)]);
  if ((await ended) !== 0) throw new SetupError(noise.trim() || `The command "${verb}" ended unexpectedly.`);
  return JSON.parse(answer);
}
