/** What the worker does for payouts by the clock. Each run may be repeated or missed. */
import { openStripe } from '../payments/stripe.ts';
import { startLoop } from '../platform/loop.ts';
import type { Platform } from '../platform/platform.ts';
import { finishPayouts } from './send.ts';

const EVERY_MS = 10_000;

/** Starts the worker's loop. Returns stop. */
export function startPayoutJobs({ config, log, db }: Platform): () => Promise<void> {
  const ctx = { config, log, db, stripe: openStripe(config) };
  return startLoop(log, 'payouts', EVERY_MS, async () => void (await finishPayouts(ctx)));
}
