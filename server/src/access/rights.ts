/** Which right opens a show to a visitor, and whether tickets for it can be sold. Pure. */
import type { ShowState, Way } from '#contract/live-sessions.ts';
import type { TicketSale } from '#contract/tickets.ts';

/** What a visitor holds of a show, each valid now. */
export type Held = {
  readonly owner: boolean;
  readonly code: boolean;
  readonly ticket: boolean;
  readonly membership: boolean;
};

/** The right that opens the show, the one that asks least first; null where nothing opens it. */
export function bestRight(audience: readonly Way[], held: Held): 'owner' | Way | null {
  if (held.owner) return 'owner';
  if (audience.includes('everybody')) return 'everybody';
  // Paid for this very show: it opens it, whoever else it is meant for by now.
  if (held.ticket) return 'ticket';
  if (held.membership && audience.includes('membership')) return 'membership';
  return held.code && audience.includes('code') ? 'code' : null;
}

/**
 * The right by which a visitor takes a place. On a show for everybody what was paid for comes first: its holder is not
 * one of the many whom a limit on free places is about.
 */
export function placeBy(best: Way, has: Readonly<Record<Way, boolean>>): Way {
  if (best !== 'everybody') return best;
  return has.ticket ? 'ticket' : has.membership ? 'membership' : has.code ? 'code' : 'everybody';
}

export type SaleFacts = {
  readonly audience: readonly Way[];
  /** Tokens; null: none are sold. */
  readonly ticketPrice: number | null;
  readonly state: ShowState;
  /** Seats of the room, and how many of them are promised: tickets, and codes that open the show. */
  readonly seats: number;
  readonly promised: number;
  readonly hasReplay: boolean;
};

/** Whether a ticket can be bought, and what it would be for. */
export function saleOf(show: SaleFacts): TicketSale {
  if (show.ticketPrice === null || !show.audience.includes('ticket')) return 'free';
  if (show.state === 'cancelled') return 'cancelled';
  if (show.state === 'ended') return show.hasReplay ? 'replay' : 'over';
  return show.promised >= show.seats ? 'sold_out' : 'open';
}

const DAY_MS = 24 * 3_600_000;

/** Until when a show's replay can be watched; null where there is none. `days`: how long recordings are kept. */
export function replayUntil(
  show: { readonly state: ShowState; readonly endedAt: Date | null; readonly replayReadyAt: Date | null },
  days: number,
): Date | null {
  if (show.state !== 'ended' || !show.endedAt || !show.replayReadyAt) return null;
  return new Date(show.endedAt.getTime() + days * DAY_MS);
}
