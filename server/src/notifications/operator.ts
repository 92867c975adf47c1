/** What the operator is told: a payout that waits, codes that are guessed, a payment that does not fit. */
import type { Config } from '#config/index.ts';
import type { NoticeEvent } from '#contract/notices.ts';
import type { Tx } from '../platform/db.ts';
import type { NewNotice, NoticeData } from './outbox.ts';
import { addNotice } from './outbox.ts';

/** Stands for the operator's address, which is read when the mail goes out: who names one later gets what waits. */
const OPERATOR = 'operator';

type OperatorEvent = Extract<NoticeEvent, `operator.${string}`>;
type OperatorNotice = {
  [E in OperatorEvent]: { readonly event: E; readonly key: string; readonly data: NoticeData[E] };
}[OperatorEvent];

/** Writes a mail to the operator into the outbox, once an event and key. Without an address it is read there. */
export const tellOperator = (tx: Tx, notice: OperatorNotice): Promise<void> =>
  addNotice(tx, { ...notice, to: { userId: null, email: OPERATOR, language: 'en' } } as NewNotice);

export const isForOperator = ({ email }: { readonly email: string | null }): boolean => email === OPERATOR;

/** Where a mail goes; null where that is not known. */
export const addressOf = (config: Config, notice: { readonly email: string | null }): string | null =>
  isForOperator(notice) ? (config.operatorEmail ?? null) : notice.email;
