/** Memberships as subscriptions tell of them; they open a channel's shows for members. */
import type { SubscriptionId } from '#contract/ids.ts';
import type { Tx } from '../platform/db.ts';
import * as store from './members-store.ts';

export type Membership = {
  readonly userId: string;
  /** Our own id of the channel. */
  readonly channelId: number;
  readonly subscriptionId: SubscriptionId;
  /** `past_due` opens as `active` does: `until` alone says how long. `ended` opens nothing, whatever `until` says. */
  readonly state: 'active' | 'past_due' | 'ended';
  /** To the second; the slack that a renewal needs belongs in it. */
  readonly until: Date;
};

/**
 * Writes what a subscription's membership is now; twice changes nothing. Wake media after the commit: whoever watches
 * by a membership that has ended then stops within seconds.
 */
export async function setMembership(tx: Tx, membership: Membership): Promise<void> {
  await store.save(tx, membership);
}

export const isMember = store.isMember;
