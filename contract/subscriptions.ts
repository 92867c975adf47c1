/** What is paid each month: a fan's membership of a channel, a creator's plan. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { CheckoutId, Slug, SubscriptionId } from './ids.ts';
import { Cash, Minor, Tax } from './money.ts';

/** `past_due`: the last payment failed; access goes on to the end of the grace time while Stripe tries again. */
export const SubscriptionState = z.enum(['incomplete', 'active', 'past_due', 'ended']);
export type SubscriptionState = z.infer<typeof SubscriptionState>;

export const SubscriptionView = z.object({
  id: SubscriptionId,
  kind: z.enum(['membership', 'plan']),
  channel: Slug.nullable(),
  channelName: z.string().nullable(),
  plan: z.string().nullable(),
  state: SubscriptionState,
  priceMinor: Minor,
  tax: Tax,
  currency: Cash,
  /** It is not renewed after `currentPeriodEnd`. */
  cancelAtPeriodEnd: z.boolean(),
  currentPeriodEnd: z.iso.datetime().nullable(),
  startedAt: z.iso.datetime(),
});
export type SubscriptionView = z.infer<typeof SubscriptionView>;

const Params = z.object({ id: SubscriptionId });
const Began = z.object({ checkoutUrl: z.string(), checkoutId: CheckoutId });

export const subscribe = {
  method: 'post',
  path: '/api/subscriptions/checkout',
  summary: 'Begins a membership of a channel, renewed each month.',
  caller: 'session',
  body: z.strictObject({ channel: Slug }),
  reply: Began,
} as const satisfies Endpoint;

export const listSubscriptions = {
  method: 'get',
  path: '/api/subscriptions',
  summary: "The caller's memberships and plans, also ended ones.",
  caller: 'session',
  reply: z.array(SubscriptionView),
} as const satisfies Endpoint;

export const cancelSubscription = {
  method: 'post',
  path: '/api/subscriptions/:id/cancel',
  summary: 'Ends a subscription at the end of the time that is paid for.',
  caller: 'session',
  params: Params,
  body: z.strictObject({}),
  reply: SubscriptionView,
} as const satisfies Endpoint;

export const resumeSubscription = {
  method: 'post',
  path: '/api/subscriptions/:id/resume',
  summary: 'Takes back a cancellation, as long as the paid time lasts.',
  caller: 'session',
  params: Params,
  body: z.strictObject({}),
  reply: SubscriptionView,
} as const satisfies Endpoint;

export const listPlans = {
  method: 'get',
  path: '/api/plans',
  summary: "Creators' plans of this server.",
  caller: 'public',
  reply: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      priceMinor: Minor,
      tax: Tax,
      currency: Cash,
      interval: z.literal('month'),
    }),
  ),
} as const satisfies Endpoint;

export const buyPlan = {
  method: 'post',
  path: '/api/plans/checkout',
  summary: "Begins a creator's plan, renewed each month.",
  caller: 'session',
  body: z.strictObject({ plan: z.string().min(1).max(40) }),
  reply: Began,
} as const satisfies Endpoint;

export const syncSubscription = {
  method: 'post',
  path: '/api/admin/sync',
  summary: 'Asks Stripe how one subscription stands, by our id or by Stripe’s, and follows.',
  caller: 'admin',
  body: z.strictObject({ subscriptionId: z.string().min(4).max(255) }),
  reply: SubscriptionView,
} as const satisfies Endpoint;
