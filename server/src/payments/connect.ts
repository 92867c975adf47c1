/** Creators' accounts at Stripe: begun here, followed by what Stripe says of them, never by what an event says. */
import { AppError } from '#contract/errors.ts';
import type { ConnectState } from '#contract/payouts.ts';
import { audit } from '../platform/audit.ts';
import type { EventRow } from './billing-store.ts';
import * as store from './connect-store.ts';
import { afresh, type Payments, record, Stale } from './payments.ts';
import { StripeRefused } from './stripe.ts';

type Connecting = Pick<Payments, 'config' | 'db' | 'stripe'>;

export const stateOf = (row: Pick<store.ConnectRow, 'ready'> | null | undefined): ConnectState =>
  row ? (row.ready === 1 ? 'ready' : 'incomplete') : 'none';

/** The account that a creator is paid to, as we know it; null where there is none. */
export const accountOfUser = ({ db, stripe }: Connecting, userId: string) => store.ofUser(db, userId, stripe.mode);

/** The same for many, by user. */
export async function accountsOfUsers({ db, stripe }: Connecting, userIds: readonly string[]) {
  const rows = await store.ofUsers(db, userIds, stripe.mode);
  return new Map(rows.map((row) => [row.userId, row]));
}

/** Accounts that Stripe may know more of: those that are not ready, or every one. */
export const accountsToAsk = ({ db, stripe }: Connecting, every: boolean) => store.toAsk(db, stripe.mode, every);

/**
 * Asks Stripe how an account stands and writes that down, with the event that told of it. False where it is not ours.
 * Throws payments.away, AlreadySeen.
 */
export const followConnect = (ctx: Connecting, accountId: string, event: EventRow | null = null): Promise<boolean> =>
  afresh(async () => {
    const row = await store.byAccount(ctx.db, accountId);
    if (!row || row.mode !== ctx.stripe.mode) return false;
    const account = await ctx.stripe.account(accountId);
    const ready = account?.ready ?? false;
    await ctx.db.transaction(async (tx) => {
      const now = await store.lock(tx, accountId);
      if (!now || now.version !== row.version) throw new Stale();
      await record(tx, ctx.stripe.mode, event, 'applied');
      await store.save(tx, accountId, ready);
      if ((row.ready === 1) === ready) return;
      await audit(tx, {
        kind: 'connect.followed',
        actor: 'stripe',
        subject: row.userId,
        details: { accountId, ready },
      });
    });
    return true;
  });

/** As Stripe says it now, or as we knew it where Stripe is away. Null where the creator has no account. */
export async function freshAccount(ctx: Connecting, userId: string): Promise<store.ConnectRow | null> {
  const row = await accountOfUser(ctx, userId);
  if (!row) return null;
  try {
    await followConnect(ctx, row.accountId);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return row;
  }
  return accountOfUser(ctx, userId);
}

async function ownAccount(ctx: Connecting, user: { userId: string; email: string }, actor: string): Promise<string> {
  const known = await accountOfUser(ctx, user.userId);
  if (known) return known.accountId;
  const { id } = await ctx.stripe.createAccount({ ...user, installId: ctx.config.installId });
  await store.insert(ctx.db, user.userId, ctx.stripe.mode, id);
  await audit(ctx.db, { kind: 'connect.begun', actor, subject: user.userId, details: { accountId: id } });
  return id;
}

/**
 * Begins a creator's account at Stripe, or goes on with it. `returnTo`: a path of ours. Returns the address of Stripe's
 * page. Throws payout.connect_refused, payments.away.
 */
export async function beginConnect(
  ctx: Connecting,
  user: { readonly userId: string; readonly email: string },
  { returnTo, actor }: { readonly returnTo: string; readonly actor: string },
): Promise<{ url: string; state: ConnectState }> {
  const page = (word: string): string => {
    const url = new URL(returnTo, ctx.config.publicUrl);
    url.searchParams.set('connect', word);
    return url.href;
  };
  try {
    const account = await ownAccount(ctx, user, actor);
    await followConnect(ctx, account);
    const url = await ctx.stripe.onboardingLink({ account, returnUrl: page('done'), refreshUrl: page('again') });
    return { url, state: stateOf(await accountOfUser(ctx, user.userId)) };
  } catch (error) {
    if (error instanceof StripeRefused) throw new AppError('payout.connect_refused', { reason: error.message });
    throw error;
  }
}
