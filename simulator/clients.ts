/** Clients: they send a command, again where no answer came, twice where a finger slipped, and keep what they were told. */
import { AppError } from '#contract/errors.ts';
import { takeIn } from '../server/src/payments/settle.ts';
import type { SeenEvent } from '../server/src/payments/stripe.ts';
import { isAway, mayRepeat } from '../server/src/platform/db.ts';
import { type Answer, type Command, perform } from './commands.ts';
import type { Place, Shop } from './place.ts';
import type { Random } from './random.ts';
import type { Stripe } from './stripe.ts';

/** One command that was acknowledged. */
type Acknowledged = { readonly command: Command; readonly key: string; readonly answer: Answer };
export type Told = {
  readonly acknowledged: Acknowledged[];
  readonly refused: { readonly command: Command; readonly key: string; readonly code: string }[];
  /** Their client went away without knowing. */
  readonly unknown: { readonly command: Command; readonly key: string }[];
};

export type Env = {
  readonly place: Place;
  readonly stripe: Stripe;
  readonly random: Random;
  /** What depends on who comes first is done one after the other. */
  readonly inTurn: boolean;
  readonly told: Told;
  /** Runs `work` in one of our processes. */
  readonly call: <T>(work: (shop: Shop) => Promise<T>) => Promise<T>;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly fail: (problem: string) => void;
  /** True where this key is booked for this command now; null where nobody can tell. */
  readonly isBooked: (command: Command, key: string) => boolean | null;
};

const TRIES = 40;
const TRY_AGAIN = new Set(['unavailable', 'payments.away']);

/** Whether the client is to ask again: nothing definite was said. */
function isOpen(error: unknown): boolean {
  return error instanceof AppError ? TRY_AGAIN.has(error.code) : isAway(error) || mayRepeat(error);
}

/** Sends until a definite answer. Null where it was refused, or where the client gave up. */
export async function send(env: Env, command: Command, key: string, givesUp = false): Promise<Answer | null> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await env.call((shop) => perform(shop, command, key));
      env.told.acknowledged.push({ command, key, answer });
      return answer;
    } catch (error) {
      if (!isOpen(error)) {
        refused(env, command, key, error);
        return null;
      }
      if (givesUp || tries >= TRIES) {
        if (!givesUp) env.fail(`${command.kind}: no definite answer after ${tries} tries: ${String(error)}`);
        env.told.unknown.push({ command, key });
        return null;
      }
      await env.pause(20 + env.random.below(200));
    }
  }
}

function refused(env: Env, command: Command, key: string, error: unknown): void {
  if (!(error instanceof AppError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    env.fail(`${command.kind}: an error that nobody expects: ${text}`);
    return;
  }
  env.told.refused.push({ command, key, code: error.code });
  if (error.code === 'internal') env.fail(`${command.kind}: answered "internal"`);
  if (error.code !== 'wallet.key_reused' && env.isBooked(command, key)) {
    env.fail(`${command.kind} ${key}: refused as ${error.code} though it was booked`);
  }
}

/** Delivers an event as Stripe does: again until it is taken. */
export async function deliver(env: Env, event: SeenEvent): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await env.call((shop) => takeIn(shop, event, 'webhook'));
      return;
    } catch (error) {
      if (!isOpen(error) || tries >= TRIES) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        return env.fail(`event ${event.type}: ${text}`);
      }
      await env.pause(20 + env.random.below(400));
    }
  }
}

/** The same command again at the same time, and now and then another one under the same key. */
async function sendAround(env: Env, command: Command, key: string): Promise<Answer | null> {
  const { random } = env;
  const others: Promise<unknown>[] = [];
  if (random.chance(0.25)) others.push(send(env, command, key));
  if (random.chance(0.1)) others.push(send(env, command, key));
  // What came of these can be told by their key alone.
  const mayGiveUp = command.kind === 'tip' || command.kind === 'ticket';
  const first = send(env, command, key, mayGiveUp && random.chance(0.1));
  const twisted = random.chance(0.1) && 'tokens' in command ? { ...command, tokens: command.tokens + 1 } : null;
  if (env.inTurn) await Promise.all([first, ...others]);
  if (twisted) others.push(send(env, twisted, key));
  const [answer] = await Promise.all([first, ...others]);
  return answer;
}

async function buy(env: Env, command: Command, key: string): Promise<void> {
  const { random, stripe } = env;
  const begun = await sendAround(env, command, key);
  const page = begun && [...stripe.pages.values()].find(({ checkoutId }) => checkoutId === begun.id);
  if (!page) return;
  await env.pause(random.below(300));
  const whatever = random.next();
  if (whatever < 0.8) stripe.pay(page);
  else if (whatever < 0.9) stripe.expire(page);
  if (random.chance(0.5)) await send(env, { kind: 'look', checkoutId: page.checkoutId }, key);
}

const KIND: Readonly<Record<string, true>> = { tokens: true, code: true, membership: true };

/** One command with everything that its client does around it. */
export const act = async (env: Env, command: Command, key: string): Promise<void> =>
  void (await (KIND[command.kind] ? buy(env, command, key) : sendAround(env, command, key)));
