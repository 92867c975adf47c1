/** Closes the channels of a creator who has everything erased, so that nothing stands in the way. Only the operator does. */
import { AppError } from '#contract/errors.ts';
import { lockChannel } from '../channels/service.ts';
import { endAtStripe } from '../payments/leaving.ts';
import type { Payments } from '../payments/payments.ts';
import { audit } from '../platform/audit.ts';
import * as store from './closing-store.ts';

/**
 * Closes every channel of an account: its memberships end at Stripe, its open checkout pages are closed, its keys are
 * revoked, its names and texts go. Codes that were sold stay valid. Throws channel.has_shows, payments.away.
 */
export async function closeChannels(ctx: Payments, ownerId: string, actor: string): Promise<number> {
  const channels = await store.openChannels(ctx.db, ownerId);
  for (const { id } of channels) {
    if ((await store.comingShows(ctx.db, id)) > 0) throw new AppError('channel.has_shows');
  }
  for (const channel of channels) {
    await endAtStripe(ctx, { userId: null, email: null, channelId: channel.id });
    await ctx.db.transaction(async (tx) => {
      await lockChannel(tx, channel.id);
      if ((await store.comingShows(tx, channel.id)) > 0) throw new AppError('channel.has_shows');
      await store.close(tx, channel);
      await audit(tx, { kind: 'channel.closed', actor, subject: channel.publicId });
      tx.afterCommit(() => ctx.media.wake());
    });
  }
  return channels.length;
}
