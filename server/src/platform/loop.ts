import type { Log } from './log.ts';
import { safeError } from './log.ts';

/**
 * Runs `work` every `everyMs`, one at a time, counted from the end of the last run. Start returns stop,
 * which waits for a run under way.
 */
export function startLoop(log: Log, name: string, everyMs: number, work: () => Promise<void>): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let failing = false;
  const run = async () => {
    try {
      await work();
      if (failing) log.info({ loop: name }, 'the loop works again');
      failing = false;
    } catch (error) {
      // Once, not each second: the database may be away for a while.
      if (!failing) log.warn({ err: safeError(error), loop: name }, 'a run failed; it is tried again');
      failing = true;
    }
  };
  const next = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = run().then(next);
    }, everyMs);
  };
  running = run().then(next);
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
