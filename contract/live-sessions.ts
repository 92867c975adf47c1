import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { Advice, Light } from './health.ts';
import { ShowId, Slug } from './ids.ts';
import { Cash, Minor, Tokens } from './money.ts';

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

/**
 * How a show may be watched: by everybody, with an access code, with a ticket for it, as a member of its channel.
 * A show is open to one or several of them.
 */
export const Way = z.enum(['everybody', 'code', 'ticket', 'membership']);
export type Way = z.infer<typeof Way>;

/** What a show is open to. `everybody` and tickets exclude each other: nobody pays for what is free. */
export const Audience = z
  .array(Way)
  .min(1)
  .max(4)
  .refine((ways) => new Set(ways).size === ways.length, 'name each once')
  .refine((ways) => !(ways.includes('everybody') && ways.includes('ticket')), 'a show for everybody sells no tickets');
export type Audience = z.infer<typeof Audience>;

/** Most that a ticket may cost, tokens. */
const TICKET_MAX = 1_000_000;
const TicketPrice = Tokens.min(1).max(TICKET_MAX);

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
    /** A test stream; only its creator is ever told of one. */
    test: z.boolean(),
    /** May this device watch? True before a show begins too, where it holds a right to it. */
    access: z.boolean(),
    /** The best right that this visitor has; null without one. */
    accessBy: z.enum(['owner', ...Way.options]).nullable(),
    /** How the show (without one: the channel's next) may be watched, what that costs, and what the visitor has. */
    ways: z.array(
      z.object({
        way: Way,
        has: z.boolean(),
        /** In `currency`; null where it is not sold for cash. */
        priceMinor: Minor.nullable(),
        /** Null where it is not sold for tokens. */
        priceTokens: Tokens.nullable(),
      }),
    ),
    currency: Cash,
    /** Of the show; null where it sells no tickets. */
    ticketPrice: Tokens.nullable(),
    signedIn: z.boolean(),
    /** Why access ended on this device, where it had some. */
    accessLost: z.enum(['expired', 'revoked', 'taken_over']).nullable(),
    accessUntil: z.iso.datetime().nullable(),
    secondsLeft: z.number().int().nullable(),
    /** Set where the show can be played now and `access` holds; the cookie came with this reply. */
    hlsUrl: z.string().nullable(),
    /** The same with the grant in its path, for players that send no cookies: iOS, AirPlay, Cast, VLC. */
    nativeUrl: z.string().nullable(),
    /** The signed grant; `room:join` takes it. Null while no show runs, or without access. */
    grant: z.string().nullable(),
    /** Address of a picture of the running show, where this device may see one. */
    thumbnail: z.string().nullable(),
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

const ShowParams = z.object({ id: ShowId });

/** A show as its creator and the operator see it. */
export const ShowView = z.object({
  showId: ShowId,
  channel: Slug,
  state: ShowState,
  version: z.number().int(),
  title: z.string().nullable(),
  location: z.string().nullable(),
  estimatedDuration: z.number().int().nullable(),
  viewerLimit: z.number().int(),
  goLiveMode: z.enum(['auto', 'manual']),
  startsAt: z.iso.datetime().nullable(),
  startedAt: z.iso.datetime().nullable(),
  openedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  endReason: z.string().nullable(),
  reconnectUntil: z.iso.datetime().nullable(),
  viewers: z.number().int(),
  peakViewers: z.number().int(),
  /** A test stream: its creator alone sees it, and it never becomes a show. */
  test: z.boolean(),
  /** Who may watch. */
  audience: Audience,
  /** Tokens; null where no tickets are sold. */
  ticketPrice: Tokens.nullable(),
  /** Tickets that are valid now. */
  ticketsSold: z.number().int(),
  /** Address of the newest picture, while the show runs and viewers can be at it. */
  thumbnail: z.string().nullable(),
  /** How the stream does, while an encoder sends; figures: `/api/live-sessions/:id/health`. */
  light: Light.nullable(),
  /** Most urgent first. */
  advices: z.array(Advice),
  createdAt: z.iso.datetime(),
});
export type ShowView = z.infer<typeof ShowView>;

const ShowDetails = {
  title: z.string().trim().min(1).max(120).optional(),
  location: z.string().trim().min(1).max(120).optional(),
  /** Minutes. */
  estimatedDuration: z.number().int().min(1).max(1440).optional(),
  viewerLimit: z.number().int().min(1).max(100_000).optional(),
};

export const startSession = {
  method: 'post',
  path: '/api/live-sessions/start',
  summary: 'Prepares a show and mints a stream key for it. It begins when the encoder publishes.',
  caller: 'owner',
  body: z.strictObject({
    ...ShowDetails,
    /** May be left out by a creator of one channel. */
    channel: Slug.optional(),
    startsAt: z.iso.datetime().optional(),
    /** A test stream instead of a show: the next encoder goes into it, its creator alone sees it. */
    test: z.boolean().optional(),
    /** Who may watch; left out: as the channel's setting says. Tickets are sold by `/api/streams/create`. */
    audience: Audience.refine((ways) => !ways.includes('ticket'), 'plan a private stream to sell tickets').optional(),
  }),
  reply: z.object({
    sessionId: ShowId,
    showId: ShowId,
    channel: Slug,
    ingest: z.object({ server: z.string(), secureServer: z.string().nullable() }),
    streamKey: z.string(),
    instructions: z.object({ desktop: z.array(z.string()), mobile: z.array(z.string()) }),
    recipients: z.object({ count: z.number().int(), note: z.string() }),
  }),
} as const satisfies Endpoint;

const ShowCommand = z.strictObject({ sessionId: ShowId.optional(), channel: Slug.optional() });
const command = <P extends string>(path: P, summary: string) =>
  ({ method: 'post', path, summary, caller: 'owner', body: ShowCommand, reply: ShowView }) as const satisfies Endpoint;

export const endSession = command('/api/live-sessions/end', 'Ends the show that runs.');
export const pauseSession = command(
  '/api/live-sessions/pause',
  'Puts the intermission card up; the grace time does not run.',
);
export const resumeSession = command('/api/live-sessions/resume', 'Ends the intermission.');
export const goLive = command('/api/live-sessions/go-live', 'Opens a previewed show to its viewers.');
export const cancelSession = command('/api/live-sessions/cancel', 'Cancels a show that has not begun.');

/** `private`: a ticket opens it. */
const StreamType = z.enum(['public', 'private']);
const streamView = { id: ShowId, type: StreamType, ...ShowView.shape };

export const createStream = {
  method: 'post',
  path: '/api/streams/create',
  summary: 'Plans a stream on a channel.',
  caller: 'owner',
  body: z.strictObject({
    ...ShowDetails,
    channel: Slug.optional(),
    startsAt: z.iso.datetime().optional(),
    /** `private`: for ticket holders, and whoever else `audience` names. */
    type: StreamType.default('public'),
    /** Tokens. Needed for a private stream, refused for a public one. */
    ticketPrice: TicketPrice.optional(),
    /** Left out: as the channel's setting says; of a private stream: ticket holders. */
    audience: Audience.optional(),
  }),
  reply: z.object(streamView),
} as const satisfies Endpoint;

export const editStream = {
  method: 'patch',
  path: '/api/streams/:id',
  summary:
    'Changes a planned stream that has not begun; what is not named stays. Sold tickets fix its time, its audience and that it sells tickets.',
  caller: 'owner',
  params: ShowParams,
  body: z.strictObject({
    title: ShowDetails.title.unwrap().nullable().optional(),
    location: ShowDetails.location.unwrap().nullable().optional(),
    estimatedDuration: ShowDetails.estimatedDuration.unwrap().nullable().optional(),
    viewerLimit: ShowDetails.viewerLimit,
    startsAt: z.iso.datetime().optional(),
    /** A price makes the stream private, null public; who has a ticket keeps it. */
    ticketPrice: TicketPrice.nullable().optional(),
    audience: Audience.optional(),
  }),
  reply: z.object(streamView),
} as const satisfies Endpoint;

export const deleteStream = {
  method: 'delete',
  path: '/api/streams/:id',
  summary:
    'Deletes a stream that never ran and for which nothing was ever sold. Any other stays, and can be cancelled.',
  caller: 'owner',
  params: ShowParams,
  reply: z.object({ id: ShowId, deleted: z.literal(true) }),
} as const satisfies Endpoint;

export const listStreams = {
  method: 'get',
  path: '/api/streams',
  summary: 'Shows of all listed channels: those that run now, or those to come.',
  caller: 'public',
  query: z.object({ state: z.enum(['live', 'scheduled']).default('live') }),
  reply: z.array(
    z.object({
      id: ShowId,
      state: ShowState,
      title: z.string().nullable(),
      channel: z.object({ slug: Slug, name: z.string() }),
      /** Address of the newest picture, where this device may see one. */
      thumbnail: z.string().nullable(),
      viewers: z.number().int(),
      audience: Audience,
      /** Tokens; null where no tickets are sold. */
      ticketPrice: Tokens.nullable(),
      startsAt: z.iso.datetime().nullable(),
      startedAt: z.iso.datetime().nullable(),
    }),
  ),
} as const satisfies Endpoint;

export const streamStatus = {
  method: 'get',
  path: '/api/streams/:id/status',
  summary: 'The state of one stream.',
  caller: 'public',
  params: ShowParams,
  reply: z.object({
    id: ShowId,
    state: ShowState,
    channel: Slug,
    title: z.string().nullable(),
    viewers: z.number().int(),
    startsAt: z.iso.datetime().nullable(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
  }),
} as const satisfies Endpoint;

export const terminateStream = {
  method: 'post',
  path: '/api/streams/:id/terminate',
  summary: 'Ends a stream, whatever it is doing.',
  caller: 'owner',
  params: ShowParams,
  body: z.strictObject({}),
  reply: z.object(streamView),
} as const satisfies Endpoint;
