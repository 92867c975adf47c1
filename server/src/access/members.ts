/** Memberships as subscriptions tell of them; they open a channel's shows for members. */
import type { Tx } from '../platform/db.ts';
import * as store from './members-store.ts';

/**
 * Writes what a subscription's membership is now; twice changes nothing. Wake media after the commit: whoever watches
 * by a membership that has ended then stops within seconds.
 */
export async function setMembership(tx: Tx, membership: store.Membership): Promise<void> {
  await store.save(tx, membership);
}
