/** The part of Stripe's door that pays creators: their accounts, and transfers to them. */
import Stripe from 'stripe';
import { asked, found, type StripeRefused } from './stripe-asking.ts';

/** Transfers of one payout that are looked at: there is one, or none. */
const TRANSFERS = 10;

type ConnectAccount = {
  readonly id: string;
  /** Transfers to it are possible. */
  readonly ready: boolean;
};

const accountOf = (account: Stripe.Account): ConnectAccount => ({
  id: account.id,
  ready: account.capabilities?.transfers === 'active',
});

type NewTransfer = {
  readonly payoutId: string;
  readonly installId: string;
  /** The same for every time that this sending is tried. */
  readonly idempotencyKey: string;
  readonly destination: string;
  readonly amountMinor: number;
  readonly currency: string;
};

function accountsDoor(client: Stripe) {
  return {
    /** A creator's account; again gives the same one. Throws StripeRefused, payments.away. */
    createAccount: async (user: { userId: string; email: string; installId: string }): Promise<ConnectAccount> => {
      const params = {
        type: 'express' as const,
        email: user.email,
        capabilities: { transfers: { requested: true } },
        metadata: { install: user.installId, user: user.userId },
      };
      const idempotencyKey = `connect_${user.installId}_${user.userId}`;
      return accountOf(await asked(client.accounts.create(params, { idempotencyKey })));
    },
    /** Null where Stripe does not know it, or it was taken away from us. */
    account: async (id: string): Promise<ConnectAccount | null> => {
      try {
        const one = await found(client.accounts.retrieve(id));
        return one && accountOf(one);
      } catch (error) {
        if (error instanceof Error && error.cause instanceof Stripe.errors.StripePermissionError) return null;
        throw error;
      }
    },
    /** The address of a page of Stripe's where the creator tells what is still missing; good for minutes. */
    onboardingLink: async (link: { account: string; returnUrl: string; refreshUrl: string }): Promise<string> => {
      const { account, returnUrl, refreshUrl } = link;
      const params = {
        account,
        type: 'account_onboarding' as const,
        return_url: returnUrl,
        refresh_url: refreshUrl,
      };
      return (await asked(client.accountLinks.create(params))).url;
    },
  };
}

/** Money that was sent to a creator's account, as far as it is ours. */
export type SentTransfer = {
  readonly id: string;
  /** Our payout that it pays; null where another product made it. */
  readonly payoutId: string | null;
  readonly installId: string | null;
  /** What was taken back of it so far: it never becomes less. */
  readonly reversedMinor: number;
};

function transfersDoor(client: Stripe) {
  return {
    transfer: async (id: string): Promise<SentTransfer | null> => {
      const one = await found(client.transfers.retrieve(id));
      if (!one) return null;
      const { payout = null, install = null } = one.metadata;
      return { id: one.id, payoutId: payout, installId: install, reversedMinor: one.amount_reversed };
    },
    /** The transfer of a payout, if there is one: what to ask before one is sent, and again after a lost answer. */
    transferOf: async (payout: { payoutId: string; installId: string }): Promise<string | null> => {
      const { data } = await asked(client.transfers.list({ transfer_group: payout.payoutId, limit: TRANSFERS }));
      const own = data.find(({ metadata }) => metadata['payout'] === payout.payoutId);
      return own?.metadata['install'] === payout.installId ? own.id : null;
    },
    /** Sends money to a creator's account. Throws StripeRefused (nothing was sent), payments.away (nobody knows). */
    createTransfer: async (transfer: NewTransfer): Promise<string> => {
      const { payoutId, installId, destination, amountMinor, currency, idempotencyKey } = transfer;
      const params = {
        amount: amountMinor,
        currency,
        destination,
        transfer_group: payoutId,
        metadata: { install: installId, payout: payoutId },
      };
      return (await asked(client.transfers.create(params, { idempotencyKey }))).id;
    },
  };
}

/** Whether Stripe refused because the platform's own balance there is too low, which changes by itself. */
export const isTooLow = (error: StripeRefused): boolean => error.code === 'balance_insufficient';

export const connectDoor = (client: Stripe) => ({ ...accountsDoor(client), ...transfersDoor(client) });
