/** Every error that a caller can see: its code, its HTTP status and one clear sentence. */
export const ERRORS = {
  internal: [500, 'Something went wrong on our side. Please try again.'],
  unavailable: [503, 'A part of the server is away. It is being restarted; please try again in a few seconds.'],
  not_found: [404, 'There is nothing here.'],
  'request.invalid': [400, 'The request is not valid.'],
  'request.too_large': [413, 'The request is too large.'],
  'request.content_type': [415, 'Send JSON: Content-Type must be application/json.'],
  'request.foreign_origin': [403, 'This request came from another site and was not carried out.'],
  'request.too_many': [429, 'Too many requests. Please wait a little and try again.'],
  'auth.required': [401, 'Please sign in.'],
  'auth.forbidden': [403, 'You may not do this.'],
  'channel.not_found': [404, 'There is no such channel.'],
  'channel.choose': [400, 'You have several channels (or none): name one in the field "channel".'],
  'channel.has_shows': [409, 'A show of this channel runs or is planned. End or cancel it first.'],
  'channel.taken': [409, 'There is a channel of this name already.'],
  'account.taken': [409, 'There is an account with this e-mail already.'],
  'account.wrong_password': [403, 'This is not your password.'],
  'account.wallet_not_empty': [
    409,
    'There are still tokens or earnings in your wallet. Spend them or have them paid out first.',
  ],
  'account.payout_pending': [409, 'A payout of yours is still under way. Please wait until it is done.'],
  'account.purchase_pending': [
    409,
    'A purchase of yours is not decided yet by the bank. Please wait until it is paid or refused.',
  ],
  'account.has_channel': [409, 'You own a channel. Ask the operator of this server to close it first.'],
  'account.terms_needed': [400, 'Please accept the terms first.'],
  'account.age_needed': [400, 'Please confirm your age first.'],
  'account.name_invalid': [400, 'Please give a name of 1 to 80 letters.'],
  'notice.not_found': [404, 'There is no such mail in the outbox.'],
  'notice.no_choice': [409, 'This cannot be chosen: it is always sent, or never in this way.'],
  'notice.link_invalid': [400, 'This link is not whole. Please open it from the mail once more.'],
  'account.not_found': [404, 'There is no account with this e-mail.'],
  'key.not_found': [404, 'There is no such stream key.'],
  'key.limit': [409, 'A channel can have at most 20 stream keys. Revoke one first.'],
  'show.not_found': [404, 'There is no such show.'],
  'show.illegal_transition': [409, 'The show is not in a state in which this can be done.'],
  'show.already_running': [409, 'A show is already running on this channel. End it first.'],
  'show.not_running': [404, 'The show does not run at the moment.'],
  'show.not_started': [404, 'The show has not begun yet.'],
  'show.paused': [403, 'The show is paused. It goes on in a moment.'],
  'show.full': [409, 'The show is full. Please try again in a moment.'],
  'show.address_full': [
    409,
    'As many devices of your network as we let in at once are watching this free show. Close it on one of them, then try again.',
  ],
  'show.tickets_sold': [
    409,
    'Tickets for this show are sold. To move it or to change who may watch, cancel it (everybody gets the tokens back) and plan another.',
  ],
  'show.seats_sold': [409, 'More tickets than that are sold already. Leave at least as many seats.'],
  'show.cancel_instead': [
    409,
    'Tickets for this show were sold, so it cannot be deleted. Cancel it instead: everybody gets the tokens back.',
  ],
  'show.kept': [409, 'This show ran or sold something, so it stays in the list: receipts and earnings name it.'],
  'ticket.not_found': [404, 'There is no such ticket.'],
  'ticket.not_sold': [409, 'This show sells no tickets.'],
  'ticket.sold_out': [409, 'All tickets for this show are sold.'],
  'ticket.show_cancelled': [409, 'This show has been cancelled.'],
  'ticket.show_over': [409, 'This show is over, and there is no replay of it.'],
  'ticket.own_show': [409, 'This is your own show: you need no ticket for it.'],
  'ticket.price_changed': [409, 'The price of this ticket has changed. Please look at it again.'],
  'tip.own_channel': [409, 'You cannot tip yourself.'],
  'tip.too_fast': [429, 'That is a lot of tips in a short time. Please wait a few seconds and send it again.'],
  'code.not_found': [404, 'There is no such access code.'],
  'code.malformed': [
    400,
    'That does not look like an access code. It starts with letters like PLI, followed by letters and digits.',
  ],
  'code.unknown': [404, 'We do not know this code. Please check it letter by letter.'],
  'code.expired': [410, 'This code has expired.'],
  'code.revoked': [410, 'This code has been withdrawn.'],
  'code.other_channel': [409, 'This code belongs to another channel.'],
  'code.too_many_tries': [429, 'Too many wrong codes. Please wait a few minutes and try again.'],
  'code.taken_over': [409, 'Your code is now used on another device, so watching stopped here.'],
  'grant.required': [401, 'A valid access code is needed to watch.'],
  'grant.expired': [403, 'Your time to watch is over.'],
  'grant.revoked': [403, 'Your access has been withdrawn.'],
  'request.idempotency_key': [400, 'Send a header Idempotency-Key of 8 to 64 letters, digits, dashes or underscores.'],
  'wallet.insufficient_funds': [409, 'There are not enough tokens in the wallet.'],
  'wallet.key_reused': [409, 'This Idempotency-Key was used for another request.'],
  'wallet.transfer_not_found': [404, 'There is no such payment.'],
  'wallet.not_refundable': [409, 'This kind of booking cannot be taken back.'],
  'wallet.refund_too_large': [409, 'This is more than what is left of the payment.'],
  'payments.away': [503, 'The payment service is away. Nothing was charged; please try again in a moment.'],
  'payments.refused': [
    502,
    'The payment service does not take this purchase. Nothing was charged; please tell the site.',
  ],
  'payments.signature': [400, 'The signature does not fit: this was not sent by the payment service.'],
  'shop.not_sold': [404, 'This is not for sale here.'],
  'shop.sold_out': [409, 'All places are taken at the moment. Please try again later.'],
  'shop.amount': [400, 'So many tokens cannot be bought at once.'],
  'shop.starts_at': [400, 'A code can begin at once or within the next 30 days.'],
  'checkout.not_found': [404, 'There is no such purchase, or this is not the browser in which it was begun.'],
  'subscription.exists': [409, 'You have this subscription already.'],
  'subscription.not_found': [404, 'There is no such subscription.'],
  'subscription.ended': [409, 'This subscription has ended.'],
  'refund.refused': [409, 'The payment service refused the refund.'],
  'payout.not_found': [404, 'There is no such payout.'],
  'payout.state': [409, 'The payout is not in a state in which this can be done.'],
  'payout.too_small': [409, 'This is less than the least that is paid out at once.'],
  'payout.not_available': [409, 'So much cannot be paid out now.'],
  'payout.connect_refused': [409, 'The payment service did not open an account. The reason stands in the details.'],
  'earnings.range': [400, 'Choose a beginning before the end, and at most 366 days.'],
  'earnings.too_many_lines': [409, 'This month has too many lines for one file. Ask the operator for an export.'],
  'receipt.none': [404, 'There is no receipt of this booking, or it is not yours.'],
  'code.not_started': [403, 'This code does not open anything yet: its hours begin later.'],
  'wallet.limit_reached': [409, 'This is more than the limit that you set yourself.'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type ErrorCode = keyof typeof ERRORS;

/** An error that the caller may see. Programmer errors are plain `Error`s and become `internal`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, details?: Readonly<Record<string, unknown>>) {
    super(ERRORS[code][1]);
    this.name = 'AppError';
    this.code = code;
    this.status = ERRORS[code][0];
    this.details = details;
  }

  toJSON() {
    return { code: this.code, message: this.message, ...(this.details ? { details: this.details } : {}) };
  }
}
