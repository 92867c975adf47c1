/** Where `scripts/stagedoor` enters: finds the install and goes on as the user who owns it. Loads no more than it needs. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readVariables } from '../../config/environment.ts';
import { PRODUCTION_COMMANDS } from '../production/verbs.ts';
import { runOwn } from '../setup/drop.ts';
import { CHECKOUT, findInstall } from '../setup/place.ts';
import { runMain } from '../setup/say.ts';

const args = process.argv.slice(2);
const verb = args.find((arg) => !arg.startsWith('-')) ?? '';
const wantsHelp = verb === '' || verb === 'help' || args.some((arg) => ['--help', '-h'].includes(arg));

await runMain(async () => {
  if (wantsHelp) {
    const { describeCommands } = await import('./program.ts');
    await describeCommands(args);
    return;
  }
  const variables = readVariables(join(CHECKOUT, '.env'));
  if (verb === 'start') {
    // Starting is set-up's work: as root it also makes what is missing.
    const started = spawnSync('sh', [join(CHECKOUT, 'scripts/run.sh'), 'start'], { stdio: 'inherit' });
    process.exitCode = started.status ?? 1;
    return;
  }
  if (PRODUCTION_COMMANDS.has(verb)) {
    // These need root for a part, and drop it themselves for the rest.
    process.env['STAGEDOOR_VAR'] = findInstall(variables.STAGEDOOR_VAR);
    const { runCommands } = await import('./program.ts');
    await runCommands(args);
    process.exit();
  }
  process.exitCode = await runOwn(findInstall(variables.STAGEDOOR_VAR), 'scripts/cli/main.ts', args);
});
