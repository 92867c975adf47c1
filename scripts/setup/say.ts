/** What set-up tells the person who waits, and how it ends when it cannot go on. */

/** Ends set-up with one sentence: what is wrong and what to do. */
export class SetupError extends Error {}

/** Where progress lines go. Tests listen quietly. */
export type Say = (line: string) => void;

export const sayOnTerminal: Say = (line) => process.stdout.write(`  ${line}\n`);
export const sayNothing: Say = () => undefined;

/** The sentence for anything thrown; a stack only where the fault is ours. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = error instanceof SetupError || error.constructor.name === 'ConfigError';
  if (expected) return error.message;
  const code = (error as NodeJS.ErrnoException).code;
  // Node's sentence goes on with how a file could be called like an option.
  if (code?.startsWith('ERR_PARSE_ARGS')) return `${error.message.split('. ')[0]}.`;
  const path = (error as NodeJS.ErrnoException).path ?? 'the disk';
  if (code === 'ENOSPC') return `The disk is full (writing ${path}). Free some space, then run the command again.`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${path} cannot be written by this user. Run the command as its owner or as root.`;
  return `Unexpected fault: ${error.stack ?? error.message}`;
}

/** Runs a command's main function; a failure becomes one sentence on stderr and exit code 1. */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`\nStagedoor cannot go on: ${sentenceOf(error)}\n`);
    process.exitCode = 1;
  }
}

/** Whole seconds since `fromMs`, at least one decimal below ten. */
export function secondsSince(fromMs: number): string {
  const seconds = (Date.now() - fromMs) / 1000;
  return seconds < 10 ? seconds.toFixed(1) : Math.round(seconds).toString();
}
