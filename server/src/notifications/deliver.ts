/** Delivers what is due: at least once, and each delivery is marked once. */

import type { NoticeId } from '#contract/ids.ts';
import type { NoticeView } from '#contract/notices.ts';
import type { Db } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { safeError } from '../platform/log.ts';
import type { Sockets } from '../platform/sockets.ts';
import { alsoByMail, wantsMail, wantsOnPage } from './choices.ts';
import type { Mailer } from './mailer.ts';
import { CONNECTIONS, failureOf } from './mailer.ts';
import { addressOf, isForOperator } from './operator.ts';
import type { Mail, Sources } from './render.ts';
import { mailOf, render } from './render.ts';
import { personRoom } from './rooms.ts';
import { afterFailure, verdict } from './rules.ts';
import * as store from './store.ts';

/** Deliveries that are taken and carried out at once: as many as there are connections to the mail server. */
const BATCH = CONNECTIONS;
/** A worker that dies leaves what it had taken to others after so long; longer than one mail can take. */
const LEASE_SECONDS = 60;
/** Batches of one run, so that stopping need not wait long. */
const BATCHES_A_RUN = 200;

export type DeliverParts = {
  readonly db: Db;
  readonly log: Log;
  readonly sources: Sources;
  readonly mailer: Mailer | null;
  readonly sockets: Sockets;
  /** True once the process stops: nothing more is taken. */
  stopping(): boolean;
};

type Outcome = 'sent' | 'refused' | 'server_away' | 'not_sent';

/** What the outbox page says of a notice that its recipient does not want. */
const UNWANTED = 'preference';
/** What it says of a mail to the operator, who named no address. */
const NO_OPERATOR = 'no address of the operator is set';

type Written = { readonly mail: Mail & { readonly oneClick: string | null }; readonly to: string };

/** The mail of a notice; null where it is not to be sent, which is noted. Throws where no text can be made. */
async function written({ db, sources, mailer }: DeliverParts, turn: store.Claimed): Promise<Written | null> {
  const to = addressOf(sources.config, turn);
  if (!(await wantsMail(sources, turn))) {
    await store.finish(db, turn, 'skipped', UNWANTED);
    return null;
  }
  if (!mailer || !to) {
    await store.finish(db, turn, 'kept', !to && isForOperator(turn) ? NO_OPERATOR : null);
    return null;
  }
  const rendered = await render(sources, turn);
  if (rendered.drop) {
    await store.finish(db, turn, 'dropped', rendered.drop);
    return null;
  }
  const mail = await mailOf(sources.config, turn, rendered);
  return { mail: { ...mail, oneClick: rendered.unsubscribe?.oneClick ?? null }, to };
}

async function sendOne(parts: DeliverParts, turn: store.Claimed): Promise<Outcome> {
  const { db, log, mailer } = parts;
  let ready: Written | null;
  try {
    ready = await written(parts, turn);
  } catch (error) {
    // The database may be away; data that makes no text is given up by the number of attempts.
    log.warn({ err: safeError(error), notice: turn.publicId }, 'the text of a mail could not be made');
    await postponed(db, turn, { words: 'the text could not be made' });
    return 'not_sent';
  }
  if (!ready || !mailer) return 'not_sent';
  try {
    await mailer.send({ ...ready.mail, id: turn.publicId, to: ready.to });
  } catch (error) {
    const failure = failureOf(error);
    log.warn({ notice: turn.publicId, code: failure.code, response: failure.responseCode }, 'a mail was not sent');
    await postponed(db, turn, failure);
    return verdict(failure) === 'server' ? 'server_away' : 'refused';
  }
  await store.finish(db, turn, 'sent');
  return 'sent';
}

async function postponed(db: Db, turn: store.Claimed, failure: ReturnType<typeof failureOf>): Promise<void> {
  const next = afterFailure(turn.attempts, failure, Math.random());
  if (next.state === 'failed') await store.finish(db, turn, 'failed', failure.words);
  else await store.postpone(db, turn, next.pauseMs, failure.words);
}

/** Waits for all of them, also where one fails: a run that stops has nothing left under way. */
async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Sends the mails that are due. While the mail server is away one mail at a time asks whether it is back. */
export function makeMailRun(parts: DeliverParts): () => Promise<void> {
  let serverAway = false;
  return async () => {
    for (let batch = 0; batch < BATCHES_A_RUN; batch += 1) {
      const most = serverAway ? 1 : BATCH;
      const { turns, more } = await store.claim(parts.db, 'mail', most, LEASE_SECONDS);
      const outcomes = await allOf(turns.map((turn) => sendOne(parts, turn)));
      const wasAway = serverAway;
      if (outcomes.includes('server_away')) serverAway = true;
      else if (outcomes.includes('sent') || outcomes.includes('refused')) serverAway = false;
      if (wasAway && !serverAway) await store.hurry(parts.db);
      if (serverAway || !more || parts.stopping()) return;
    }
  };
}

/** A notice as its reader sees it. */
export async function viewOf(sources: Sources, notice: store.StoredNotice): Promise<NoticeView> {
  const { letter, path } = await render(sources, notice);
  return {
    id: notice.publicId as NoticeId,
    event: notice.event,
    at: notice.createdAt.toISOString(),
    read: notice.readAt !== null,
    title: letter.subject,
    text: letter.preheader,
    path,
  };
}

async function showOne({ db, log, sources, sockets }: DeliverParts, turn: store.Claimed): Promise<void> {
  if (turn.userId) {
    try {
      const { shown, mailTo } = await wantsOnPage(sources, turn);
      if (mailTo) await alsoByMail(db, turn, mailTo);
      if (!shown) return void (await store.finish(db, turn, 'skipped', UNWANTED));
      const [notice, unread] = await Promise.all([viewOf(sources, turn), store.unread(db, turn.userId)]);
      sockets.to(personRoom(turn.userId)).emit('notice:new', { notice, unread });
    } catch (error) {
      log.warn({ err: safeError(error), notice: turn.publicId }, 'a notice could not be shown');
      return postponed(db, turn, { words: 'the text could not be made' });
    }
  }
  await store.finish(db, turn, 'sent');
}

/** Tells open pages of the notices that are due. A page that is not open finds them in its list. */
export const makeAppRun = (parts: DeliverParts) => async (): Promise<void> => {
  for (let batch = 0; batch < BATCHES_A_RUN; batch += 1) {
    const { turns, more } = await store.claim(parts.db, 'app', BATCH, LEASE_SECONDS);
    await allOf(turns.map((turn) => showOne(parts, turn)));
    if (!more || parts.stopping()) return;
  }
};
