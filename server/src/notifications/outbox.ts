/** The one way to tell somebody something: a row in the transaction of the event. The worker delivers after the commit. */
import type { Language, NoticeEvent } from '#contract/notices.ts';
import type { Tx } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';

export type { Language } from '#contract/notices.ts';

/** Money that a notice tells of, in whole units: tokens, or the minor unit of `currency`. */
type Payment = {
  /** Whom the notice is for: who paid, whose sale it was, or the operator. */
  readonly role: 'buyer' | 'seller' | 'operator';
  readonly what: 'code' | 'tokens' | 'ticket' | 'membership' | 'plan';
  readonly amount: number;
  /** What of it is tax; left out where none is. */
  readonly tax?: number;
  /** `TOKEN` or e.g. `eur`. */
  readonly currency: string;
  /** Slug; null where it concerns none. */
  readonly channel: string | null;
  /** `trf_…`; null where nothing was booked. */
  readonly transferId: string | null;
};
type Payout = {
  readonly payoutId: string;
  readonly amount: number;
  readonly currency: string;
  /** Why it was refused, in the admin's words. */
  readonly reason: string | null;
};

/**
 * What each event's text is made from: ids, names, amounts; what stands behind an id is read when the text is made.
 * Never a code or a link's token in clear.
 */
export type NoticeData = {
  /** `sealed`: the link's token under the key that is not in the database. */
  'account.verify': { readonly sealed: string };
  'account.exists': Readonly<Record<string, never>>;
  'account.reset': { readonly sealed: string };
  /** `cod_…`, as the shows' `shw_…`. */
  'code.issued': { readonly codeId: string };
  'code.resent': { readonly codeId: string };
  'code.expiring': { readonly codeId: string };
  'payment.received': Payment;
  /** `partial`: access stays. `noSeat`: it was paid when no place was left, so nothing was handed over. */
  'payment.refunded': Payment & { readonly partial: boolean; readonly noSeat?: boolean };
  'payment.disputed': Payment;
  'ticket.bought': { readonly showId: string; readonly amountTokens: number };
  'ticket.refunded': {
    readonly showId: string;
    readonly amountTokens: number;
    readonly reason: 'cancelled' | 'never_began' | 'refunded';
  };
  'tip.received': {
    readonly channel: string;
    readonly fromName: string | null;
    readonly amountTokens: number;
    readonly message: string | null;
  };
  'membership.started': {
    readonly channel: string;
    readonly role: 'fan' | 'creator';
    /** The fan's name, for the creator. */
    readonly fromName: string | null;
    /** ISO 8601; null where it is not known yet. */
    readonly until: string | null;
  };
  'membership.past_due': { readonly channel: string; readonly until: string | null };
  'membership.ended': { readonly channel: string; readonly role: 'fan' | 'creator'; readonly fromName: string | null };
  'payout.requested': Payout;
  'payout.paid': Payout;
  'payout.rejected': Payout;
  /** It was paid, and came back. `partial`: not all of it. */
  'payout.reversed': Payout & { readonly partial: boolean };
  'operator.payout_requested': { readonly userId: string; readonly amount: number; readonly currency: string };
  /** So many wrong codes, or more, in so many minutes. */
  'operator.guessing': { readonly wrong: number; readonly minutes: number };
  'operator.payment_mismatch': { readonly checkoutId: string; readonly wrong: string };
};

type Recipient = { readonly userId: string | null; readonly email: string | null; readonly language: Language };

/** A notice, with the data that its event asks for. */
export type NewNotice = {
  [E in NoticeEvent]: {
    readonly event: E;
    /** Once per recipient, event and key, however often it is added. At most 100 characters. */
    readonly key: string;
    readonly to: Recipient;
    readonly data: NoticeData[E];
    /** Not before this instant; at once where it is left out. */
    readonly notBefore?: Date;
  };
}[NoticeEvent];

/** Transactions in which a notice was added: who commits one wakes the worker. */
const noticed = new WeakSet<Tx>();
export const hasNotice = (tx: Tx): boolean => noticed.has(tx);

/** Adds a notice with its deliveries: in the app for an account, by mail for an address. Twice is once. */
export async function addNotice(tx: Tx, notice: NewNotice): Promise<void> {
  const { userId, email, language } = notice.to;
  const recipient = userId ?? email;
  if (!recipient) return;
  const { touched, insertId } = await tx.run(
    `INSERT IGNORE INTO notice (publicId, event, dedupeKey, recipient, userId, email, language, data, notBefore)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, COALESCE(?, UTC_TIMESTAMP(3)))`,
    [
      newId('ntc'),
      notice.event,
      notice.key,
      recipient,
      userId,
      email,
      language,
      JSON.stringify(notice.data),
      notice.notBefore ?? null,
    ],
  );
  if (touched === 0) return;
  noticed.add(tx);
  const channels = [...(userId ? ['app'] : []), ...(email ? ['mail'] : [])];
  for (const channel of channels) {
    await tx.run(
      `INSERT INTO notice_delivery (noticeId, channel, state, nextAt)
       SELECT id, ?, 'pending', notBefore FROM notice WHERE id = ?`,
      [channel, insertId],
    );
  }
}
