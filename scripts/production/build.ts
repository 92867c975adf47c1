/** Builds the pages and the database client, for an image. */
import { ensureBuilds } from '../setup/build.ts';
import { runMain, sayOnTerminal } from '../setup/say.ts';

await runMain(() => ensureBuilds(sayOnTerminal));
