/**
 * Public ids: a type prefix and 128 random bits in Crockford base-32, so that an id says what it
 * names and cannot be guessed or counted. The database's own keys never leave the server.
 */
import { z } from 'zod';

const id = <P extends string>(prefix: P) =>
  z.string().regex(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`), `expected an id like ${prefix}_…`);

export const ChannelId = id('chn').brand<'ChannelId'>();
export const ShowId = id('shw').brand<'ShowId'>();
export const KeyId = id('key').brand<'KeyId'>();
export const CodeId = id('cod').brand<'CodeId'>();
export const BroadcastId = id('brc').brand<'BroadcastId'>();
export const UserId = id('usr').brand<'UserId'>();
export const TransferId = id('trf').brand<'TransferId'>();
export const CheckoutId = id('chk').brand<'CheckoutId'>();
export const TicketId = id('tkt').brand<'TicketId'>();
export const SubscriptionId = id('sub').brand<'SubscriptionId'>();
export const PayoutId = id('pot').brand<'PayoutId'>();
export const TipId = id('tip').brand<'TipId'>();
export const NoticeId = id('ntc').brand<'NoticeId'>();
export type ChannelId = z.infer<typeof ChannelId>;
export type ShowId = z.infer<typeof ShowId>;
export type KeyId = z.infer<typeof KeyId>;
export type CodeId = z.infer<typeof CodeId>;
export type BroadcastId = z.infer<typeof BroadcastId>;
export type UserId = z.infer<typeof UserId>;
export type TransferId = z.infer<typeof TransferId>;
export type CheckoutId = z.infer<typeof CheckoutId>;
export type TicketId = z.infer<typeof TicketId>;
export type SubscriptionId = z.infer<typeof SubscriptionId>;
export type PayoutId = z.infer<typeof PayoutId>;
export type TipId = z.infer<typeof TipId>;
export type NoticeId = z.infer<typeof NoticeId>;

/** A channel's name in its address `/c/<slug>`. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'use 1 to 40 lower-case letters, digits or dashes');
