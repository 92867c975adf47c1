/** The named points: how a drill brings the install to each, and how it knows from outside that it is there. */
import type { Random } from '../../test/kit/random.ts';
import { until } from '../../test/kit/until.ts';
import type { Deed, DeedKind } from './deed.ts';
import { begin as beginDeed, buyAtStripe, carryOut, codeOf, PAYS, pay, refundOf, ticketOf, tipOf } from './deeds.ts';
import { type Ask, askAndNotListen, askUntilAnswered, pause } from './http.ts';
import { planShow } from './load.ts';
import { holdRow } from './locks.ts';
import { type Scene, SLOW } from './scene.ts';

/** Longest wait for a point to be reached. */
const REACH_MS = 15_000;
/** A statement that waits for a lock for so long waits for ours. */
const WAITS_MS = 120;
/** Requests that are under way at once where the instant itself cannot be held. */
const BATCH = 8;

export type Stand = {
  /** The api processes that stand at the point. */
  readonly apis: readonly string[];
  /** Takes the trap away, right after the kill. */
  release(): Promise<void>;
  /** What the clients of the trap do then, until each has its answer. */
  afterwards(): Promise<void>;
};
type Around = { readonly scene: Scene; readonly random: Random; readonly show: string };
type Point = (around: Around) => Promise<Stand>;

/** A deed of a trap: given up where the trap does not spring. */
function begin(scene: Scene, kind: DeedKind, who: string, random: Random): Deed {
  const deed = beginDeed(scene, kind, who, random);
  scene.traps.push(deed);
  return deed;
}

const nothing = () => Promise.resolve();

/** One api process, chosen by the seed, and the services of all. */
function apiOf({ scene, random }: Around): { port: number; name: string; all: string[] } {
  const { apiPorts } = scene.install.settings;
  const index = Math.floor(random.next() * apiPorts.length);
  return { port: apiPorts[index] ?? 0, name: `api-${index + 1}`, all: apiPorts.map((_, n) => `api-${n + 1}`) };
}

/** Orders a code and stops before paying. */
async function ordered({ scene, random }: Around, prefix = 'probe') {
  const deed = begin(scene, 'code', `${prefix}${scene.deeds.length}@example.org`, random);
  const { body } = await askUntilAnswered(scene.url, codeOf(deed), () => undefined);
  deed.answers.push(body);
  deed.state = 'left';
  return { deed, order: body };
}

/** A code that was sold, handed over and heard of. */
async function sold({ scene, random }: Around) {
  const deed = begin(scene, 'code', `probe${scene.deeds.length}@example.org`, random);
  await buyAtStripe(scene, deed, codeOf(deed), null, PAYS);
  const [payment] = await scene.owner(
    'SELECT p.transferId FROM payment p JOIN checkout c ON c.id = p.checkoutId WHERE c.email = ?',
    [deed.who],
  );
  return String(payment?.['transferId']);
}

const exists = (scene: Scene, text: string, values: readonly unknown[]) => async () =>
  (await scene.owner(text, values)).length > 0;

/** The order is committed, and Stripe was not heard yet. */
const orderedPoint: Point = async (around) => {
  const { scene, random } = around;
  const api = apiOf(around);
  await scene.standin.command('outage', { how: 'hang' });
  const deed = begin(scene, 'code', `probe${scene.deeds.length}@example.org`, random);
  const hangUp = askAndNotListen(api.port, scene.url, codeOf(deed));
  const row = 'SELECT id FROM checkout WHERE email = ? AND stripeSessionId IS NULL';
  await until(exists(scene, row, [deed.who]), 'an order without a page', REACH_MS, 5);
  return {
    apis: [api.name],
    async release() {
      hangUp();
      await scene.standin.command('outage', null);
    },
    afterwards: () => buyAtStripe(scene, deed, codeOf(deed), null, PAYS),
  };
};

/** Stripe made the page, and its answer was lost on the way to us. */
const answerLost: Point = async (around) => {
  const { scene, random } = around;
  const api = apiOf(around);
  await scene.standin.command('outage', { how: 'lose_answer' });
  const deed = begin(scene, 'code', `probe${scene.deeds.length}@example.org`, random);
  const hangUp = askAndNotListen(api.port, scene.url, codeOf(deed));
  await until(exists(scene, 'SELECT id FROM checkout WHERE email = ?', [deed.who]), 'an order', REACH_MS, 5);
  await pause(random.between(0, 100));
  return {
    apis: [api.name],
    async release() {
      hangUp();
      await scene.standin.command('outage', null);
    },
    afterwards: () => buyAtStripe(scene, deed, codeOf(deed), null, PAYS),
  };
};

/** Paid, and the event has not come yet; the buyer is gone. */
const paidUnheard: Point = async (around) => {
  const { scene, random } = around;
  const { deed, order } = await ordered(around);
  await scene.standin.command('faults', { delayMs: 2000 });
  await pay(scene, deed, order, deed.who);
  deed.state = 'done';
  await pause(random.between(0, 500));
  const still = await exists(scene, "SELECT id FROM checkout WHERE email = ? AND state = 'open'", [deed.who])();
  if (!still) throw new Error('the event came too early');
  return {
    apis: apiOf(around).all,
    release: async () => void (await scene.standin.command('faults', {})),
    afterwards: nothing,
  };
};

/** The event is being applied: its transaction stands at the order's row. */
const settling: Point = async (around) => {
  const { scene } = around;
  const { deed, order } = await ordered(around);
  const free = await holdRow(scene, 'SELECT id FROM checkout WHERE email = ? FOR UPDATE', [deed.who]);
  try {
    await pay(scene, deed, order, deed.who);
    deed.state = 'done';
    await until(async () => (await scene.waiting('checkout', WAITS_MS)) > 0, 'an event that waits', REACH_MS, 20);
  } catch (error) {
    await free();
    throw error;
  }
  return { apis: apiOf(around).all, release: free, afterwards: nothing };
};

/** A tip or a ticket stands inside its transaction, at the wallet. */
const inTransaction: Point = async (around) => {
  const { scene, random, show } = around;
  const api = apiOf(around);
  const fan = random.pick(scene.probes);
  const kind = random.next() < 0.5 ? 'tip' : 'ticket';
  const deed = begin(scene, kind, fan.userId, random);
  const ask = kind === 'tip' ? tipOf(deed, fan, 7) : ticketOf(deed, fan, show);
  const free = await holdRow(scene, "SELECT id FROM ledger_account WHERE kind = 'fan' AND owner = ? FOR UPDATE", [
    fan.userId,
  ]);
  const hangUp = askAndNotListen(api.port, scene.url, ask);
  try {
    await until(
      async () => (await scene.waiting('ledger_account', WAITS_MS)) > 0,
      'a booking that waits',
      REACH_MS,
      20,
    );
  } catch (error) {
    await free();
    throw error;
  }
  return {
    apis: [api.name],
    async release() {
      hangUp();
      await free();
    },
    afterwards: async () => void (await carryOut(scene, deed, ask)),
  };
};

/** Some of many bookings are committed, and nobody has heard of any. */
const committedUnanswered: Point = async (around) => {
  const { scene, random } = around;
  const api = apiOf(around);
  const asks = Array.from({ length: BATCH }, (_, n) => {
    const fan = scene.probes[n % scene.probes.length] ?? random.pick(scene.probes);
    const deed = begin(scene, 'tip', fan.userId, random);
    return { deed, ask: tipOf(deed, fan, 3) };
  });
  const enough = 1 + Math.floor(random.next() * (BATCH / 2));
  const hangUps = asks.map(({ ask }) => askAndNotListen(api.port, scene.url, ask));
  const keys = asks.map(({ deed }) => `http:${deed.key}`);
  const booked = async () => {
    const found = await scene.owner('SELECT COUNT(*) AS n FROM ledger_transfer WHERE idempotencyKey IN (?)', [keys]);
    return Number(found[0]?.['n']) >= enough;
  };
  await until(booked, `${enough} bookings of ${BATCH}`, REACH_MS, 1);
  const again = (one: { deed: (typeof asks)[number]['deed']; ask: Ask }) => carryOut(scene, one.deed, one.ask);
  return {
    apis: [api.name],
    release: async () => hangUps.forEach((hangUp) => void hangUp()),
    afterwards: async () => void (await Promise.all(asks.map(again))),
  };
};

/** A refund is written down as wanted, and Stripe says nothing. */
const refundAsked: Point = async (around) => {
  const { scene, random } = around;
  const api = apiOf(around);
  const transferId = await sold(around);
  await scene.standin.command('outage', { how: 'hang' });
  const deed = begin(scene, 'refund', transferId, random);
  const hangUp = askAndNotListen(api.port, scene.url, refundOf(scene, deed, transferId));
  const row =
    "SELECT r.id FROM payment_return r JOIN payment p ON p.id = r.paymentId WHERE p.transferId = ? AND r.state = 'wanted'";
  await until(exists(scene, row, [transferId]), 'a refund that is wanted', REACH_MS, 5);
  return {
    apis: [api.name],
    async release() {
      hangUp();
      await scene.standin.command('outage', null);
    },
    afterwards: async () => void (await carryOut(scene, deed, refundOf(scene, deed, transferId))),
  };
};

/** The worker is in the middle of a mail: the server has it, or is still reading, and says nothing. */
const mailSending: Point = async (around) => {
  const { scene, random } = around;
  scene.mails.slow = random.next() < 0.5 ? 'hang' : 'take_and_hang';
  const { deed, order } = await ordered(around, SLOW);
  await pay(scene, deed, order, deed.who);
  deed.state = 'done';
  // Asked for the recipient, then again when all of the mail was there.
  await until(() => (scene.mails.asked.get(deed.who) ?? 0) >= 2, 'a mail under way', REACH_MS, 10);
  return {
    apis: [],
    async release() {
      scene.mails.slow = null;
    },
    afterwards: nothing,
  };
};

/** The worker gives the tickets of a cancelled show back, and stands at one in the middle. */
const sweep: Point = async ({ scene, random }) => {
  // Of its own, so that a second try has one that is not cancelled yet.
  const show = await planShow(scene, random);
  for (const fan of scene.probes) {
    const deed = begin(scene, 'ticket', fan.userId, random);
    await carryOut(scene, deed, ticketOf(deed, fan, show));
  }
  const tickets = await scene.owner(
    "SELECT t.id FROM ticket t JOIN live_show s ON s.id = t.showId WHERE s.publicId = ? AND t.state = 'valid' ORDER BY t.id",
    [show],
  );
  const at = 1 + Math.floor(random.next() * (tickets.length - 2));
  const free = await holdRow(scene, "SELECT id FROM ticket WHERE id = ? AND state = 'valid' FOR UPDATE", [
    tickets[at]?.['id'],
  ]);
  try {
    const headers = { ...scene.admin };
    const body = { sessionId: show };
    const ask: Ask = { method: 'POST', path: '/api/live-sessions/cancel', body, headers, visitor: 1 };
    const { status } = await askUntilAnswered(scene.url, ask, () => undefined);
    if (status !== 200) throw new Error(`the show could not be cancelled: ${status}`);
    await until(async () => (await scene.waiting('ticket', WAITS_MS)) > 0, 'a refund that waits', REACH_MS, 20);
  } catch (error) {
    await free();
    throw error;
  }
  return { apis: [], release: free, afterwards: nothing };
};

/** At any instant of the load. */
const anywhere: Point = async (around) => {
  await pause(around.random.between(300, 2500));
  return { apis: [apiOf(around).name], release: nothing, afterwards: nothing };
};

export const POINTS = {
  ordered: orderedPoint,
  answer_lost: answerLost,
  paid_unheard: paidUnheard,
  settling,
  in_transaction: inTransaction,
  committed_unanswered: committedUnanswered,
  refund_asked: refundAsked,
  mail_sending: mailSending,
  sweep,
  // What is booked then finds nobody to wake the worker.
  redis_between: inTransaction,
  anywhere,
} as const satisfies Readonly<Record<string, Point>>;
export type PointName = keyof typeof POINTS;
