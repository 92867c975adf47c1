/** Memberships: who may watch a channel's shows for members, and until when. */
import type { SubscriptionId } from '#contract/ids.ts';
import type { Tx } from '../platform/db.ts';

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

/** Writes a subscription's membership. An ended one keeps the instant at which it ended first. */
export const save = (tx: Tx, { userId, channelId, subscriptionId, state, until }: Membership) =>
  tx.run(
    `INSERT INTO membership (userId, channelId, subscriptionId, state, until, startedAt, endedAt)
     VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3), IF(? = 'ended', UTC_TIMESTAMP(3), NULL))
     ON DUPLICATE KEY UPDATE endedAt = IF(VALUES(state) = 'ended', COALESCE(endedAt, UTC_TIMESTAMP(3)), NULL),
       state = VALUES(state), until = VALUES(until)`,
    [userId, channelId, subscriptionId, state, until, state],
  );
