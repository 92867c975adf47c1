import { getCheckout, getInvoice } from '#contract/checkouts.ts';
import { AppError } from '#contract/errors.ts';
import { buyCode, buyTokens, getShop, reconcilePayments, refund, resendCode } from '#contract/shop.ts';
import { channelById, channelBySlug } from '../channels/service.ts';
import { addNotice, type Language } from '../notifications/outbox.ts';
import { limitKey } from '../platform/address.ts';
import type { Binding } from '../platform/http.ts';
import { bind, bindOwner } from '../platform/http.ts';
import { idempotencyKey } from '../platform/idempotency.ts';
import { makeLimiter } from '../platform/limits.ts';
import type { RedisClient } from '../platform/redis.ts';
import { transferById } from '../wallet/service.ts';
import { buyerOf, keyOrNew, languageOf } from './buyer.ts';
import * as checkout from './checkout.ts';
import { invoiceFor } from './invoices.ts';
import type { Payments } from './payments.ts';
import { reconcile } from './reconcile.ts';
import { giveBack } from './refunds.ts';
import { settleCheckout } from './settle.ts';
import * as seller from './shop-store.ts';
import * as store from './store.ts';
import { subscriptionRoutes } from './subscription-routes.ts';
import { checkoutView, shopOf } from './view.ts';

/** Purchases that one address may begin. */
const BEGIN_LIMIT = { name: 'checkout', points: 40, seconds: 600 };
/** How often Stripe is asked for one purchase whose page waits. */
const ASK_LIMIT = { name: 'checkout-ask', points: 5, seconds: 10 };
/** Mails with codes to one address of mail, and from one caller. */
const RESEND_LIMIT = { name: 'resend', points: 3, seconds: 3600 };
const RESEND_CALLER_LIMIT = { name: 'resend-from', points: 10, seconds: 3600 };
/** Codes of one mail. */
const RESEND_CODES = 10;

function buyRoutes(ctx: Payments, redis: RedisClient): Binding[] {
  const { config, db } = ctx;
  const begins = makeLimiter(config, redis, BEGIN_LIMIT);
  const within = async (address: string) => {
    if (!(await begins.use(limitKey(address)))) throw new AppError('request.too_many');
  };
  return [
    bind(getShop, async ({ query }) => shopOf(ctx, query.channel ? await channelBySlug(db, query.channel) : null)),
    bind(buyCode, async ({ body, request, address }) => {
      const key = idempotencyKey(request);
      await within(address);
      const channel = await channelBySlug(db, body.channel);
      const { email, language, whatsapp = null, startsAt } = body;
      const from = startsAt === undefined ? null : new Date(startsAt);
      return checkout.buyCode(ctx, channel, { email, language, whatsapp, startsAt: from, key });
    }),
    bind(buyTokens, async (call) => {
      await within(call.address);
      const { amountTokens: tokens, returnTo = '/account' } = call.body;
      const key = keyOrNew(call.request);
      const { checkoutId, checkoutUrl } = await checkout.buyTokens(ctx, await buyerOf(db, call), {
        tokens,
        returnTo,
        key,
      });
      return { checkoutId, checkoutUrl };
    }),
  ];
}

function pageRoutes(ctx: Payments, redis: RedisClient): Binding[] {
  const { config, db } = ctx;
  const asks = makeLimiter(config, redis, ASK_LIMIT);

  /** The webhook may be late or lost: an open purchase is asked for. Stripe being away leaves it open. */
  async function fresh(row: store.Checkout): Promise<store.Checkout> {
    if (row.state !== 'open' || row.stripeSessionId === null || !(await asks.use(row.publicId))) return row;
    try {
      await settleCheckout(ctx, row.publicId);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
    return (await store.checkoutById(db, row.publicId)) ?? row;
  }

  return [
    bind(getCheckout, async ({ params, query, caller }) => {
      const row = await store.checkoutById(db, params.id);
      const claimed = query.claim !== undefined && checkout.isClaim(ctx, params.id, query.claim);
      const who = claimed ? null : await caller();
      const own = claimed || (who?.kind === 'user' && row !== null && row.userId === who.userId);
      if (!row || !own) throw new AppError('checkout.not_found');
      return checkoutView(ctx, await fresh(row));
    }),
    bind(getInvoice, async ({ params, query, caller }) => invoiceFor(ctx, params.transferId, query, caller)),
  ];
}

function resendRoutes(ctx: Payments, redis: RedisClient): Binding[] {
  const { config, db } = ctx;
  const perMail = makeLimiter(config, redis, RESEND_LIMIT);
  const perCaller = makeLimiter(config, redis, RESEND_CALLER_LIMIT);

  async function resend(email: string, channelId: number | null, language: Language): Promise<void> {
    const codes = await seller.validCodes(db, email, channelId, RESEND_CODES);
    // One mail in ten minutes for a code, however often it is asked for.
    const turn = Math.floor(Date.now() / 600_000);
    await db.transaction(async (tx) => {
      for (const { codeId, language: bought } of codes) {
        const to = { userId: null, email, language: bought ?? language };
        await addNotice(tx, { event: 'code.resent', key: `${codeId}:${turn}`, to, data: { codeId } });
      }
    });
  }

  return [
    bind(resendCode, async ({ body, address, request }) => {
      const email = body.email.toLowerCase();
      const allowed = (await perCaller.use(limitKey(address))) && (await perMail.use(email));
      const channel = body.channel === undefined ? null : await channelBySlug(db, body.channel).catch(() => null);
      const known = body.channel === undefined || channel !== null;
      if (allowed && known) await resend(body.email, channel?.id ?? null, languageOf(request));
      return { sent: true as const };
    }),
  ];
}

/** A sale without a channel (tokens, plans) is nobody's but the admin's to give back. */
const NO_CHANNEL = { id: 0, slug: '', ownerId: '' };

function moneyBackRoutes(ctx: Payments): Binding[] {
  const { db } = ctx;
  return [
    bindOwner(
      refund,
      async ({ body }) => {
        const transfer = await transferById(db, body.transferId);
        if (!transfer) throw new AppError('wallet.transfer_not_found');
        return transfer.channelId === null ? NO_CHANNEL : channelById(db, transfer.channelId);
      },
      ({ body, request, actor }) => {
        const { transferId, amount = null, reason } = body;
        return giveBack(ctx, { transferId, amount, reason, actor, key: `${actor}:${idempotencyKey(request)}` });
      },
    ),
    bind(reconcilePayments, () => reconcile(ctx, true)),
  ];
}

export const paymentRoutes = (ctx: Payments, redis: RedisClient): Binding[] => [
  ...buyRoutes(ctx, redis),
  ...pageRoutes(ctx, redis),
  ...resendRoutes(ctx, redis),
  ...moneyBackRoutes(ctx),
  ...subscriptionRoutes(ctx),
];
