/** What happens in a seed: commands of fans, creators and the operator, and what Stripe does by itself. */
import { act, type Env, send } from './clients.ts';
import type { Command } from './commands.ts';
import { type Intent, takenOf } from './stripe.ts';

type Deed = (env: Env, key: string) => Promise<void>;

const upTo = (env: Env, most: number): number => 1 + env.random.below(most);
const fanOf = (env: Env): string => env.random.pick(env.place.fans);
const channelOf = (env: Env): string => env.random.pick(env.place.channels).slug;
const currencyOf = (env: Env): string => env.random.pick(['TOKEN', 'eur']);

const command =
  (make: (env: Env) => Command | null): Deed =>
  async (env, key) => {
    const made = make(env);
    if (made) await act(env, made, key);
  };

/** A payment at Stripe, if there is one. */
function anyIntent(env: Env): Intent | null {
  const intents = [...env.stripe.intents.values()];
  return intents.length > 0 ? env.random.pick(intents) : null;
}

async function transferOf(env: Env, intent: Intent): Promise<string | null> {
  const row = await env
    .call((shop) =>
      shop.db.row<{ transferId: string }>('SELECT transferId FROM payment WHERE paymentIntentId = ?', [intent.id]),
    )
    .catch(() => null);
  return row?.transferId ?? null;
}

/** The operator gives back a sale that was acknowledged, in part or what is left of it. */
async function refund(env: Env, key: string): Promise<void> {
  const { random } = env;
  const sold = env.told.acknowledged.filter(({ command: { kind } }) => kind === 'tip' || kind === 'ticket');
  const intent = random.chance(0.5) ? anyIntent(env) : null;
  const transferId = intent
    ? await transferOf(env, intent)
    : sold.length > 0
      ? random.pick(sold).answer.transferId
      : null;
  if (transferId === null) return;
  const amount = random.chance(0.5) ? null : upTo(env, intent ? Math.ceil(intent.amountMinor * 0.7) : 30);
  await act(env, { kind: 'refund', transferId, amount }, key);
}

async function atStripe(env: Env): Promise<void> {
  const { random, stripe } = env;
  const intent = anyIntent(env);
  const one = [...stripe.memberships.values()];
  const what = random.below(6);
  if (intent && what === 0) stripe.refund(intent, upTo(env, intent.amountMinor));
  if (intent && (what === 1 || what === 2)) stripe.dispute(intent);
  if (intent && what === 3) for (const each of stripe.intents.values()) stripe.decide(each, random.chance(0.5));
  if (one.length > 0 && what === 4) stripe.renew(random.pick(one));
  if (one.length > 0 && what === 5) stripe.end(random.pick(one));
}

/** A dispute that is decided while word of it is still on its way. */
async function quickDispute(env: Env): Promise<void> {
  const intent = anyIntent(env);
  if (!intent) return;
  env.stripe.dispute(intent);
  await env.pause(env.random.below(400));
  env.stripe.decide(intent, env.random.chance(0.7));
}

/** Most went back before, and the rest is disputed: it may be tax alone, or too little for a whole token. */
async function disputeOfRest(env: Env): Promise<void> {
  const intent = anyIntent(env);
  if (!intent) return;
  env.stripe.refund(intent, intent.amountMinor - takenOf(intent) - 1 - env.random.below(2));
  env.stripe.dispute(intent);
}

/** Everybody wants the same seats at the same moment. */
async function rush(env: Env, key: string): Promise<void> {
  const { random, place } = env;
  const show = random.pick(place.shows);
  const wanted = place.fans.map((fan): Command => {
    return random.chance(0.5)
      ? { kind: 'ticket', fan, show }
      : { kind: 'code', channel: show.channel, email: `${fan}@example.org` };
  });
  const one = (command: Command, at: number) => act(env, command, `${key}-${at}`);
  if (env.inTurn) for (const [at, command] of wanted.entries()) await one(command, at);
  else await Promise.all(wanted.map(one));
}

async function endPayout(env: Env, key: string): Promise<void> {
  const asked = env.told.acknowledged.filter(({ command: { kind } }) => kind === 'payout');
  if (asked.length === 0) return;
  const payoutId = env.random.pick(asked).answer.id ?? '';
  await send(env, { kind: env.random.pick(['payout_paid', 'payout_rejected'] as const), payoutId }, key);
}

const DEEDS: readonly (readonly [weight: number, deed: Deed])[] = [
  [6, command((env) => ({ kind: 'tip', fan: fanOf(env), channel: channelOf(env), tokens: upTo(env, 90) }))],
  [4, command((env) => ({ kind: 'ticket', fan: fanOf(env), show: env.random.pick(env.place.shows) }))],
  [4, command((env) => ({ kind: 'tokens', fan: fanOf(env), tokens: 100 + env.random.below(60) }))],
  [3, command((env) => ({ kind: 'code', channel: channelOf(env), email: `${fanOf(env)}@example.org` }))],
  [2, command((env) => ({ kind: 'membership', fan: fanOf(env), channel: channelOf(env) }))],
  [5, refund],
  [5, atStripe],
  [2.5, quickDispute],
  [1.5, disputeOfRest],
  [1.5, rush],
  [
    2,
    command((env) => ({
      kind: 'payout',
      creator: env.random.pick(env.place.creators),
      currency: currencyOf(env),
      amount: upTo(env, 120),
    })),
  ],
  [2, endPayout],
  [1, command((env) => ({ kind: 'recover', creator: env.random.pick(env.place.creators), currency: currencyOf(env) }))],
  [0.4, command((env) => ({ kind: 'cancel_show', show: env.random.pick(env.place.shows) }))],
];
const WHOLE = DEEDS.reduce((sum, [weight]) => sum + weight, 0);

function anyDeed(env: Env): Deed {
  let at = env.random.next() * WHOLE;
  for (const [weight, deed] of DEEDS) {
    at -= weight;
    if (at <= 0) return deed;
  }
  return refund;
}

/** Tokens that each fan begins with. */
export const gifts = (env: Env): (() => Promise<void>)[] =>
  env.place.fans.map((fan) => {
    const tokens = 20 + env.random.below(150);
    return async () => void (await send(env, { kind: 'gift', fan, tokens }, fan));
  });

/** `count` deeds; what each is about is decided when it begins. */
export const deeds = (env: Env, count: number, name: string): (() => Promise<void>)[] =>
  Array.from({ length: count }, (_, at) => () => anyDeed(env)(env, `key-${name}-${String(at).padStart(3, '0')}`));
