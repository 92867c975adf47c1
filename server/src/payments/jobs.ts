/** What the worker does for payments by the clock. Each run may be repeated or missed. */
import { startLoop } from '../platform/loop.ts';
import type { Platform } from '../platform/platform.ts';
import { type Above, openPayments } from './payments.ts';
import { reconcile, refunds } from './reconcile.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Starts the worker's loops. Returns stop. */
export function startPaymentJobs(platform: Platform, above: Above): () => Promise<void> {
  const ctx = openPayments(platform, above);
  const { log } = platform;
  const back = startLoop(log, 'refunds', MINUTE_MS, async () => void (await refunds(ctx)));
  const hourly = startLoop(log, 'reconcile', HOUR_MS, async () => {
    const done = await reconcile(ctx, false);
    if (done.events > 0 || done.failed > 0) log.info({ ...done }, 'caught up with Stripe');
  });
  return async () => {
    await Promise.all([back(), hourly()]);
  };
}
