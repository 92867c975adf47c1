/** Tickets: a fan's paid right to one show, live and its replay. Prices are tokens. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { ShowId, Slug, TicketId, TransferId } from './ids.ts';
import { ShowState } from './live-sessions.ts';
import { Tokens } from './money.ts';

const ShowParams = z.object({ id: ShowId });

export const TicketState = z.enum(['valid', 'refunded']);
export type TicketState = z.infer<typeof TicketState>;

/**
 * Why no ticket can be bought, or `open`. `free`: the show needs none. `replay`: the show is over, and a ticket is for
 * its replay alone. `sold_out`: the room has no seat left. `over`: ended, and there is no replay. `cancelled`.
 */
export const TicketSale = z.enum(['open', 'replay', 'free', 'sold_out', 'over', 'cancelled']);
export type TicketSale = z.infer<typeof TicketSale>;

export const buyTicket = {
  method: 'post',
  path: '/api/streams/:id/tickets/checkout',
  summary:
    'Buys a ticket from the wallet. One a fan and show: bought again, the same ticket is answered. Needs the header Idempotency-Key.',
  caller: 'session',
  params: ShowParams,
  body: z.strictObject({
    /** What the page said that it costs; another price by now is refused. */
    price: Tokens.optional(),
  }),
  reply: z.object({
    ticketId: TicketId,
    transferId: TransferId,
    newBalance: Tokens,
    /** Bought after the end: it is for the replay only. */
    replayOnly: z.boolean(),
  }),
} as const satisfies Endpoint;

export const streamAccess = {
  method: 'get',
  path: '/api/streams/:id/access',
  summary: 'What this visitor may watch of a stream, by whatever right, and what a ticket costs.',
  caller: 'public',
  params: ShowParams,
  reply: z.object({
    hasAccess: z.boolean(),
    canWatchLive: z.boolean(),
    canWatchReplay: z.boolean(),
    /** Until when a replay can be watched; null where there is none (yet). */
    replayUntil: z.iso.datetime().nullable(),
    /** Tokens; null where no tickets are sold. */
    price: Tokens.nullable(),
    sale: TicketSale,
    /** The booking that paid for the visitor's ticket; null without one. */
    transferId: TransferId.nullable(),
    ticketId: TicketId.nullable(),
  }),
} as const satisfies Endpoint;

export const refundTicket = {
  method: 'post',
  path: '/api/streams/:id/tickets/:ticketId/refund',
  summary:
    'Gives a ticket’s tokens back and withdraws it; a second time changes nothing. Needs the header Idempotency-Key.',
  caller: 'owner',
  params: z.object({ id: ShowId, ticketId: TicketId }),
  body: z.strictObject({ reason: z.string().trim().min(1).max(200).optional() }),
  reply: z.object({ ticketId: TicketId, transferId: TransferId, amountTokens: Tokens }),
} as const satisfies Endpoint;

export const listTickets = {
  method: 'get',
  path: '/api/streams/:id/tickets',
  summary: "A stream's tickets, newest first, for its creator.",
  caller: 'owner',
  params: ShowParams,
  query: z.object({ before: TicketId.optional() }),
  reply: z.object({
    tickets: z.array(
      z.object({
        ticketId: TicketId,
        state: TicketState,
        buyer: z.string(),
        priceTokens: Tokens,
        replayOnly: z.boolean(),
        transferId: TransferId,
        boughtAt: z.iso.datetime(),
        refundedAt: z.iso.datetime().nullable(),
      }),
    ),
    sold: z.number().int(),
    refunded: z.number().int(),
    /** Pass it as `before` for the next page; null: that was all. */
    next: TicketId.nullable(),
  }),
} as const satisfies Endpoint;

export const myTickets = {
  method: 'get',
  path: '/api/tickets',
  summary: "The caller's tickets, newest first.",
  caller: 'session',
  query: z.object({ before: TicketId.optional() }),
  reply: z.object({
    tickets: z.array(
      z.object({
        ticketId: TicketId,
        state: TicketState,
        showId: ShowId,
        title: z.string().nullable(),
        showState: ShowState,
        startsAt: z.iso.datetime().nullable(),
        channel: z.object({ slug: Slug, name: z.string() }),
        priceTokens: Tokens,
        replayOnly: z.boolean(),
        transferId: TransferId,
        boughtAt: z.iso.datetime(),
        refundedAt: z.iso.datetime().nullable(),
      }),
    ),
    next: TicketId.nullable(),
  }),
} as const satisfies Endpoint;
