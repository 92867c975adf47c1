/** What a client wanted, and what it was told. */
export type DeedKind = 'code' | 'topup' | 'tip' | 'ticket' | 'refund';
/** One intention of one client. It has one Idempotency-Key, however often it is sent. */
export type Deed = {
  readonly kind: DeedKind;
  readonly key: string;
  /** The buyer's address for a code, else the account. */
  readonly who: string;
  /** asked: no answer yet. left: begun and not paid. refused: told that it will not be. gone: given up, nothing is known. */
  state: 'asked' | 'done' | 'left' | 'refused' | 'gone';
  /** Every answer that said yes. */
  readonly answers: Readonly<Record<string, unknown>>[];
  /** The button was pressed and Stripe took the money. */
  paid: boolean;
  refusal: string | null;
};
