/** The worker's part of the outbox. */
import { startLoop } from '../platform/loop.ts';
import type { Platform } from '../platform/platform.ts';
import { listenForWakes } from '../platform/queue.ts';
import { startWokenLoop } from '../platform/woken-loop.ts';
import { makeAppRun, makeMailRun } from './deliver.ts';
import { openMailer } from './mailer.ts';
import type { Sources } from './render.ts';
import * as store from './store.ts';

export const NOTICE_QUEUE = 'notices';
/** Notices and mails are kept this long. */
const KEPT_DAYS = 400;
const PRUNE_MS = 3_600_000;
const PRUNE_BATCH = 1000;
/** How late a notice can be where no job came through. */
const SWEEP_MS = 2000;

/** Starts delivering; sweeps every `sweepMs`. Returns stop, which waits for mails under way. */
export function startNotices(platform: Platform, sources: Sources, sweepMs = SWEEP_MS): () => Promise<void> {
  const { db, log, sockets, noticeQueue } = platform;
  const { config } = sources;
  const mailer = openMailer(config);
  let stopping = false;
  const parts = { db, log, sources, mailer, sockets, stopping: () => stopping };
  const sendMails = makeMailRun(parts);
  const mails = startWokenLoop(log, 'mails', sweepMs, async () => {
    await sendMails();
    const next = await store.nextDue(db);
    if (next?.at) noticeQueue.wakeIn(next.at.getTime() - next.now.getTime(), `due-${next.at.getTime()}`);
  });
  const app = startWokenLoop(log, 'notices', sweepMs, makeAppRun(parts));
  const tidy = startLoop(log, 'old notices', PRUNE_MS, async () => {
    while ((await db.transaction((tx) => store.prune(tx, KEPT_DAYS, PRUNE_BATCH))) === PRUNE_BATCH);
  });
  const stopListening = listenForWakes(config, log, NOTICE_QUEUE, () => {
    mails.wake();
    app.wake();
  });
  return async () => {
    stopping = true;
    await Promise.all([stopListening(), mails.stop(), app.stop(), tidy()]);
    mailer?.close();
  };
}
