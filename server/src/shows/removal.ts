/** Deleting a show that left nothing behind: it never ran, and nothing was ever sold for it. */
import { AppError } from '#contract/errors.ts';
import { lockChannel } from '../channels/service.ts';
import { releaseShowKeys } from '../keys/service.ts';
import { audit } from '../platform/audit.ts';
import type { Sql, Tx } from '../platform/db.ts';
import * as store from './removal-store.ts';
import { neverRan } from './rules.ts';
import type { Show } from './store.ts';
import { byPublicId } from './store.ts';

type Candidate = Pick<Show, 'id' | 'state' | 'startedAt'>;

/** Ids of those that may be deleted. */
export async function deletable(sql: Sql, shows: readonly Candidate[]): Promise<Set<number>> {
  const fresh = shows.filter(neverRan).map(({ id }) => id);
  const named = new Set(await store.named(sql, fresh));
  return new Set(fresh.filter((id) => !named.has(id)));
}

/**
 * Deletes a show; a key of its own is revoked. Returns it as rooms are to hear of it: cancelled. Throws show.not_found,
 * show.cancel_instead, show.kept, show.illegal_transition.
 */
export async function deleteShow(
  tx: Tx,
  channel: { readonly id: number },
  publicId: string,
  actor: string,
): Promise<Show> {
  await lockChannel(tx, channel.id);
  await store.lockShow(tx, publicId);
  const show = await byPublicId(tx, publicId);
  if (!show || show.channelId !== channel.id || show.test === 1) throw new AppError('show.not_found');
  const { id, state, version, title, startsAt } = show;
  if (!(await deletable(tx, [show])).has(id)) {
    throw new AppError(state === 'scheduled' ? 'show.cancel_instead' : 'show.kept');
  }
  await releaseShowKeys(tx, id);
  if (!(await store.remove(tx, show))) throw new AppError('show.illegal_transition', { state });
  await audit(tx, { kind: 'show.deleted', actor, subject: publicId, details: { state, title, startsAt } });
  return { ...show, state: 'cancelled', version: version + 1 };
}
