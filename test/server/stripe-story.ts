/**
 * A seeded story of buyers at the stand-in, which can be told to the API in order, or shuffled and tripled, or not at
 * all. What it comes to is compared: it must not depend on the telling.
 */
import { createHmac } from 'node:crypto';
import { type Random, seeded } from '../kit/random.ts';
import type { Bought, Shop } from './payments-rig.ts';

/** What happens to one purchase after another; each word is one thing that a buyer, a bank or an operator does. */
const FATES = {
  code: [
    [],
    ['decline'],
    ['pay'],
    ['decline', 'pay'],
    ['pay', 'part'],
    ['pay', 'part', 'rest'],
    ['pay', 'rest'],
    ['pay', 'dispute'],
    ['pay', 'dispute', 'lose'],
    ['pay', 'dispute', 'win'],
    ['pay', 'dispute', 'win', 'part'],
    ['pay', 'part', 'part', 'rest'],
  ],
  tokens: [
    ['pay'],
    ['pay', 'part'],
    ['pay', 'rest'],
    ['pay', 'dispute', 'win'],
    ['pay', 'dispute', 'lose'],
    ['later', 'come'],
  ],
  membership: [
    [],
    ['pay'],
    ['pay', 'renew', 'renew'],
    ['pay', 'renew', 'fail', 'renew'],
    ['pay', 'fail', 'fail', 'fail', 'fail'],
    ['pay', 'renew', 'rest'],
    ['pay', 'part', 'renew'],
    ['pay', 'dispute', 'lose'],
  ],
} as const;
type Kind = keyof typeof FATES;
type Step = (typeof FATES)[Kind][number][number];

type Purchase = {
  readonly kind: Kind;
  readonly steps: Step[];
  readonly channel: number;
  readonly bought: Bought;
  readonly userId: string | null;
  dispute: string | null;
};

/** Events of the stand-in in the order in which they happened, each given out once. */
function newspaper(shop: Shop) {
  let last: string | null = null;
  return async (): Promise<string[]> => {
    const fresh: string[] = [];
    for (;;) {
      const after: string = last === null ? '' : `&ending_before=${last}`;
      const answer = await fetch(`${shop.app.config.stripe.apiBase}/v1/events?limit=100${after}`, {
        headers: { authorization: `Bearer ${shop.app.config.secrets.stripeSecretKey}` },
      });
      const { data } = (await answer.json()) as { data: { id: string }[] };
      if (data.length === 0) return fresh;
      // Newest first; without a mark the list ends at the newest.
      fresh.push(...data.reverse().map((event) => JSON.stringify(event)));
      last = data.at(-1)?.id ?? last;
    }
  };
}

/** Tells the API of an event, as Stripe would. Throws where it does not answer 2xx. */
async function tell(shop: Shop, payload: string): Promise<void> {
  const at = Math.floor(Date.now() / 1000);
  const mac = createHmac('sha256', shop.app.config.secrets.stripeWebhookSecret)
    .update(`${at}.${payload}`)
    .digest('hex');
  const answer = await fetch(`http://127.0.0.1:${shop.app.port}/api/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${mac}` },
    body: payload,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the webhook answered ${answer.status}: ${text}`);
}

const intentOf = async (shop: Shop, one: Purchase): Promise<string> => {
  const ask = async (path: string) => {
    const answer = await fetch(`${shop.app.config.stripe.apiBase}/v1/${path}`, {
      headers: { authorization: `Bearer ${shop.app.config.secrets.stripeSecretKey}` },
    });
    return (await answer.json()) as Record<string, string>;
  };
  const session = await ask(`checkout/sessions/${one.bought.session}`);
  if (one.kind !== 'membership') return session['payment_intent'] ?? '';
  const [invoice] = await shop.ctx.stripe.paidInvoices(session['subscription'] ?? '').then((all) => all.slice(-1));
  return invoice?.paymentIntentId ?? '';
};

const subscriptionOf = async (shop: Shop, one: Purchase): Promise<string> =>
  (await shop.ctx.stripe.session(one.bought.session))?.subscriptionId ?? '';

let refunds = 0;

async function refund(shop: Shop, one: Purchase, amountMinor: number): Promise<void> {
  refunds += 1;
  const id = `dashboard_${process.pid}_${refunds}_${Math.random().toString(36).slice(2)}`;
  await shop.ctx.stripe.createRefund({ id, paymentIntentId: await intentOf(shop, one), amountMinor, installId: 'x' });
}

/** Minor units that one `part` gives back. */
const PART = { code: 210, tokens: 111, membership: 99 } as const;
const PRICE = { code: 1000, tokens: 549, membership: 500 } as const;

async function happens(shop: Shop, one: Purchase, step: Step, before: readonly Step[]): Promise<void> {
  const { control } = shop;
  const { session } = one.bought;
  if (step === 'pay' || step === 'decline' || step === 'later')
    await control.command('press', { session, action: step });
  else if (step === 'come') await control.command('settle', { session, succeeded: true });
  else if (step === 'part') await refund(shop, one, PART[one.kind]);
  else if (step === 'rest') {
    const parts = before.filter((earlier) => earlier === 'part').length;
    await refund(shop, one, PRICE[one.kind] - parts * PART[one.kind]);
  } else if (step === 'dispute') {
    one.dispute = (await control.command('dispute', { paymentIntent: await intentOf(shop, one) })).id;
  } else if (step === 'win' || step === 'lose') {
    await control.command('closeDispute', { dispute: one.dispute ?? '', won: step === 'win' });
  } else await control.command('renew', { subscription: await subscriptionOf(shop, one), works: step === 'renew' });
}

export type Telling = 'in order' | 'shuffled' | 'not at all';

/** Begins every purchase: the same ones for the same seed, on rows of this telling alone. */
async function begin(shop: Shop, size: number, random: Random) {
  const channels = [
    await shop.channel({ viewerLimit: 100_000 }),
    await shop.channel({ viewerLimit: 100_000, creatorBps: 8333 }),
  ];
  const fans = [await shop.fan(), await shop.fan(), await shop.fan()];
  const purchases: Purchase[] = [];
  for (let n = 0; n < size; n += 1) {
    // One membership a fan and channel: the others buy codes and tokens.
    const kind: Kind = n < 6 ? 'membership' : random.pick(['code', 'code', 'tokens'] as const);
    const channel = n < 6 ? n % 2 : Math.floor(random.next() * 2);
    const fan = fans[n < 6 ? n % 3 : Math.floor(random.next() * 3)];
    const at = channels[channel];
    if (!fan || !at) throw new Error('nobody buys');
    const answer =
      kind === 'code'
        ? await shop.buyCode(at)
        : kind === 'tokens'
          ? await shop.buyTokens(fan.cookie, 500)
          : await shop.subscribe(fan.cookie, at);
    const steps = [...random.pick<readonly Step[]>(FATES[kind])];
    purchases.push({
      kind,
      steps,
      channel,
      bought: shop.boughtOf(answer),
      userId: kind === 'code' ? null : fan.userId,
      dispute: null,
    });
  }
  return { channels, fans, purchases };
}

/** What it came to, without ids and times, so that two tellings can be compared. */
async function endOf(shop: Shop, world: Awaited<ReturnType<typeof begin>>) {
  const { app } = shop;
  const purchases = [];
  for (const { kind, steps, bought } of world.purchases) {
    const id = [bought.id];
    purchases.push({
      kind,
      steps: steps.join(' '),
      checkout: await app.owner('SELECT state FROM checkout WHERE publicId = ?', id),
      codes: await app.owner('SELECT revokedAt IS NOT NULL AS revoked FROM access_code WHERE issuedBy = ?', id),
      payments: await app.owner(
        `SELECT p.amountMinor, p.returnedMinor, p.withdrawn FROM payment p JOIN checkout c ON c.id = p.checkoutId
         WHERE c.publicId = ? ORDER BY p.periodEnd, p.id`,
        id,
      ),
      returns: await app.owner(
        `SELECT r.kind, r.state, r.amountMinor FROM payment_return r JOIN payment p ON p.id = r.paymentId
         JOIN checkout c ON c.id = p.checkoutId WHERE c.publicId = ? ORDER BY r.kind, r.amountMinor, r.id`,
        id,
      ),
      subscription: await app.owner(
        `SELECT s.state, s.stripeStatus, s.cancelWanted, s.accessUntil IS NULL AS never,
           m.state AS membership, m.until = s.accessUntil AS same
         FROM subscription s JOIN checkout c ON c.id = s.checkoutId
         LEFT JOIN membership m ON m.subscriptionId = s.publicId WHERE c.publicId = ?`,
        id,
      ),
    });
  }
  return {
    purchases,
    creators: await Promise.all(
      world.channels.map(async (one) => [await shop.creatorHas(one), await shop.creatorOwes(one)]),
    ),
    fans: await Promise.all(world.fans.map(async (one) => [await app.balanceOf(one), await shop.fanOwes(one.userId)])),
  };
}

/** Every copy of every event, a random few of them at a time and several at once; the rest later. */
async function inDisorder(shop: Shop, waiting: string[], random: Random, most: number): Promise<number> {
  let told = 0;
  for (let left = most; left > 0 && waiting.length > 0; left -= 1) {
    const few = Array.from({ length: Math.min(4, waiting.length) }, () => {
      const [one] = waiting.splice(Math.floor(random.next() * waiting.length), 1);
      return one ?? '';
    });
    await Promise.all(few.map((payload) => tell(shop, payload)));
    told += few.length;
  }
  return told;
}

/**
 * Plays a story of `size` purchases and tells it. The stand-in's own deliveries must be off. Returns what it came to,
 * how many events there were, and how often they were told.
 */
export async function play(shop: Shop, telling: Telling, size: number, seed: number) {
  const plot = seeded(seed);
  const luck = seeded(seed + 1);
  const fresh = newspaper(shop);
  // One event at least, so that there is a mark to read on from.
  await shop.ctx.stripe.createPrice({
    ref: `mark.${telling}.${seed}`,
    name: telling,
    amountMinor: 100,
    currency: 'eur',
    tax: 'none',
    taxCode: null,
    installId: 'x',
  });
  await fresh();
  const world = await begin(shop, size, plot);
  const waiting: string[] = [];
  let events = 0;
  let told = 0;
  const hear = async () => {
    const news = await fresh();
    events += news.length;
    if (telling === 'shuffled') waiting.push(...news, ...news, ...news);
    if (telling === 'in order') for (const payload of news) await tell(shop, payload);
    if (telling === 'in order') told += news.length;
  };
  const done = world.purchases.map(() => 0);
  let open = world.purchases.flatMap((one, n) => (one.steps.length > 0 ? [n] : []));
  while (open.length > 0) {
    const n = plot.pick(open);
    const one = world.purchases[n];
    const at = done[n] ?? 0;
    const step = one?.steps[at];
    if (one && step) await happens(shop, one, step, one.steps.slice(0, at));
    done[n] = at + 1;
    open = open.filter((other) => (done[other] ?? 0) < (world.purchases[other]?.steps.length ?? 0));
    await hear();
    if (luck.next() < 0.3) told += await inDisorder(shop, waiting, luck, 2);
  }
  // Following an event may make another, e.g. the end of a membership that was given back.
  for (let before = -1; before !== events; ) {
    before = events;
    told += await inDisorder(shop, waiting, luck, Number.MAX_SAFE_INTEGER);
    await hear();
  }
  return { events, told, end: () => endOf(shop, world), world };
}
