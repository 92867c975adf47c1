/** The one way to tell somebody something: a row in the transaction of the event. The worker delivers after the commit. */
import type { Tx } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';

export type Language = 'en' | 'ro' | 'es';

/** Every event that people are told of. */
export type NoticeEvent =
  | 'account.verify'
  | 'account.reset'
  | 'code.issued'
  | 'code.resent'
  | 'code.expiring'
  | 'payment.received'
  | 'payment.refunded'
  | 'payment.disputed'
  | 'ticket.bought'
  | 'ticket.refunded'
  | 'tip.received'
  | 'membership.started'
  | 'membership.past_due'
  | 'membership.ended'
  | 'payout.requested'
  | 'payout.paid'
  | 'payout.rejected';

export type NewNotice = {
  readonly event: NoticeEvent;
  /** Once per recipient, event and key, however often it is added. */
  readonly key: string;
  readonly to: { readonly userId: string | null; readonly email: string | null; readonly language: Language };
  /** What the text needs: ids, names, amounts. Never a code in clear. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
  /** Not before this instant; at once where it is left out. */
  readonly notBefore?: Date;
};

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
  const channels = [...(userId ? ['app'] : []), ...(email ? ['mail'] : [])];
  for (const channel of channels) {
    await tx.run(
      `INSERT INTO notice_delivery (noticeId, channel, state, nextAt)
       SELECT id, ?, 'pending', notBefore FROM notice WHERE id = ?`,
      [channel, insertId],
    );
  }
}
