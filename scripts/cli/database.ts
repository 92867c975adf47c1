/** What commands on data share: the database for one command, and a word to media afterwards. */
import type { Config } from '#config/index.ts';
import { AppError } from '#contract/errors.ts';
import type { Db } from '../../server/src/platform/db.ts';
import { isAway, openDb } from '../../server/src/platform/db.ts';
import { makeLog } from '../../server/src/platform/log.ts';
import { type MediaPort, openMedia } from '../../server/src/platform/media.ts';
import type { CommandContext } from './output.ts';
import { CommandError } from './output.ts';

/** For the audit. */
export const ACTOR = 'cli';

type Work<T> = (db: Db, config: Config) => Promise<T>;

/** Opens the database for one command. Its errors become one sentence. */
export async function withDb<T>(context: CommandContext, work: Work<T>): Promise<T> {
  const config = context.config();
  const db = openDb(config.secrets.databaseUrl, 1);
  try {
    return await work(db, config);
  } catch (error) {
    if (isAway(error)) throw new CommandError('The database does not answer. Is it running? See: stagedoor status');
    throw error instanceof AppError ? new CommandError(error.message) : error;
  } finally {
    await db.close();
  }
}

export const mediaOf = (config: Config): MediaPort => openMedia(config, makeLog('silent', 'cli'));

/** Media notices at its next sync in any case; the wake makes it notice now. */
export async function wakeMedia(config: Config): Promise<void> {
  await mediaOf(config).alive();
}

/** An instant for people, UTC to the minute. */
export const stamp = (date: Date | null): string => date?.toISOString().replace('T', ' ').slice(0, 16) ?? '-';
