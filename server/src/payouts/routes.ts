import { AppError } from '#contract/errors.ts';
import * as contract from '#contract/payouts.ts';
import { channelFor } from '../channels/service.ts';
import { beginConnect } from '../payments/connect.ts';
import type { StripeDoor } from '../payments/stripe.ts';
import type { Binding, Caller } from '../platform/http.ts';
import { bind, bindOwner } from '../platform/http.ts';
import { idempotencyKey } from '../platform/idempotency.ts';
import type { Platform } from '../platform/platform.ts';
import { sendPayout } from './send.ts';
import * as payouts from './service.ts';
import { person } from './store.ts';
import { adminPage, adminView, payoutsOf, payoutView } from './view.ts';

/** For the audit. */
const ADMIN = 'admin';
/** The page that Stripe leads back to. */
const PAGE = '/studio/earnings';

function creatorRoutes(ctx: payouts.Payouts): Binding[] {
  const { db } = ctx;
  const inBody = ({ body }: { body: { channel?: string | undefined } }, caller: Caller) =>
    channelFor(db, caller, body.channel);
  return [
    bindOwner(contract.requestPayout, inBody, async ({ channel, body, request, actor }) => {
      const { currency, amount } = body;
      const key = idempotencyKey(request);
      const wanted = { userId: channel.ownerId, currency, amount: BigInt(amount), key, actor };
      return payoutView(await payouts.requestPayout(ctx, wanted));
    }),
    bindOwner(
      contract.listPayouts,
      ({ query }, caller) => channelFor(db, caller, query.channel),
      ({ channel, query }) => payoutsOf(ctx, channel.ownerId, query.before ?? null),
    ),
    bindOwner(contract.connectAccount, inBody, async ({ channel, actor }) => {
      const owner = await person(db, channel.ownerId);
      if (!owner) throw new AppError('account.not_found');
      const user = { userId: channel.ownerId, email: owner.email };
      return beginConnect(ctx, user, { returnTo: `${PAGE}?channel=${channel.slug}`, actor });
    }),
  ];
}

function operatorRoutes(ctx: payouts.Payouts): Binding[] {
  return [
    bind(contract.adminPayouts, async ({ query }) => adminPage(ctx, query)),
    bind(contract.approvePayout, async ({ params }) => {
      await payouts.approvePayout(ctx, params.id, ADMIN);
      await sendPayout(ctx, params.id);
      return adminView(ctx, params.id);
    }),
    bind(contract.rejectPayout, async ({ params, body }) => {
      await payouts.rejectPayout(ctx, params.id, body.reason, ADMIN);
      return adminView(ctx, params.id);
    }),
    bind(contract.markPayoutPaid, async ({ params, body }) => {
      await payouts.markPaid(ctx, params.id, body.reference, ADMIN);
      return adminView(ctx, params.id);
    }),
  ];
}

export function payoutRoutes({ config, log, db }: Platform, stripe: StripeDoor): Binding[] {
  const ctx = { config, log, db, stripe };
  return [...creatorRoutes(ctx), ...operatorRoutes(ctx)];
}
