/** Replies of the API about buying, as the pages' tests need them. */
import type { AccountView } from '#contract/accounts.ts';
import type { CheckoutView } from '#contract/checkouts.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import { CheckoutId, NoticeId, SubscriptionId, TicketId, TipId, TransferId, UserId } from '#contract/ids.ts';
import type { NoticeView } from '#contract/notices.ts';
import type { Shop } from '#contract/shop.ts';
import type { SubscriptionView } from '#contract/subscriptions.ts';
import type { myTickets } from '#contract/tickets.ts';
import type { TipEvent } from '#contract/tips.ts';
import type { walletHistory, walletSpending } from '#contract/wallet.ts';
import { type Current, inHours, SHOW } from './answers.ts';

const TAIL = '0123456789abcdefghjkmnpqrs';
const numbered = (index: number) => `${index}123456789abcdefghjkmnpqrs`.slice(-26);

export const CHECKOUT = CheckoutId.parse(`chk_${TAIL}`);
const TRANSFER = TransferId.parse(`trf_${TAIL}`);
const TICKET = TicketId.parse(`tkt_${TAIL}`);
export const CODE = 'PLI4F7K2M9QX';

export function shop(change: Partial<Shop> = {}): Shop {
  return {
    currency: 'eur',
    standIn: true,
    tax: 'none',
    code: {
      priceMinor: 999,
      hours: 8,
      symbolsHint: 'PLI•••••••••',
      warning: null,
      showStartsAt: null,
      laterStart: null,
      soldOut: false,
    },
    packs: [
      { tokens: 500, priceMinor: 549 },
      { tokens: 1000, priceMinor: 999 },
      { tokens: 2500, priceMinor: 2399 },
    ],
    custom: { minorPer100: 110, min: 100, max: 100_000 },
    membership: { priceMinor: 499 },
    ageGate: null,
    terms: 'https://example.org/terms',
    ...change,
  };
}

type Way = Current['ways'][number];
export const byCode = (has = false): Way => ({ way: 'code', has, priceMinor: 999, priceTokens: null });
export const byTicket = (has = false): Way => ({ way: 'ticket', has, priceMinor: null, priceTokens: 500 });
export const byMembership = (has = false): Way => ({ way: 'membership', has, priceMinor: 499, priceTokens: null });

export function checkout(change: Partial<CheckoutView> = {}): CheckoutView {
  return {
    id: CHECKOUT,
    state: 'open',
    kind: 'code',
    channel: 'demo' as Current['channel']['slug'],
    amountMinor: 999,
    tax: 'none',
    taxMinor: 0,
    currency: 'eur',
    standIn: true,
    code: null,
    codeStartsAt: null,
    codeExpiresAt: null,
    noSeat: false,
    tokens: null,
    balanceTokens: null,
    transferId: null,
    invoice: false,
    liveUrl: '/c/demo',
    checkoutUrl: '/pay/one',
    ...change,
  };
}

export const paidCode = (): CheckoutView =>
  checkout({
    state: 'paid',
    transferId: TRANSFER,
    code: CODE,
    codeStartsAt: inHours(-0.01),
    codeExpiresAt: inHours(8),
    checkoutUrl: null,
  });

export const paidTokens = (tokens: number, balanceTokens: number): CheckoutView =>
  checkout({ state: 'paid', kind: 'tokens', channel: null, tokens, balanceTokens, checkoutUrl: null });

export function account(change: Partial<AccountView> = {}): AccountView {
  return {
    userId: UserId.parse(`usr_${TAIL}`),
    email: 'fan@example.org',
    emailVerified: true,
    name: 'Ana',
    language: 'en',
    createdAt: inHours(-500),
    termsAcceptedAt: inHours(-500),
    ageConfirmedAt: null,
    unreadNotices: 0,
    ...change,
  };
}

export const ticketBought = (newBalance: number) => ({
  ticketId: TICKET,
  transferId: TRANSFER,
  newBalance,
  replayOnly: false,
});

export const tip = (index: number, change: Partial<TipEvent> = {}): TipEvent => ({
  id: TipId.parse(`tip_${numbered(index)}`),
  at: new Date(Date.now() + index).toISOString(),
  channel: 'demo' as TipEvent['channel'],
  showId: SHOW,
  fromUsername: `Fan ${index}`,
  amountTokens: 100,
  message: null,
  ...change,
});

export const tipSent = (newBalance: number) => ({ tipId: tip(1).id, transferId: TRANSFER, newBalance });

export const membership = (change: Partial<SubscriptionView> = {}): SubscriptionView => ({
  id: SubscriptionId.parse(`sub_${TAIL}`),
  kind: 'membership',
  channel: 'demo' as Current['channel']['slug'],
  channelName: 'Mara Voss',
  plan: null,
  state: 'active',
  priceMinor: 499,
  tax: 'none',
  currency: 'eur',
  cancelAtPeriodEnd: false,
  currentPeriodEnd: inHours(400),
  startedAt: inHours(-300),
  ...change,
});

const channel = { slug: 'demo' as Current['channel']['slug'], name: 'Mara Voss' };

export const history = (): ReplyOf<typeof walletHistory> => {
  const line = (index: number) => ({
    transferId: TransferId.parse(`trf_${numbered(index)}`),
    of: null,
    channel,
    show: null,
  });
  return {
    lines: [
      { ...line(1), kind: 'tip', amountTokens: -100, at: inHours(-1) },
      { ...line(2), kind: 'ticket', amountTokens: -500, at: inHours(-2), show: { id: SHOW, title: 'Late set' } },
      { ...line(3), kind: 'topup', amountTokens: 1000, at: inHours(-3), channel: null },
      { ...line(4), kind: 'refund', of: 'ticket', amountTokens: 500, at: inHours(-30) },
    ],
    next: '17',
  };
};

export const spending = (month: string, tokens: number): ReplyOf<typeof walletSpending> => ({
  month,
  currency: 'eur',
  total: { tokens, minor: tokens > 500 ? 499 : 0 },
  toppedUp: { tokens, minor: Math.round(tokens * 1.1) },
  byKind: tokens > 0 ? [{ kind: 'tip', tokens, minor: 0 }] : [],
  byCreator: tokens > 0 ? [{ channel: channel.slug, name: channel.name, tokens, minor: 0 }] : [],
  limit: { monthlyTokens: 2000, pending: null, spentTokens: tokens, leftTokens: 2000 - tokens },
});

export const tickets = (): ReplyOf<typeof myTickets> => ({
  tickets: [
    {
      ticketId: TICKET,
      state: 'valid',
      showId: SHOW,
      title: 'Late set from the studio',
      showState: 'scheduled',
      startsAt: inHours(20),
      channel,
      priceTokens: 500,
      replayOnly: false,
      transferId: TRANSFER,
      boughtAt: inHours(-2),
      refundedAt: null,
    },
  ],
  next: null,
});

export const notice = (index: number, change: Partial<NoticeView> = {}): NoticeView => ({
  id: NoticeId.parse(`ntc_${numbered(index)}`),
  event: 'ticket.bought',
  at: inHours(-index),
  read: false,
  title: 'Your ticket',
  text: 'You have a ticket for “Late set from the studio” by Mara Voss.',
  path: '/c/demo',
  ...change,
});

type Mock = { answers: Record<string, unknown> };

/** A fan with tokens is signed in. */
export function signedIn(mock: Mock, balance: number, change: Partial<AccountView> = {}): void {
  mock.answers['GET /api/auth/get-session'] = { body: { user: { id: 'usr' }, session: {} } };
  mock.answers['GET /api/account'] = { body: account(change) };
  mock.answers['GET /api/wallet/me'] = { body: { balance } };
}

/** Nobody is signed in. */
export function signedOut(mock: Mock): void {
  mock.answers['GET /api/auth/get-session'] = { body: null };
}
