/** A creator's earnings as the ledger has them. */
import type { Config } from '#config/index.ts';
import type { CreatorBalance, EarningsBySource, getEarnings, Sale } from '#contract/earnings.ts';
import type { QueryOf, ReplyOf } from '#contract/endpoint.ts';
import type { ShowId, TransferId } from '#contract/ids.ts';
import { TOKEN } from '#contract/money.ts';
import type { Channel } from '../channels/service.ts';
import type { Sql } from '../platform/db.ts';
import { balanceOf, type Facts, money } from '../wallet/service.ts';
import * as rules from './rules.ts';
import * as store from './store.ts';

/** Sales of one page. */
const PAGE = 50;
const DAY_MS = 24 * 3_600_000;

/** What of the configuration decides about payouts. */
export type PayoutTerms = Pick<Config, 'currency' | 'payoutRate' | 'payoutMinimum' | 'payoutHoldDays'>;

/** The least that one payout may be, in units of `currency`: tokens are counted by what they are worth, rounded up. */
export const minimumIn = (currency: string, { payoutMinimum, payoutRate }: PayoutTerms): bigint =>
  BigInt(currency === TOKEN ? Math.ceil((payoutMinimum * 100) / payoutRate) : payoutMinimum);

/**
 * What a creator has in one currency. The balance is read before the sales that are held: one that is booked in between
 * makes less available, never more.
 */
export async function standingOf(
  sql: Sql,
  terms: PayoutTerms,
  userId: string,
  currency: string,
): Promise<rules.Standing & { readonly oldest: Date | null }> {
  const balance = await balanceOf(sql, money.creator(userId, currency));
  const owed = -(await balanceOf(sql, money.debt(userId, currency)));
  const accounts = await store.accountsOf(sql, userId, currency);
  const { sum, oldest } = await store.young(sql, userId, accounts, terms.payoutHoldDays);
  return { balance, owed, young: sum, oldest };
}

async function balanceIn(sql: Sql, terms: PayoutTerms, userId: string, currency: string): Promise<CreatorBalance> {
  const standing = await standingOf(sql, terms, userId, currency);
  const { available, held } = rules.availability(standing);
  const { oldest } = standing;
  const nextMs = held > 0n && oldest ? oldest.getTime() + terms.payoutHoldDays * DAY_MS : null;
  return {
    currency,
    balance: Number(standing.balance),
    debt: Number(standing.owed),
    available: Number(available),
    held: Number(held),
    inPayout: Number(await balanceOf(sql, money.held(userId, currency))),
    minimum: Number(minimumIn(currency, terms)),
    nextAvailableAt: nextMs === null ? null : new Date(nextMs).toISOString(),
  };
}

/** Tokens, the server's cash, and every other currency in which the creator ever earned. */
export async function balancesOf(sql: Sql, terms: PayoutTerms, userId: string): Promise<CreatorBalance[]> {
  const currencies = new Set([TOKEN, terms.currency, ...(await store.currenciesOf(sql, userId))]);
  return Promise.all([...currencies].map((currency) => balanceIn(sql, terms, userId, currency)));
}

const NOTHING = { count: 0, gross: 0, tax: 0, platform: 0, own: 0, refunded: 0, refundedOwn: 0 };
type Sums = typeof NOTHING;

const added = (a: Sums, b: Sums): Sums => ({
  count: a.count + b.count,
  gross: a.gross + b.gross,
  tax: a.tax + b.tax,
  platform: a.platform + b.platform,
  own: a.own + b.own,
  refunded: a.refunded + b.refunded,
  refundedOwn: a.refundedOwn + b.refundedOwn,
});

function sumsOf({ back, count, tax, platform, own }: store.SourceSum): Sums {
  const shares = { tax: Number(tax), platform: Number(platform), own: Number(own) };
  const gross = shares.tax + shares.platform + shares.own;
  if (back === 0) return { ...NOTHING, count, gross, ...shares };
  return { ...NOTHING, refunded: -gross, refundedOwn: -shares.own };
}

/** Rows of the same group joined. */
function grouped<K extends object>(rows: readonly (K & Sums)[], keyOf: (row: K) => string): (K & Sums)[] {
  const groups = new Map<string, K & Sums>();
  for (const row of rows) {
    const before = groups.get(keyOf(row));
    groups.set(keyOf(row), before ? { ...before, ...added(before, row) } : row);
  }
  return [...groups.values()];
}

/** A channel's earnings in a time, by source. */
export async function bySource(sql: Sql, channelId: number, from: Date, to: Date): Promise<EarningsBySource[]> {
  const rows = await store.sumsBySource(sql, channelId, from, to);
  const named = rows.map((row) => ({ source: rules.sourceOf(row.kind), currency: row.currency, ...sumsOf(row) }));
  return grouped(named, ({ source, currency }) => `${source}:${currency}`);
}

/** The same, all sources together. */
export const totalsOf = (sources: readonly EarningsBySource[]) =>
  grouped(
    sources.map(({ source: _source, ...rest }) => rest),
    ({ currency }) => currency,
  );

/** Buyers as creators may know them: names of accounts, else the masked e-mail that the booking keeps. */
export async function buyersIn(sql: Sql, all: readonly Facts[]): Promise<(facts: Facts) => string | null> {
  const buyers = all.flatMap(({ buyer }) => (typeof buyer === 'string' && buyer.startsWith('usr_') ? buyer : []));
  const names = new Map((await store.namesOf(sql, [...new Set(buyers)])).map(({ id, name }) => [id, name]));
  return ({ buyer }) => {
    if (typeof buyer !== 'string') return null;
    return buyer.startsWith('usr_') ? (names.get(buyer) ?? null) : buyer;
  };
}

const kindOf = (kind: string): Sale['kind'] =>
  kind === 'refund' || kind === 'dispute' || kind === 'dispute_won' ? kind : 'sale';

async function salesOf(sql: Sql, rows: readonly store.SaleRow[]): Promise<Sale[]> {
  const facts = rows.map((row) => JSON.parse(row.facts) as Facts);
  const buyerOf = await buyersIn(sql, facts);
  const ids = rows.map(({ transferId }) => transferId);
  const refunded = new Map((await store.refundedOf(sql, ids)).map((row) => [row.sale, Number(row.refunded)]));
  return rows.map((row, index) => {
    const known = facts[index] ?? {};
    const kind = kindOf(row.kind);
    return {
      transferId: row.transferId as TransferId,
      at: row.at.toISOString(),
      kind,
      source: rules.sourceOf(row.saleKind),
      currency: row.currency,
      gross: Number(row.tax) + Number(row.platform) + Number(row.own),
      tax: Number(row.tax),
      platform: Number(row.platform),
      own: Number(row.own),
      bps: typeof known['bps'] === 'number' ? known['bps'] : null,
      buyer: buyerOf(known),
      show: row.showId === null ? null : { id: row.showId as ShowId, title: row.showTitle },
      reverses: row.reverses as TransferId | null,
      refunded: kind === 'sale' ? (refunded.get(row.transferId) ?? 0) : 0,
    };
  });
}

/** Everything that a channel earned in a time. Throws earnings.range. */
export async function earningsOf(
  sql: Sql,
  terms: PayoutTerms,
  channel: Channel,
  query: QueryOf<typeof getEarnings>,
): Promise<ReplyOf<typeof getEarnings>> {
  const { from, to } = rules.rangeOf(query, Date.now());
  const before = query.before ?? null;
  const rows = await store.sales(sql, { channelId: channel.id, from, to, before }, PAGE + 1);
  const sales = await salesOf(sql, rows.slice(0, PAGE));
  const sources = await bySource(sql, channel.id, from, to);
  return {
    channel: channel.slug,
    from: from.toISOString(),
    to: to.toISOString(),
    currency: terms.currency,
    creatorBps: channel.creatorBps,
    balances: await balancesOf(sql, terms, channel.ownerId),
    bySource: sources,
    totals: totalsOf(sources),
    sales,
    next: rows.length > PAGE ? (sales.at(-1)?.transferId ?? null) : null,
  };
}
