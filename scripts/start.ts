/** `npm start`: from a bare machine to a running Stagedoor; again, in seconds. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readVariables } from '../config/environment.ts';
import { linkCommand } from './setup/command.ts';
import { install } from './setup/install.ts';
import { CHECKOUT, rememberInstall } from './setup/place.ts';
import { runMain, sayOnTerminal } from './setup/say.ts';
import { summary } from './setup/summary.ts';

await runMain(async () => {
  const { values } = parseArgs({
    options: { begun: { type: 'string' }, downloaded: { type: 'string', default: '0' } },
  });
  // run.sh counts in whole seconds and starts before we do.
  const begunMs = values.begun ? Number(values.begun) * 1000 : Date.now();
  const npmMs = Number(values.downloaded) * 1000;
  const variables = readVariables(join(CHECKOUT, '.env'));
  const done = await install({ variables, forTests: false, say: sayOnTerminal });
  rememberInstall(done.varDir);
  linkCommand();
  const downloadMs = npmMs + done.aptMs;
  process.stdout.write(summary(done, downloadMs, Math.max(0, Date.now() - begunMs - downloadMs)));
});
process.exit();
