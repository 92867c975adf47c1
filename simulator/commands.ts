/** What people and Stripe do, each carried out by the shipped code. */

import { buyTicketFor, refundDue } from '../server/src/access/tickets.ts';
import { channelBySlug } from '../server/src/channels/service.ts';
import type { Language } from '../server/src/notifications/outbox.ts';
import { buyCode, buyMembership, buyTokens } from '../server/src/payments/checkout.ts';
import { giveBack } from '../server/src/payments/refunds.ts';
import { settleCheckout } from '../server/src/payments/settle.ts';
import { markPaid, rejectPayout, requestPayout } from '../server/src/payouts/service.ts';
import { tip } from '../server/src/tips/service.ts';
import { book, commandOnce, money, plans, recoverDebt } from '../server/src/wallet/service.ts';
import type { Shop, Show } from './place.ts';

export type Command =
  | { readonly kind: 'gift'; readonly fan: string; readonly tokens: number }
  | { readonly kind: 'tip'; readonly fan: string; readonly channel: string; readonly tokens: number }
  | { readonly kind: 'ticket'; readonly fan: string; readonly show: Show }
  | { readonly kind: 'tokens'; readonly fan: string; readonly tokens: number }
  | { readonly kind: 'code'; readonly channel: string; readonly email: string }
  | { readonly kind: 'membership'; readonly fan: string; readonly channel: string }
  | { readonly kind: 'refund'; readonly transferId: string; readonly amount: number | null }
  | { readonly kind: 'payout'; readonly creator: string; readonly currency: string; readonly amount: number }
  | { readonly kind: 'payout_paid' | 'payout_rejected'; readonly payoutId: string }
  | { readonly kind: 'recover'; readonly creator: string; readonly currency: string }
  | { readonly kind: 'cancel_show'; readonly show: Show }
  | { readonly kind: 'look'; readonly checkoutId: string };

/** What was answered: ids apart from what must be the same on every database. */
export type Answer = {
  readonly id: string | null;
  readonly transferId: string | null;
  readonly says: Readonly<Record<string, string | number | null>>;
};

const answer = (id: string | null, transferId: string | null, says: Answer['says']): Answer => ({
  id,
  transferId,
  says,
});
const nobody = { language: 'en' as Language };

async function gift(shop: Shop, { fan, tokens }: { fan: string; tokens: number }, key: string): Promise<Answer> {
  const order = {
    kind: 'gift' as const,
    payer: null,
    key: `gift:${key}`,
    request: { fan, tokens },
    plan: () => plans.planGift({ userId: fan, tokens: BigInt(tokens) }),
  };
  const booked = await commandOnce(shop.db, order, (tx) => book(tx, shop.config.secrets.ledgerKey, order));
  return answer(null, booked.transferId, {});
}

async function sendTip(shop: Shop, one: Extract<Command, { kind: 'tip' }>, key: string): Promise<Answer> {
  const channel = await channelBySlug(shop.db, one.channel);
  const { reply } = await tip(shop.db, shop.config, {
    user: { userId: one.fan, name: one.fan } as Parameters<typeof tip>[2]['user'],
    key,
    request: { amountTokens: one.tokens, context: { channel: one.channel } },
    target: { channel, show: null },
  });
  return answer(reply.tipId, reply.transferId, { balance: reply.newBalance });
}

async function begin(shop: Shop, one: Extract<Command, { kind: 'tokens' | 'code' | 'membership' }>, key: string) {
  if (one.kind === 'code') {
    const channel = await channelBySlug(shop.db, one.channel);
    return buyCode(shop, channel, { email: one.email, whatsapp: null, ...nobody, startsAt: null, key });
  }
  const buyer = { userId: one.fan, email: `${one.fan}@example.org`, name: one.fan, ...nobody };
  if (one.kind === 'tokens') return buyTokens(shop, buyer, { tokens: one.tokens, returnTo: '/', key });
  return buyMembership(shop, buyer, await channelBySlug(shop.db, one.channel), key);
}

async function cancelShow(shop: Shop, show: Show): Promise<Answer> {
  await shop.db.run(`UPDATE live_show SET state = 'cancelled', endReason = 'cancelled' WHERE publicId = ?`, [show.id]);
  await refundDue(shop.db, shop.config);
  return answer(null, null, {});
}

async function payout(shop: Shop, one: Extract<Command, { kind: 'payout' }>, key: string): Promise<Answer> {
  const { creator: userId, currency, amount } = one;
  const made = await requestPayout(shop, { userId, currency, amount: BigInt(amount), key, actor: userId });
  return answer(made.publicId, made.holdTransferId, { amount: made.amount, cash: made.cashMinor });
}

async function recover(shop: Shop, { creator, currency }: { creator: string; currency: string }): Promise<Answer> {
  const of = money.creator(creator, currency);
  const recovered = await shop.db.transaction((tx) => recoverDebt(tx, shop.config.secrets.ledgerKey, of));
  return answer(null, null, { recovered: Number(recovered) });
}

/** Carries a command out. `key`: the Idempotency-Key of a client. Throws what the shipped code throws. */
export async function perform(shop: Shop, command: Command, key: string): Promise<Answer> {
  switch (command.kind) {
    case 'gift':
      return gift(shop, command, key);
    case 'tip':
      return sendTip(shop, command, key);
    case 'ticket': {
      const { fan: userId, show } = command;
      const bought = await buyTicketFor(shop.db, shop.config, { userId, showId: show.id, key, price: show.price });
      return answer(bought.ticketId, bought.transferId, { balance: bought.newBalance });
    }
    case 'tokens':
    case 'code':
    case 'membership':
      return answer((await begin(shop, command, key)).checkoutId, null, {});
    case 'refund': {
      const { transferId, amount } = command;
      const back = await giveBack(shop, { transferId, amount, reason: 'asked', key, actor: 'admin' });
      return answer(null, back.transferId, { state: back.state, amount: back.amount });
    }
    case 'payout':
      return payout(shop, command, key);
    case 'payout_paid':
      await markPaid(shop, command.payoutId, 'by hand', 'admin');
      return answer(null, null, {});
    case 'payout_rejected':
      await rejectPayout(shop, command.payoutId, 'no', 'admin');
      return answer(null, null, {});
    case 'recover':
      return recover(shop, command);
    case 'cancel_show':
      return cancelShow(shop, command.show);
    case 'look':
      return answer(null, null, { state: await settleCheckout(shop, command.checkoutId) });
  }
}
