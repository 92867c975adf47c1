/** What clients do, and what each remembers of it: the checker believes them, not the database. */
import type { Random } from '../../test/kit/random.ts';
import type { Deed, DeedKind } from './deed.ts';
import { type Ask, askUntilAnswered, pause, type Reply } from './http.ts';
import { type Fan, type Scene, SLUG } from './scene.ts';

const newKey = (random: Random): string =>
  `drill-${[1, 2, 3].map(() => Math.floor(random.next() * 2 ** 32).toString(36)).join('-')}`;

const numberOf = (key: string): number =>
  [...key].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_000, 7);

/** Notes a new intention. */
export function begin(scene: Scene, kind: DeedKind, who: string, random: Random): Deed {
  const deed: Deed = { kind, key: newKey(random), who, state: 'asked', answers: [], paid: false, refusal: null };
  scene.deeds.push(deed);
  return deed;
}

const asking = (deed: Deed, path: string, body: object, headers: Record<string, string> = {}): Ask => ({
  method: 'POST',
  path,
  body,
  visitor: numberOf(deed.key),
  headers: { 'idempotency-key': deed.key, ...headers },
});

export const tipOf = (deed: Deed, fan: Fan, amountTokens: number): Ask =>
  asking(deed, '/api/tips/send', { amountTokens, context: { channel: SLUG } }, { cookie: fan.cookie });
export const ticketOf = (deed: Deed, fan: Fan, show: string): Ask =>
  asking(deed, `/api/streams/${show}/tickets/checkout`, {}, { cookie: fan.cookie });
export const codeOf = (deed: Deed): Ask =>
  asking(deed, '/api/access-codes/buy', { channel: SLUG, email: deed.who, language: 'en', consent: true });
export const topupOf = (deed: Deed, fan: Fan, amountTokens: number): Ask =>
  asking(deed, '/api/tokens/purchase', { amountTokens }, { cookie: fan.cookie });
export const refundOf = (scene: Scene, deed: Deed, transferId: string, amount?: number): Ask =>
  asking(
    deed,
    '/api/refunds',
    { transferId, reason: 'drill', ...(amount === undefined ? {} : { amount }) },
    scene.admin,
  );

/** Sends until it is answered, and notes the answer. `twice`: once more, as a double click would. */
export async function carryOut(scene: Scene, deed: Deed, ask: Ask, twice = false): Promise<Reply> {
  const send = () => askUntilAnswered(scene.url, ask, () => scene.again());
  const replies = [await send(), ...(twice ? [await send()] : [])];
  for (const { status, body } of replies) {
    if (status === 200) deed.answers.push(body);
    else deed.refusal = `${status} ${String(body['code'])}`;
  }
  deed.state = deed.refusal === null ? 'done' : 'refused';
  return replies[0] as Reply;
}

/** Waits for the page to say that it is paid, as the browser does. */
async function follow(scene: Scene, deed: Deed, order: Reply['body'], cookie: string | null): Promise<void> {
  const claim = order['claim'] === undefined ? '' : `?claim=${String(order['claim'])}`;
  const ask: Ask = {
    method: 'GET',
    path: `/api/checkouts/${String(order['checkoutId'])}${claim}`,
    visitor: numberOf(deed.key),
    ...(cookie ? { headers: { cookie } } : {}),
  };
  const until = Date.now() + 60_000;
  for (;;) {
    const { status, body } = await askUntilAnswered(scene.url, ask, () => scene.again());
    if (status !== 200) throw new Error(`${ask.path}: ${status} ${JSON.stringify(body)}`);
    if (body['state'] === 'paid' || body['state'] === 'refunded') {
      deed.answers.push(body);
      return;
    }
    if (Date.now() > until) throw new Error(`${ask.path}: paid, and still ${String(body['state'])}`);
    await pause(500);
  }
}

const sessionOf = (order: Reply['body']): string => /\/pay\/(\w+)/.exec(String(order['checkoutUrl']))?.[1] ?? '';

/** Presses the button of the checkout page. */
export async function pay(scene: Scene, deed: Deed, order: Reply['body'], email: string): Promise<void> {
  const { session } = await scene.standin.command('press', { session: sessionOf(order), action: 'pay', email });
  deed.paid = session.payment_status === 'paid';
}

type Way = { readonly pays: 'pay' | 'leave' | 'decline'; readonly stays: boolean; readonly twice: boolean };

/** From the order to the thing bought. `stays`: the buyer waits for it; else the browser is closed after paying. */
export async function buyAtStripe(scene: Scene, deed: Deed, ask: Ask, fan: Fan | null, way: Way): Promise<void> {
  const { body } = await carryOut(scene, deed, ask, way.twice);
  if (deed.state === 'refused') return;
  const email = fan?.email ?? deed.who;
  deed.state = 'left';
  if (way.pays === 'decline')
    await scene.standin.command('press', { session: sessionOf(body), action: 'decline', email });
  if (way.pays !== 'pay') return;
  await pay(scene, deed, body, email);
  if (way.stays) await follow(scene, deed, body, fan?.cookie ?? null);
  deed.state = 'done';
}

export const PAYS: Way = { pays: 'pay', stays: true, twice: false };
