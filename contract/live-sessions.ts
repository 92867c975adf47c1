import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { ShowId, Slug } from './ids.ts';

export const ShowState = z.enum([
  'scheduled',
  'starting',
  'preview',
  'live',
  'paused',
  'reconnecting',
  'ended',
  'cancelled',
]);
export type ShowState = z.infer<typeof ShowState>;

export const currentSession = {
  method: 'get',
  path: '/api/live-sessions/current',
  summary: 'The show that runs on a channel, or the next one, and what this device may do with it.',
  caller: 'public',
  query: z.object({ channel: Slug }),
  reply: z.object({
    state: z.union([ShowState, z.literal('none')]),
    showId: ShowId.nullable(),
    title: z.string().nullable(),
    /** May this device watch? True before a show begins too, where it holds a valid code. */
    access: z.boolean(),
    /** Why access ended on this device, where it had some. */
    accessLost: z.enum(['expired', 'revoked', 'taken_over']).nullable(),
    accessUntil: z.iso.datetime().nullable(),
    secondsLeft: z.number().int().nullable(),
    /** Set where the show can be played now and `access` holds; the cookie came with this reply. */
    hlsUrl: z.string().nullable(),
    viewers: z.number().int().nonnegative(),
    viewerLimit: z.number().int().positive(),
    startsAt: z.iso.datetime().nullable(),
    startedAt: z.iso.datetime().nullable(),
    /** While reconnecting: when the show ends unless the encoder returns. */
    reconnectUntil: z.iso.datetime().nullable(),
    channel: z.object({ slug: Slug, name: z.string(), bio: z.string() }),
    serverTime: z.iso.datetime(),
    /** Rises with each change of the show's state; a gap on the socket means: ask here again. */
    version: z.number().int(),
  }),
} as const satisfies Endpoint;
