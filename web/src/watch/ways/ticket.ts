/** A ticket from the wallet, with a top-up on the way where the tokens do not suffice. */
import i18next from 'i18next';
import type { ShowId } from '#contract/ids.ts';
import { asFan, askTopUp } from '../../account/ask.ts';
import { dropIntent, keepIntent } from '../../account/intent.ts';
import { knownMe, setBalance } from '../../account/me.ts';
import { ApiError } from '../../api/http.ts';
import { payTicket } from '../../api/tickets.ts';

export type TicketWish = { channel: string; showId: ShowId; price: number };

/** Buys it. True: bought. False: the visitor turned back, or is on the way to the top-up. Throws `ApiError`. */
export async function ticketFor(wish: TicketWish): Promise<boolean> {
  try {
    const bought = await asFan('ticket', () => payTicket(wish.showId, wish.price));
    if (bought) setBalance(bought.newBalance);
    return bought !== null;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'wallet.insufficient_funds') throw error;
    const balance = (await knownMe()).balance ?? 0;
    keepIntent({ kind: 'ticket', ...wish });
    const went = await askTopUp(
      Math.max(1, wish.price - balance),
      i18next.t('ways.ticket.afterwards', { ns: 'watch' }),
    );
    if (!went) dropIntent();
    return false;
  }
}
