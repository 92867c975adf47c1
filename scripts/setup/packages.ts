/** Brings the Debian packages that are missing, without letting any service of theirs start. */
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { lastLines, run } from './exec.ts';
import { type Say, SetupError } from './say.ts';

type Package = { readonly name: string; readonly proof: string };

/** What the product needs; `proof` is a file that is there once the package is. */
const NEEDED: readonly Package[] = [
  { name: 'ffmpeg', proof: '/usr/bin/ffmpeg' },
  { name: 'nginx', proof: '/usr/sbin/nginx' },
  { name: 'mariadb-server', proof: '/usr/sbin/mariadbd' },
  { name: 'redis-server', proof: '/usr/bin/redis-server' },
  { name: 'libnginx-mod-stream', proof: '/usr/lib/nginx/modules/ngx_stream_module.so' },
];
const NEEDED_BY_TESTS: readonly Package[] = [{ name: 'chromium', proof: '/usr/bin/chromium' }];

/** Debian asks this program before it starts a service; 101 means "not now". */
const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_KEPT = '/usr/sbin/policy-rc.d.before-stagedoor';
const POLICY_MARK = '# Put here by Stagedoor while it installs packages.';
const SPACE_WORDS = /No space left on device|don't have enough free space/;
const NETWORK_WORDS =
  /Temporary failure resolving|Could not resolve|Could not connect|Failed to fetch|Unable to connect/;

/** The packages that are missing here. */
export function missingPackages(forTests: boolean): string[] {
  const wanted = forTests ? [...NEEDED, ...NEEDED_BY_TESTS] : NEEDED;
  return wanted.filter(({ proof }) => !existsSync(proof)).map(({ name }) => name);
}

function holdServices(): void {
  if (existsSync(POLICY)) renameSync(POLICY, POLICY_KEPT);
  writeFileSync(POLICY, `#!/bin/sh\n${POLICY_MARK}\nexit 101\n`);
  chmodSync(POLICY, 0o755);
}

/** Takes our policy away and puts back what stood there; also after an earlier run that was cut off. */
function releaseServices(): void {
  if (existsSync(POLICY) && readFileSync(POLICY, 'utf8').includes(POLICY_MARK)) rmSync(POLICY);
  if (existsSync(POLICY_KEPT)) renameSync(POLICY_KEPT, POLICY);
}

function explainApt(output: string, names: readonly string[]): SetupError {
  if (SPACE_WORDS.test(output)) return new SetupError('The disk is full. Free about 1 GB, then run the command again.');
  if (NETWORK_WORDS.test(output))
    return new SetupError(
      `Debian's package servers cannot be reached. Check this machine's network, then run the command again. (Missing: ${names.join(', ')}.)`,
    );
  return new SetupError(
    `apt could not install ${names.join(', ')}. Its last lines:\n${lastLines(output)}\nRun the command again once that is settled.`,
  );
}

function apt(...args: string[]) {
  return run('apt-get', ['-o', 'DPkg::Lock::Timeout=600', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

async function install(names: readonly string[]): Promise<void> {
  const args = ['install', '-y', '--no-install-recommends', ...names];
  let done = await apt(...args);
  // An earlier run was cut off in the middle of dpkg.
  if (done.code !== 0 && done.output.includes('dpkg --configure -a')) {
    await run('dpkg', ['--configure', '-a'], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    done = await apt(...args);
  }
  // Package lists may be absent (a fresh image) or name versions that are gone.
  if (done.code !== 0 && !SPACE_WORDS.test(done.output)) {
    const updated = await apt('update');
    done = await apt(...args);
    if (done.code !== 0) throw explainApt(updated.code === 0 ? done.output : updated.output + done.output, names);
  }
  if (done.code !== 0) throw explainApt(done.output, names);
}

/** Installs what is missing. Needs root where anything is. Throws `SetupError`. */
export function ensurePackages(forTests: boolean, isRoot: boolean, say: Say): Promise<void> {
  // An earlier run may have been cut off before it could.
  if (isRoot) releaseServices();
  return bring(missingPackages(forTests), isRoot, say);
}

/** What only some commands need, by package, with the file that proves it. */
const ON_DEMAND = { certbot: '/usr/bin/certbot', 'libcap2-bin': '/sbin/setcap' } as const;

/** Installs packages that a command needs and the product does not. Throws `SetupError`. */
export function bringPackages(names: ReadonlyArray<keyof typeof ON_DEMAND>, isRoot: boolean, say: Say): Promise<void> {
  return bring(
    names.filter((name) => !existsSync(ON_DEMAND[name])),
    isRoot,
    say,
  );
}

async function bring(names: readonly string[], isRoot: boolean, say: Say): Promise<void> {
  if (names.length === 0) return;
  if (!isRoot)
    throw new SetupError(
      `These packages are missing: ${names.join(', ')}. Run "sudo apt-get install -y --no-install-recommends ${names.join(' ')}", then this command again.`,
    );
  if (!existsSync('/usr/bin/apt-get'))
    throw new SetupError(`${names.join(', ')} must be installed, and this machine has no apt-get.`);
  await installPackages(names, say);
}

/** Installs the named packages with apt while no service may start. Throws `SetupError`. */
async function installPackages(names: readonly string[], say: Say): Promise<void> {
  say(`Installing packages with apt: ${names.join(', ')} …`);
  holdServices();
  try {
    await install(names);
  } finally {
    releaseServices();
  }
}
