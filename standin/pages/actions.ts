/** The buttons of the checkout page, for the page itself and for control. */
import type { Desk } from '../desk.ts';
import type { Session } from '../objects.ts';
import * as pay from '../pay.ts';
import type { DECLINES } from '../resources/declines.ts';
import { located } from '../resources/session-tax.ts';

type Outcome = {
  /** `done`: the order is complete; `stay`: the page stays; `ask`: the bank's page comes. */
  readonly next: 'done' | 'stay' | 'ask' | 'unknown';
  /** Why the card did not pay, and Stripe's sentence for it. */
  readonly why: keyof typeof DECLINES | null;
  readonly message: string | null;
};

const DECLINING = { decline: 'generic', funds: 'funds', unauthenticated: 'authentication' } as const;
const PAYING = { pay: pay.pay, later: pay.payLater, authenticated: pay.authenticated } as const;
const isKey = <T extends object>(table: T, name: string): name is keyof T & string => Object.hasOwn(table, name);

/** Presses a button. On a session that is over nothing happens. */
export function act(desk: Desk, given: Session, action: string, email: string): Outcome {
  const buyer = { email };
  if (given.status === 'complete') return { next: 'done', why: null, message: null };
  if (given.status !== 'open') return { next: 'stay', why: null, message: null };
  const session = located(desk, given);
  if (isKey(PAYING, action)) {
    PAYING[action](desk, session, buyer);
    return { next: 'done', why: null, message: null };
  }
  if (isKey(DECLINING, action)) {
    const why = DECLINING[action];
    return { next: 'stay', why, message: pay.refuse(desk, session, buyer, why) };
  }
  if (action === 'challenge') {
    pay.challenge(desk, session);
    return { next: 'ask', why: null, message: null };
  }
  return { next: 'unknown', why: null, message: null };
}
