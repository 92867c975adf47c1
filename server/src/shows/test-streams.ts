/** Free test streams: a creator tries encoder and line, and nobody else sees or hears of it. */
import type { Config } from '#config/index.ts';
import { AppError } from '#contract/errors.ts';
import type { Channel } from '../channels/service.ts';
import { lockChannel } from '../channels/service.ts';
import type { NewKey } from '../keys/service.ts';
import { createShowKey } from '../keys/service.ts';
import { audit } from '../platform/audit.ts';
import type { Db, Sql, Tx } from '../platform/db.ts';
import { endOfTest, TEST_ECHO_SECONDS, TEST_GRACE_SECONDS } from './rules.ts';
import type { Details } from './service.ts';
import { advance, draft } from './service.ts';
import * as store from './store.ts';

/**
 * Prepares a test stream and mints its key; the next encoder of the channel goes into it, with whichever of the
 * channel's keys. Asked again before one came, it gives a new key. Throws show.already_running.
 */
export async function prepareTest(
  tx: Tx,
  config: Config,
  channel: Channel,
  details: Details,
  actor: string,
): Promise<{ show: store.Show; key: NewKey }> {
  if (details.startsAt !== undefined) {
    throw new AppError('request.invalid', { field: 'startsAt', problem: 'a test stream cannot be planned' });
  }
  await lockChannel(tx, channel.id);
  if (await store.running(tx, channel.id)) throw new AppError('show.already_running');
  const show = (await store.waitingTest(tx, channel.id)) ?? (await insertTest(tx, config, channel, details, actor));
  const key = await createShowKey(tx, { channelId: channel.id, showId: show.id }, actor);
  return { show, key };
}

async function insertTest(tx: Tx, config: Config, channel: Channel, details: Details, actor: string) {
  const plan = { ...draft(config, channel, details), graceSeconds: TEST_GRACE_SECONDS, test: true };
  const show = await store.insert(tx, { ...plan, state: 'scheduled' });
  await audit(tx, { kind: 'show.test_prepared', actor, subject: show.publicId });
  return show;
}

/** True where this publisher is the encoder of a test that was ended under it, come back by itself. */
export const isEchoOfTest = (sql: Sql, channelId: number, keyId: string): Promise<boolean> =>
  store.testEndedUnder(sql, channelId, keyId, TEST_ECHO_SECONDS);

async function endTest(tx: Tx, id: number, channelId: number, reason: string): Promise<store.Show | null> {
  await lockChannel(tx, channelId);
  const show = await store.byId(tx, id);
  if (!show || show.state === 'ended' || show.state === 'cancelled') return null;
  await audit(tx, { kind: 'show.test_over', actor: 'system', subject: show.publicId, details: { reason } });
  return advance(tx, show, show.state === 'scheduled' ? 'cancelled' : 'stopped', reason);
}

/**
 * Ends the tests whose time is over, or that stand in the way of a show that has come due: the next encoder is
 * meant for the show, also where the test still waits for one.
 */
export async function sweepTests(db: Db, limitSeconds: number): Promise<store.Show[]> {
  const ended: store.Show[] = [];
  for (const { id, channelId, ageSeconds, showDue } of await store.openTests(db)) {
    const reason = endOfTest({ ageSeconds, showDue: showDue === 1 }, limitSeconds);
    const show = reason && (await db.transaction((tx) => endTest(tx, id, channelId, reason)));
    if (show) ended.push(show);
  }
  return ended;
}
