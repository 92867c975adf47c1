/** Catches up on what was missed: Stripe's list of events, then every object that may have moved on. */
import type { ReplyOf } from '#contract/endpoint.ts';
import type { reconcilePayments } from '#contract/shop.ts';
import { safeError } from '../platform/log.ts';
import * as billing from './billing-store.ts';
import { finishOpening } from './checkout.ts';
import { accountsToAsk, followConnect } from './connect.ts';
import { forgetCustomers } from './leaving.ts';
import type { Payments } from './payments.ts';
import { finishRefund } from './refunds.ts';
import { settleCheckout, takeIn } from './settle.ts';
import * as store from './store.ts';
import { settleSubscription } from './subscriptions.ts';

/** Events are read again from so long before the last run: they may be listed late. */
const OVERLAP_MS = 3_600_000;
/** How far back the first run reads. Stripe keeps events for 30 days. */
const FIRST_MS = 7 * 24 * 3_600_000;
/** Rows of one read. */
const PAGE = 200;

export type Reconciled = ReplyOf<typeof reconcilePayments>;

/** Runs each; one that fails is logged and counted, and the others go on. */
async function each<T>(
  ctx: Payments,
  items: readonly T[],
  name: (item: T) => string,
  work: (item: T) => Promise<unknown>,
) {
  let failed = 0;
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      failed += 1;
      ctx.log.warn({ err: safeError(error), object: name(item) }, 'could not be brought in line with Stripe');
    }
  }
  return failed;
}

/** Reads page after page of rows, each run through `work`. */
async function all<T extends { readonly id: number }>(
  read: (afterId: number) => Promise<T[]>,
  work: (rows: readonly T[]) => Promise<number>,
): Promise<{ count: number; failed: number }> {
  let count = 0;
  let failed = 0;
  let afterId = 0;
  for (;;) {
    const rows = await read(afterId);
    count += rows.length;
    failed += await work(rows);
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return { count, failed };
    afterId = last.id;
  }
}

async function events(ctx: Payments): Promise<{ count: number; failed: number }> {
  const { mode } = ctx.stripe;
  const began = new Date();
  const until = (await billing.eventsUntil(ctx.db, mode))?.until;
  const from = until ? new Date(until.getTime() - OVERLAP_MS) : new Date(began.getTime() - FIRST_MS);
  const listed = await ctx.stripe.eventsSince(from);
  let count = 0;
  const failed = await each(
    ctx,
    listed,
    ({ id }) => id,
    async (seen) => {
      if ((await takeIn(ctx, seen, 'reconcile')) !== 'duplicate') count += 1;
    },
  );
  // Where one failed the next run reads the same again.
  if (failed === 0) await billing.setEventsUntil(ctx.db, mode, began);
  return { count, failed };
}

const openOnes = (ctx: Payments) =>
  all(
    (afterId) => store.openCheckouts(ctx.db, ctx.stripe.mode, afterId, PAGE),
    (rows) =>
      each(
        ctx,
        rows,
        ({ publicId }) => publicId,
        (row) => (row.stripeSessionId === null ? finishOpening(ctx, row) : settleCheckout(ctx, row.publicId)),
      ),
  );

const subscriptions = (ctx: Payments, every: boolean) =>
  all(
    (afterId) => billing.toAsk(ctx.db, ctx.stripe.mode, every, afterId, PAGE),
    (rows) =>
      each(
        ctx,
        rows,
        ({ publicId }) => publicId,
        (row) => settleSubscription(ctx, row.stripeSubscriptionId, null, every ? 'all' : null),
      ),
  );

/** Creators' accounts that are not ready, or all: events of theirs come by a webhook of their own and stand in no list of ours. */
async function accounts(ctx: Payments, every: boolean): Promise<{ count: number; failed: number }> {
  const rows = await accountsToAsk(ctx, every);
  const failed = await each(
    ctx,
    rows,
    ({ accountId }) => accountId,
    ({ accountId }) => followConnect(ctx, accountId),
  );
  return { count: rows.length, failed };
}

/** Transfers to creators of which something may have been taken back. */
const transfers = (ctx: Payments) =>
  all(
    (afterId) => ctx.above.sentTransfers(ctx, afterId, PAGE),
    (rows) =>
      each(
        ctx,
        rows,
        ({ stripeTransferId }) => stripeTransferId,
        ({ stripeTransferId }) => ctx.above.followTransfer(ctx, stripeTransferId, null),
      ),
  );

/** Refunds that Stripe has not confirmed. Also run each minute, so that a buyer does not wait an hour. */
export async function refunds(ctx: Payments): Promise<{ count: number; failed: number }> {
  const rows = await store.wantedReturns(ctx.db, ctx.stripe.mode, PAGE);
  const failed = await each(
    ctx,
    rows,
    ({ publicId }) => publicId,
    (row) => finishRefund(ctx, row),
  );
  return { count: rows.length, failed };
}

const NONE = { count: 0, failed: 0 };

/**
 * Catches up with Stripe. `every`: also subscriptions, accounts and transfers that should not have moved. Doing it twice, or in two processes
 * at once, changes nothing. Throws payments.away where Stripe's list cannot be had.
 */
export async function reconcile(ctx: Payments, every: boolean): Promise<Reconciled> {
  const seen = await events(ctx);
  const opened = await openOnes(ctx);
  const followed = await subscriptions(ctx, every);
  const back = await refunds(ctx);
  const creators = await accounts(ctx, every);
  const sent = every ? await transfers(ctx) : NONE;
  const left = await forgetCustomers(ctx);
  return {
    events: seen.count,
    checkouts: opened.count,
    subscriptions: followed.count,
    refunds: back.count,
    accounts: creators.count,
    transfers: sent.count,
    failed: [seen, opened, followed, back, creators, sent, left].reduce((sum, { failed }) => sum + failed, 0),
  };
}
