/** What is done at Stripe for a person who has everything erased. */
import { safeError } from '../platform/log.ts';
import * as leaving from './leaving-store.ts';
import type { Payments } from './payments.ts';
import { settleCheckout } from './settle.ts';
import * as store from './store.ts';
import { settleSubscription } from './subscriptions.ts';

/** Customers of one run. */
const BATCH = 200;

/**
 * Ends what still runs: pages that could be paid are closed, subscriptions end at once. What was paid meanwhile is booked
 * and handed over. A payment that the bank has not decided stays open. Throws payments.away; then try again.
 */
export async function endAtStripe(ctx: Payments, who: leaving.Leaving): Promise<void> {
  const { db, stripe } = ctx;
  for (const { id, publicId, stripeSessionId } of await leaving.openCheckouts(db, stripe.mode, who)) {
    if (stripeSessionId === null) {
      await db.transaction((tx) => store.setCheckout(tx, id, { state: 'expired' }));
      continue;
    }
    await stripe.expireSession(stripeSessionId);
    await settleCheckout(ctx, publicId);
  }
  for (const { stripeSubscriptionId } of await leaving.runningSubscriptions(db, stripe.mode, who)) {
    await stripe.cancelNow(stripeSubscriptionId);
    await settleSubscription(ctx, stripeSubscriptionId);
  }
}

/** Deletes the customers at Stripe of accounts that were erased. One that cannot be deleted now is tried each hour. */
export async function forgetCustomers({ db, stripe, log }: Payments): Promise<{ count: number; failed: number }> {
  const rows = await leaving.erasedCustomers(db, stripe.mode, BATCH);
  let failed = 0;
  for (const { userId, customerId } of rows) {
    try {
      await stripe.deleteCustomer(customerId);
      await leaving.forgetCustomer(db, userId, stripe.mode);
    } catch (error) {
      failed += 1;
      log.warn({ err: safeError(error), customer: customerId }, 'a customer could not be deleted at Stripe');
    }
  }
  return { count: rows.length, failed };
}

/** Deletes the customers that Stripe made for purchases without an account. Throws payments.away. */
export async function forgetGuest({ db, stripe }: Payments, email: string): Promise<void> {
  for (const { customerId } of await leaving.guestCustomers(db, stripe.mode, email)) {
    await stripe.deleteCustomer(customerId);
  }
}
