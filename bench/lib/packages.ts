/** Programs that only the benchmarks need. */
import { output } from './process.ts';

/** Installs a Debian package unless `program` is there. Throws with one sentence where that cannot be done. */
export async function needProgram(program: string, packageName: string): Promise<void> {
  if (await output('sh', ['-c', `command -v ${program}`]).catch(() => '')) return;
  await output('apt-get', ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=600', packageName], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).catch((cause: unknown) => {
    throw new Error(`This benchmark needs ${program}: apt-get install ${packageName}`, { cause });
  });
}
