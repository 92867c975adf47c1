/** What is made from sources before anything starts: the pages and the database client. */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lastLines, run } from './exec.ts';
import { CHECKOUT } from './place.ts';
import { type Say, SetupError } from './say.ts';

type Build = {
  readonly what: string;
  readonly sources: readonly string[];
  /** Must exist afterwards. */
  readonly proof: string;
  readonly stamp: string;
  readonly args: readonly string[];
};

const BUILDS: readonly Build[] = [
  {
    what: 'the pages',
    sources: ['web/*.{html,ts}', 'web/src/**', 'contract/**', 'package-lock.json'],
    proof: 'web/dist/watch.html',
    stamp: 'web/dist/.sources',
    args: ['node_modules/vite/bin/vite.js', 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn'],
  },
  {
    what: 'the database client',
    sources: ['prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json'],
    proof: 'server/src/platform/prisma/generated',
    stamp: 'server/src/platform/prisma/generated/.sources',
    args: ['scripts/generate.ts'],
  },
];

function hashOf(patterns: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of globSync([...patterns], { cwd: CHECKOUT }).sort()) {
    const path = join(CHECKOUT, file);
    if (statSync(path).isFile()) hash.update(`${file}\n`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

async function ensure(build: Build, say: Say): Promise<void> {
  const stamp = join(CHECKOUT, build.stamp);
  const proof = join(CHECKOUT, build.proof);
  const wanted = hashOf(build.sources);
  if (existsSync(proof) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say(`Building ${build.what} …`);
  rmSync(stamp, { force: true });
  // Tests and developers have another NODE_ENV, and a development build is slow and names the machine's folders.
  const env = { ...process.env, NODE_ENV: 'production' };
  const done = await run(process.execPath, build.args, { cwd: CHECKOUT, env });
  if (done.code !== 0 || !existsSync(proof))
    throw new SetupError(`Building ${build.what} failed. The last lines:\n${lastLines(done.output, 15)}`);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** Builds what is missing or older than its sources, by hash. Throws `SetupError`. */
export async function ensureBuilds(say: Say): Promise<void> {
  for (const build of BUILDS) await ensure(build, say);
}
