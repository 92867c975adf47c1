/** Payouts as creators and the operator see them. */
import type { ReplyOf } from '#contract/endpoint.ts';
import type { PayoutId, TransferId, UserId } from '#contract/ids.ts';
import {
  type AdminPayout,
  type adminPayouts,
  type listPayouts,
  PayoutState,
  type PayoutView,
} from '#contract/payouts.ts';
import { balancesOf } from '../earnings/service.ts';
import { accountOfUser, accountsOfUsers, freshAccount, stateOf } from '../payments/connect.ts';
import { type Payouts, payoutById } from './service.ts';
import * as store from './store.ts';

/** Payouts of one page. */
const PAGE = 50;
/** States in which a payout waits, so that the oldest comes first. */
const WAITING = new Set<PayoutState>(['requested', 'approved', 'paying']);

export function payoutView(row: store.Payout): PayoutView {
  return {
    id: row.publicId as PayoutId,
    state: row.state,
    currency: row.currency,
    amount: row.amount,
    cashMinor: row.cashMinor,
    cashCurrency: row.cashCurrency,
    payoutRate: row.payoutRate,
    method: row.method,
    reference: row.reference ?? row.stripeTransferId,
    reason: row.reason,
    holdTransferId: row.holdTransferId as TransferId,
    endTransferId: row.endTransferId as TransferId | null,
    requestedAt: row.requestedAt.toISOString(),
    approvedAt: row.approvedAt?.toISOString() ?? null,
    doneAt: row.doneAt?.toISOString() ?? null,
    reversedMinor: row.reversedMinor,
    reversedAt: row.reversedAt?.toISOString() ?? null,
  };
}

/** Longest that a page waits for Stripe, milliseconds; then it shows what was known. */
const ASK_MS = 1500;

/**
 * The creator's account. One that is not ready is asked for: Stripe tells of connected accounts on a webhook of their
 * own, which may not be set up.
 */
async function accountFor(ctx: Payouts, userId: string) {
  const known = await accountOfUser(ctx, userId);
  if (!known || known.ready === 1) return known;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof known>((resolve) => {
    timer = setTimeout(() => resolve(known), ASK_MS);
  });
  const fresh = freshAccount(ctx, userId).catch(() => known);
  return Promise.race([fresh, late]).finally(() => clearTimeout(timer));
}

/** A creator's payouts and what can be asked for. */
export async function payoutsOf(
  ctx: Payouts,
  userId: string,
  before: string | null,
): Promise<ReplyOf<typeof listPayouts>> {
  const { config, db, stripe } = ctx;
  const rows = await store.ofUser(db, userId, before, PAGE + 1);
  const payouts = rows.slice(0, PAGE).map(payoutView);
  const account = await accountFor(ctx, userId);
  return {
    payouts,
    next: rows.length > PAGE ? (payouts.at(-1)?.id ?? null) : null,
    balances: await balancesOf(db, config, userId),
    payoutRate: config.payoutRate,
    payoutMinimum: config.payoutMinimum,
    payoutHoldDays: config.payoutHoldDays,
    connect: { state: stateOf(account), standIn: stripe.mode === 'standin' },
  };
}

async function adminViews(
  ctx: Payouts,
  rows: readonly (store.Payout & Partial<store.CreatorRow>)[],
): Promise<AdminPayout[]> {
  const users = [...new Set(rows.map(({ userId }) => userId))];
  const accounts = await accountsOfUsers(ctx, users);
  const slugs = await store.slugsOf(ctx.db, users);
  return rows.map((row) => ({
    ...payoutView(row),
    creator: {
      userId: row.userId as UserId,
      name: row.creatorName ?? '',
      email: row.creatorEmail ?? '',
      channels: slugs.filter(({ ownerId }) => ownerId === row.userId).map(({ slug }) => slug),
      connect: stateOf(accounts.get(row.userId)),
    },
    problem: row.problem,
  }));
}

/** One payout as the operator sees it. Throws payout.not_found. */
export async function adminView(ctx: Payouts, payoutId: string): Promise<AdminPayout> {
  const row = await payoutById(ctx, payoutId);
  const creator = await store.person(ctx.db, row.userId);
  const [view] = await adminViews(ctx, [
    { ...row, creatorName: creator?.name ?? '', creatorEmail: creator?.email ?? '' },
  ]);
  if (!view) throw new Error('one row makes one view');
  return view;
}

/** Payouts of all creators. */
export async function adminPage(
  ctx: Payouts,
  asked: { state?: PayoutState | undefined; after?: string | undefined },
): Promise<ReplyOf<typeof adminPayouts>> {
  const { state = null, after = null } = asked;
  const oldestFirst = state !== null && WAITING.has(state);
  const rows = await store.page(ctx.db, { state, after, oldestFirst }, PAGE + 1);
  const payouts = await adminViews(ctx, rows.slice(0, PAGE));
  const counted = await store.countsByState(ctx.db);
  const counts = Object.fromEntries(
    PayoutState.options.map((one) => [one, counted.find((row) => row.state === one)?.count ?? 0]),
  ) as Record<PayoutState, number>;
  return { payouts, next: rows.length > PAGE ? (payouts.at(-1)?.id ?? null) : null, counts };
}
