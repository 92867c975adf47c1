/** Invoices are Stripe's: we know which payment has one, and ask where it is shown. */
import type { getInvoice } from '#contract/checkouts.ts';
import type { QueryOf, ReplyOf } from '#contract/endpoint.ts';
import { AppError } from '#contract/errors.ts';
import type { Caller } from '../platform/http.ts';
import { isClaim } from './checkout.ts';
import type { Payments } from './payments.ts';
import * as store from './store.ts';

/** Of what is paid once Stripe makes it a little later, so that its id may not be known yet. */
export const hasInvoice = ({ config }: Pick<Payments, 'config'>, payment: store.Payment | null): boolean =>
  payment !== null && (payment.invoiceId !== null || (payment.subscriptionId === null && config.stripeInvoices));

async function isBuyer(
  ctx: Payments,
  payment: store.Payment,
  { checkout, claim }: QueryOf<typeof getInvoice>,
  caller: () => Promise<Caller>,
): Promise<boolean> {
  if (checkout !== undefined && claim !== undefined && isClaim(ctx, checkout, claim)) {
    const row = await store.checkoutById(ctx.db, checkout);
    if (row && row.id === payment.checkoutId) return true;
  }
  const who = await caller();
  return who.kind === 'admin' || (who.kind === 'user' && who.userId === payment.userId);
}

/** Where Stripe shows a payment's invoice. Throws receipt.none where there is none or it is not the caller's; payments.away. */
export async function invoiceFor(
  ctx: Payments,
  transferId: string,
  query: QueryOf<typeof getInvoice>,
  caller: () => Promise<Caller>,
): Promise<ReplyOf<typeof getInvoice>> {
  const payment = await store.paymentByTransfer(ctx.db, transferId);
  if (!payment || payment.mode !== ctx.stripe.mode || !(await isBuyer(ctx, payment, query, caller)))
    throw new AppError('receipt.none');
  let { invoiceId } = payment;
  if (invoiceId === null && payment.subscriptionId === null && payment.checkoutId !== null) {
    const checkout = await store.checkoutByRow(ctx.db, payment.checkoutId);
    const session = checkout?.stripeSessionId ? await ctx.stripe.session(checkout.stripeSessionId) : null;
    invoiceId = session?.invoiceId ?? null;
  }
  const page = invoiceId === null ? null : await ctx.stripe.invoicePage(invoiceId);
  if (!page) throw new AppError('receipt.none');
  return page;
}
