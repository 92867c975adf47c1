/** What a creator earned: by source, sale by sale, and as monthly statements. Shares are what the ledger booked. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { ShowId, Slug, TransferId } from './ids.ts';
import { Audience, ShowState } from './live-sessions.ts';
import { AMOUNT_MAX, Cash, Tokens } from './money.ts';

/** `TOKEN`, or a cash currency like `eur`, whose amounts are in its minor unit. */
export const CurrencyName = z.union([z.literal('TOKEN'), Cash]);
const Whole = z.number().int().min(0);
/** Above zero: the creator gains. */
const Signed = z.number().int().min(-AMOUNT_MAX).max(AMOUNT_MAX);

/** What earns: access codes, tickets, tips, memberships, calls. */
export const Source = z.enum(['code', 'ticket', 'tip', 'membership', 'call']);
export type Source = z.infer<typeof Source>;

/** Of sales in a time: what was paid, whose it is, and what went back of it in that time. */
const Sums = {
  /** Sales. */
  count: Whole,
  /** Paid by buyers, tax and all, before anything went back: tax and both shares sum to it. */
  gross: Whole,
  /** For the tax office; 0 where none is asked. */
  tax: Whole,
  platform: Whole,
  own: Whole,
  /** Gone back to buyers, less what came back by disputes that were won; and the creator's share of it. */
  refunded: z.number().int(),
  refundedOwn: z.number().int(),
};

export const EarningsBySource = z.object({ source: Source, currency: CurrencyName, ...Sums });
export type EarningsBySource = z.infer<typeof EarningsBySource>;

/** What the creator has in one currency now, of all channels together. */
export const CreatorBalance = z.object({
  currency: CurrencyName,
  /** Earned and not paid out; `available` and `held` are parts of it. */
  balance: Whole,
  /** Owed after refunds that could not be taken from the balance; recovered first. */
  debt: Whole,
  /** Can be asked for now. */
  available: Whole,
  /** Younger than the holding time. */
  held: Whole,
  /** Asked for as a payout that is not paid yet. */
  inPayout: Whole,
  /** The least that one payout may be, in this currency. */
  minimum: Whole,
  /** When the next of what is held becomes available; null where nothing is held. */
  nextAvailableAt: z.iso.datetime().nullable(),
});
export type CreatorBalance = z.infer<typeof CreatorBalance>;

/** One sale, or what went back of one, with its split. */
export const Sale = z.object({
  transferId: TransferId,
  at: z.iso.datetime(),
  kind: z.enum(['sale', 'refund', 'dispute', 'dispute_won']),
  source: Source,
  currency: CurrencyName,
  /** Below zero where it went back. Tax and shares sum to it. */
  gross: Signed,
  tax: Signed,
  platform: Signed,
  own: Signed,
  /** The creator's share, basis points; null where it was not noted. */
  bps: z.number().int().nullable(),
  /** A name, or an e-mail that shows only its first letter; null where none is known. */
  buyer: z.string().nullable(),
  show: z.object({ id: ShowId, title: z.string().nullable() }).nullable(),
  /** Of a refund: the sale that it takes back. */
  reverses: TransferId.nullable(),
  /** Of a sale: how much of `gross` has gone back by now. */
  refunded: Whole,
});
export type Sale = z.infer<typeof Sale>;

export const getEarnings = {
  method: 'get',
  path: '/api/earnings',
  summary: "A channel's earnings by source in a time, its newest sales with their split, and its creator's balances.",
  caller: 'owner',
  query: z.object({
    channel: Slug.optional(),
    /** The last 30 days unless said otherwise; at most 366. */
    from: z.iso.datetime().optional(),
    /** Exclusive. */
    to: z.iso.datetime().optional(),
    /** `next` of the page before: older sales. */
    before: TransferId.optional(),
  }),
  reply: z.object({
    channel: Slug,
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    /** The cash currency of this server. */
    currency: Cash,
    /** The creator's share of new sales, basis points. */
    creatorBps: z.number().int(),
    balances: z.array(CreatorBalance),
    bySource: z.array(EarningsBySource),
    totals: z.array(z.object({ currency: CurrencyName, ...Sums })),
    sales: z.array(Sale),
    next: TransferId.nullable(),
  }),
} as const satisfies Endpoint;

const Month = z.string().regex(/^20\d\d-(?:0[1-9]|1[0-2])$/, 'expected a month like 2026-11');

/** Everything that moves a creator's balance. */
export const StatementKind = z.enum([
  'tip',
  'ticket',
  'code_sale',
  'membership',
  'call_block',
  'refund',
  'dispute',
  'dispute_won',
  'payout_hold',
  'payout_returned',
  'payout_reversed',
  'debt_recovered',
  'other',
]);
export type StatementKind = z.infer<typeof StatementKind>;

export const StatementLine = z.object({
  transferId: TransferId,
  at: z.iso.datetime(),
  kind: StatementKind,
  channel: Slug.nullable(),
  buyer: z.string().nullable(),
  /** What the buyer paid or got back; null where nobody did (payouts, debts). */
  gross: z.number().int().nullable(),
  /** What of it is for the tax office. */
  tax: z.number().int().nullable(),
  platform: z.number().int().nullable(),
  bps: z.number().int().nullable(),
  reverses: TransferId.nullable(),
  /** The change of the balance. */
  amount: Signed,
  /** The change of what is owed, which is counted below zero: a debt that is made is below zero. */
  debt: Signed,
});
export type StatementLine = z.infer<typeof StatementLine>;

const Standing = z.object({
  balance: z.number().int(),
  /** Zero, or below it. */
  debt: z.number().int(),
});

/** Most lines of one page of a statement. */
const STATEMENT_PAGE = 500;

export const earningsStatement = {
  method: 'get',
  path: '/api/earnings/statement',
  summary:
    "A creator's statement of a calendar month (UTC) in one currency: opening, every line, closing. `format=csv` downloads all of it.",
  caller: 'owner',
  query: z.object({
    /** Whose owner it is about: a balance is the creator's, over all channels. */
    channel: Slug.optional(),
    month: Month,
    /** The server's cash currency unless said otherwise. */
    currency: CurrencyName.optional(),
    format: z.enum(['json', 'csv']).default('json'),
    /** `next` of the page before; the CSV has no pages. */
    after: TransferId.optional(),
    /** Lines of one page. */
    limit: z.coerce.number().int().min(1).max(STATEMENT_PAGE).default(STATEMENT_PAGE),
  }),
  download: 'text/csv',
  reply: z.object({
    month: Month,
    currency: CurrencyName,
    /** Other currencies in which this creator has a statement. */
    currencies: z.array(CurrencyName),
    opening: Standing,
    /** Opening and all lines of the month make this. */
    closing: Standing,
    /** Of all lines of the month, on whichever page: each column's sum. */
    totals: z.object({
      lines: Whole,
      gross: z.number().int(),
      tax: z.number().int(),
      platform: z.number().int(),
      amount: z.number().int(),
      debt: z.number().int(),
    }),
    /** Oldest first. */
    lines: z.array(StatementLine),
    next: TransferId.nullable(),
  }),
} as const satisfies Endpoint;

export const ShowSort = z.enum(['newest', 'oldest', 'tickets', 'revenue', 'viewers']);
export type ShowSort = z.infer<typeof ShowSort>;

export const ShowFigures = z.object({
  showId: ShowId,
  state: ShowState,
  title: z.string().nullable(),
  location: z.string().nullable(),
  /** Minutes. */
  estimatedDuration: z.number().int().nullable(),
  audience: Audience,
  startsAt: z.iso.datetime().nullable(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  viewers: Whole,
  peakViewers: Whole,
  viewerLimit: Whole,
  ticketPrice: Tokens.nullable(),
  ticketsSold: Whole,
  /** What goes back to holders of tickets where the planned show is cancelled; zero of any other. */
  refundTokens: Whole,
  /** It never ran, and nothing was ever sold for it. */
  deletable: z.boolean(),
  /** Tips and tickets of this show, less what went back. Codes and memberships belong to no show. */
  revenue: z.array(z.object({ currency: CurrencyName, gross: z.number().int(), own: z.number().int() })),
});
export type ShowFigures = z.infer<typeof ShowFigures>;

export const studioDashboard = {
  method: 'get',
  path: '/api/studio/dashboard',
  summary: "A channel's shows with their state, tickets, revenue and viewers.",
  caller: 'owner',
  query: z.object({
    channel: Slug.optional(),
    /** `running`: every state between the encoder's first packet and the end. */
    state: z.enum(['all', 'scheduled', 'running', 'ended', 'cancelled']).default('all'),
    /** In title and location. */
    search: z.string().trim().max(80).optional(),
    sort: ShowSort.default('newest'),
    page: z.coerce.number().int().min(1).max(1000).default(1),
  }),
  reply: z.object({
    channel: Slug,
    /** Shows that match, on all pages; the newest 1,000 are looked at. */
    total: Whole,
    pages: Whole,
    shows: z.array(ShowFigures),
    counts: z.object({ scheduled: Whole, running: Whole, ended: Whole, cancelled: Whole }),
    /** Of the whole channel in the last 30 days, less what went back. */
    revenue30Days: z.array(z.object({ currency: CurrencyName, gross: z.number().int(), own: z.number().int() })),
  }),
} as const satisfies Endpoint;

/** Shows of one page of the dashboard. */
export const DASHBOARD_PAGE = 25;
