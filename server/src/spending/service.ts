/** What fans spend: the one door through which a wallet pays, and the views on it. */
import type { Config } from '#config/index.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import type { ShowId, TransferId } from '#contract/ids.ts';
import type { SpendingLimit, WalletKind, walletHistory, walletSpending } from '#contract/wallet.ts';
import { audit } from '../platform/audit.ts';
import type { Db, Sql, Tx } from '../platform/db.ts';
import { type Booked, balanceOf, book, money, type Order } from '../wallet/service.ts';
import * as rules from './rules.ts';
import * as store from './store.ts';

/** Lines of one page of the history. */
const PAGE = 50;

/** A locked wallet, and what its fan allowed themselves. */
export type Wallet = {
  readonly userId: string;
  readonly balance: bigint;
  readonly limit: rules.Limit;
  /** Spent in this month; counted only where there is a limit. */
  readonly spent: bigint;
};

function limitIn(row: Pick<store.WalletRow, 'monthlyTokens' | 'pendingTokens' | 'pendingFrom'>): rules.Limit {
  const tokens = (value: number | null) => (value === null ? null : BigInt(value));
  const pending = row.pendingFrom && { monthlyTokens: tokens(row.pendingTokens), fromMs: row.pendingFrom.getTime() };
  return { monthlyTokens: tokens(row.monthlyTokens), pending };
}

/** Locks a fan's wallet and reads the limit under that lock, so that no two purchases pass it side by side. */
export async function lockWallet(tx: Tx, userId: string): Promise<Wallet> {
  const row = await store.lockWallet(tx, userId);
  if (!row) {
    // Never used, so that there is nothing to lock; its first tokens may come in at this moment.
    const kept = await store.limitOf(tx, userId);
    return { userId, balance: 0n, limit: rules.inForce(limitIn(kept), kept.now.getTime()), spent: 0n };
  }
  const limit = rules.inForce(limitIn(row), row.now.getTime());
  const { from } = rules.boundsOf(rules.monthOf(row.now));
  const spent = limit.monthlyTokens === null ? 0n : await store.spentSince(tx, row.accountId, from);
  return { userId, balance: BigInt(row.balance), limit, spent };
}

/**
 * Pays from a locked wallet within its fan's limit. A repeat of a key is answered, whatever the limit says by now.
 * Throws wallet.limit_reached, wallet.insufficient_funds, wallet.key_reused, and what `plan` throws.
 */
export function spend(
  tx: Tx,
  config: Config,
  wallet: Wallet,
  order: Omit<Order, 'payer'> & { readonly tokens: bigint },
): Promise<Booked> {
  const { tokens, ...rest } = order;
  return book(tx, config.secrets.ledgerKey, {
    ...rest,
    payer: money.fan(wallet.userId),
    plan(balance, owed) {
      const lines = order.plan(balance, owed);
      rules.assertWithin(wallet.limit, wallet.spent, tokens);
      return lines;
    },
  });
}

const amount = (tokens: bigint | null): number | null => (tokens === null ? null : Number(tokens));

function limitView(limit: rules.Limit, spent: bigint): SpendingLimit {
  const { monthlyTokens, pending } = limit;
  const left = monthlyTokens === null ? null : monthlyTokens > spent ? monthlyTokens - spent : 0n;
  return {
    monthlyTokens: amount(monthlyTokens),
    pending: pending && {
      monthlyTokens: amount(pending.monthlyTokens),
      from: new Date(pending.fromMs).toISOString(),
    },
    spentTokens: Math.max(0, Number(spent)),
    leftTokens: amount(left),
  };
}

/** The limit in force and what it leaves in this month. */
async function limitOf(sql: Sql, userId: string): Promise<SpendingLimit> {
  const row = await store.limitOf(sql, userId);
  const { from } = rules.boundsOf(rules.monthOf(row.now));
  const spent = row.accountId === null ? 0n : await store.spentSince(sql, row.accountId, from);
  return limitView(rules.inForce(limitIn(row), row.now.getTime()), spent);
}

/** Sets the limit under the wallet's lock: a purchase that began before it is done, one that begins after keeps to it. */
export async function setLimit(db: Db, userId: string, wanted: number | null): Promise<SpendingLimit> {
  return db.transaction(async (tx) => {
    await store.lockWallet(tx, userId);
    const row = await store.limitOf(tx, userId);
    const tokens = wanted === null ? null : BigInt(wanted);
    const { monthlyTokens, pending } = rules.changeLimit(limitIn(row), tokens, row.now.getTime());
    await store.saveLimit(tx, userId, {
      monthlyTokens,
      pendingTokens: pending?.monthlyTokens ?? null,
      pendingFrom: pending && new Date(pending.fromMs),
    });
    await audit(tx, { kind: 'wallet.limit_set', actor: userId, subject: userId, details: { monthlyTokens: wanted } });
    return limitOf(tx, userId);
  });
}

export const balance = async (sql: Sql, userId: string): Promise<number> =>
  Number(await balanceOf(sql, money.fan(userId)));

/** One page of what moved into a wallet and out of it. */
export async function historyOf(
  sql: Sql,
  userId: string,
  before: string | undefined,
): Promise<ReplyOf<typeof walletHistory>> {
  const rows = await store.history(sql, userId, before ?? null, PAGE + 1);
  const lines = rows.slice(0, PAGE).map((row) => ({
    transferId: row.transferId as TransferId,
    kind: row.kind as WalletKind,
    of: row.ofKind as WalletKind | null,
    amountTokens: row.amount,
    channel: row.slug === null ? null : { slug: row.slug, name: row.channelName ?? row.slug },
    show: row.showId === null ? null : { id: row.showId as ShowId, title: row.showTitle },
    at: row.at.toISOString(),
  }));
  return { lines, next: rows.length > PAGE ? (lines.at(-1)?.transferId ?? null) : null };
}

type Spending = ReplyOf<typeof walletSpending>;
type SpentKind = Spending['byKind'][number]['kind'];
const CASH_KINDS: Readonly<Record<string, SpentKind>> = { membership: 'membership', code: 'code' };
const TOKEN_KINDS: Readonly<Record<string, SpentKind>> = { tip: 'tip', ticket: 'ticket', call_block: 'call_block' };

type Sum = {
  readonly kind: SpentKind;
  readonly channelId: number | null;
  readonly tokens: number;
  readonly minor: number;
};

/** What was spent on creators, of tokens and of cash, in one list. */
function spentOn(tokens: readonly store.TokenSum[], cash: readonly store.CashSum[]): Sum[] {
  const ofTokens = tokens.flatMap(({ kind: name, channelId, tokens: moved }) => {
    const kind = TOKEN_KINDS[name];
    return kind ? [{ kind, channelId, tokens: -Number(moved), minor: 0 }] : [];
  });
  const ofCash = cash.flatMap(({ kind: name, channelId, minor }) => {
    const kind = CASH_KINDS[name];
    return kind ? [{ kind, channelId, tokens: 0, minor: Number(minor) }] : [];
  });
  return [...ofTokens, ...ofCash].filter((one) => one.tokens !== 0 || one.minor !== 0);
}

function grouped<K extends string | number>(sums: readonly Sum[], keyOf: (sum: Sum) => K | null) {
  const groups = new Map<K, { tokens: number; minor: number }>();
  for (const sum of sums) {
    const key = keyOf(sum);
    if (key === null) continue;
    const group = groups.get(key) ?? { tokens: 0, minor: 0 };
    groups.set(key, { tokens: group.tokens + sum.tokens, minor: group.minor + sum.minor });
  }
  return [...groups].sort(([, a], [, b]) => b.tokens + b.minor - a.tokens - a.minor);
}

/** What an account spent in a month, by kind and by creator. Without a month: this one. */
export async function spendingOf(
  sql: Sql,
  config: Config,
  userId: string,
  asked: string | undefined,
): Promise<Spending> {
  const { accountId, now } = await store.limitOf(sql, userId);
  const month = asked ?? rules.monthOf(now);
  const { from, to } = rules.boundsOf(month);
  const [tokens, cash, limit] = await Promise.all([
    accountId === null ? [] : store.tokensIn(sql, accountId, from, to),
    store.cashIn(sql, userId, config.currency, from, to),
    limitOf(sql, userId),
  ]);
  const sums = spentOn(tokens, cash);
  const byChannel = grouped(sums, ({ channelId }) => channelId);
  const channels = await store.channelNames(
    sql,
    byChannel.map(([id]) => id),
  );
  const into = (kind: string) =>
    tokens.filter((sum) => sum.kind === kind).reduce((all, sum) => all + Number(sum.tokens), 0);
  const total = (of: 'tokens' | 'minor') => sums.reduce((all, sum) => all + sum[of], 0);
  return {
    month,
    currency: config.currency,
    total: { tokens: total('tokens'), minor: total('minor') },
    toppedUp: {
      tokens: Math.max(0, into('topup')),
      minor: cash.filter(({ kind }) => kind === 'tokens').reduce((all, { minor }) => all + Number(minor), 0),
    },
    byKind: grouped(sums, ({ kind }) => kind).map(([kind, sum]) => ({ kind, ...sum })),
    byCreator: byChannel.flatMap(([id, sum]) => {
      const channel = channels.find((one) => one.id === id);
      return channel ? [{ channel: channel.slug, name: channel.name, ...sum }] : [];
    }),
    limit,
  };
}
