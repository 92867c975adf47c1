/** What the worker does by the clock. Each run may be repeated or missed: it works on what the database says. */
import { refundDue } from '../access/tickets.ts';
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
  const { config, db, media } = platform;
  await closeSessions(db);
  await pruneRefusals(db, REFUSAL_DAYS);
  for (const { id, channelId } of await stale(db, config.ticketedLateMinutes)) {
    const over = await db.transaction((tx) => cancelStale(tx, id, channelId));
    if (!over) continue;
    announce(platform, [over]);
    media.wake();
  }
}

/** Tickets of cancelled shows and of those that never went live. A seat given free is nothing that media must hear of. */
async function giveTicketsBack({ db, config, log }: Platform): Promise<void> {
  const tickets = await refundDue(db, config);
  if (tickets > 0) log.info({ tickets }, 'tickets given back');
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
  const tickets = startLoop(log, 'tickets', SECOND_MS, () => giveTicketsBack(platform));
  const tidy = startLoop(log, 'minute', MINUTE_MS, () => everyMinute(platform));
  return async () => {
    await Promise.all([sweep(), sums(), tickets(), tidy()]);
  };
}
