/** Tickets: bought from a wallet, one a fan and show, never more than there are seats; taken back once. */
import type { Config } from '#config/index.ts';
import type { BodyOf, ReplyOf } from '#contract/endpoint.ts';
import type { ErrorCode } from '#contract/errors.ts';
import { AppError } from '#contract/errors.ts';
import type { ShowId, TicketId, TransferId } from '#contract/ids.ts';
import type { buyTicket, refundTicket as refundEndpoint, TicketSale } from '#contract/tickets.ts';
import { waysOf } from '../channels/rules.ts';
import { addNotice } from '../notifications/outbox.ts';
import { audit } from '../platform/audit.ts';
import type { Db, Sql, Tx } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import { lockWallet, spend } from '../spending/service.ts';
import { commandOnce, money, plans, reverse, reversedSoFar, transferById } from '../wallet/service.ts';
import { replayUntil, saleOf } from './rights.ts';
import * as store from './tickets-store.ts';

const REFUSALS: Readonly<Record<Exclude<TicketSale, 'open' | 'replay'>, ErrorCode>> = {
  free: 'ticket.not_sold',
  sold_out: 'ticket.sold_out',
  over: 'ticket.show_over',
  cancelled: 'ticket.show_cancelled',
};

/** Whether a ticket for this show can be bought now. Says the truth only under the show's lock. */
async function ticketSale(sql: Sql, config: Config, show: store.SoldShow): Promise<TicketSale> {
  const audience = waysOf(show.audience);
  const until = replayUntil(show, config.recordingDays);
  const codes = audience.includes('code') ? await store.codesFor(sql, show.channelId, show.startsAt) : 0;
  return saleOf({
    audience,
    ticketPrice: show.ticketPrice,
    state: show.state,
    seats: show.viewerLimit,
    promised: show.ticketsSold + codes,
    hasReplay: until !== null && until > show.now,
  });
}

/** The same for a show by its id, outside any lock. Throws show.not_found. */
export async function saleFor(sql: Sql, config: Config, showId: string): Promise<TicketSale> {
  const show = await store.show(sql, showId);
  if (!show) throw new AppError('show.not_found');
  return ticketSale(sql, config, show);
}

export type Purchase = {
  readonly userId: string;
  readonly showId: ShowId;
  /** The header Idempotency-Key. */
  readonly key: string;
  /** What the page said that it costs. */
  readonly price: BodyOf<typeof buyTicket>['price'];
};
type Bought = ReplyOf<typeof buyTicket>;

const answer = (ticket: store.Ticket, balance: bigint): Bought => ({
  ticketId: ticket.publicId as TicketId,
  transferId: ticket.transferId as TransferId,
  newBalance: Number(balance),
  replayOnly: ticket.replayOnly === 1,
});

/**
 * Buys a ticket in one transaction: the wallet is locked, then the show, so that the last seat is sold once. Bought
 * again, the same ticket is answered. Throws wallet.insufficient_funds (`missing` says how much), wallet.limit_reached,
 * show.not_found and what `ticket.…` names.
 */
export function buyTicketFor(db: Db, config: Config, purchase: Purchase): Promise<Bought> {
  const command = { payer: money.fan(purchase.userId), key: `http:${purchase.key}` };
  return commandOnce(db, command, (tx) => buy(tx, config, purchase));
}

async function buy(tx: Tx, config: Config, purchase: Purchase): Promise<Bought> {
  const { userId, showId, key, price } = purchase;
  const wallet = await lockWallet(tx, userId);
  const held = await store.heldTicket(tx, showId, userId);
  if (held) return answer(held, wallet.balance);
  const show = await store.lockShow(tx, showId);
  if (!show) throw new AppError('show.not_found');
  const sale = await ticketSale(tx, config, show);
  const tokens = BigInt(show.ticketPrice ?? 0);
  const shares = money.split(tokens, show.creatorBps);
  const booked = await spend(tx, config, wallet, {
    kind: 'ticket',
    key: `http:${key}`,
    request: { showId, price },
    tokens,
    plan() {
      if (show.ownerId === userId) throw new AppError('ticket.own_show');
      if (sale !== 'open' && sale !== 'replay') throw new AppError(REFUSALS[sale]);
      if (price !== undefined && price !== show.ticketPrice) {
        throw new AppError('ticket.price_changed', { price: show.ticketPrice });
      }
      return plans.planTip({ fanId: userId, creatorId: show.ownerId, tokens, creatorBps: show.creatorBps });
    },
    channelId: show.channelId,
    showId: show.id,
    facts: {
      what: 'ticket',
      gross: Number(tokens),
      creator: Number(shares.creator),
      platform: Number(shares.platform),
      bps: show.creatorBps,
      buyer: userId,
      creatorId: show.ownerId,
      channel: show.slug,
      show: show.publicId,
    },
  });
  return booked.repeated ? repeated(tx, booked) : written(tx, { show, userId, booked, replayOnly: sale === 'replay' });
}

type Booked = Awaited<ReturnType<typeof spend>>;

/** The key bought a ticket before, which was given back meanwhile: the answer is the one of then. */
async function repeated(tx: Tx, booked: Booked): Promise<Bought> {
  const ticket = await store.byTransfer(tx, booked.transferId);
  if (!ticket) throw new AppError('wallet.key_reused');
  return answer(ticket, booked.balance ?? 0n);
}

async function written(
  tx: Tx,
  sale: { show: store.SoldShow; userId: string; booked: Booked; replayOnly: boolean },
): Promise<Bought> {
  const { show, userId, booked, replayOnly } = sale;
  const publicId = newId('tkt');
  const priceTokens = show.ticketPrice ?? 0;
  await store.insertTicket(tx, {
    publicId,
    showId: show.id,
    channelId: show.channelId,
    userId,
    priceTokens,
    replayOnly,
    transferId: booked.transferId,
    boughtAt: booked.at,
  });
  const to = await store.recipient(tx, userId);
  await addNotice(tx, {
    event: 'ticket.bought',
    key: publicId,
    to: { userId, email: to?.email ?? null, language: to?.language ?? 'en' },
    data: { showId: show.publicId, amountTokens: priceTokens },
  });
  return {
    ticketId: publicId as TicketId,
    transferId: booked.transferId,
    newBalance: Number(booked.balance ?? 0n),
    replayOnly,
  };
}

export type RefundReason = 'cancelled' | 'never_began' | 'refunded';
type Refunded = ReplyOf<typeof refundEndpoint>;

/** Why a ticket goes back by itself. */
const reasonOf = ({ showEndReason }: store.Ticket): RefundReason =>
  showEndReason === 'cancelled' ? 'cancelled' : 'never_began';

/** The booking that takes back what is left of a ticket's price. */
async function takenBack(
  tx: Tx,
  config: Config,
  ticket: store.Ticket,
  reason: string,
): Promise<{ id: string; amount: bigint }> {
  const original = await transferById(tx, ticket.transferId);
  if (!original) throw new Error(`ticket ${ticket.publicId} has no booking`);
  const left = BigInt(ticket.priceTokens) - (await reversedSoFar(tx, original));
  // Parts of it that were given back before may have been all of it.
  const earlier = left > 0n ? null : await store.lastReversal(tx, ticket.transferId);
  if (earlier) return { id: earlier, amount: 0n };
  const transferId = ticket.transferId as TransferId;
  const booked = await reverse(tx, config.secrets.ledgerKey, {
    transferId,
    amount: null,
    key: `ticket:${ticket.publicId}`,
    facts: { reason },
  });
  return { id: booked.transferId, amount: booked.amount };
}

/**
 * Takes a ticket back and gives its tokens to the fan; a second time changes nothing. Wake media after the commit:
 * whoever watches by it stops within seconds. Throws ticket.not_found.
 */
export async function refundTicket(
  tx: Tx,
  config: Config,
  ticketId: string,
  why: { readonly reason: RefundReason; readonly text: string; readonly actor: string },
): Promise<Refunded> {
  const ticket = await store.lockTicket(tx, ticketId);
  if (!ticket) throw new AppError('ticket.not_found');
  const id = ticket.publicId as TicketId;
  if (ticket.refundTransferId) {
    return { ticketId: id, transferId: ticket.refundTransferId as TransferId, amountTokens: ticket.priceTokens };
  }
  const back = await takenBack(tx, config, ticket, why.reason);
  await withdraw(tx, ticket, { transferId: back.id, amount: back.amount, ...why });
  return { ticketId: id, transferId: back.id as TransferId, amountTokens: Number(back.amount) };
}

async function withdraw(
  tx: Tx,
  ticket: store.Ticket,
  back: { transferId: string; amount: bigint; reason: RefundReason; text: string; actor: string },
): Promise<void> {
  await store.withdrawTicket(tx, ticket, back.transferId, back.text);
  await audit(tx, {
    kind: 'ticket.refunded',
    actor: back.actor,
    subject: ticket.publicId,
    details: { text: back.text },
  });
  const to = await store.recipient(tx, ticket.userId);
  await addNotice(tx, {
    event: 'ticket.refunded',
    key: ticket.publicId,
    to: { userId: ticket.userId, email: to?.email ?? null, language: to?.language ?? 'en' },
    data: { showId: ticket.showPublicId, amountTokens: Number(back.amount), reason: back.reason },
  });
}

/**
 * For whoever took the booking of a ticket back by other means: once all of it is given back, the ticket goes too.
 * Nothing happens where the booking is not a ticket's, or a part of it is left. Wake media after the commit.
 */
export async function withdrawIfRefunded(
  tx: Tx,
  reversal: {
    readonly original: TransferId;
    readonly transferId: TransferId;
    readonly reason: string;
    readonly actor: string;
  },
): Promise<boolean> {
  const found = await store.byTransfer(tx, reversal.original);
  const ticket = found && (await store.lockTicket(tx, found.publicId));
  if (!ticket || ticket.state === 'refunded') return false;
  const original = await transferById(tx, reversal.original);
  if (!original || (await reversedSoFar(tx, original)) < BigInt(ticket.priceTokens)) return false;
  const { transferId, reason: text, actor } = reversal;
  await withdraw(tx, ticket, { transferId, amount: BigInt(ticket.priceTokens), reason: 'refunded', text, actor });
  return true;
}

/** Tickets of one run; each is a transaction of its own. */
const REFUND_BATCH = 200;

/**
 * Gives the tokens back for tickets of shows that were cancelled or never went live. What a run does not reach, or a
 * killed worker leaves, the next one finds. Returns how many went back.
 */
export async function refundDue(db: Db, config: Config): Promise<number> {
  let done = 0;
  let failure: unknown;
  for (const ticketId of await store.toRefund(db, REFUND_BATCH)) {
    try {
      await db.transaction(async (tx) => {
        const ticket = await store.byPublicId(tx, ticketId);
        if (!ticket) return;
        const reason = reasonOf(ticket);
        await refundTicket(tx, config, ticketId, { reason, text: reason, actor: 'system' });
      });
      done += 1;
    } catch (error) {
      // One that cannot go back must not keep the others from it.
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return done;
}
