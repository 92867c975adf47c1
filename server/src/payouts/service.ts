/** Payouts: asked for by creators, decided by the operator. Each step is one transaction with what it books. */
import type { Config } from '#config/index.ts';
import { AppError } from '#contract/errors.ts';
import { TOKEN } from '#contract/money.ts';
import { availability } from '../earnings/rules.ts';
import { minimumIn, standingOf } from '../earnings/service.ts';
import { tellOperator } from '../notifications/operator.ts';
import { addNotice } from '../notifications/outbox.ts';
import { freshAccount } from '../payments/connect.ts';
import type { StripeDoor } from '../payments/stripe.ts';
import { audit } from '../platform/audit.ts';
import type { Db, Tx } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { type Booked, book, commandOnce, money, plans, recoverDebt, transferByKey } from '../wallet/service.ts';
import * as rules from './rules.ts';
import * as store from './store.ts';

/** What the feature needs; the command line has it too. */
export type Payouts = {
  readonly config: Config;
  readonly log: Log;
  readonly db: Db;
  readonly stripe: StripeDoor;
};

/** The worker looks after a payout so long after it was handed to Stripe by whoever approved it, seconds. */
const LOOK_AFTER_SECONDS = 20;

/** Throws payout.not_found. */
export async function payoutById(ctx: Pick<Payouts, 'db'>, payoutId: string): Promise<store.Payout> {
  const payout = await store.byId(ctx.db, payoutId);
  if (!payout) throw new AppError('payout.not_found');
  return payout;
}

async function locked(tx: Tx, payoutId: string): Promise<store.Payout> {
  const payout = await store.lock(tx, payoutId);
  if (!payout) throw new AppError('payout.not_found');
  return payout;
}

type Told = 'payout.requested' | 'payout.paid' | 'payout.rejected';
type Noted = Pick<store.NewPayout, 'publicId' | 'userId' | 'currency' | 'amount'>;

async function tell(tx: Tx, event: Told, payout: Noted, reason: string | null) {
  const to = await store.person(tx, payout.userId);
  await addNotice(tx, {
    event,
    key: payout.publicId,
    to: { userId: payout.userId, email: to?.email ?? null, language: to?.language ?? 'en' },
    data: { payoutId: payout.publicId, amount: Number(payout.amount), currency: payout.currency, reason },
  });
}

export type Request = {
  readonly userId: string;
  readonly currency: string;
  readonly amount: bigint;
  /** The header Idempotency-Key. */
  readonly key: string;
  readonly actor: string;
};

/** Throws payout.too_small, payout.not_available. Under the lock of what was earned. */
async function assertPayable(tx: Tx, { config }: Payouts, { userId, currency, amount }: Request): Promise<void> {
  const standing = await standingOf(tx, config, userId, currency);
  const { available } = availability(standing);
  rules.assertPayable(amount, { minimum: minimumIn(currency, config), available });
}

function hold(tx: Tx, { config }: Payouts, request: Request, payoutId: string): Promise<Booked> {
  const { userId, currency, amount, key } = request;
  const payer = money.creator(userId, currency);
  return book(tx, config.secrets.ledgerKey, {
    kind: 'payout_hold',
    payer,
    key: `http:${key}`,
    request: { currency, amount },
    debtOf: payer,
    plan: (balance, owed) => {
      // What was refunded since the balance was read.
      if (balance - owed < amount) throw new AppError('payout.not_available', { available: Number(balance - owed) });
      return plans.planPayoutHold({ creatorId: userId, currency, amount });
    },
    facts: { what: 'payout', payout: payoutId, gross: Number(amount) },
  });
}

async function request(tx: Tx, ctx: Payouts, wanted: Request): Promise<store.Payout> {
  const { userId, currency, amount, key, actor } = wanted;
  const payer = money.creator(userId, currency);
  await store.lockEarnings(tx, userId, currency);
  const publicId = newId('pot');
  if (!(await transferByKey(tx, payer, `http:${key}`))) {
    // A debt is paid before anything is paid out.
    await recoverDebt(tx, ctx.config.secrets.ledgerKey, payer);
    await assertPayable(tx, ctx, wanted);
  }
  const held = await hold(tx, ctx, wanted, publicId);
  if (!held.repeated) {
    const { payoutRate, currency: cash } = ctx.config;
    const payout: store.NewPayout = {
      publicId,
      userId,
      currency,
      amount,
      cashMinor: rules.cashFor(currency, amount, payoutRate),
      cashCurrency: currency === TOKEN ? cash : currency,
      payoutRate: currency === TOKEN ? payoutRate : null,
      holdTransferId: held.transferId,
      requestedAt: held.at,
    };
    await store.insert(tx, payout);
    await audit(tx, {
      kind: 'payout.requested',
      actor,
      subject: publicId,
      details: { currency, amount: Number(amount) },
    });
    await tell(tx, 'payout.requested', payout, null);
    const data = { userId, amount: Number(amount), currency };
    await tellOperator(tx, { event: 'operator.payout_requested', key: publicId, data });
  }
  const payout = await store.byHold(tx, held.transferId);
  if (!payout) throw new Error('a payout was not made');
  return payout;
}

/**
 * Asks for a payout: debts are recovered, then the amount is held apart. Throws payout.too_small, payout.not_available,
 * wallet.key_reused.
 */
export function requestPayout(ctx: Payouts, wanted: Request): Promise<store.Payout> {
  const command = { payer: money.creator(wanted.userId, wanted.currency), key: `http:${wanted.key}` };
  return commandOnce(ctx.db, command, (tx) => request(tx, ctx, wanted));
}

/** What the payout's booking says when it ends: out through the bank, or back to the creator. */
function bookEnd(
  tx: Tx,
  { config }: Pick<Payouts, 'config'>,
  payout: store.Payout,
  how: 'paid' | 'returned',
): Promise<Booked> {
  const { userId: creatorId, currency, publicId } = payout;
  const amount = BigInt(payout.amount);
  const paid = how === 'paid';
  return book(tx, config.secrets.ledgerKey, {
    kind: paid ? 'payout_paid' : 'payout_returned',
    payer: money.held(creatorId, currency),
    key: `payout:${publicId}`,
    request: { payoutId: publicId, how },
    plan: () =>
      paid
        ? plans.planPayoutPaid({
            creatorId,
            currency,
            amount,
            cash: payout.cashCurrency,
            payoutRate: payout.payoutRate ?? config.payoutRate,
          })
        : plans.planPayoutReturned({ creatorId, currency, amount }),
    facts: {
      what: 'payout',
      payout: publicId,
      gross: payout.amount,
      cash: payout.cashMinor,
      cashCurrency: payout.cashCurrency,
    },
  });
}

export type Ending = Pick<store.Change, 'method' | 'stripeTransferId' | 'reference' | 'reason'> & {
  readonly event: 'paid_by_hand' | 'rejected' | 'confirmed' | 'refused';
  readonly actor: string;
};

/** Ends a locked payout: its state, its booking, the notice. Throws payout.state. */
export async function end(tx: Tx, ctx: Pick<Payouts, 'config'>, payout: store.Payout, ending: Ending): Promise<void> {
  const { event, actor, ...told } = ending;
  const state = rules.step(payout.state, event);
  const paid = state === 'paid';
  const booked = await bookEnd(tx, ctx, payout, paid ? 'paid' : 'returned');
  await store.change(tx, payout, { state, ...told, problem: null, endTransferId: booked.transferId });
  const reason = told.reason ?? null;
  await audit(tx, { kind: `payout.${state}`, actor, subject: payout.publicId, details: { ...told } });
  await tell(tx, paid ? 'payout.paid' : 'payout.rejected', { ...payout, amount: BigInt(payout.amount) }, reason);
}

/** Rejects a payout: the amount goes back. Throws payout.not_found, payout.state. */
export function rejectPayout(ctx: Payouts, payoutId: string, reason: string, actor: string): Promise<void> {
  return ctx.db.transaction(async (tx) =>
    end(tx, ctx, await locked(tx, payoutId), { event: 'rejected', reason, actor }),
  );
}

/** Says that a payout was paid by hand. Throws payout.not_found, payout.state. */
export function markPaid(ctx: Payouts, payoutId: string, reference: string, actor: string): Promise<void> {
  return ctx.db.transaction(async (tx) =>
    end(tx, ctx, await locked(tx, payoutId), { event: 'paid_by_hand', method: 'hand', reference, actor }),
  );
}

/**
 * Approves a payout. Where the creator's account at Stripe is ready it is `paying` now, and `sendPayout` is to be called;
 * else it waits to be paid by hand. Throws payout.not_found, payout.state.
 */
export async function approvePayout(ctx: Payouts, payoutId: string, actor: string): Promise<store.Payout> {
  const { userId, state } = await payoutById(ctx, payoutId);
  // Stripe is asked outside the transaction, and not at all where there is nothing to approve.
  const account = state === 'requested' || state === 'approved' ? await freshAccount(ctx, userId) : null;
  return ctx.db.transaction(async (tx) => {
    const payout = await locked(tx, payoutId);
    const ready = account?.ready === 1;
    const next = rules.step(payout.state, ready ? 'sent' : 'approved');
    const change: store.Change = ready
      ? {
          state: next,
          method: 'connect',
          mode: ctx.stripe.mode,
          destination: account.accountId,
          problem: null,
          sendAgain: LOOK_AFTER_SECONDS,
        }
      : { state: next, method: null, problem: null };
    await store.change(tx, payout, change);
    const details = ready ? { state: next, destination: account.accountId } : { state: next };
    await audit(tx, { kind: 'payout.approved', actor, subject: payoutId, details });
    return locked(tx, payoutId);
  });
}
