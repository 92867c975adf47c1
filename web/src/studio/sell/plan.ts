/** A show as it is planned: what the form holds, what is wrong with it, and how it is sent. */
import type { ShowFigures } from '#contract/earnings.ts';
import type { BodyOf } from '#contract/endpoint.ts';
import type { createStream, editStream, startSession, Way } from '#contract/live-sessions.ts';
import { call } from '../../api/http.ts';

export type Plan = {
  title: string;
  place: string;
  /** As `datetime-local` has it: the creator's own time. */
  starts: string;
  minutes: string;
  ways: readonly Way[];
  price: string;
  seats: string;
};
export type PlanProblem = 'ways' | 'price' | 'seats' | 'starts' | 'past' | 'minutes';

/** Tokens. */
const TICKET_MAX = 1_000_000;
const SEATS_MAX = 100_000;
/** A day. */
const MINUTES_MAX = 1440;
const MINUTE_MS = 60_000;

const wholeIn = (typed: string, least: number, most: number): boolean =>
  /^\d{1,9}$/.test(typed.trim()) && Number(typed) >= least && Number(typed) <= most;

/** The ticket's price in tokens; null where it is none (yet). */
export const ticketPriceOf = (plan: Plan): number | null =>
  plan.ways.includes('ticket') && wholeIn(plan.price, 1, TICKET_MAX) ? Number(plan.price) : null;

/** An instant as `datetime-local` has it, in the creator's own time. */
function localText(instant: string): string {
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}

/** A show as its form begins. */
export const planOf = (show: ShowFigures): Plan => ({
  title: show.title ?? '',
  place: show.location ?? '',
  starts: show.startsAt === null ? '' : localText(show.startsAt),
  minutes: show.estimatedDuration === null ? '' : String(show.estimatedDuration),
  ways: show.audience,
  price: show.ticketPrice === null ? '' : String(show.ticketPrice),
  seats: String(show.viewerLimit),
});

/** What is wrong with a plan. `was` is the plan that is changed, with `sold` tickets; without it, a new one is made. */
export function problemsOf(plan: Plan, nowMs: number, was?: Plan, sold = 0): Set<PlanProblem> {
  const problems = new Set<PlanProblem>();
  if (plan.ways.length === 0) problems.add('ways');
  if (plan.ways.includes('ticket') && ticketPriceOf(plan) === null) problems.add('price');
  if (plan.seats !== was?.seats && !wholeIn(plan.seats, Math.max(1, sold), SEATS_MAX)) problems.add('seats');
  if (plan.minutes.trim() !== '' && !wholeIn(plan.minutes, 1, MINUTES_MAX)) problems.add('minutes');
  if (plan.starts === '' && (was || plan.ways.includes('ticket'))) problems.add('starts');
  else if (plan.starts !== '' && plan.starts !== was?.starts && Date.parse(plan.starts) < nowMs) problems.add('past');
  return problems;
}

/** Plans the show. Returns its own stream key; a show with tickets has none. Throws `ApiError`. */
export async function sendPlan(channel: string, plan: Plan): Promise<string | null> {
  const ticketPrice = ticketPriceOf(plan);
  const body = {
    channel,
    ...(plan.title.trim() ? { title: plan.title.trim() } : {}),
    ...(plan.place.trim() ? { location: plan.place.trim() } : {}),
    ...(plan.minutes.trim() ? { estimatedDuration: Number(plan.minutes) } : {}),
    ...(plan.starts ? { startsAt: new Date(plan.starts).toISOString() } : {}),
    viewerLimit: Number(plan.seats),
    audience: [...plan.ways],
  };
  if (ticketPrice === null)
    return (await call<typeof startSession>('post', '/api/live-sessions/start', { body })).streamKey;
  await call<typeof createStream>('post', '/api/streams/create', { body: { ...body, type: 'private', ticketPrice } });
  return null;
}

type Changes = BodyOf<typeof editStream>;

/** What of a plan is another than it was: only that is sent, so that nothing else can be refused. */
export function changesOf(was: Plan, plan: Plan): Changes {
  const changes: Changes = {};
  if (plan.title.trim() !== was.title) changes.title = plan.title.trim() || null;
  if (plan.place.trim() !== was.place) changes.location = plan.place.trim() || null;
  if (plan.minutes.trim() !== was.minutes)
    changes.estimatedDuration = plan.minutes.trim() ? Number(plan.minutes) : null;
  if (plan.starts !== was.starts) changes.startsAt = new Date(plan.starts).toISOString();
  if (plan.seats.trim() !== was.seats) changes.viewerLimit = Number(plan.seats);
  if (ticketPriceOf(plan) !== ticketPriceOf(was)) changes.ticketPrice = ticketPriceOf(plan);
  if ([...plan.ways].sort().join() !== [...was.ways].sort().join()) changes.audience = [...plan.ways];
  return changes;
}

/** Changes a planned show; without a change nothing is asked. Throws `ApiError`. */
export async function sendChanges(id: ShowFigures['showId'], changes: Changes): Promise<void> {
  if (Object.keys(changes).length === 0) return;
  await call<typeof editStream>('patch', '/api/streams/:id', { params: { id }, body: changes });
}
