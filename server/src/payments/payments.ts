/** What the feature's parts share: the platform, Stripe's door, and how changes from there are put into our rows. */
import { AppError } from '#contract/errors.ts';
import type { CheckoutId } from '#contract/ids.ts';
import type { Db, Tx } from '../platform/db.ts';
import { isDuplicate } from '../platform/db.ts';
import type { Platform } from '../platform/platform.ts';
import type { EventRow, Outcome } from './billing-store.ts';
import { insertEvent } from './billing-store.ts';
import { openStripe, type StripeDoor } from './stripe.ts';

/** What Stripe tells of that belongs to a feature above this one; handed in, since it knows of payments. */
export type Above = {
  /**
   * Brings the payout of a transfer to a creator in line with Stripe, and records the event with it. False where it is
   * not ours; then nothing is recorded. Throws payments.away, AlreadySeen.
   */
  readonly followTransfer: (ctx: Payments, transferId: string, event: EventRow | null) => Promise<boolean>;
  /** Transfers that may have been taken back since they were looked at. */
  readonly sentTransfers: (
    ctx: Payments,
    afterId: number,
    limit: number,
  ) => Promise<{ readonly id: number; readonly stripeTransferId: string }[]>;
};

export type Payments = Pick<Platform, 'config' | 'log'> & {
  readonly db: Pick<Db, 'transaction' | 'row' | 'rows' | 'run' | 'list' | 'bulk'>;
  readonly media: { wake(): void };
  readonly stripe: StripeDoor;
  /** Tells the page that waits for a purchase, after the commit. */
  readonly announcePaid: (checkoutId: string) => void;
  readonly above: Above;
};

/** Opens Stripe's door beside the platform; connects at the first request. */
export const openPayments = ({ config, log, media, sockets, db }: Platform, above: Above): Payments => ({
  config,
  log,
  media,
  db,
  stripe: openStripe(config),
  announcePaid: (id) => void sockets.to(checkoutRoom(id)).emit('checkout:paid', { id: id as CheckoutId }),
  above,
});

/** The row was changed since Stripe was asked: what was read may be older than what was written. */
export class Stale extends Error {}

/** This event was recorded before, with its effect. */
export class AlreadySeen extends Error {}

/** How often Stripe is asked again because somebody else changed the row meanwhile. */
const ASK_TRIES = 8;

/**
 * Runs `work`, which reads a row's version, asks Stripe, and writes where the version is the same; again where it was
 * not. So whoever writes has asked after the last write, and an old answer never overwrites a newer one.
 */
export async function afresh<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Stale)) throw error;
      if (tries >= ASK_TRIES) throw new AppError('unavailable');
    }
  }
}

/** Records an event in the transaction of its effect. Throws AlreadySeen where it is there. */
export async function record(tx: Tx, mode: string, event: EventRow | null, outcome: Outcome): Promise<void> {
  if (!event) return;
  try {
    await insertEvent(tx, mode, event, outcome);
  } catch (error) {
    throw isDuplicate(error) ? new AlreadySeen() : error;
  }
}

/** The room of a page that waits for its purchase. */
export const checkoutRoom = (checkoutId: string): string => `checkout:${checkoutId}`;
