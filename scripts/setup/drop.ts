/** Runs a command of an existing install as the user who owns it, never as root. */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { serviceEnvironment } from './environment.ts';
import { readOrNull } from './files.ts';
import { CHECKOUT } from './place.ts';
import { SetupError } from './say.ts';

const Where = z.object({ appDir: z.string() });

/** Where an install's code and Node are. The copy's Node is used only by the unprivileged user. */
export function appOf(varDir: string): { appDir: string; node: string } {
  const { appDir } = Where.parse(JSON.parse(readOrNull(join(varDir, 'settings.json')) ?? '{}'));
  const copied = join(appDir, '.runtime/bin/node');
  return { appDir, node: appDir !== CHECKOUT && existsSync(copied) ? copied : process.execPath };
}

/** Runs one of the install's scripts with inherited terminal; returns its exit code. Throws `SetupError`. */
export function runOwn(varDir: string, script: string, args: readonly string[]): Promise<number> {
  const { uid, gid } = statSync(varDir);
  const me = process.getuid?.();
  if (me !== 0 && me !== uid)
    throw new SetupError(
      `This install belongs to another user (number ${uid}). Run the command as root or as that user.`,
    );
  if (uid === 0)
    throw new SetupError(`${varDir} belongs to root; an install never does. Name another with STAGEDOOR_VAR.`);
  const { appDir, node } = appOf(varDir);
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(appDir, script), ...args], {
    cwd: varDir,
    env: { ...serviceEnvironment(varDir, node), ...terminal() },
    stdio: 'inherit',
    ...(me === 0 ? { uid, gid } : {}),
  });
  // The child gets the terminal's signals too; we wait for it to end.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function terminal(): Record<string, string> {
  const kept = ['TERM', 'COLUMNS', 'NO_COLOR'].flatMap((key) => {
    const value = process.env[key];
    return value ? [[key, value] as const] : [];
  });
  return Object.fromEntries(kept);
}
