/** Begins purchases. The row is committed before Stripe is asked, so that no session is ever without one. */
import { createHmac } from 'node:crypto';
import { AppError } from '#contract/errors.ts';
import type { CheckoutId } from '#contract/ids.ts';
import { type Channel, channelById, lockChannel } from '../channels/service.ts';
import type { Language } from '../notifications/outbox.ts';
import { audit } from '../platform/audit.ts';
import type { Tx } from '../platform/db.ts';
import { isDuplicate } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import { sameSecret } from '../platform/secrets.ts';
import { money } from '../wallet/service.ts';
import * as billing from './billing-store.ts';
import type { Payments } from './payments.ts';
import { laterStart, priceOfTokens } from './rules.ts';
import { freeSeats } from './seats.ts';
import * as store from './store.ts';
import { StripeRefused } from './stripe.ts';

/** How long a page at Stripe stays open: little more than the least that Stripe takes, because it holds a seat. */
const OPEN_MINUTES = 35;

export type Began = { readonly checkoutId: CheckoutId; readonly checkoutUrl: string; readonly claim: string };
export type Buyer = {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly language: Language;
};

/** Opens a purchase to whoever began it. Derived, so that a repeat of the request gets the same one. */
const claimOf = ({ config }: Pick<Payments, 'config'>, checkoutId: string): string =>
  createHmac('sha256', config.secrets.sessionSecret).update(`checkout-claim:${checkoutId}`).digest('base64url');

export const isClaim = (ctx: Payments, checkoutId: string, claim: string): boolean =>
  sameSecret(claim, claimOf(ctx, checkoutId));

const ITEM: Record<Language, { code: string; tokens: string }> = {
  en: { code: 'Access code', tokens: 'tokens' },
  ro: { code: 'Cod de acces', tokens: 'jetoane' },
  es: { code: 'Código de acceso', tokens: 'tokens' },
};

async function customerOf(ctx: Payments, userId: string): Promise<string> {
  const known = await billing.customerOf(ctx.db, userId, ctx.stripe.mode);
  if (known) return known.customerId;
  const user = await billing.userById(ctx.db, userId);
  if (!user) throw new AppError('auth.required');
  const { installId } = ctx.config;
  const customerId = await ctx.stripe.createCustomer({ userId, ...user, installId });
  await billing.saveCustomer(ctx.db, userId, ctx.stripe.mode, customerId);
  return customerId;
}

/** The monthly price of a subscription's checkout, made at Stripe where it is new. */
async function priceFor(ctx: Payments, row: store.Checkout, name: string): Promise<string> {
  const of = row.kind === 'plan' ? `plan.${row.plan}` : `channel.${row.channelId}`;
  const { tax } = row;
  const taxCode = ctx.config.stripeTaxCode;
  // How a price is taxed cannot be changed at Stripe: taxed in another way it is another price.
  const taxed = tax === 'none' ? '' : `.${tax}.${taxCode ?? ''}`;
  const ref = `${of}.${row.amountMinor}.${row.currency}${taxed}`;
  const known = await billing.priceOf(ctx.db, ref, ctx.stripe.mode);
  if (known) return known.priceId;
  const { amountMinor, currency } = row;
  const { installId } = ctx.config;
  const priceId = await ctx.stripe.createPrice({ ref, name, amountMinor, currency, tax, taxCode, installId });
  await billing.savePrice(ctx.db, ref, ctx.stripe.mode, priceId);
  if (row.kind === 'plan' && row.plan) await billing.savePlan(ctx.db, priceId, row.plan);
  return priceId;
}

async function nameOf(ctx: Payments, row: store.Checkout): Promise<string> {
  if (row.kind === 'tokens') return `${row.tokens} ${ITEM[row.language].tokens}`;
  if (row.kind === 'plan') return ctx.config.plans.find(({ id }) => id === row.plan)?.name ?? row.plan ?? '';
  const channel = row.channelId === null ? null : await channelById(ctx.db, row.channelId);
  return row.kind === 'code' ? `${ITEM[row.language].code}: ${channel?.name ?? ''}` : (channel?.name ?? '');
}

function pagesOf(ctx: Payments, row: store.Checkout) {
  const page = (more: Record<string, string>): string => {
    const url = new URL(row.returnTo, ctx.config.publicUrl);
    for (const [name, value] of Object.entries({ checkout: row.publicId, ...more })) url.searchParams.set(name, value);
    // In the fragment: it never reaches a log.
    url.hash = `claim=${claimOf(ctx, row.publicId)}`;
    return url.href;
  };
  return { successUrl: page({}), cancelUrl: page({ cancelled: '1' }) };
}

/**
 * Asks Stripe for the page of a purchase and notes it. Again gives the same page, by the idempotency key. Throws
 * payments.away, and the purchase stays open: asking again or the reconciler goes on. Throws `StripeRefused`.
 */
async function openAtStripe(ctx: Payments, row: store.Checkout): Promise<string> {
  const name = await nameOf(ctx, row);
  const { amountMinor, currency } = row;
  const once = row.kind === 'code' || row.kind === 'tokens';
  const item = once ? { name, amountMinor, currency } : { priceId: await priceFor(ctx, row, name) };
  const buyer = row.userId ? { customerId: await customerOf(ctx, row.userId) } : { email: row.email ?? '' };
  const session = await ctx.stripe.createSession({
    checkoutId: row.publicId,
    metadata: { install: ctx.config.installId, checkout: row.publicId, kind: row.kind },
    item,
    buyer,
    tax: row.tax,
    taxCode: ctx.config.stripeTaxCode,
    invoice: ctx.config.stripeInvoices,
    language: row.language,
    expiresAt: row.expiresAt,
    ...pagesOf(ctx, row),
  });
  await store.saveSession(ctx.db, row.id, session.id, session.url);
  return session.url ?? '';
}

type Order = Omit<store.NewCheckout, 'publicId' | 'mode' | 'fingerprint' | 'currency' | 'tax' | 'minutes'>;

async function insert(tx: Tx, ctx: Payments, order: Order, actor: string): Promise<store.Checkout> {
  const publicId = newId('chk');
  const { requestKey: _key, ...request } = order;
  await store.insertCheckout(tx, {
    ...order,
    publicId,
    mode: ctx.stripe.mode,
    currency: ctx.config.currency,
    tax: ctx.config.stripeTax,
    fingerprint: money.fingerprint(request),
    minutes: OPEN_MINUTES,
  });
  const details = { kind: order.kind, amount: order.amountMinor, currency: ctx.config.currency };
  await audit(tx, { kind: 'checkout.begun', actor, subject: publicId, details });
  const row = await store.checkoutById(tx, publicId);
  if (!row) throw new Error('a checkout was not made');
  return row;
}

/** The purchase that this request began before, or null. Throws wallet.key_reused where it asked for another thing. */
async function earlier(ctx: Payments, order: Order): Promise<store.Checkout | null> {
  const row = await store.checkoutByKey(ctx.db, order.requestKey);
  const { requestKey: _key, ...request } = order;
  if (row && !row.fingerprint.equals(money.fingerprint(request))) throw new AppError('wallet.key_reused');
  return row;
}

async function begin(ctx: Payments, order: Order, make: (tx: Tx) => Promise<store.Checkout>): Promise<Began> {
  let row = await earlier(ctx, order);
  if (!row) {
    try {
      row = await ctx.db.transaction(make);
    } catch (error) {
      // The same request may have been first, beside this one: it holds the seat that is missed here.
      row = isDuplicate(error) || error instanceof AppError ? await earlier(ctx, order) : null;
      if (!row) throw error;
    }
  }
  const checkoutUrl = row.checkoutUrl ?? (await openAtStripe(ctx, row).catch((error) => refused(ctx, row, error)));
  return { checkoutId: row.publicId as CheckoutId, checkoutUrl, claim: claimOf(ctx, row.publicId) };
}

/** What Stripe will not have is the operator's to look at, e.g. a price below Stripe's least, or tax that is not set up. */
function refused(ctx: Payments, row: store.Checkout, error: unknown): never {
  if (!(error instanceof StripeRefused)) throw error;
  ctx.log.error({ checkout: row.publicId, reason: error.message, code: error.code }, 'Stripe refuses a purchase');
  throw new AppError('payments.refused');
}

const NOTHING = {
  channelId: null,
  userId: null,
  email: null,
  whatsapp: null,
  tokens: null,
  plan: null,
  startsAt: null,
};

export type CodePurchase = {
  readonly email: string;
  readonly whatsapp: string | null;
  readonly language: Language;
  readonly startsAt: Date | null;
  readonly key: string;
};

/** Begins to buy a code. Throws shop.not_sold, shop.sold_out, shop.starts_at, wallet.key_reused, payments.away. */
export function buyCode(ctx: Payments, channel: Channel, bought: CodePurchase): Promise<Began> {
  if (channel.codePriceMinor === null) throw new AppError('shop.not_sold');
  const order: Order = {
    ...NOTHING,
    kind: 'code',
    requestKey: `code:${bought.key}`,
    channelId: channel.id,
    email: bought.email,
    whatsapp: bought.whatsapp,
    language: bought.language,
    amountMinor: channel.codePriceMinor,
    creatorBps: channel.creatorBps,
    startsAt: bought.startsAt,
    returnTo: `/c/${channel.slug}`,
  };
  return begin(ctx, order, async (tx) => {
    // Buyers of one channel come one after the other, so that the last seat is sold once.
    const locked = await lockChannel(tx, channel.id);
    const now = await tx.row<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now');
    if (!locked || !now) throw new AppError('channel.not_found');
    const startsAt = laterStart(bought.startsAt, now.now);
    if ((await freeSeats(tx, locked, startsAt ?? now.now)) <= 0) throw new AppError('shop.sold_out');
    return insert(tx, ctx, order, 'anon');
  });
}

/** Begins to buy tokens. Throws shop.amount, wallet.key_reused, payments.away. */
export function buyTokens(ctx: Payments, buyer: Buyer, bought: { tokens: number; returnTo: string; key: string }) {
  const { tokenPacks, tokenPrice } = ctx.config;
  const order: Order = {
    ...NOTHING,
    kind: 'tokens',
    requestKey: `tokens:${buyer.userId}:${bought.key}`,
    userId: buyer.userId,
    email: buyer.email,
    language: buyer.language,
    amountMinor: priceOfTokens(bought.tokens, tokenPacks, tokenPrice),
    creatorBps: 0,
    tokens: bought.tokens,
    returnTo: bought.returnTo,
  };
  return begin(ctx, order, (tx) => insert(tx, ctx, order, buyer.userId));
}

/** One subscription of a kind a person; a page that is still open is shown again instead of a second one. */
function subscribeTo(ctx: Payments, buyer: Buyer, order: Order): Promise<Began> {
  return begin(ctx, order, async (tx) => {
    await store.lockBuyer(tx, buyer.userId);
    if (await billing.running(tx, buyer.userId, order.channelId, order.plan)) throw new AppError('subscription.exists');
    const open = await store.openSubscriptionCheckout(tx, buyer.userId, order.channelId, order.plan);
    const samePrice = open?.amountMinor === order.amountMinor && open.tax === ctx.config.stripeTax;
    const usable = open && samePrice && open.mode === ctx.stripe.mode;
    return usable ? open : insert(tx, ctx, order, buyer.userId);
  });
}

/** Begins a membership. Throws shop.not_sold, subscription.exists, payments.away. */
export function buyMembership(ctx: Payments, buyer: Buyer, channel: Channel, key: string): Promise<Began> {
  if (channel.membershipPriceMinor === null) throw new AppError('shop.not_sold');
  return subscribeTo(ctx, buyer, {
    ...NOTHING,
    kind: 'membership',
    requestKey: `membership:${buyer.userId}:${key}`,
    channelId: channel.id,
    userId: buyer.userId,
    email: buyer.email,
    language: buyer.language,
    amountMinor: channel.membershipPriceMinor,
    creatorBps: channel.creatorBps,
    returnTo: `/c/${channel.slug}`,
  });
}

/** Begins a creator's plan. Throws shop.not_sold, subscription.exists, payments.away. */
export function buyPlan(ctx: Payments, buyer: Buyer, plan: string, key: string): Promise<Began> {
  const sold = ctx.config.plans.find(({ id }) => id === plan);
  if (!sold) throw new AppError('shop.not_sold');
  return subscribeTo(ctx, buyer, {
    ...NOTHING,
    kind: 'plan',
    requestKey: `plan:${buyer.userId}:${key}`,
    userId: buyer.userId,
    email: buyer.email,
    language: buyer.language,
    amountMinor: sold.priceMinor,
    creatorBps: 0,
    plan,
    returnTo: '/studio',
  });
}

/** Goes on with a purchase that Stripe was never asked for, or closes it where Stripe will not have it any more. */
export async function finishOpening(ctx: Payments, row: store.Checkout): Promise<void> {
  try {
    await openAtStripe(ctx, row);
  } catch (error) {
    if (!(error instanceof StripeRefused)) throw error;
    ctx.log.warn({ checkout: row.publicId, reason: error.message }, 'a purchase cannot be opened any more');
    await ctx.db.transaction((tx) => store.setCheckout(tx, row.id, { state: 'expired' }));
  }
}
