/** Tickets: to buy one, and those one has. */
import type { ReplyOf } from '#contract/endpoint.ts';
import type { ShowId } from '#contract/ids.ts';
import type { buyTicket, myTickets } from '#contract/tickets.ts';
import { call } from './http.ts';
import { dropKey, keyFor } from './kept.ts';

export type TicketPage = ReplyOf<typeof myTickets>;
export type Bought = ReplyOf<typeof buyTicket>;

/** Buys a ticket at the price that the page showed. A repeat answers the same ticket. Throws `ApiError`. */
export async function payTicket(showId: ShowId, price: number): Promise<Bought> {
  const form = `ticket:${showId}`;
  const bought = await call<typeof buyTicket>('post', '/api/streams/:id/tickets/checkout', {
    params: { id: showId },
    body: { price },
    key: keyFor(form, { price }),
  });
  dropKey(form);
  return bought;
}

export const loadTickets = (before: TicketPage['next']): Promise<TicketPage> =>
  call<typeof myTickets>('get', '/api/tickets', before ? { query: { before } } : {});
