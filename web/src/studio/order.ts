/** Commands to a show. */
import type { ShowId } from '#contract/ids.ts';
import type { cancelSession, endSession, goLive, pauseSession, resumeSession } from '#contract/live-sessions.ts';
import { call } from '../api/http.ts';

type Command = typeof endSession | typeof goLive | typeof pauseSession | typeof resumeSession | typeof cancelSession;
export type CommandPath = Command['path'];

/** Sends one. Throws `ApiError`. */
export async function order(path: CommandPath, showId: ShowId | undefined): Promise<void> {
  await call<Command>('post', path, { body: { sessionId: showId } });
}
