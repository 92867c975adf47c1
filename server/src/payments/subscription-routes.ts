import { AppError } from '#contract/errors.ts';
import {
  buyPlan,
  cancelSubscription,
  listPlans,
  listSubscriptions,
  resumeSubscription,
  subscribe,
  syncSubscription,
} from '#contract/subscriptions.ts';
import { channelBySlug } from '../channels/service.ts';
import type { Binding } from '../platform/http.ts';
import { bind } from '../platform/http.ts';
import * as billing from './billing-store.ts';
import { buyerOf, keyOrNew } from './buyer.ts';
import * as checkout from './checkout.ts';
import type { Payments } from './payments.ts';
import { StripeRefused } from './stripe.ts';
import { settleSubscription } from './subscriptions.ts';
import { subscriptionView } from './view.ts';

/** The caller's own subscription. Throws subscription.not_found. */
async function own(ctx: Payments, id: string, userId: string): Promise<billing.SubscriptionRow> {
  const row = await billing.byPublicId(ctx.db, id);
  if (!row || row.userId !== userId || row.mode !== ctx.stripe.mode) throw new AppError('subscription.not_found');
  return row;
}

/** Ends with the paid time, or takes that back; then follows what Stripe says. Throws subscription.ended. */
async function setCancel(ctx: Payments, row: billing.SubscriptionRow, cancel: boolean) {
  if (row.state === 'ended') throw new AppError('subscription.ended');
  try {
    await ctx.stripe.setCancelAtPeriodEnd(row.stripeSubscriptionId, cancel);
  } catch (error) {
    // Ended at Stripe before we heard of it.
    if (!(error instanceof StripeRefused)) throw error;
    await settleSubscription(ctx, row.stripeSubscriptionId);
    throw new AppError('subscription.ended');
  }
  await settleSubscription(ctx, row.stripeSubscriptionId);
  return subscriptionView(ctx, (await billing.byPublicId(ctx.db, row.publicId)) ?? row);
}

export function subscriptionRoutes(ctx: Payments): Binding[] {
  const { db, config } = ctx;
  return [
    bind(subscribe, async (call) => {
      const channel = await channelBySlug(db, call.body.channel);
      const began = await checkout.buyMembership(ctx, await buyerOf(db, call), channel, keyOrNew(call.request));
      return { checkoutUrl: began.checkoutUrl, checkoutId: began.checkoutId };
    }),
    bind(buyPlan, async (call) => {
      const began = await checkout.buyPlan(ctx, await buyerOf(db, call), call.body.plan, keyOrNew(call.request));
      return { checkoutUrl: began.checkoutUrl, checkoutId: began.checkoutId };
    }),
    bind(listPlans, async () =>
      config.plans.map((plan) => ({
        ...plan,
        tax: config.stripeTax,
        currency: config.currency,
        interval: 'month' as const,
      })),
    ),
    bind(listSubscriptions, async (call) => {
      const rows = await billing.ofUser(db, (await buyerOf(db, call)).userId);
      return Promise.all(rows.map((row) => subscriptionView(ctx, row)));
    }),
    bind(cancelSubscription, async (call) =>
      setCancel(ctx, await own(ctx, call.params.id, (await buyerOf(db, call)).userId), true),
    ),
    bind(resumeSubscription, async (call) =>
      setCancel(ctx, await own(ctx, call.params.id, (await buyerOf(db, call)).userId), false),
    ),
    bind(syncSubscription, async ({ body }) => {
      const named = await billing.byPublicId(db, body.subscriptionId);
      const stripeId = named?.stripeSubscriptionId ?? body.subscriptionId;
      const known = await settleSubscription(ctx, stripeId, null, 'all');
      const row = known ? await billing.byStripeId(db, stripeId) : null;
      if (!row) throw new AppError('subscription.not_found');
      return subscriptionView(ctx, row);
    }),
  ];
}
