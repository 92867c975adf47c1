/** The studio's first page: every show with its state, tickets, revenue and viewers. */
import { DASHBOARD_PAGE, type ShowFigures, type studioDashboard } from '#contract/earnings.ts';
import type { QueryOf, ReplyOf } from '#contract/endpoint.ts';
import type { ShowId } from '#contract/ids.ts';
import type { ShowState } from '#contract/live-sessions.ts';
import { TOKEN } from '#contract/money.ts';
import { waysOf } from '../channels/rules.ts';
import type { Channel } from '../channels/service.ts';
import type { Sql } from '../platform/db.ts';
import { deletable } from '../shows/removal.ts';
import * as store from './dashboard-store.ts';
import { rangeOf, sorted } from './rules.ts';
import { bySource, totalsOf } from './service.ts';

/** Shows that are looked at, newest first. */
const SHOWS_MAX = 1000;

const RUNNING: readonly ShowState[] = ['starting', 'preview', 'live', 'paused', 'reconnecting'];
type Asked = QueryOf<typeof studioDashboard>;
const STATES: Record<Asked['state'], readonly ShowState[]> = {
  all: ['scheduled', ...RUNNING, 'ended', 'cancelled'],
  scheduled: ['scheduled'],
  running: RUNNING,
  ended: ['ended'],
  cancelled: ['cancelled'],
};

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

type Extras = {
  readonly revenue: readonly store.Revenue[];
  readonly refundTokens: number;
  readonly deletable: boolean;
};

function figuresOf(row: store.ShowRow, { revenue, refundTokens, deletable }: Extras): ShowFigures {
  return {
    showId: row.publicId as ShowId,
    state: row.state,
    title: row.title,
    location: row.location,
    estimatedDuration: row.estimatedMinutes,
    audience: waysOf(row.audience),
    startsAt: iso(row.startsAt),
    startedAt: iso(row.startedAt),
    endedAt: iso(row.endedAt),
    createdAt: row.createdAt.toISOString(),
    viewers: row.viewers,
    peakViewers: row.peakViewers,
    viewerLimit: row.viewerLimit,
    ticketPrice: row.ticketPrice,
    ticketsSold: row.ticketsSold,
    refundTokens,
    deletable,
    revenue: revenue.map(({ currency, gross, own }) => ({ currency, gross: Number(gross), own: Number(own) })),
  };
}

async function revenues(sql: Sql, channelId: number): Promise<Map<number, store.Revenue[]>> {
  const byShow = new Map<number, store.Revenue[]>();
  for (const row of await store.revenueByShow(sql, channelId)) {
    byShow.set(row.showId, [...(byShow.get(row.showId) ?? []), row]);
  }
  return byShow;
}

async function countsOf(sql: Sql, channelId: number): Promise<ReplyOf<typeof studioDashboard>['counts']> {
  const rows = await store.countsByState(sql, channelId);
  const count = (states: readonly ShowState[]): number =>
    rows.filter(({ state }) => states.includes(state)).reduce((sum, row) => sum + row.count, 0);
  const { scheduled, running, ended, cancelled } = STATES;
  return { scheduled: count(scheduled), running: count(running), ended: count(ended), cancelled: count(cancelled) };
}

async function lately(sql: Sql, channelId: number): Promise<ReplyOf<typeof studioDashboard>['revenue30Days']> {
  const { from, to } = rangeOf({}, Date.now());
  return totalsOf(await bySource(sql, channelId, from, to)).map((sums) => ({
    currency: sums.currency,
    gross: sums.gross - sums.refunded,
    own: sums.own - sums.refundedOwn,
  }));
}

/** The figures of one page's shows. */
async function pageOf(
  sql: Sql,
  rows: readonly store.ShowRow[],
  earned: ReadonlyMap<number, readonly store.Revenue[]>,
): Promise<ShowFigures[]> {
  const planned = rows.filter(({ state, ticketsSold }) => state === 'scheduled' && ticketsSold > 0);
  const paid = await store.ticketTokens(
    sql,
    planned.map(({ id }) => id),
  );
  const tokens = new Map(paid.map((row) => [row.showId, Number(row.tokens)]));
  const free = await deletable(sql, rows);
  return rows.map((row) =>
    figuresOf(row, {
      revenue: earned.get(row.id) ?? [],
      refundTokens: tokens.get(row.id) ?? 0,
      deletable: free.has(row.id),
    }),
  );
}

/** A channel's shows as asked for. */
export async function dashboardOf(sql: Sql, channel: Channel, asked: Asked): Promise<ReplyOf<typeof studioDashboard>> {
  const search = asked.search === undefined || asked.search === '' ? null : asked.search;
  const rows = await store.shows(sql, channel.id, { states: STATES[asked.state], search }, SHOWS_MAX);
  const earned = await revenues(sql, channel.id);
  const listed = rows.map((row) => ({
    row,
    id: row.id,
    startsAtMs: (row.startedAt ?? row.startsAt ?? row.createdAt).getTime(),
    ticketsSold: row.ticketsSold,
    peakViewers: row.peakViewers,
    ownTokens: Number(earned.get(row.id)?.find(({ currency }) => currency === TOKEN)?.own ?? 0),
  }));
  const first = (asked.page - 1) * DASHBOARD_PAGE;
  const shown = sorted(listed, asked.sort).slice(first, first + DASHBOARD_PAGE);
  return {
    channel: channel.slug,
    total: rows.length,
    pages: Math.ceil(rows.length / DASHBOARD_PAGE),
    shows: await pageOf(
      sql,
      shown.map(({ row }) => row),
      earned,
    ),
    counts: await countsOf(sql, channel.id),
    revenue30Days: await lately(sql, channel.id),
  };
}
