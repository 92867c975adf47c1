/** Where `scripts/stagedoor` enters: finds the install and goes on as the user who owns it. */
import { join } from 'node:path';
import { readVariables } from '../../config/environment.ts';
import { PRODUCTION_COMMANDS } from '../production/commands.ts';
import { runOwn } from '../setup/drop.ts';
import { run } from '../setup/exec.ts';
import { CHECKOUT, findInstall } from '../setup/place.ts';
import { runMain } from '../setup/say.ts';
import { describeCommands, runCommands } from './program.ts';

const args = process.argv.slice(2);
const wantsHelp = args.length === 0 || args.some((arg) => ['--help', '-h', 'help'].includes(arg));

await runMain(async () => {
  if (wantsHelp) {
    await describeCommands(args);
    return;
  }
  const variables = readVariables(join(CHECKOUT, '.env'));
  if (args[0] === 'start') {
    // Starting is set-up's work: as root it also makes what is missing.
    const started = await run('sh', [join(CHECKOUT, 'scripts/run.sh'), ...args]);
    process.stdout.write(started.output);
    process.exitCode = started.code;
    return;
  }
  if (PRODUCTION_COMMANDS.has(args.find((arg) => !arg.startsWith('-')) ?? '')) {
    // These need root for a part, and drop it themselves for the rest.
    process.env['STAGEDOOR_VAR'] = findInstall(variables.STAGEDOOR_VAR);
    await runCommands(args);
    process.exit();
  }
  process.exitCode = await runOwn(findInstall(variables.STAGEDOOR_VAR), 'scripts/cli/main.ts', args);
});
