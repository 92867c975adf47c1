/** What a buyer is shown: the shop, a purchase, subscriptions. */
import type { CheckoutView } from '#contract/checkouts.ts';
import type { CheckoutId, SubscriptionId, TransferId } from '#contract/ids.ts';
import type { Shop } from '#contract/shop.ts';
import type { SubscriptionView } from '#contract/subscriptions.ts';
import { codeFacts } from '../access/reveal.ts';
import { symbolCount } from '../access/rules.ts';
import { type Channel, channelById } from '../channels/service.ts';
import { balanceOf, money } from '../wallet/service.ts';
import type { SubscriptionRow } from './billing-store.ts';
import { hasInvoice } from './invoices.ts';
import type { Payments } from './payments.ts';
import { CUSTOM_MAX, CUSTOM_MIN, codeTiming } from './rules.ts';
import * as seller from './shop-store.ts';
import * as store from './store.ts';

async function codeOffer(ctx: Payments, channel: Channel): Promise<Shop['code']> {
  const show = await seller.plannedShow(ctx.db, channel.id);
  const planned = show && { startsAtMs: show.startsAt.getTime(), minutes: show.minutes };
  const now = show?.now ?? new Date();
  const { warning, laterStartMs } = codeTiming(now.getTime(), channel.codeHours, planned);
  const running = await seller.runningSeats(ctx.db, channel.id);
  const taken = await seller.seatsTaken(ctx.db, channel.id, now);
  return {
    priceMinor: channel.codePriceMinor,
    hours: channel.codeHours,
    symbolsHint: channel.codePrefix + '•'.repeat(symbolCount(channel.codePrefix, channel.codeSymbols)),
    warning,
    showStartsAt: show?.startsAt.toISOString() ?? null,
    laterStart: laterStartMs === null ? null : new Date(laterStartMs).toISOString(),
    soldOut: taken >= (running?.seats ?? channel.viewerLimit),
  };
}

/** For pages that are about no channel. */
const NO_CODE: Shop['code'] = {
  priceMinor: null,
  hours: 0,
  symbolsHint: '',
  warning: null,
  showStartsAt: null,
  laterStart: null,
  soldOut: false,
};

/** What a channel sells now; null: what the server sells without one. */
export async function shopOf(ctx: Payments, channel: Channel | null): Promise<Shop> {
  const { config } = ctx;
  return {
    currency: config.currency,
    standIn: ctx.stripe.mode === 'standin',
    tax: config.stripeTax,
    code: channel ? await codeOffer(ctx, channel) : NO_CODE,
    packs: config.tokenPacks.map(({ tokens, priceMinor }) => ({ tokens, priceMinor })),
    custom: { minorPer100: config.tokenPrice, min: CUSTOM_MIN, max: CUSTOM_MAX },
    membership: channel?.membershipPriceMinor == null ? null : { priceMinor: channel.membershipPriceMinor },
    ageGate: config.ageGate,
    terms: config.termsUrl,
  };
}

/** A purchase as its buyer sees it; the code in clear once it is paid and as long as it is not withdrawn. */
export async function checkoutView(ctx: Payments, row: store.Checkout): Promise<CheckoutView> {
  const channel = row.channelId === null ? null : await channelById(ctx.db, row.channelId);
  const code = row.codeId && row.state === 'paid' ? await codeFacts(ctx.db, ctx.config, row.codeId) : null;
  const open = row.state === 'open' && row.expiresAt > row.now;
  const tokens = row.kind === 'tokens' && row.userId ? await balanceOf(ctx.db, money.fan(row.userId)) : null;
  const settled = row.state === 'paid' || row.state === 'refunded';
  const payment = settled ? await store.paymentOfCheckout(ctx.db, row.id) : null;
  return {
    id: row.publicId as CheckoutId,
    state: row.state,
    kind: row.kind,
    channel: channel?.slug ?? null,
    amountMinor: payment?.amountMinor ?? row.amountMinor,
    tax: row.tax,
    taxMinor: payment?.taxMinor ?? 0,
    currency: row.currency,
    standIn: row.mode === 'standin',
    code: code && !code.revoked ? code.code : null,
    codeStartsAt: code?.from.toISOString() ?? null,
    codeExpiresAt: code?.expiresAt.toISOString() ?? null,
    noSeat: row.kind === 'code' && row.state === 'refunded' && row.codeId === null,
    tokens: row.tokens,
    balanceTokens: tokens === null ? null : Number(tokens),
    transferId: (payment?.transferId as TransferId | undefined) ?? null,
    invoice: hasInvoice(ctx, payment),
    liveUrl: channel ? `${ctx.config.publicUrl}/c/${channel.slug}` : null,
    checkoutUrl: open ? row.checkoutUrl : null,
  };
}

export async function subscriptionView(ctx: Payments, row: SubscriptionRow): Promise<SubscriptionView> {
  const channel = row.channelId === null ? null : await channelById(ctx.db, row.channelId);
  const checkout = row.checkoutId === null ? null : await store.checkoutByRow(ctx.db, row.checkoutId);
  return {
    id: row.publicId as SubscriptionId,
    kind: row.kind,
    channel: channel?.slug ?? null,
    channelName: channel?.name ?? null,
    plan: row.plan,
    state: row.state,
    priceMinor: row.amountMinor,
    tax: checkout?.tax ?? 'none',
    currency: row.currency,
    cancelAtPeriodEnd: row.cancelAtPeriodEnd === 1,
    currentPeriodEnd: row.currentPeriodEnd?.toISOString() ?? null,
    startedAt: row.createdAt.toISOString(),
  };
}
