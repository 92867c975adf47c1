/** Tips: tokens from a fan to a creator, with a message that everybody present sees. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { ShowId, Slug, TipId, TransferId, UserId } from './ids.ts';
import { Tokens } from './money.ts';

/** Least and most of one tip, tokens. */
const TIP_MIN = 1;
const TIP_MAX = 100_000;
/** Characters of a message. */
export const TIP_MESSAGE_MAX = 200;

/** A tip as everybody in the room sees it. `id` tells whether it was shown before; `at` gives the order. */
export const TipEvent = z.strictObject({
  id: TipId,
  at: z.iso.datetime(),
  channel: Slug,
  showId: ShowId.nullable(),
  fromUsername: z.string(),
  amountTokens: Tokens,
  message: z.string().nullable(),
});
export type TipEvent = z.infer<typeof TipEvent>;

export const sendTip = {
  method: 'post',
  path: '/api/tips/send',
  summary: 'Tips a creator from the wallet. Needs the header Idempotency-Key.',
  caller: 'session',
  body: z.strictObject({
    /** May be left out where the context names the channel or the stream. */
    toCreatorId: UserId.optional(),
    amountTokens: Tokens.min(TIP_MIN).max(TIP_MAX),
    /** Spaces around it and characters that cannot be seen are removed. */
    message: z.string().trim().max(TIP_MESSAGE_MAX).optional(),
    context: z
      .strictObject({ streamId: ShowId.optional(), callId: z.string().max(64).optional(), channel: Slug.optional() })
      .default({}),
  }),
  reply: z.object({ tipId: TipId, transferId: TransferId, newBalance: Tokens }),
} as const satisfies Endpoint;

export const listTips = {
  method: 'get',
  path: '/api/tips',
  summary: "A channel's tips, newest first, with their total.",
  caller: 'owner',
  query: z.object({ channel: Slug, stream: ShowId.optional(), before: TipId.optional() }),
  reply: z.object({
    tips: z.array(
      TipEvent.extend({
        transferId: TransferId,
        /** The creator's share of it. */
        creatorTokens: Tokens,
      }),
    ),
    /** Of all tips that the question is about, as they were given: what went back since, earnings tell. */
    count: z.number().int(),
    totalTokens: Tokens,
    creatorTotalTokens: Tokens,
    next: TipId.nullable(),
  }),
} as const satisfies Endpoint;

export const recentTips = {
  method: 'get',
  path: '/api/tips/recent',
  summary:
    'Tips of the last ten minutes, oldest first, for a page that missed some; of a show that is not for everybody only for who may watch it. Ask from a little before the last.',
  caller: 'public',
  query: z.object({ channel: Slug, since: z.iso.datetime().optional() }),
  reply: z.array(TipEvent),
} as const satisfies Endpoint;
