/**
 * Generates the Prisma client into `server/src/platform/prisma/generated`. Needs nothing but the
 * installed packages: no database, no network, no schema engine. Run by set-up: `node scripts/generate.ts`.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Longest that generating may take, milliseconds. */
const GENERATE_TIMEOUT_MS = 120_000;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cli = join(dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js');
const done = spawnSync(process.execPath, [cli, 'generate', '--no-hints'], {
  cwd: root,
  encoding: 'utf8',
  timeout: GENERATE_TIMEOUT_MS,
  env: {
    ...process.env,
    // The generator of the schema's shape is started as `node …`: it must be this Node.
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    PRISMA_SCHEMA_ENGINE_BINARY: join(root, 'prisma/schema-engine-stub.sh'),
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  },
});
if (done.status !== 0) {
  console.error(`Generating the database client failed.\n${done.stdout}${done.stderr}`);
  process.exit(1);
}
