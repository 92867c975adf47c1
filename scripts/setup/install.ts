/**
 * Sets an install up and starts it: the same code for `npm start`, tests and boot. This half may be
 * root; it makes what only root can and hands everything else to the unprivileged user.
 */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Variables } from '../../config/environment.ts';
import { keepNginxBinary } from '../production/nginx-binary.ts';
import { ensureBuilds } from './build.ts';
import { serviceEnvironment } from './environment.ts';
import { type Done, type Order, REPORT_DESCRIPTOR, Report } from './order.ts';
import { ensurePackages, missingPackages } from './packages.ts';
import { type App, defaultVarDir, prepareApp, prepareVarDir } from './place.ts';
import { holderOf } from './ports.ts';
import { type Say, SetupError } from './say.ts';
import { ensureUser, type User } from './user.ts';

const DEFAULT_USER = 'stagedoor';

export type Installed = Done & {
  readonly varDir: string;
  readonly user: User | null;
  readonly app: App;
  /** How long apt took, milliseconds. */
  readonly aptMs: number;
};

function explain(failed: Extract<Report, { kind: 'failed' }>): SetupError {
  if (failed.takenPort === undefined) return new SetupError(failed.sentence);
  return new SetupError(failed.sentence.replace('HOLDER', holderOf(failed.takenPort) ?? 'another program'));
}

/** Runs the user's half. Throws `SetupError` with its sentence. */
async function runAsUser(order: Order, user: User | null, app: App, say: Say): Promise<Done> {
  const script = join(app.appDir, 'scripts/setup/as-user.ts');
  const child = spawn(app.node, ['--disable-warning=ExperimentalWarning', script], {
    cwd: order.varDir,
    env: serviceEnvironment(order.varDir, app.node),
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  });
  let noise = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    noise = (noise + chunk.toString()).slice(-4000);
  });
  child.stdin?.end(JSON.stringify(order));
  let last: Report | null = null;
  for await (const line of createInterface({ input: child.stdio[REPORT_DESCRIPTOR] as Readable })) {
    const message = Report.parse(JSON.parse(line));
    if (message.kind === 'progress') say(message.line);
    else last = message;
    if (last) break;
  }
  child.unref();
  if (last?.kind === 'done') return last;
  if (last?.kind === 'failed') throw explain(last);
  throw new SetupError(`Set-up ended unexpectedly:\n${noise.trim()}`);
}

export type InstallOptions = {
  readonly variables: Variables;
  readonly forTests: boolean;
  readonly say: Say;
};

/** Does what only the caller (often root) can: packages, user, builds, folders. */
export async function prepareMachine(options: InstallOptions): Promise<{ user: User | null; aptMs: number }> {
  const { variables, say, forTests } = options;
  const isRoot = process.getuid?.() === 0;
  const begun = Date.now();
  const aptNeeded = missingPackages(forTests).length > 0;
  await ensurePackages(forTests, isRoot, say);
  const aptMs = aptNeeded ? Date.now() - begun : 0;
  if (!isRoot && variables.STAGEDOOR_USER)
    throw new SetupError('STAGEDOOR_USER needs root: without it everything runs as you.');
  const user = isRoot ? await ensureUser(variables.STAGEDOOR_USER ?? DEFAULT_USER, say) : null;
  await ensureBuilds(say);
  return { user, aptMs };
}

/** Sets up (where needed) and starts one install; returns once everything answers. Throws `SetupError`. */
export async function install(options: InstallOptions): Promise<Installed> {
  const { variables, say } = options;
  const { user, aptMs } = await prepareMachine(options);
  const varDir = resolve(variables.STAGEDOOR_VAR ?? defaultVarDir(user));
  await prepareVarDir(varDir, user);
  const app = await prepareApp(varDir, user, say);
  await keepNginxBinary(varDir);
  const given = Object.entries(variables).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  const order = { variables: Object.fromEntries(given), varDir, appDir: app.appDir, user: user?.name ?? null };
  const done = await runAsUser(order, user, app, say);
  return { ...done, varDir, user, app, aptMs };
}
