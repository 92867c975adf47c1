/** Writes settings.json and secrets.json of an install, keeping what an earlier run decided. */
import { join } from 'node:path';
import { type Config, loadConfig, type Secrets, type Settings } from '#config/index.ts';
import { parseVariables, type Variables } from '../../config/environment.ts';
import { resolveSecrets, resolveSettings } from '../../config/resolve.ts';
import { PRIVATE, READABLE, readOrNull, writeIfChanged } from './files.ts';
import type { Order } from './order.ts';
import { freeLoopbackPort, isFree, mayBind } from './ports.ts';
import { SetupError } from './say.ts';

/** A public port that somebody else holds. The caller may know who. */
export class PortTaken extends SetupError {
  readonly port: number;
  constructor(port: number, what: string, variable: string) {
    super(`Port ${port}, which ${what} needs, is taken by HOLDER. Free it, or set ${variable} to another port.`);
    this.port = port;
  }
}

function kept<T>(file: string): T | null {
  const text = readOrNull(file);
  if (text === null) return null;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new SetupError(
      `${file} is damaged: it is not JSON. Restore it from a backup; the database needs its secrets.`,
    );
  }
}

/** Resolves and writes both files. `running`: this install's services hold their ports now. */
export async function writeConfiguration(order: Order, running: boolean): Promise<Config> {
  const given: Variables = parseVariables(
    Object.fromEntries(Object.entries(order.variables).map(([key, value]) => [key, String(value)])),
  );
  const settingsFile = join(order.varDir, 'settings.json');
  const secretsFile = join(order.varDir, 'secrets.json');
  const taken = new Set<number>();
  const settings = await resolveSettings(given, kept<Settings>(settingsFile), {
    ...order,
    async loopbackPort(port) {
      const usable = port !== undefined && !taken.has(port) && (running || (await isFree(port, '127.0.0.1')));
      const chosen = usable ? port : await freeLoopbackPort(taken);
      taken.add(chosen);
      return chosen;
    },
  });
  const secrets = resolveSecrets(given, kept<Secrets>(secretsFile), settings);
  // Secrets first: settings.json is what says that an install is here.
  writeIfChanged(secretsFile, `${JSON.stringify(secrets, null, 2)}\n`, PRIVATE);
  writeIfChanged(settingsFile, `${JSON.stringify(settings, null, 2)}\n`, READABLE);
  return loadConfig(order.varDir);
}

/** Throws `SetupError` where somebody else holds a public port, or where this user may not bind it. */
export async function requirePublicPort(port: number, what: string, variable: string): Promise<void> {
  if (!(await mayBind(port)))
    throw new SetupError(`Port ${port} is one that only root may open. Set ${variable} to a port above 1023.`);
  if (!(await isFree(port, '0.0.0.0')) || !(await isFree(port, '127.0.0.1'))) throw new PortTaken(port, what, variable);
}
