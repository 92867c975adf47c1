/** The command as the user who owns the install; `enter.ts` came before. */
import { runCommands } from './program.ts';

await runCommands(process.argv.slice(2));
// PM2's client and database pools would keep the process alive.
process.exit();
