import type { Log } from './log.ts';

/** Longest that an ordered stop may take; afterwards the process leaves at once. */
const STOP_DEADLINE_MS = 4500;

/** Longest that work under way may take to finish, and that one connection may take to close, milliseconds. */
const WORK_MS = 3000;
const CONNECTION_MS = 400;

export type Stop = { readonly name: string; readonly kind: 'work' | 'connection'; stop(): Promise<void> };

/** A database that hangs answers nobody, hence nothing waits for it for good: what it holds is void when we leave. */
async function stopInTime(log: Log, { name, kind, stop }: Stop): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), kind === 'work' ? WORK_MS : CONNECTION_MS);
  });
  const stopped = stop().catch((error: unknown) => log.warn({ err: error, part: name }, 'a part did not stop cleanly'));
  if ((await Promise.race([stopped, late])) === 'late') log.warn({ part: name }, 'a part is left as it is');
  clearTimeout(timer);
}

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
    for (const part of stops()) await stopInTime(log, part);
    log.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', () => void leave('SIGTERM'));
  process.on('SIGINT', () => void leave('SIGINT'));
}
