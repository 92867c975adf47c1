/** `npm test`: the set-up of `npm start`, then the checks, then every test. The last line counts the tests. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChecks } from './check.ts';
import { prepareMachine } from './setup/install.ts';
import { CHECKOUT } from './setup/place.ts';
import { runMain, sayOnTerminal } from './setup/say.ts';

/** Tests choose their own folder, ports and databases; what is set for a real install must not reach them. */
const KEPT_FROM_TESTS = /^(STAGEDOOR_|STRIPE_|DATABASE_|REDIS_URL$|ADMIN_API_KEY$|LOG_LEVEL$|NODE_ENV$)/;

function vitest(args: readonly string[]): Promise<number> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !KEPT_FROM_TESTS.test(key)));
  const command = [join(CHECKOUT, 'node_modules/vitest/vitest.mjs'), 'run', ...args];
  const child = spawn(process.execPath, command, { cwd: CHECKOUT, env, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

await runMain(async () => {
  const { positionals } = parseArgs({
    options: { begun: { type: 'string' }, downloaded: { type: 'string' } },
    allowPositionals: true,
    strict: false,
  });
  await prepareMachine({ variables: {}, forTests: true, say: sayOnTerminal });
  const checked = await runChecks(sayOnTerminal);
  const code = await vitest(positionals);
  process.exitCode = checked ? code : code || 1;
});
