import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { Slug } from './ids.ts';
import { Audience, ShowState } from './live-sessions.ts';

/** What Stripe takes: at least half a unit of the large currencies. */
const Price = z.number().int().min(50).max(100_000_000);

const SlugParams = z.object({ slug: Slug });

export const ChannelSettings = z.object({
  slug: Slug,
  name: z.string(),
  bio: z.string(),
  listed: z.boolean(),
  codePrefix: z.string(),
  codeHours: z.number().int(),
  codeSymbols: z.number().int(),
  maxDevices: z.number().int(),
  graceSeconds: z.number().int().nullable(),
  goLiveMode: z.enum(['auto', 'manual']),
  viewerLimit: z.number().int(),
  /** How far back viewers may seek, seconds; null: as the server's setting says. */
  windowSeconds: z.number().int().nullable(),
  recordShows: z.boolean(),
  /** Pages that anybody can see show a live picture of the show. */
  publicThumbnail: z.boolean(),
  /** What an access code costs, minor units; null: none are sold. */
  codePriceMinor: Price.nullable(),
  /** What a membership costs a month, minor units; null: there are none. */
  membershipPriceMinor: Price.nullable(),
  /** The creator's share of what is sold, basis points. Set by the operator. */
  creatorBps: z.number().int(),
  /** Who may watch a show unless it says otherwise. A ticket has the price of its show, so it is none of them. */
  audience: Audience,
});
export type ChannelSettings = z.infer<typeof ChannelSettings>;

export const getChannel = {
  method: 'get',
  path: '/api/channels/:slug',
  summary: "A channel's public profile.",
  caller: 'public',
  params: SlugParams,
  reply: z.object({ slug: Slug, name: z.string(), bio: z.string(), state: z.union([ShowState, z.literal('none')]) }),
} as const satisfies Endpoint;

export const editChannel = {
  method: 'patch',
  path: '/api/channels/:slug',
  summary:
    "Changes a channel's settings. They hold for shows and codes made from then on; window, recording and picture at once.",
  caller: 'owner',
  params: SlugParams,
  body: z.strictObject({
    name: z.string().trim().min(1).max(80).optional(),
    bio: z.string().trim().max(2000).optional(),
    listed: z.boolean().optional(),
    codePrefix: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z]{2,4}$/, 'use 2 to 4 letters')
      .optional(),
    codeHours: z.number().int().min(1).max(720).optional(),
    codeSymbols: z.number().int().min(6).max(10).optional(),
    maxDevices: z.number().int().min(1).max(20).optional(),
    graceSeconds: z.number().int().min(0).max(1800).nullable().optional(),
    goLiveMode: z.enum(['auto', 'manual']).optional(),
    viewerLimit: z.number().int().min(1).max(100_000).optional(),
    windowSeconds: z.number().int().min(12).max(14_400).nullable().optional(),
    recordShows: z.boolean().optional(),
    publicThumbnail: z.boolean().optional(),
    codePriceMinor: Price.nullable().optional(),
    membershipPriceMinor: Price.nullable().optional(),
    audience: Audience.refine((ways) => !ways.includes('ticket'), 'tickets are sold by show').optional(),
  }),
  reply: ChannelSettings,
} as const satisfies Endpoint;
