/** Programs that only the benchmarks need. */
import { existsSync } from 'node:fs';
import { output } from './process.ts';

async function install(packageName: string, what: string): Promise<void> {
  await output('apt-get', ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=600', packageName], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).catch((cause: unknown) => {
    throw new Error(`This benchmark needs ${what}: apt-get install ${packageName}`, { cause });
  });
}

/** Installs a Debian package unless `program` is there. Throws with one sentence where that cannot be done. */
export async function needProgram(program: string, packageName: string): Promise<void> {
  if (await output('sh', ['-c', `command -v ${program}`]).catch(() => '')) return;
  await install(packageName, program);
}

/** The same for a package that brings no program. */
export async function needFile(path: string, packageName: string): Promise<void> {
  if (!existsSync(path)) await install(packageName, packageName);
}
