/** The tester's end of `control.ts`, for tests and simulators. */
import type Stripe from 'stripe';
import type { Command, Input } from './control.ts';
import type { Delivery } from './deliveries.ts';

type Answers = {
  press: { session: Stripe.Checkout.Session; message: string | null };
  settle: { settled: boolean };
  renew: Stripe.Subscription;
  card: { works: boolean };
  advance: { now: number };
  dispute: Stripe.Dispute;
  closeDispute: Stripe.Dispute;
  onboard: Stripe.Account;
  fund: { entry: string };
  foreign: Stripe.Event;
  faults: Record<string, unknown>;
  outage: unknown;
  deliveries: Delivery[];
  resend: { event: string };
};

/** How often a waiting client looks, milliseconds. */
const LOOK_EVERY_MS = 20;

/** `base`: like `http://127.0.0.1:21000`. Each command throws with the stand-in's sentence where it is refused. */
export function standinClient(base: string, controlSecret: string) {
  async function command<C extends Command>(name: C, input: Input<C>): Promise<Answers[C]> {
    const answer = await fetch(`${base}/_standin/${name}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${controlSecret}` },
      body: JSON.stringify(input),
    });
    const body = (await answer.json()) as Answers[C] & { message?: string };
    if (!answer.ok) throw new Error(`${name}: ${body.message}`);
    return body;
  }

  /** Waits until no event is on its way. Throws after `withinMs`. */
  async function quiet(withinMs = 10_000): Promise<void> {
    const until = Date.now() + withinMs;
    for (;;) {
      const waiting = (await command('deliveries', { limit: 1000 })).filter(({ state }) => state === 'waiting');
      if (waiting.length === 0) return;
      if (Date.now() > until)
        throw new Error(`still on their way after ${withinMs} ms: ${JSON.stringify(waiting.slice(0, 5))}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  return { command, quiet };
}
export type StandinClient = ReturnType<typeof standinClient>;
