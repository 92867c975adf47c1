/** A show's states, and what a report of media means for it. */
import { AppError } from '#contract/errors.ts';
import type { ShowState, Way } from '#contract/live-sessions.ts';
import type { RefusalReason } from '#contract/media-port.ts';

export type ShowEvent =
  | 'published'
  | 'first_segment'
  | 'first_preview'
  | 'opened'
  | 'publish_lost'
  | 'paused'
  | 'resumed'
  | 'grace_expired'
  | 'stopped'
  | 'cancelled';

const NEXT: Record<ShowState, Partial<Record<ShowEvent, ShowState>>> = {
  scheduled: { published: 'starting', cancelled: 'cancelled' },
  starting: { first_segment: 'live', first_preview: 'preview', publish_lost: 'reconnecting', stopped: 'ended' },
  preview: { opened: 'live', publish_lost: 'reconnecting', stopped: 'ended' },
  live: { publish_lost: 'reconnecting', paused: 'paused', stopped: 'ended' },
  // The grace time does not run in an intermission; a lost encoder is noticed once the show is resumed.
  paused: { resumed: 'live', stopped: 'ended' },
  // A dropped encoder is normal; viewers keep the page until the grace time runs out.
  reconnecting: { first_segment: 'live', first_preview: 'preview', grace_expired: 'ended', stopped: 'ended' },
  ended: {},
  cancelled: {},
};

/** A test stream has no audience, so that it cannot be opened, live or in an intermission. */
const NEXT_OF_TEST: typeof NEXT = {
  scheduled: { published: 'starting', cancelled: 'cancelled' },
  starting: { first_preview: 'preview', publish_lost: 'reconnecting', stopped: 'ended' },
  preview: { publish_lost: 'reconnecting', stopped: 'ended' },
  live: {},
  paused: {},
  reconnecting: { first_preview: 'preview', grace_expired: 'ended', stopped: 'ended' },
  ended: {},
  cancelled: {},
};

/** The state after an event. Throws show.illegal_transition. */
export function step(state: ShowState, event: ShowEvent, test = false): ShowState {
  const next = (test ? NEXT_OF_TEST : NEXT)[state][event];
  if (next === undefined) throw new AppError('show.illegal_transition', { state, event });
  return next;
}

export const isRunning = (state: ShowState): boolean =>
  state === 'starting' || state === 'preview' || state === 'live' || state === 'paused' || state === 'reconnecting';

/** True where no encoder ever came for it. */
export const neverRan = (show: { readonly state: ShowState; readonly startedAt: Date | null }): boolean =>
  (show.state === 'scheduled' || show.state === 'cancelled') && show.startedAt === null;

const isOver = (state: ShowState): boolean => state === 'ended' || state === 'cancelled';

export type ShowFacts = {
  readonly state: ShowState;
  readonly test: boolean;
  readonly goLiveMode: 'auto' | 'manual';
  /** True once everybody with a right could watch. */
  readonly opened: boolean;
  /** How long `state` has held, milliseconds, by the database's clock. */
  readonly settledMs: number;
};

/** How long media may be silent on a show that it was just given before that counts as lost, milliseconds. */
const UNREPORTED_MS = 5000;

/** A preview and a test are for the creator; what was opened once stays open. */
export const audienceOf = (show: Pick<ShowFacts, 'test' | 'goLiveMode' | 'opened'>): 'everyone' | 'creator' =>
  !show.test && (show.goLiveMode === 'auto' || show.opened) ? 'everyone' : 'creator';

/** What a report means: an event, or null where it changes nothing. `absent`: media did not name the show. */
export function eventOf(report: 'connecting' | 'playing' | 'lost' | 'absent', show: ShowFacts): ShowEvent | null {
  const { state } = show;
  if (report === 'playing') {
    if (state !== 'starting' && state !== 'reconnecting') return null;
    return audienceOf(show) === 'everyone' ? 'first_segment' : 'first_preview';
  }
  if (report === 'connecting') return null;
  if (state !== 'starting' && state !== 'preview' && state !== 'live') return null;
  if (report === 'absent' && show.settledMs < UNREPORTED_MS) return null;
  return 'publish_lost';
}

/** True where the encoder has been away for longer than the show waits. */
export const graceIsOver = (awayMs: number, graceSeconds: number): boolean => awayMs >= graceSeconds * 1000;

/** How long a test stream waits for an encoder that left, seconds. */
export const TEST_GRACE_SECONDS = 30;
/**
 * An encoder whose test was ended under it connects again by itself. What it opens within this time of the end
 * is a preview: nobody goes live by an encoder's reconnecting. Seconds.
 */
export const TEST_ECHO_SECONDS = 60;

export type TestFacts = {
  /** Since its encoder came; for one that still waits, since it was prepared. Seconds. */
  readonly ageSeconds: number;
  /** A planned show of the channel has come due since the test began. */
  readonly showDue: boolean;
};

/** Why a test stream is to end now, or null. `limitSeconds`: the longest that it may take. */
export function endOfTest(test: TestFacts, limitSeconds: number): 'show_due' | 'time_over' | null {
  if (test.showDue) return 'show_due';
  return test.ageSeconds >= limitSeconds ? 'time_over' : null;
}

export type Offer = {
  readonly type: 'public' | 'private';
  readonly ticketPrice: number | undefined;
  readonly audience: readonly Way[] | undefined;
};

/**
 * Who may watch a planned show, and what a ticket costs: a private show has a price and is open to ticket holders at
 * least, a public one sells no tickets. `usual`: the channel's own setting. Throws request.invalid.
 */
export function offered(offer: Offer, usual: readonly Way[]): { audience: readonly Way[]; ticketPrice: number | null } {
  const refuse = (field: string, problem: string) => new AppError('request.invalid', { field, problem });
  if (offer.type === 'public') {
    if (offer.ticketPrice !== undefined) throw refuse('ticketPrice', 'only a private stream sells tickets');
    if (offer.audience?.includes('ticket')) throw refuse('audience', 'only a private stream sells tickets');
    return { audience: offer.audience ?? usual, ticketPrice: null };
  }
  if (offer.ticketPrice === undefined) throw refuse('ticketPrice', 'a private stream needs a price');
  if (offer.audience?.includes('everybody')) throw refuse('audience', 'a private stream is not for everybody');
  return { audience: [...new Set<Way>(['ticket', ...(offer.audience ?? [])])], ticketPrice: offer.ticketPrice };
}

/** Where a picture of a show may be seen: by those who may watch, and where the channel wants it by all. */
export const mayShowPicture = (
  show: { readonly state: ShowState; readonly test: boolean; readonly opened: boolean },
  viewer: { readonly hasAccess: boolean; readonly publicPicture: boolean },
): boolean =>
  (show.state === 'live' || show.state === 'paused' || show.state === 'reconnecting') &&
  show.opened &&
  !show.test &&
  (viewer.hasAccess || viewer.publicPicture);

export type PublishFacts = {
  readonly keyId: string;
  /** The show that the key was minted for, and its state; null for a key of the whole channel. */
  readonly ownShow: ShowState | null;
  /** The slug that the encoder named in the application, or null. */
  readonly namedChannel: string | null;
  readonly channel: string;
  readonly revoked: boolean;
  /** The show that runs on the channel. */
  readonly running: {
    readonly isOwnShow: boolean;
    readonly ingestState: string | null;
    readonly ingestKeyId: string | null;
  } | null;
};

/** Why a publisher is turned away, or null. */
export function refusePublish(facts: PublishFacts): RefusalReason | null {
  if (facts.revoked) return 'publish.revoked_key';
  if (facts.namedChannel !== null && facts.namedChannel !== facts.channel) return 'publish.wrong_channel';
  if (facts.ownShow !== null && isOver(facts.ownShow)) return 'publish.show_over';
  const { running } = facts;
  if (!running) return null;
  if (facts.ownShow !== null && !running.isOwnShow) return 'publish.other_key_live';
  const sending = running.ingestState === 'connecting' || running.ingestState === 'playing';
  return sending && running.ingestKeyId !== null && running.ingestKeyId !== facts.keyId
    ? 'publish.other_key_live'
    : null;
}
