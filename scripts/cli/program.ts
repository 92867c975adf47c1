/** The `stagedoor` command: its verbs, help and exit codes (0 done, 1 failed, 2 wrongly called). */
import { Command, CommanderError } from 'commander';
import { registerProductionCommands } from '../production/commands.ts';
import { reload, stopAll } from '../services/control.ts';
import { sayNothing, sayOnTerminal, sentenceOf } from '../setup/say.ts';
import { registerChannelCommands } from './channel-commands.ts';
import { registerDataCommands } from './data-commands.ts';
import { doctorText, examine } from './doctor.ts';
import { registerLedgerCommands } from './ledger-commands.ts';
import { logFiles, showLogs } from './logs.ts';
import { type CommandContext, CommandError, createContext } from './output.ts';
import { registerPaymentCommands } from './payment-commands.ts';
import { registerPayoutCommands } from './payout-commands.ts';
import { registerPersonCommands } from './person-commands.ts';
import { registerReceiptCommands } from './receipt-commands.ts';
import { registerRecordingCommands } from './recording-commands.ts';
import { registerShowCommands } from './show-commands.ts';
import { readStatus, statusText } from './status.ts';

const EXAMPLES = `
Examples:
  stagedoor status                                     is everything up?
  stagedoor doctor                                     what is wrong, and what to do
  stagedoor key create --channel demo --label OBS      a stream key for OBS, shown once
  stagedoor code create --channel demo --count 3       three access codes
  stagedoor recording list                             what was recorded, and until when it is kept
  stagedoor ledger verify                              prove every amount that ever moved
  stagedoor payout list --state requested              what creators ask to be paid
  stagedoor show list                                  what is live now
  stagedoor logs media -f                              what the media server says, as it says it
  STAGEDOOR_VAR=/srv/other stagedoor status            another install on this machine

Exit codes: 0 done, 1 failed, 2 wrongly called. --json prints one JSON value, for programs.`;

function registerServiceCommands(program: Command, context: CommandContext): void {
  const say = () => (context.json() ? sayNothing : sayOnTerminal);
  program
    .command('status')
    .description('say whether everything runs and answers')
    .action(async () => {
      const status = await readStatus(context.config());
      context.out(status, statusText(status));
      if (!status.ready) process.exitCode = 1;
    });
  program
    .command('doctor')
    .description('check ports, disk, clock, database, ffmpeg and permissions, and explain')
    .action(async () => {
      const findings = await examine(context.config());
      context.out({ ok: findings.every(({ level }) => level !== 'bad'), findings }, doctorText(findings));
      if (findings.some(({ level }) => level === 'bad')) process.exitCode = 1;
    });
  program
    .command('logs')
    .description('show the newest lines of the logs')
    .argument('[name]', 'media, api, worker, nginx, mariadb, redis')
    .option('-f, --follow', 'go on until interrupted')
    .option('-n, --lines <count>', 'how many lines', '50')
    .action((name: string | undefined, options: { follow?: boolean; lines: string }) => {
      if (!/^\d{1,6}$/.test(options.lines)) throw new CommandError('--lines must be a whole number.');
      return showLogs(logFiles(context.config().varDir, name), Number(options.lines), options.follow ?? false);
    });
  program
    .command('reload')
    .description('restart api and worker one at a time; ends no show')
    .action(async () => {
      await reload(context.config(), say());
      context.out({ reloaded: true }, 'Reloaded.');
    });
  program.command('start').description('start everything, like "npm start"');
  program
    .command('stop')
    .description('stop everything, in order')
    .action(async () => {
      const stopped = await stopAll(context.varDir(), say());
      context.out({ stopped }, stopped === 0 ? '  Nothing was running.' : `  Stopped ${stopped} processes.`);
    });
}

function buildProgram(): Command {
  const program = new Command('stagedoor');
  program
    .description('Runs a Stagedoor install over SSH.')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .showHelpAfterError('(stagedoor --help shows the commands)');
  // The option may also stand behind the command, where most people type it.
  const context = createContext(() => process.argv.includes('--json'));
  registerServiceCommands(program, context);
  registerDataCommands(program, context);
  registerChannelCommands(program, context);
  registerShowCommands(program, context);
  registerRecordingCommands(program, context);
  registerPaymentCommands(program, context);
  registerLedgerCommands(program, context);
  registerPayoutCommands(program, context);
  registerReceiptCommands(program, context);
  registerPersonCommands(program, context);
  registerProductionCommands(program, context);
  inheritSettings(program);
  return program;
}

function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    if (!command.options.some((option) => option.long === '--json')) command.option('--json', 'print JSON');
    inheritSettings(command);
  }
}

async function parse(program: Command, args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 || error.code === 'commander.help' ? 0 : 2;
      return;
    }
    const sentence = error instanceof CommandError ? error.message : sentenceOf(error);
    if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error: sentence })}\n`);
    process.stderr.write(`${sentence}\n`);
    process.exitCode = 1;
  }
}

/** Runs one command line as the user who owns the install. Sets the exit code. */
export function runCommands(args: readonly string[]): Promise<void> {
  return parse(buildProgram(), args);
}

/** Shows help only: whoever asks may be root, and no install need be there. */
export function describeCommands(args: readonly string[]): Promise<void> {
  const program = buildProgram();
  program.hook('preAction', () => {
    throw new CommandError('Help shows; it does not run commands.');
  });
  return parse(program, args.length === 0 ? ['--help'] : args);
}
