import type { Log } from './log.ts';
import { safeError } from './log.ts';

export type WokenLoop = { wake(): void; stop(): Promise<void> };

/**
 * Runs `work` every `everyMs` and whenever it is woken, one at a time; a wake during a run makes one more. `stop`
 * waits for a run under way.
 */
export function startWokenLoop(log: Log, name: string, everyMs: number, work: () => Promise<void>): WokenLoop {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let failing = false;
  let woken = false;
  let running: Promise<void> | null = null;

  async function once(): Promise<void> {
    try {
      await work();
      if (failing) log.info({ loop: name }, 'the loop works again');
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: safeError(error), loop: name }, 'a run failed; it is tried again');
      failing = true;
    }
  }
  function run(): void {
    clearTimeout(timer);
    woken = false;
    running = once().then(() => {
      running = null;
      if (stopped) return;
      if (woken) run();
      else timer = setTimeout(run, everyMs);
    });
  }
  run();
  return {
    wake() {
      if (stopped) return;
      if (running) woken = true;
      else run();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
