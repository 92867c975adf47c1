/** The server at a glance. */
import type { adminDashboard } from '#contract/admin.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import type { ShowId } from '#contract/ids.ts';
import type { Mode } from '../payments/stripe.ts';
import type { Sql } from '../platform/db.ts';
import * as store from './store.ts';

/** Running shows that are named. */
const SHOWS = 100;
const DAY_MS = 24 * 3_600_000;
const DAYS = 30;

type Dashboard = ReplyOf<typeof adminDashboard>;
type Sales = Dashboard['sales']['today'];

const SOURCES: Readonly<Record<string, Sales[number]['source']>> = {
  code_sale: 'code',
  ticket: 'ticket',
  tip: 'tip',
  membership: 'membership',
  call_block: 'call',
  topup: 'tokens',
  plan: 'plan',
};

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

function joined(rows: readonly store.SalesRow[]): Sales {
  const groups = new Map<string, Sales[number]>();
  for (const { kind, back, currency, count, gross, tax, platform } of rows) {
    const source = SOURCES[kind];
    if (!source) continue;
    const none = { source, currency, count: 0, gross: 0, tax: 0, platform: 0, refunded: 0 };
    const before = groups.get(`${source}:${currency}`) ?? none;
    const after =
      back === 0
        ? { ...before, count, gross: Number(gross), tax: Number(tax), platform: Number(platform) }
        : { ...before, refunded: 0 - Number(gross) };
    groups.set(`${source}:${currency}`, after);
  }
  return [...groups.values()];
}

async function salesSince(sql: Sql, from: Date): Promise<Sales> {
  return joined(await store.salesSince(sql, await store.idBefore(sql, from), from));
}

async function payouts(sql: Sql, paying: number): Promise<Dashboard['payouts']> {
  const rows = await store.waitingPayouts(sql);
  const oldest = rows.map((row) => row.oldest.getTime());
  return {
    waiting: rows.map(({ currency, count, amount, cashMinor }) => ({
      currency,
      count,
      amount: Number(amount),
      cashMinor: Number(cashMinor),
    })),
    paying,
    oldestRequestedAt: oldest.length > 0 ? new Date(Math.min(...oldest)).toISOString() : null,
  };
}

function verifyOf({ verifiedAt, verified }: store.Ledger): Dashboard['ledger']['lastVerify'] {
  if (!verifiedAt || verified === null) return null;
  return { at: verifiedAt.toISOString(), ok: (JSON.parse(verified) as { ok?: unknown }).ok === true };
}

async function ledgerOf(sql: Sql): Promise<Dashboard['ledger']> {
  const row = await store.ledger(sql);
  const owed = await store.owed(sql);
  return {
    unsealed: row.unsealed,
    lastSealAt: iso(row.sealedAt),
    lastVerify: verifyOf(row),
    owed: owed.map(({ kind, currency, amount }) => ({ kind, currency, amount: Number(amount) })),
  };
}

/** Everything that the operator should see first. `mode`: whose Stripe is asked. */
export async function dashboard(sql: Sql, mode: Mode): Promise<Dashboard> {
  const now = new Date();
  const midnight = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
  const { channels, accounts, viewers } = await store.totals(sql);
  const shows = await store.liveShows(sql, SHOWS);
  const waiting = await store.waiting(sql);
  const told = await store.stripeTold(sql, mode);
  return {
    at: now.toISOString(),
    channels,
    accounts,
    live: {
      shows: shows.map(({ publicId, slug, startedAt, ...row }) => ({
        ...row,
        showId: publicId as ShowId,
        channel: slug,
        startedAt: iso(startedAt),
      })),
      viewers,
    },
    sales: {
      today: await salesSince(sql, midnight),
      days30: await salesSince(sql, new Date(now.getTime() - DAYS * DAY_MS)),
    },
    payouts: await payouts(sql, waiting.paying),
    outbox: { failed: waiting.failed, pending: waiting.pending, oldestPendingAt: iso(waiting.oldestPending) },
    stripe: {
      mode,
      lastWebhookAt: iso(told.webhook),
      lastReconcileAt: iso(told.reconcile),
      refundsWaiting: waiting.refundsWaiting,
    },
    ledger: await ledgerOf(sql),
  };
}
