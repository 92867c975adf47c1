import type { ErrorCode } from '#contract/errors.ts';

/**
 * Sentences for error codes, said to the person in front of the page. A code that is missing here
 * falls back to the server's own sentence. `network` is ours: no answer came.
 */
export const errors = {
  network: 'No connection to the server. Please check your network; we keep trying.',
  internal: 'Something went wrong on our side. Please try again.',
  unavailable: 'The server is restarting. Please try again in a few seconds.',
  not_found: 'There is nothing here.',
  'request.too_many': 'That was a little fast. Please wait a moment and try again.',
  'auth.required': 'Please sign in again.',
  'auth.forbidden': 'You may not do this.',
  'channel.not_found': 'There is no such channel.',
  'key.not_found': 'This stream key is already gone.',
  'key.limit': 'A channel can have at most 20 stream keys. Revoke one first.',
  'show.illegal_transition': 'The show has moved on in the meantime. The page now shows its state.',
  'show.already_running': 'A show is already running on this channel. End it first.',
  'show.full': 'The show is full at the moment. We keep trying for you.',
  'code.malformed': 'That does not look like an access code. It starts with letters like PLI, then letters and digits.',
  'code.unknown': 'We do not know this code. Please check it letter by letter.',
  'code.expired': 'This code has expired.',
  'code.revoked': 'This code has been withdrawn. Please ask the creator.',
  'code.other_channel': 'This code belongs to another channel.',
  'code.too_many_tries': 'Too many wrong codes. Please wait a few minutes, then try again.',
  'request.invalid': 'Something in the form is not right. Please look at it again.',
  'wallet.insufficient_funds': 'There are not enough tokens in your wallet.',
  'wallet.limit_reached':
    'This is more than the monthly limit that you set yourself. You can change it in your account.',
  'wallet.key_reused': 'The page was out of step. Please reload it and try again.',
  'payments.away': 'The payment service is away. Nothing was charged; please try again in a moment.',
  'payments.refused': 'The payment service does not take this purchase. Nothing was charged; please tell the site.',
  'shop.sold_out': 'All places are taken at the moment. Please try again later.',
  'shop.not_sold': 'This is not sold here any more. Please reload the page.',
  'ticket.sold_out': 'All tickets for this show are sold.',
  'ticket.price_changed': 'The price of the ticket has just changed. Please look at it again.',
  'ticket.own_show': 'This is your own show: you need no ticket.',
  'tip.too_fast': 'That is a lot of tips in a short time. Please wait a few seconds and send it again.',
  'tip.own_channel': 'You cannot tip yourself.',
  'code.taken_over': 'Your code is now used on another device.',
} as const satisfies Partial<Record<ErrorCode | 'network', string>>;
