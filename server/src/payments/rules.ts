/** What is decided about purchases: prices, warnings, which object an event is about, what a subscription opens. Pure. */
import { AppError } from '#contract/errors.ts';
import type { Tax } from '#contract/money.ts';
import type { SubscriptionState } from '#contract/subscriptions.ts';

/** Custom amounts of tokens in one purchase. */
export const CUSTOM_MIN = 100;
export const CUSTOM_MAX = 100_000;
/** A code may be bought to begin so much later. */
const LATER_MAX_MS = 30 * 24 * 3_600_000;
/** A later start is offered so long before the show. */
const BEFORE_SHOW_MS = 15 * 60_000;
/** How long a show is taken to last where its creator did not say. */
const SHOW_MINUTES = 120;
/** Access goes on so long after the paid time while a renewal is tried again. */
const GRACE_MS = 3 * 24 * 3_600_000;

type Pack = { readonly tokens: number; readonly priceMinor: number };

/** The price of some tokens, minor units: of the pack, else in proportion, rounded up. Throws shop.amount. */
export function priceOfTokens(tokens: number, packs: readonly Pack[], minorPer100: number): number {
  const pack = packs.find((one) => one.tokens === tokens);
  if (pack) return pack.priceMinor;
  if (tokens < CUSTOM_MIN || tokens > CUSTOM_MAX) {
    throw new AppError('shop.amount', { min: CUSTOM_MIN, max: CUSTOM_MAX });
  }
  return Math.ceil((tokens * minorPer100) / 100);
}

export type PlannedShow = { readonly startsAtMs: number; readonly minutes: number | null };
export type CodeTiming = {
  readonly warning: 'ends_before' | 'ends_during' | null;
  /** What to offer instead, where there is a warning. */
  readonly laterStartMs: number | null;
};

/** Whether a code that is valid from now lasts for the next planned show. */
export function codeTiming(nowMs: number, hours: number, show: PlannedShow | null): CodeTiming {
  if (!show) return { warning: null, laterStartMs: null };
  const endMs = nowMs + hours * 3_600_000;
  const showEndMs = show.startsAtMs + (show.minutes ?? SHOW_MINUTES) * 60_000;
  const warning = endMs <= show.startsAtMs ? 'ends_before' : endMs < showEndMs ? 'ends_during' : null;
  return { warning, laterStartMs: warning ? Math.max(nowMs, show.startsAtMs - BEFORE_SHOW_MS) : null };
}

/** When a code's hours begin; null: at once. Throws shop.starts_at. */
export function laterStart(wanted: Date | null, now: Date): Date | null {
  if (!wanted || wanted.getTime() <= now.getTime()) return null;
  if (wanted.getTime() - now.getTime() > LATER_MAX_MS) throw new AppError('shop.starts_at');
  return wanted;
}

export type Charged = {
  readonly amountMinor: number | null;
  readonly subtotalMinor: number | null;
  readonly taxMinor: number;
};

/**
 * Why what Stripe charged is not the price with its tax; null where it is. How much the tax is, Stripe alone knows; that
 * it adds up is looked at here.
 */
export function chargeProblem(priceMinor: number, tax: Tax, charged: Charged): string | null {
  const { amountMinor, subtotalMinor, taxMinor } = charged;
  if (tax === 'none' && taxMinor !== 0) return 'tax was charged that was not asked for';
  const added = tax === 'exclusive' ? taxMinor : 0;
  if (amountMinor !== priceMinor + added) return 'the amount is another';
  if (tax === 'exclusive' && subtotalMinor !== priceMinor) return 'the amount without tax is another';
  return taxMinor >= 0 && taxMinor < amountMinor ? null : 'the tax is not a part of the amount';
}

/** What an event of Stripe is about: only this is taken from it, the rest is asked for afresh. */
export type EventRef =
  | { readonly about: 'session' | 'payment' | 'subscription' | 'account' | 'transfer'; readonly id: string }
  | { readonly about: 'nothing' };

const NOTHING: EventRef = { about: 'nothing' };
const refTo = (about: Exclude<EventRef['about'], 'nothing'>, id: unknown): EventRef =>
  typeof id === 'string' && id !== '' ? { about, id } : NOTHING;
const inside = (object: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, name) => (at && typeof at === 'object' ? Reflect.get(at, name) : undefined), object);

/**
 * `type` as Stripe names it; `object` as it stands in the event. Types that we do not follow are about nothing. `account`:
 * the connected account that it happened to; its sales and refunds are not ours, so whatever happened is about that account.
 */
export function refOfEvent(type: string, object: unknown, account: string | null = null): EventRef {
  if (account !== null) return refTo('account', account);
  if (type.startsWith('checkout.session.')) return refTo('session', inside(object, 'id'));
  if (type.startsWith('customer.subscription.')) return refTo('subscription', inside(object, 'id'));
  if (type.startsWith('refund.') || type === 'charge.refunded' || /^charge\.(refund|dispute)\./.test(type)) {
    return refTo('payment', inside(object, 'payment_intent'));
  }
  if (/^invoice\.(paid|payment_succeeded|payment_failed|voided|marked_uncollectible)$/.test(type)) {
    return refTo('subscription', inside(object, 'parent', 'subscription_details', 'subscription'));
  }
  // A creator's account, as it may be paid to.
  if (type === 'account.updated') return refTo('account', inside(object, 'id'));
  // Money on its way to a creator, or taken back from there.
  if (type.startsWith('transfer.')) return refTo('transfer', inside(object, 'id'));
  return NOTHING;
}

/** Stripe's status of a subscription in our words; one that we do not know opens nothing new. */
export function subscriptionState(status: string): SubscriptionState {
  if (status === 'active' || status === 'trialing') return 'active';
  if (status === 'past_due' || status === 'unpaid' || status === 'paused') return 'past_due';
  return status === 'incomplete' ? 'incomplete' : 'ended';
}

export type Renewal = {
  readonly state: SubscriptionState;
  readonly cancelAtPeriodEnd: boolean;
  readonly endedAt: Date | null;
  /** To when it is paid, by payments that were not taken back; null: nothing is paid. */
  readonly paidUntil: Date | null;
};

/** To when a subscription opens its channel: what is paid for, and the grace time where a renewal is still to come. */
export function accessUntil({ state, cancelAtPeriodEnd, endedAt, paidUntil }: Renewal): Date | null {
  if (!paidUntil || state === 'incomplete') return null;
  if (state === 'ended') return endedAt && endedAt < paidUntil ? endedAt : paidUntil;
  return cancelAtPeriodEnd ? paidUntil : new Date(paidUntil.getTime() + GRACE_MS);
}

/** A refund at Stripe has taken money unless it failed or was called off. */
export const refundTakes = (status: string | null): boolean => status !== 'failed' && status !== 'canceled';

/** A dispute holds the money from its first day; inquiries and won ones do not. */
export const disputeTakes = (status: string): boolean =>
  status !== 'won' && status !== 'prevented' && !status.startsWith('warning_');

/** `a…@example.org`: enough to know a buyer again. */
export const maskedEmail = (email: string): string => email.replace(/^(.)[^@]*/, '$1…');
