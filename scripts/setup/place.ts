/** Where an install lives: its state folder, and the folder that its code runs from. */
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { may, run } from './exec.ts';
import { type Say, SetupError } from './say.ts';
import type { User } from './user.ts';

/** The folder that this file's project lies in. */
export const CHECKOUT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** True where the user can read the code, its dependencies and the runtime where they lie. */
function canRunInPlace(user: User | null): boolean {
  const files = ['package.json', 'node_modules/pm2/package.json', 'config/index.ts'].map((file) =>
    join(CHECKOUT, file),
  );
  return files.every((file) => may(user, '-r', file)) && may(user, '-x', process.execPath);
}

/** Both places where a default install of this checkout can be. */
function defaultPlaces(): { inCheckout: string; outside: string } {
  const hash = createHash('sha256').update(CHECKOUT).digest('hex').slice(0, 8);
  return { inCheckout: join(CHECKOUT, 'var'), outside: `/var/lib/stagedoor-${hash}` };
}

/** The state folder of a new default install. */
export function defaultVarDir(user: User | null): string {
  const { inCheckout, outside } = defaultPlaces();
  return canRunInPlace(user) ? inCheckout : outside;
}

const isInstall = (varDir: string) => existsSync(join(varDir, 'settings.json'));
const LIST = join(CHECKOUT, '.runtime/installs');

/** State folders of installs that this checkout has made, newest last, as far as they still exist. */
function knownInstalls(): string[] {
  const listed = existsSync(LIST) ? readFileSync(LIST, 'utf8').split('\n').filter(Boolean) : [];
  return listed.filter(isInstall);
}

/** Remembers an install for commands that are not told which one is meant. */
export function rememberInstall(varDir: string): void {
  try {
    mkdirSync(dirname(LIST), { recursive: true });
    const others = knownInstalls().filter((known) => known !== varDir);
    writeFileSync(LIST, `${[...others, varDir].join('\n')}\n`);
  } catch {
    // A checkout that cannot be written to: the variable STAGEDOOR_VAR then has to name the install.
  }
}

/** The default install of this checkout, where it was made. */
function defaultInstall(): string | undefined {
  const { inCheckout, outside } = defaultPlaces();
  return [outside, inCheckout].find(isInstall);
}

/** True where this checkout has made any install that is still there. */
export function hasInstall(): boolean {
  return defaultInstall() !== undefined || knownInstalls().length > 0;
}

/** The install that a command means: the given one, the default one, else the only one. Throws `SetupError`. */
export function findInstall(given: string | undefined): string {
  if (given) {
    if (isInstall(given)) return given;
    throw new SetupError(`There is no install in ${given} (STAGEDOOR_VAR). Run "npm start" to make it.`);
  }
  const byDefault = defaultInstall();
  if (byDefault) return byDefault;
  const known = knownInstalls();
  if (known.length === 1 && known[0]) return known[0];
  if (known.length === 0) throw new SetupError('Nothing is set up yet. Run "npm start" first.');
  throw new SetupError(`Several installs are here; name one with STAGEDOOR_VAR: ${known.join(', ')}.`);
}

/** Makes the state folder and hands it to the user. Refuses a folder that holds something else. */
export async function prepareVarDir(varDir: string, user: User | null): Promise<void> {
  const isNew = !existsSync(varDir);
  if (isNew) mkdirSync(varDir, { recursive: true, mode: 0o755 });
  else if (!statSync(varDir).isDirectory()) throw new SetupError(`${varDir} (STAGEDOOR_VAR) is not a folder.`);
  else refuseForeignFolder(varDir);
  if (user) {
    const owner = statSync(varDir).uid;
    if (owner === 0 || isNew) chownSync(varDir, user.uid, user.gid);
    // -h: links are not followed. Files of another user remain from an install under another STAGEDOOR_USER.
    if (!isNew && owner !== user.uid) await run('chown', ['-hR', `${user.uid}:${user.gid}`, varDir]);
  }
  if (may(user, '-w', varDir, '-a', '-x', varDir)) return;
  const who = user ? `user ${user.name}` : 'you';
  throw new SetupError(
    user
      ? `${varDir} cannot be reached by ${who}. Set STAGEDOOR_VAR to a folder whose parents everybody may enter.`
      : `${varDir} cannot be written by ${who}. Run the command as its owner or as root, or set STAGEDOOR_VAR.`,
  );
}

function refuseForeignFolder(varDir: string): void {
  let names: string[];
  try {
    names = readdirSync(varDir);
  } catch {
    throw new SetupError(`${varDir} cannot be read by this user. Run the command as its owner or as root.`);
  }
  const ours = names.length === 0 || names.some((name) => ['settings.json', '.stagedoor'].includes(name));
  if (!ours) throw new SetupError(`${varDir} (STAGEDOOR_VAR) holds other files. Name an empty or a new folder.`);
}

/** What the mirror leaves out: tools that only build and check. */
const LEFT_OUT = [
  './.git',
  './var',
  './node_modules/.cache',
  './node_modules/.vite*',
  './node_modules/@biomejs',
  './node_modules/@typescript',
  './node_modules/typescript',
  './node_modules/shaka-player',
  './node_modules/playwright-core',
  './node_modules/@rolldown',
  './node_modules/vite',
  './node_modules/vitest',
  './node_modules/knip',
  './node_modules/lightningcss*',
  './node_modules/@swc',
  './node_modules/@electric-sql',
  './.runtime/node_modules',
];

/** A number that changes when any mirrored file does: from names, sizes and times, not contents. */
async function fingerprint(): Promise<string> {
  const own = ['config', 'contract', 'server', 'media', 'standin', 'nginx', 'prisma', 'scripts', 'web/dist'];
  const files = ['package-lock.json', 'ecosystem.config.js', 'node_modules/.stagedoor-installed'];
  const format = '%p %s %T@\\n';
  const listed = await run('find', [...own, ...files, '-type', 'f', '-printf', format], { cwd: CHECKOUT });
  const sorted = listed.output.split('\n').sort().join('\n');
  return createHash('sha256').update(`${process.execPath}\n${sorted}`).digest('hex');
}

/** Where the code and its Node run from. */
export type App = { readonly appDir: string; readonly node: string };

/**
 * Returns where the user runs the code from: the checkout, else a copy in the state folder. The copy
 * is unpacked by the user itself, so that root writes nothing into a folder that another user owns.
 */
export async function prepareApp(varDir: string, user: User | null, say: Say): Promise<App> {
  if (!user || canRunInPlace(user)) return { appDir: CHECKOUT, node: process.execPath };
  const appDir = join(varDir, 'app');
  const node = join(appDir, '.runtime/bin/node');
  const stamp = join(appDir, '.complete');
  const wanted = await fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === wanted) return { appDir, node };
  say(`Copying the code to where user ${user.name} can read it …`);
  const script = `set -eu
    tar -C "$1" -cf - ${LEFT_OUT.map((path) => `--exclude='${path}'`).join(' ')} . |
      setpriv --reuid="$3" --regid="$4" --clear-groups sh -euc '
        umask 022; mkdir -p "$1"; rm -f "$1/.complete"
        tar -C "$1" --recursive-unlink --no-same-owner -xf -' sh "$2"
    setpriv --reuid="$3" --regid="$4" --clear-groups sh -euc '
      umask 022; mkdir -p "$1/.runtime/bin"; cat >"$1/.runtime/bin/node.new"
      chmod 755 "$1/.runtime/bin/node.new"; mv "$1/.runtime/bin/node.new" "$1/.runtime/bin/node"
      printf "%s\\n" "$2" >"$1/.complete"' sh "$2" "$6" <"$5"`;
  const args = ['-c', script, 'sh', CHECKOUT, appDir, String(user.uid), String(user.gid), process.execPath, wanted];
  const done = await run('sh', args, { cwd: '/' });
  if (done.code !== 0 || !existsSync(stamp))
    throw new SetupError(
      done.output.includes('No space left')
        ? `The disk is full: the code could not be copied to ${appDir}. Free about 1 GB, then run the command again.`
        : `The code could not be copied to ${appDir}: ${done.output.trim().split('\n').at(-1)}`,
    );
  return { appDir, node };
}
