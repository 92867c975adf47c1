/** Everything that was bought with one e-mail address. */
import type { findCustomer } from '#contract/admin.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import type { ShowId, TicketId, TransferId, UserId } from '#contract/ids.ts';
import { codeFacts } from '../access/reveal.ts';
import { ofUser } from '../payments/billing-store.ts';
import type { Payments } from '../payments/payments.ts';
import { subscriptionView } from '../payments/view.ts';
import { balanceOf, money } from '../wallet/service.ts';
import * as store from './customer-store.ts';

type Customer = ReplyOf<typeof findCustomer>;

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

/** Symbols that a hint shows at each end: enough to tell codes apart on the phone, too few to use one. */
const HINT_FIRST = 3;
const HINT_LAST = 2;

async function hintOf({ db, config }: Payments, codeId: string): Promise<string> {
  const code = (await codeFacts(db, config, codeId))?.code ?? '';
  return `${code.slice(0, HINT_FIRST)}…${code.slice(-HINT_LAST)}`;
}

async function codesOf(ctx: Payments, email: string): Promise<Customer['codes']> {
  const codes: Customer['codes'] = [];
  for (const { createdAt, startsAt, expiresAt, revokedAt, ...row } of await store.codes(ctx.db, email)) {
    codes.push({
      ...row,
      hint: await hintOf(ctx, row.id),
      createdAt: createdAt.toISOString(),
      startsAt: iso(startsAt),
      expiresAt: expiresAt.toISOString(),
      revokedAt: iso(revokedAt),
    });
  }
  return codes;
}

async function accountOf({ db }: Payments, row: store.AccountRow): Promise<NonNullable<Customer['account']>> {
  return {
    userId: row.id as UserId,
    name: row.name,
    email: row.email,
    emailVerified: row.emailVerified === 1,
    createdAt: row.createdAt.toISOString(),
    channels: (await store.slugs(db, row.id)).map(({ slug }) => slug),
    wallet: {
      balance: Number(await balanceOf(db, money.fan(row.id))),
      debt: 0 - Number(await balanceOf(db, money.debt(row.id, 'TOKEN'))),
    },
  };
}

async function subscriptionsOf(ctx: Payments, email: string, userId: string | null) {
  const users = new Set((await store.subscriptionUsers(ctx.db, email)).map((row) => row.userId));
  if (userId !== null) users.add(userId);
  const rows = await Promise.all([...users].map((id) => ofUser(ctx.db, id)));
  return Promise.all(rows.flat().map((row) => subscriptionView(ctx, row)));
}

async function moneyOf({ db }: Payments, who: { email: string; userId: string | null }) {
  const purchases = await store.purchases(db, who);
  const refunds = await store.refunds(db, who);
  return {
    purchases: purchases.map((row) => ({
      ...row,
      transferId: row.transferId as TransferId | null,
      at: row.at.toISOString(),
    })),
    refunds: refunds.map((row) => ({
      ...row,
      transferId: row.transferId as TransferId | null,
      reverses: row.reverses as TransferId | null,
      at: row.at.toISOString(),
    })),
  };
}

/** What is known of the buyers behind an address; empty lists where it is nobody's. */
export async function customerOf(ctx: Payments, email: string): Promise<Customer> {
  const found = await store.account(ctx.db, email);
  const userId = found?.id ?? null;
  const tickets = userId === null ? [] : await store.tickets(ctx.db, userId);
  return {
    email,
    account: found && (await accountOf(ctx, found)),
    ...(await moneyOf(ctx, { email, userId })),
    codes: await codesOf(ctx, email),
    tickets: tickets.map((row) => ({
      ...row,
      ticketId: row.ticketId as TicketId,
      showId: row.showId as ShowId,
      transferId: row.transferId as TransferId,
      boughtAt: row.boughtAt.toISOString(),
      refundedAt: iso(row.refundedAt),
    })),
    subscriptions: await subscriptionsOf(ctx, email, userId),
    tips: userId === null ? { count: 0, totalTokens: 0 } : await store.tips(ctx.db, userId),
  };
}
