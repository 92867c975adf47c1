/** What the worker does by the clock. Each run may be repeated or missed: it works on what the database says. */
import { makeUsageSums } from '../access/usage.ts';
import { startLoop } from '../platform/loop.ts';
import type { Platform } from '../platform/platform.ts';
import { announce } from './announce.ts';
import { sweepGrace } from './media-service.ts';
import { closeSessions, pruneRefusals } from './reports-store.ts';
import { cancelStale } from './service.ts';
import { stale } from './store.ts';
import { sweepTests } from './test-streams.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** How long the creator's page remembers a refused encoder. */
const REFUSAL_DAYS = 7;

async function everyMinute(platform: Platform): Promise<void> {
  const { db } = platform;
  await closeSessions(db);
  await pruneRefusals(db, REFUSAL_DAYS);
  for (const { id, channelId } of await stale(db)) {
    const cancelled = await db.transaction((tx) => cancelStale(tx, id, channelId));
    if (cancelled) announce(platform, [cancelled]);
  }
}

/** Starts the worker's loops. Returns stop. */
export function startJobs(platform: Platform): () => Promise<void> {
  const { config, db, log, media } = platform;
  const sweep = startLoop(log, 'grace', SECOND_MS, async () => {
    const ended = [...(await sweepGrace(db)), ...(await sweepTests(db, config.testSeconds))];
    if (ended.length === 0) return;
    announce(platform, ended);
    media.wake();
  });
  const sums = startLoop(log, 'usage', SECOND_MS, makeUsageSums(db));
  const tidy = startLoop(log, 'minute', MINUTE_MS, () => everyMinute(platform));
  return async () => {
    await Promise.all([sweep(), sums(), tidy()]);
  };
}
