/** Changing a show that is planned and has not begun. */
import type { BodyOf } from '#contract/endpoint.ts';
import { AppError } from '#contract/errors.ts';
import type { editStream } from '#contract/live-sessions.ts';
import { audienceText, waysOf } from '../channels/rules.ts';
import { lockChannel } from '../channels/service.ts';
import { audit } from '../platform/audit.ts';
import type { Tx } from '../platform/db.ts';
import { offered } from './rules.ts';
import type { Planned, Show } from './store.ts';
import { byId, byPublicId, savePlan } from './store.ts';

type Changes = BodyOf<typeof editStream>;

const kept = <T>(wanted: T | undefined, now: T): T => (wanted === undefined ? now : wanted);

/** The plan after the changes. Throws request.invalid where price and audience do not fit. */
function planned(show: Show, changes: Changes): Planned {
  const price = kept(changes.ticketPrice, show.ticketPrice);
  const type = price === null ? 'public' : 'private';
  const now = waysOf(show.audience).filter((way) => way !== 'ticket' || price !== null);
  const offer = offered({ type, ticketPrice: price ?? undefined, audience: changes.audience ?? now }, now);
  if (offer.audience.length === 0) {
    throw new AppError('request.invalid', {
      field: 'audience',
      problem: 'without tickets, somebody else must be let in',
    });
  }
  return {
    title: kept(changes.title, show.title),
    location: kept(changes.location, show.location),
    estimatedMinutes: kept(changes.estimatedDuration, show.estimatedMinutes),
    viewerLimit: changes.viewerLimit ?? show.viewerLimit,
    startsAt: changes.startsAt ? new Date(changes.startsAt) : show.startsAt,
    audience: audienceText(offer.audience),
    ticketPrice: offer.ticketPrice,
  };
}

/**
 * Changes a planned show. Whoever bought a ticket did so for its time and its audience, so these stay once one is sold.
 * Throws show.not_found, show.illegal_transition, show.tickets_sold, show.seats_sold, request.invalid.
 */
export async function editShow(
  tx: Tx,
  channel: { readonly id: number },
  publicId: string,
  changes: Changes,
  actor: string,
): Promise<Show> {
  await lockChannel(tx, channel.id);
  const show = await byPublicId(tx, publicId);
  if (!show || show.channelId !== channel.id || show.test === 1) throw new AppError('show.not_found');
  if (show.state !== 'scheduled') throw new AppError('show.illegal_transition', { state: show.state });
  const plan = planned(show, changes);
  const isMoved = plan.startsAt?.getTime() !== show.startsAt?.getTime() || plan.audience !== show.audience;
  if (isMoved && show.ticketsSold > 0) throw new AppError('show.tickets_sold');
  if (plan.viewerLimit < show.viewerLimit && plan.viewerLimit < show.ticketsSold) {
    throw new AppError('show.seats_sold', { sold: show.ticketsSold });
  }
  // A ticket that was sold at this very moment: the page looks again.
  if (!(await savePlan(tx, show, plan))) throw new AppError('show.tickets_sold');
  await audit(tx, { kind: 'show.edited', actor, subject: publicId, details: { fields: Object.keys(changes) } });
  const edited = await byId(tx, show.id);
  if (!edited) throw new AppError('show.not_found');
  return edited;
}
