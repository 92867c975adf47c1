/**
 * What a tester does to the stand-in, and Stripe does by itself or never: `POST /_standin/<command>` on loopback, with
 * the control secret as bearer. `client.ts` is the other end.
 */
import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Answer, Asked, AtDesk } from './api.ts';
import { catchUp, renew, setCard } from './billing.ts';
import { type EventFaults, listDeliveries, NO_EVENT_FAULTS } from './deliveries.ts';
import { type Desk, emit, find } from './desk.ts';
import { Fault } from './faults.ts';
import type { AnyObject, StoredEvent } from './objects.ts';
import { act } from './pages/actions.ts';
import { settleLater } from './pay.ts';
import { bookEntry } from './resources/books.ts';
import { onboard } from './resources/connect.ts';
import { closeDispute, openDispute } from './resources/disputes.ts';

/** How the API behaves to everybody but control. */
export const Outage = z.strictObject({
  /**
   * `refuse` closes the port, `error` answers 500, `hang` never answers, `limit` answers 429, and `lose_answer` does
   * what is asked and cuts the connection before the answer.
   */
  how: z.enum(['refuse', 'error', 'hang', 'limit', 'lose_answer']),
  /** Ends after so long, milliseconds; a closed port needs it, because it hears no other end. */
  forMs: z.number().int().min(1).max(600_000).optional(),
  /** Ends after so many requests. */
  requests: z.number().int().min(1).optional(),
});
export type Outage = z.infer<typeof Outage>;

const count = z.number().int().min(0).max(1_000_000);
const Faults = z.strictObject({
  lose: count.optional(),
  loseTypes: z.array(z.string()).optional(),
  repeat: z.number().int().min(0).max(10).optional(),
  delayMs: count.optional(),
  shuffleMs: count.optional(),
});
const id = z.string().min(1);

/** Every command and what it takes. */
const COMMANDS = {
  /** Presses a button of the checkout page. */
  press: z.strictObject({
    session: id,
    action: z.enum(['pay', 'decline', 'funds', 'challenge', 'authenticated', 'unauthenticated', 'later']),
    email: z.email().optional(),
  }),
  /** Decides a bank debit now. */
  settle: z.strictObject({ session: id, succeeded: z.boolean() }),
  /** The next thing that time brings a subscription: end, another try, or the next period. */
  renew: z.strictObject({ subscription: id, works: z.boolean() }),
  /** Whether the card of a subscription works when the clock renews it. */
  card: z.strictObject({ subscription: id, works: z.boolean() }),
  /** Moves the clock forward and does what became due. */
  advance: z.strictObject({ seconds: z.number().int().min(0).max(400_000_000) }),
  dispute: z.strictObject({
    charge: id.optional(),
    paymentIntent: id.optional(),
    reason: id.optional(),
    amount: count.optional(),
  }),
  closeDispute: z.strictObject({ dispute: id, won: z.boolean() }),
  /** The owner of a connected account has told everything. */
  onboard: z.strictObject({ account: id }),
  /** Puts money on the platform's balance, for transfers. */
  fund: z.strictObject({ amount: count, currency: z.string().length(3) }),
  /** An event about an object that this install never made, as an account with other products has. */
  foreign: z.strictObject({ type: id, object: z.record(z.string(), z.unknown()) }),
  faults: Faults,
  outage: Outage.nullable(),
  deliveries: z.strictObject({ limit: z.number().int().min(1).max(10_000).optional() }),
  /** Sends an event once more, lost or not. */
  resend: z.strictObject({ event: id }),
} as const;
export type Command = keyof typeof COMMANDS;
export type Input<C extends Command> = z.input<(typeof COMMANDS)[C]>;

type Parsed<C extends Command> = z.output<(typeof COMMANDS)[C]>;
export type Surroundings = { readonly setOutage: (outage: Outage | null) => void };
type Work<C extends Command> = (desk: Desk, input: Parsed<C>, around: Surroundings) => unknown;

function chargeFor(desk: Desk, input: Parsed<'dispute'>) {
  if (input.charge !== undefined) return find(desk, 'charge', input.charge);
  const intent = find(desk, 'payment_intent', input.paymentIntent ?? '');
  return find(desk, 'charge', intent.latest_charge ?? '');
}

function setFaults(desk: Desk, input: Parsed<'faults'>): EventFaults {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const faults = { ...NO_EVENT_FAULTS, ...given } as EventFaults;
  desk.store.setNote('eventFaults', faults);
  return faults;
}

function foreign(desk: Desk, { type, object }: Parsed<'foreign'>) {
  emit(desk, type as StoredEvent['type'], object as unknown as AnyObject);
  return desk.store.find('event', { limit: 1 })[0];
}

const WORK: { readonly [C in Command]: Work<C> } = {
  press: (desk, { session, action, email }) => {
    const found = find(desk, 'checkout.session', session);
    const { message } = act(desk, found, action, email ?? found.customer_details?.email ?? 'fan@example.org');
    return { session: find(desk, 'checkout.session', session), message };
  },
  settle: (desk, { session, succeeded }) => ({
    settled: settleLater(desk, find(desk, 'checkout.session', session), succeeded),
  }),
  renew: (desk, { subscription, works }) => renew(desk, subscription, works),
  card: (desk, { subscription, works }) => {
    setCard(desk, find(desk, 'subscription', subscription).id, works);
    return { works };
  },
  advance: (desk, { seconds }) => {
    desk.store.setNote('clockAheadS', desk.store.note('clockAheadS', 0) + seconds);
    catchUp(desk);
    return { now: desk.now() };
  },
  dispute: (desk, input) => openDispute(desk, chargeFor(desk, input), input.reason ?? 'fraudulent', input.amount),
  closeDispute: (desk, { dispute, won }) => closeDispute(desk, find(desk, 'dispute', dispute), won),
  onboard: (desk, { account }) => onboard(desk, find(desk, 'account', account)),
  fund: (desk, { amount, currency }) => ({
    entry: bookEntry(desk, { type: 'topup', category: 'topup', amount, currency, source: 'tu_standin' }),
  }),
  foreign,
  faults: setFaults,
  outage: (_desk, outage, { setOutage }) => {
    setOutage(outage);
    return { outage };
  },
  deliveries: (desk, { limit }) => listDeliveries(desk.store, limit ?? 100),
  resend: (desk, { event }) => {
    desk.queue(find(desk, 'event', event));
    return { event };
  },
};

function allowed(header: string | undefined, secret: string): boolean {
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${secret}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

const json = (status: number, value: unknown): Answer => ({
  status,
  body: `${JSON.stringify(value)}\n`,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
});

function run<C extends Command>(command: C, desk: Desk, body: string, around: Surroundings): unknown {
  const parsed = COMMANDS[command].safeParse(JSON.parse(body === '' ? '{}' : body));
  if (!parsed.success) throw new Fault(400, { type: 'invalid_request_error', message: z.prettifyError(parsed.error) });
  return (WORK[command] as Work<C>)(desk, parsed.data as Parsed<C>, around);
}

/** Answers one command. Without a secret there is no control. */
export function answerControl(atDesk: AtDesk, secret: string | undefined, around: Surroundings, asked: Asked): Answer {
  if (secret === undefined || !allowed(asked.headers['authorization']?.toString(), secret))
    return json(401, { message: 'This address needs the control secret.' });
  const name = asked.path.replace('/_standin/', '');
  if (asked.method !== 'POST' || !Object.hasOwn(COMMANDS, name))
    return json(404, { message: `There is no command ${name}.` });
  try {
    const result = atDesk({ id: null, idempotency_key: null }, (desk) =>
      run(name as Command, desk, asked.body, around),
    );
    return json(200, result ?? null);
  } catch (error) {
    if (error instanceof Fault) return json(error.status, error.body);
    if (error instanceof SyntaxError) return json(400, { message: 'The body is not JSON.' });
    throw error;
  }
}
