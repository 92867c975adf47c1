/** Paying creators: asked for, approved by the operator, paid by Stripe Connect or by hand. */
import { z } from 'zod';
import { CreatorBalance, CurrencyName } from './earnings.ts';
import type { Endpoint } from './endpoint.ts';
import { PayoutId, Slug, TransferId, UserId } from './ids.ts';
import { AMOUNT_MAX, Cash, Minor } from './money.ts';

/**
 * `requested`: held apart. `approved`: to be paid by hand, or sent again. `paying`: Stripe was asked. `paid`.
 * `rejected` by the operator and `failed` (refused by Stripe for good): the amount is back in the balance.
 * `partly_reversed`, `reversed`: it was paid, and taken back at Stripe in part or wholly; that much is back in the balance.
 */
export const PayoutState = z.enum([
  'requested',
  'approved',
  'paying',
  'paid',
  'rejected',
  'failed',
  'partly_reversed',
  'reversed',
]);
export type PayoutState = z.infer<typeof PayoutState>;

export const PayoutView = z.object({
  id: PayoutId,
  state: PayoutState,
  currency: CurrencyName,
  /** Tokens, or minor units of `currency`. */
  amount: z.number().int().min(1),
  /** What is paid: the same, or what the tokens are worth at `payoutRate`. */
  cashMinor: Minor,
  cashCurrency: Cash,
  /** Minor units for 100 tokens as it was when it was asked for; null for cash. */
  payoutRate: z.number().int().nullable(),
  /** How it is paid; null until that is decided. */
  method: z.enum(['connect', 'hand']).nullable(),
  /** Of a payment by hand: what the operator noted; of Stripe: the id of its transfer. */
  reference: z.string().nullable(),
  /** Why it was rejected or failed. */
  reason: z.string().nullable(),
  /** The booking that holds the amount, and the one that ended it. */
  holdTransferId: TransferId,
  endTransferId: TransferId.nullable(),
  requestedAt: z.iso.datetime(),
  approvedAt: z.iso.datetime().nullable(),
  /** When it was paid, rejected or failed. */
  doneAt: z.iso.datetime().nullable(),
  /** Of `cashMinor`, what was taken back after it was paid; and when that was last. */
  reversedMinor: Minor,
  reversedAt: z.iso.datetime().nullable(),
});
export type PayoutView = z.infer<typeof PayoutView>;

/** The creator's account at Stripe: `none`, `incomplete` (Stripe still asks for something), or `ready`. */
export const ConnectState = z.enum(['none', 'incomplete', 'ready']);
export type ConnectState = z.infer<typeof ConnectState>;

const Channel = Slug.optional();

export const requestPayout = {
  method: 'post',
  path: '/api/payouts',
  summary: 'Asks for a payout and holds its amount apart. Needs the header Idempotency-Key.',
  caller: 'owner',
  body: z.strictObject({
    /** Whose owner is paid; may be left out by a creator of one channel. */
    channel: Channel,
    currency: CurrencyName,
    /** Tokens, or minor units. */
    amount: z.number().int().min(1).max(AMOUNT_MAX),
  }),
  reply: PayoutView,
} as const satisfies Endpoint;

export const listPayouts = {
  method: 'get',
  path: '/api/payouts',
  summary: "A creator's payouts, newest first, what can be asked for, and the account that is paid to.",
  caller: 'owner',
  query: z.object({ channel: Channel, before: PayoutId.optional() }),
  reply: z.object({
    payouts: z.array(PayoutView),
    next: PayoutId.nullable(),
    balances: z.array(CreatorBalance),
    /** Minor units of the cash currency for 100 tokens. */
    payoutRate: z.number().int(),
    /** The least of one payout, minor units. */
    payoutMinimum: Minor,
    payoutHoldDays: z.number().int(),
    connect: z.object({ state: ConnectState, standIn: z.boolean() }),
  }),
} as const satisfies Endpoint;

export const connectAccount = {
  method: 'post',
  path: '/api/payouts/connect',
  summary: "Begins, or goes on with, the creator's account at Stripe: a page of Stripe's that works for minutes.",
  caller: 'owner',
  body: z.strictObject({ channel: Channel }),
  reply: z.object({ url: z.string(), state: ConnectState }),
} as const satisfies Endpoint;

/** A payout as the operator sees it. */
export const AdminPayout = PayoutView.extend({
  creator: z.object({
    userId: UserId,
    name: z.string(),
    email: z.string(),
    channels: z.array(Slug),
    /** Can be paid by Stripe. */
    connect: ConnectState,
  }),
  /** Why Stripe could not be asked, or what it said, where it is to be tried again. */
  problem: z.string().nullable(),
});
export type AdminPayout = z.infer<typeof AdminPayout>;

export const adminPayouts = {
  method: 'get',
  path: '/api/admin/payouts',
  summary: 'Payouts, oldest first where a state is named that waits, else newest first.',
  caller: 'admin',
  query: z.object({ state: PayoutState.optional(), after: PayoutId.optional() }),
  reply: z.object({
    payouts: z.array(AdminPayout),
    next: PayoutId.nullable(),
    counts: z.record(PayoutState, z.number().int().nonnegative()),
  }),
} as const satisfies Endpoint;

const Params = z.object({ id: PayoutId });
const Note = z.string().trim().min(1).max(200);

export const approvePayout = {
  method: 'post',
  path: '/api/admin/payouts/:id/approve',
  summary:
    'Approves a payout. It is sent through Stripe where the creator’s account is ready, else it waits to be paid by hand.',
  caller: 'admin',
  params: Params,
  body: z.strictObject({}),
  reply: AdminPayout,
} as const satisfies Endpoint;

export const rejectPayout = {
  method: 'post',
  path: '/api/admin/payouts/:id/reject',
  summary: 'Rejects a payout: the amount goes back to the creator, who is told why.',
  caller: 'admin',
  params: Params,
  body: z.strictObject({ reason: Note }),
  reply: AdminPayout,
} as const satisfies Endpoint;

export const markPayoutPaid = {
  method: 'post',
  path: '/api/admin/payouts/:id/paid',
  summary: 'Says that a payout was paid by hand.',
  caller: 'admin',
  params: Params,
  body: z.strictObject({
    /** What the bank's statement says of it. */
    reference: Note,
  }),
  reply: AdminPayout,
} as const satisfies Endpoint;
