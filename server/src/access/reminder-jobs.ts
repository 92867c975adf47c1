import type { Platform } from '../platform/platform.ts';
import { listenForWakes, openWaker } from '../platform/queue.ts';
import { startWokenLoop } from '../platform/woken-loop.ts';
import { sweepCodes, untilNextCode } from './reminders.ts';

const CODE_QUEUE = 'codes';
/** A reminder and an end come at their instant by a job, and without Redis within this. */
const SWEEP_MS = 30_000;
/** A job comes this much after its instant, so that the instant has passed by the database's clock. */
const AFTER_MS = 50;

/** Starts reminding holders of codes and marking codes that are over; sweeps every `sweepMs`. Returns stop. */
export function startCodeClock(
  { config, db, log }: Pick<Platform, 'config' | 'db' | 'log'>,
  sweepMs = SWEEP_MS,
): () => Promise<void> {
  const waker = openWaker(config, log, CODE_QUEUE);
  const loop = startWokenLoop(log, 'codes', sweepMs, async () => {
    const { reminded, expired } = await sweepCodes(db);
    if (reminded + expired > 0) log.info({ reminded, expired }, 'codes');
    const ms = await untilNextCode(db);
    if (ms !== null) waker.wakeIn(ms + AFTER_MS, `code-${Math.round((Date.now() + ms) / 1000)}`);
  });
  const stopListening = listenForWakes(config, log, CODE_QUEUE, () => loop.wake());
  return async () => {
    await Promise.all([stopListening(), loop.stop(), waker.close()]);
  };
}
