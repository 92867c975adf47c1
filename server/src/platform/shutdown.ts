import type { Log } from './log.ts';

/** Longest that an ordered stop may take; afterwards the process leaves at once. */
const STOP_DEADLINE_MS = 4500;

export type Stop = { readonly name: string; stop(): Promise<void> };

/** Stops in the given order at the first SIGTERM or SIGINT, then ends the process. */
export function stopOnSignal(log: Log, stops: () => readonly Stop[]): void {
  let stopping = false;
  const leave = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.warn('stopping took too long');
      process.exit(1);
    }, STOP_DEADLINE_MS).unref();
    for (const { name, stop } of stops()) {
      await stop().catch((error: unknown) => log.warn({ err: error, part: name }, 'a part did not stop cleanly'));
    }
    log.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', () => void leave('SIGTERM'));
  process.on('SIGINT', () => void leave('SIGINT'));
}
