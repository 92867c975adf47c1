/** A show as it is planned: what the form holds, what is wrong with it, and how it is sent. */
import type { createStream, startSession, Way } from '#contract/live-sessions.ts';
import { call } from '../../api/http.ts';

export type Plan = {
  title: string;
  /** As `datetime-local` has it: the creator's own time. */
  starts: string;
  ways: readonly Way[];
  price: string;
  seats: string;
};
export type PlanProblem = 'ways' | 'price' | 'seats' | 'starts' | 'past';

/** Tokens. */
const TICKET_MAX = 1_000_000;
const SEATS_MAX = 100_000;

const wholeIn = (typed: string, most: number): boolean =>
  /^\d{1,9}$/.test(typed.trim()) && Number(typed) >= 1 && Number(typed) <= most;

/** The ticket's price in tokens; null where it is none (yet). */
export const ticketPriceOf = (plan: Plan): number | null =>
  plan.ways.includes('ticket') && wholeIn(plan.price, TICKET_MAX) ? Number(plan.price) : null;

export function problemsOf(plan: Plan, nowMs: number): Set<PlanProblem> {
  const problems = new Set<PlanProblem>();
  if (plan.ways.length === 0) problems.add('ways');
  if (plan.ways.includes('ticket') && ticketPriceOf(plan) === null) problems.add('price');
  if (!wholeIn(plan.seats, SEATS_MAX)) problems.add('seats');
  if (plan.ways.includes('ticket') && plan.starts === '') problems.add('starts');
  else if (plan.starts !== '' && Date.parse(plan.starts) < nowMs) problems.add('past');
  return problems;
}

/** Plans the show. Returns its own stream key; a show with tickets has none. Throws `ApiError`. */
export async function sendPlan(channel: string, plan: Plan): Promise<string | null> {
  const ticketPrice = ticketPriceOf(plan);
  const body = {
    channel,
    ...(plan.title.trim() ? { title: plan.title.trim() } : {}),
    ...(plan.starts ? { startsAt: new Date(plan.starts).toISOString() } : {}),
    viewerLimit: Number(plan.seats),
    audience: [...plan.ways],
  };
  if (ticketPrice === null)
    return (await call<typeof startSession>('post', '/api/live-sessions/start', { body })).streamKey;
  await call<typeof createStream>('post', '/api/streams/create', { body: { ...body, type: 'private', ticketPrice } });
  return null;
}
