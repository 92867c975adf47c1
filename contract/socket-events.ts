/** Socket.io events. Each from a client has a schema, an acknowledgement and a budget. */
import { z } from 'zod';
import type { ErrorCode } from './errors.ts';
import { CheckoutId, ShowId, Slug } from './ids.ts';
import { ShowState } from './live-sessions.ts';
import { NoticeView } from './notices.ts';
import type { TipEvent } from './tips.ts';

const RoomRequest = z.strictObject({ channel: Slug });
type RoomRequest = z.infer<typeof RoomRequest>;

/** `grant`: what `/api/live-sessions/current` gave, to hear what is said inside a show that is not for everybody. */
const JoinRequest = RoomRequest.extend({ grant: z.string().max(1024).optional() });
type JoinRequest = z.infer<typeof JoinRequest>;

/** A show changed its state. A `version` that skips one means: ask `/api/live-sessions/current` again. */
export const ShowStateEvent = z.strictObject({
  channel: Slug,
  state: ShowState,
  showId: ShowId,
  version: z.number().int(),
});
export type ShowStateEvent = z.infer<typeof ShowStateEvent>;

const ShowViewersEvent = z.strictObject({
  channel: Slug,
  showId: ShowId,
  viewers: z.number().int().nonnegative(),
});
type ShowViewersEvent = z.infer<typeof ShowViewersEvent>;

/** Something new for the reader whose room it is. May come twice: the id says so. */
export const NoticeNewEvent = z.strictObject({ notice: NoticeView, unread: z.number().int().nonnegative() });
export type NoticeNewEvent = z.infer<typeof NoticeNewEvent>;

const MeRequest = z.strictObject({});
type MeRequest = z.infer<typeof MeRequest>;

/** `claim` as the purchase's page has it. */
const CheckoutRequest = z.strictObject({ id: CheckoutId, claim: z.string().max(100) });
type CheckoutRequest = z.infer<typeof CheckoutRequest>;

export type Ack = { readonly ok: true } | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** Events from a client, each with what it may send in a while. */
export const CLIENT_EVENTS = {
  'room:join': { schema: JoinRequest, budget: 20, seconds: 10 },
  'room:leave': { schema: RoomRequest, budget: 20, seconds: 10 },
  /** Listens to one's own notices; for who is signed in. */
  'me:join': { schema: MeRequest, budget: 10, seconds: 10 },
  /** Waits for a purchase to be paid; only for who has its claim. */
  'checkout:join': { schema: CheckoutRequest, budget: 10, seconds: 10 },
} as const;

export type ClientEvents = {
  'room:join': (request: JoinRequest, ack: (reply: Ack) => void) => void;
  'room:leave': (request: RoomRequest, ack: (reply: Ack) => void) => void;
  'me:join': (request: MeRequest, ack: (reply: Ack) => void) => void;
  'checkout:join': (request: CheckoutRequest, ack: (reply: Ack) => void) => void;
};
export type ServerEvents = {
  /** A purchase was paid: ask `/api/checkouts/:id` for what was bought. May come twice. */
  'checkout:paid': (event: { id: CheckoutId }) => void;
  'show:state': (event: ShowStateEvent) => void;
  'show:viewers': (event: ShowViewersEvent) => void;
  /**
   * After the booking: to the channel's room, and of a show that is not for everybody only to who is inside, and to its
   * creator. A page that was away asks `/api/tips/recent`.
   */
  'tip:new': (event: TipEvent) => void;
  /** The same under the channel's name, for pages that hear several. */
  [tip: `tip:new:${string}`]: (event: TipEvent) => void;
  'notice:new': (event: NoticeNewEvent) => void;
};
