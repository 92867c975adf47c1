import type { ReplyOf } from '#contract/endpoint.ts';
import { AppError } from '#contract/errors.ts';
import type { ShowId, TicketId, TransferId } from '#contract/ids.ts';
import { buyTicket, listTickets, myTickets, refundTicket } from '#contract/tickets.ts';
import { channelById } from '../channels/service.ts';
import type { Db } from '../platform/db.ts';
import type { Binding } from '../platform/http.ts';
import { bindOwner, bindUser } from '../platform/http.ts';
import { idempotencyKey } from '../platform/idempotency.ts';
import type { Platform } from '../platform/platform.ts';
import * as tickets from './tickets.ts';
import type { ListedTicket } from './tickets-store.ts';
import * as store from './tickets-store.ts';

/** Tickets of one page. */
const PAGE = 50;

const view = ({ boughtAt, refundedAt, ...ticket }: ListedTicket) => ({
  ...ticket,
  ticketId: ticket.ticketId as TicketId,
  transferId: ticket.transferId as TransferId,
  replayOnly: ticket.replayOnly === 1,
  boughtAt: boughtAt.toISOString(),
  refundedAt: refundedAt?.toISOString() ?? null,
});

const nextOf = (found: readonly ListedTicket[]): TicketId | null =>
  found.length > PAGE ? ((found[PAGE - 1]?.ticketId ?? null) as TicketId | null) : null;

async function showOf(db: Db, showId: ShowId): Promise<store.SoldShow> {
  const show = await store.show(db, showId);
  if (!show) throw new AppError('show.not_found');
  return show;
}

async function ticketsOfShow(db: Db, showId: ShowId, before: string | undefined): Promise<ReplyOf<typeof listTickets>> {
  const show = await showOf(db, showId);
  const [found, counts] = await Promise.all([
    store.ofShow(db, show.id, before ?? null, PAGE + 1),
    store.countOf(db, show.id),
  ]);
  const page = found.slice(0, PAGE).map(({ buyer, ...ticket }) => ({ ...view(ticket), buyer }));
  return { tickets: page, ...counts, next: nextOf(found) };
}

async function ticketsOfUser(db: Db, userId: string, before: string | undefined): Promise<ReplyOf<typeof myTickets>> {
  const found = await store.ofUser(db, userId, before ?? null, PAGE + 1);
  const page = found.slice(0, PAGE).map(({ showId, title, showState, startsAt, slug, channelName, ...ticket }) => ({
    ...view(ticket),
    showId: showId as ShowId,
    title,
    showState,
    startsAt: startsAt?.toISOString() ?? null,
    channel: { slug, name: channelName },
  }));
  return { tickets: page, next: nextOf(found) };
}

export function ticketRoutes({ config, db, media }: Platform): Binding[] {
  const channelOfShow = async (showId: ShowId) => channelById(db, (await showOf(db, showId)).channelId);
  return [
    bindUser(buyTicket, ({ user, params, body, request }) =>
      tickets.buyTicketFor(db, config, {
        userId: user.userId,
        showId: params.id,
        key: idempotencyKey(request),
        price: body.price,
      }),
    ),
    bindUser(myTickets, ({ user, query }) => ticketsOfUser(db, user.userId, query.before)),
    bindOwner(
      listTickets,
      ({ params }) => channelOfShow(params.id),
      ({ params, query }) => ticketsOfShow(db, params.id, query.before),
    ),
    bindOwner(
      refundTicket,
      async ({ params }) => channelOfShow(params.id),
      async ({ params, body, actor, request }) => {
        // The ticket itself is given back once, whatever the key; the header is asked for as of every such command.
        idempotencyKey(request);
        const ticket = await store.byPublicId(db, params.ticketId);
        if (ticket?.showPublicId !== params.id) throw new AppError('ticket.not_found');
        const why = { reason: 'refunded' as const, text: body.reason ?? 'refunded', actor };
        const refunded = await db.transaction((tx) => tickets.refundTicket(tx, config, params.ticketId, why));
        media.wake();
        return refunded;
      },
    ),
  ];
}
