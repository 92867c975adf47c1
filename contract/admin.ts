/** What the operator sees: the whole server at a glance, and everything about one customer. */
import { z } from 'zod';
import { CheckoutState } from './checkouts.ts';
import { CurrencyName } from './earnings.ts';
import type { Endpoint } from './endpoint.ts';
import { ShowId, Slug, TicketId, TransferId, UserId } from './ids.ts';
import { ShowState } from './live-sessions.ts';
import { Minor, Tokens } from './money.ts';
import { SubscriptionView } from './subscriptions.ts';
import { TicketState } from './tickets.ts';

const Whole = z.number().int().min(0);
const At = z.iso.datetime();

/** Sales of a time. Tokens bought and creators' plans are the platform's own. */
const Sales = z.array(
  z.object({
    source: z.enum(['code', 'ticket', 'tip', 'membership', 'call', 'tokens', 'plan']),
    currency: CurrencyName,
    count: Whole,
    /** What buyers paid, with the tax in it. */
    gross: Whole,
    tax: Whole,
    platform: Whole,
    /** Gone back, refunds and disputes. */
    refunded: z.number().int(),
  }),
);

export const adminDashboard = {
  method: 'get',
  path: '/api/admin/dashboard',
  summary: 'The server at a glance: shows, sales, payouts, mails, Stripe, the ledger.',
  caller: 'admin',
  reply: z.object({
    at: At,
    channels: Whole,
    accounts: Whole,
    live: z.object({
      shows: z.array(
        z.object({
          showId: ShowId,
          channel: Slug,
          state: ShowState,
          title: z.string().nullable(),
          viewers: Whole,
          startedAt: At.nullable(),
        }),
      ),
      viewers: Whole,
    }),
    sales: z.object({
      /** Since midnight UTC. */
      today: Sales,
      days30: Sales,
    }),
    payouts: z.object({
      /** Waiting for the operator: requested, or approved and to be paid by hand. */
      waiting: z.array(z.object({ currency: CurrencyName, count: Whole, amount: Whole, cashMinor: Whole })),
      /** Sent to Stripe, not confirmed yet. */
      paying: Whole,
      oldestRequestedAt: At.nullable(),
    }),
    outbox: z.object({ failed: Whole, pending: Whole, oldestPendingAt: At.nullable() }),
    stripe: z.object({
      mode: z.enum(['standin', 'test', 'live']),
      lastWebhookAt: At.nullable(),
      /** Stripe's list of events was read up to here. */
      lastReconcileAt: At.nullable(),
      /** Refunds that Stripe has not confirmed. */
      refundsWaiting: Whole,
    }),
    ledger: z.object({
      /** Transfers that no seal holds yet; usual are those of the last seconds. */
      unsealed: Whole,
      lastSealAt: At.nullable(),
      /** The last `stagedoor ledger verify`; null where there was none. */
      lastVerify: z.object({ at: At, ok: z.boolean() }).nullable(),
      /** What creators and fans are owed. */
      owed: z.array(z.object({ kind: z.enum(['fan', 'creator', 'payout']), currency: CurrencyName, amount: Whole })),
    }),
  }),
} as const satisfies Endpoint;

export const findCustomer = {
  method: 'get',
  path: '/api/admin/customers',
  summary: 'Everything bought with an e-mail address: by accounts, and without one.',
  caller: 'admin',
  query: z.object({ email: z.email().max(254) }),
  reply: z.object({
    email: z.string(),
    /** The account of this address; null where there is none. */
    account: z
      .object({
        userId: UserId,
        name: z.string(),
        email: z.string(),
        emailVerified: z.boolean(),
        createdAt: At,
        channels: z.array(Slug),
        wallet: z.object({ balance: Tokens, debt: Tokens }),
      })
      .nullable(),
    purchases: z.array(
      z.object({
        checkoutId: z.string().nullable(),
        kind: z.enum(['code', 'tokens', 'membership', 'plan']),
        /** Of its checkout; a renewal has none. */
        state: CheckoutState.nullable(),
        amountMinor: Minor,
        taxMinor: Minor,
        currency: CurrencyName,
        refundedMinor: Minor,
        tokens: Tokens.nullable(),
        channel: Slug.nullable(),
        method: z.string().nullable(),
        /** Null where it was not paid. */
        transferId: TransferId.nullable(),
        paymentIntentId: z.string().nullable(),
        at: At,
      }),
    ),
    codes: z.array(
      z.object({
        id: z.string(),
        channel: Slug,
        /** Its first letters and its last two symbols. */
        hint: z.string(),
        createdAt: At,
        startsAt: At.nullable(),
        expiresAt: At,
        revokedAt: At.nullable(),
        usageCount: Whole,
      }),
    ),
    tickets: z.array(
      z.object({
        ticketId: TicketId,
        state: TicketState,
        showId: ShowId,
        title: z.string().nullable(),
        channel: Slug,
        priceTokens: Tokens,
        transferId: TransferId,
        boughtAt: At,
        refundedAt: At.nullable(),
      }),
    ),
    subscriptions: z.array(SubscriptionView),
    refunds: z.array(
      z.object({
        transferId: TransferId.nullable(),
        /** The sale that it takes back. */
        reverses: TransferId.nullable(),
        kind: z.enum(['refund', 'dispute']),
        state: z.enum(['wanted', 'taken', 'returned', 'refused']),
        amountMinor: Minor,
        currency: CurrencyName,
        reason: z.string(),
        actor: z.string(),
        at: At,
      }),
    ),
    tips: z.object({ count: Whole, totalTokens: Whole }),
  }),
} as const satisfies Endpoint;
