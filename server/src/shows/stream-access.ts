/** What a visitor may watch of one stream, now and later. */
import type { ReplyOf } from '#contract/endpoint.ts';
import { AppError } from '#contract/errors.ts';
import type { ShowId, TicketId, TransferId } from '#contract/ids.ts';
import type { streamAccess } from '#contract/tickets.ts';
import { replayUntil } from '../access/rights.ts';
import { saleFor } from '../access/tickets.ts';
import { standingOf } from '../access/visitor.ts';
import { waysOf } from '../channels/rules.ts';
import { channelById } from '../channels/service.ts';
import type { Platform } from '../platform/platform.ts';
import { showById } from './service.ts';
import { type Asking, visitorOf } from './visitor.ts';

/** Answers `/api/streams/:id/access`. Throws show.not_found. */
export async function accessTo(
  { config, db }: Pick<Platform, 'config' | 'db'>,
  call: Asking & { readonly params: { readonly id: ShowId } },
): Promise<ReplyOf<typeof streamAccess>> {
  const show = await showById(db, call.params.id);
  // Its creator has other ways to see a test; to everybody else it is not there.
  if (show.test === 1) throw new AppError('show.not_found');
  const [channel, visitor, sale] = await Promise.all([
    channelById(db, show.channelId),
    visitorOf(config, call),
    saleFor(db, config, show.publicId),
  ]);
  const { best, personal } = await standingOf(db, visitor, {
    channelId: channel.id,
    ownerId: channel.ownerId,
    showId: show.id,
    audience: waysOf(show.audience),
  });
  const until = replayUntil(show, config.recordingDays);
  const hasReplay = until !== null && until > show.now;
  const hasTicket = personal?.ticketState === 'valid';
  return {
    hasAccess: best !== null,
    canWatchLive: best !== null && show.state !== 'ended' && show.state !== 'cancelled',
    canWatchReplay: best !== null && hasReplay,
    replayUntil: until?.toISOString() ?? null,
    price: show.ticketPrice,
    sale,
    transferId: hasTicket ? (personal.ticketTransferId as TransferId | null) : null,
    ticketId: hasTicket ? (personal.ticketId as TicketId | null) : null,
  };
}
