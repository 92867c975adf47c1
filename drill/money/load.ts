/** The seeded load: somebody buys, tips or asks for money back about four times a second. */
import { type Random, seeded } from '../../test/kit/random.ts';
import { begin, buyAtStripe, carryOut, codeOf, PAYS, refundOf, ticketOf, tipOf, topupOf } from './deeds.ts';
import { askOnce, pause } from './http.ts';
import type { Fan, Scene } from './scene.ts';
import { SLUG } from './scene.ts';

/** Mean time between two of them, milliseconds. */
const EVERY_MS = 240;
const FIRST_TOKENS = 3000;
const TICKET_TOKENS = 30;

/** Fills every wallet through the shop, as the fans would. */
export async function fillWallets(scene: Scene, random: Random): Promise<void> {
  const fans = [...scene.fans, ...scene.probes].map((fan) => ({
    fan,
    deed: begin(scene, 'topup', fan.userId, random),
  }));
  await Promise.all(fans.map(({ fan, deed }) => buyAtStripe(scene, deed, topupOf(deed, fan, FIRST_TOKENS), fan, PAYS)));
}

/** Plans a private show, which fans buy tickets for. */
export async function planShow(scene: Scene, random: Random): Promise<string> {
  const { status, body } = await askOnce(scene.url, {
    method: 'POST',
    path: '/api/streams/create',
    visitor: 0,
    headers: { ...scene.admin, 'idempotency-key': `show-${Math.floor(random.next() * 2 ** 32)}` },
    body: {
      channel: SLUG,
      type: 'private',
      ticketPrice: TICKET_TOKENS,
      startsAt: new Date(Date.now() + 3_600_000).toISOString(),
    },
  });
  if (status !== 200) throw new Error(`no show: ${status} ${JSON.stringify(body)}`);
  return String(body['id']);
}

/** Something that was sold and not given back yet; what a trap stands at is left to it. */
function toRefund(scene: Scene, random: Random): string | null {
  const back = new Set(scene.deeds.filter(({ kind }) => kind === 'refund').map(({ who }) => who));
  const traps = new Set(scene.traps);
  const sold = scene.deeds
    .filter((deed) => deed.state === 'done' && (deed.kind === 'tip' || deed.kind === 'ticket') && !traps.has(deed))
    .map(({ answers }) => String(answers[0]?.['transferId']));
  const left = sold.filter((one) => !back.has(one));
  return left.length > 0 ? random.pick(left) : null;
}

async function sellCode(scene: Scene, random: Random): Promise<void> {
  const deed = begin(scene, 'code', `buyer${scene.deeds.length}@example.org`, random);
  const chance = random.next();
  const pays = chance < 0.8 ? 'pay' : chance < 0.9 ? 'leave' : 'decline';
  await buyAtStripe(scene, deed, codeOf(deed), null, { pays, stays: random.next() < 0.8, twice: random.next() < 0.2 });
}

async function tip(scene: Scene, fan: Fan, random: Random): Promise<void> {
  const deed = begin(scene, 'tip', fan.userId, random);
  // Now and then more than anybody has: it must be refused, and leave nothing.
  const amount = random.next() < 0.1 ? 100_000 : 1 + Math.floor(random.next() * 9);
  await carryOut(scene, deed, tipOf(deed, fan, amount), random.next() < 0.2);
}

function oneDeed(scene: Scene, random: Random, shows: { id: string; free: Fan[] }): Promise<unknown> {
  const fan = random.pick(scene.fans);
  const chance = random.next();
  if (chance < 0.3) return sellCode(scene, random);
  if (chance < 0.42) {
    const deed = begin(scene, 'topup', fan.userId, random);
    return buyAtStripe(scene, deed, topupOf(deed, fan, 100), fan, { ...PAYS, twice: random.next() < 0.2 });
  }
  const seat = chance < 0.6 ? shows.free.pop() : undefined;
  if (seat) {
    const deed = begin(scene, 'ticket', seat.userId, random);
    return carryOut(scene, deed, ticketOf(deed, seat, shows.id), random.next() < 0.2);
  }
  const transferId = chance > 0.88 ? toRefund(scene, random) : null;
  if (transferId === null) return tip(scene, fan, random);
  const deed = begin(scene, 'refund', transferId, random);
  return carryOut(scene, deed, refundOf(scene, deed, transferId), random.next() < 0.2);
}

/** Starts selling. `finish` stops beginning new deeds, and waits until each client has its answer. */
export function startLoad(scene: Scene, seed: number, show: string) {
  const random = seeded(seed);
  const shows = { id: show, free: [...scene.fans] };
  const failures: string[] = [];
  const running = new Set<Promise<unknown>>();
  let on = true;
  const selling = (async () => {
    while (on) {
      const deed = oneDeed(scene, random, shows)
        .catch((error: unknown) => failures.push(error instanceof Error ? error.message : String(error)))
        .finally(() => running.delete(deed));
      running.add(deed);
      await pause(random.waitMs(EVERY_MS));
    }
  })();
  return {
    /** What clients could not finish, in their words. */
    async finish(): Promise<readonly string[]> {
      on = false;
      await selling;
      await Promise.all(running);
      return failures;
    },
  };
}
