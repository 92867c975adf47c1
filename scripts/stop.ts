/** `npm stop`: ends every process of the install, in order, and its PM2 daemon. */
import { join } from 'node:path';
import { readVariables } from '../config/environment.ts';
import { runOwn } from './setup/drop.ts';
import { CHECKOUT, findInstall, hasInstall } from './setup/place.ts';
import { runMain } from './setup/say.ts';

await runMain(async () => {
  const given = readVariables(join(CHECKOUT, '.env')).STAGEDOOR_VAR;
  if (!given && !hasInstall()) {
    process.stdout.write('  Nothing is set up here, so nothing runs.\n');
    return;
  }
  process.exitCode = await runOwn(findInstall(given), 'scripts/cli/main.ts', ['stop']);
});
