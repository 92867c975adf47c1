/** One seed: a place, processes, clients, accidents, then calm and a look at what there is. */
import { join } from 'node:path';
import { refundDue } from '../server/src/access/tickets.ts';
import { reconcile } from '../server/src/payments/reconcile.ts';
import type { SeenEvent } from '../server/src/payments/stripe.ts';
import { checkCommit, checkEnd, isBookedIn } from './checks.ts';
import { deliver, type Env, type Told } from './clients.ts';
import { type Model, makeModel } from './database/driver.ts';
import { begin, commit, insert } from './database/rows.ts';
import { readShapes } from './database/shape.ts';
import { makePlace, showRows } from './place.ts';
import { makeProcesses, put } from './processes.ts';
import { type Random, seeded } from './random.ts';
import { makeStripe } from './stripe.ts';
import { committed, number, text } from './tables.ts';
import { deeds, gifts } from './workload.ts';
import { CALM, enter, makeWorld, type Weather, type World } from './world.ts';

export type Ran = {
  readonly seed: number;
  readonly problems: readonly string[];
  /** Of every step in its order. */
  readonly hash: string;
  readonly steps: number;
  readonly transfers: number;
  readonly tail: readonly string[];
};

const MIGRATIONS = join(import.meta.dirname, '../prisma/migrations');
let shapes: ReturnType<typeof readShapes> | null = null;

/** After so long everything that was begun is old enough for the reconciler. */
const SETTLED_MS = 120_000;

/** A third of the seeds are calm, a third are rough, a third have one kind of accident only. */
function weatherOf(world: World): Weather {
  const { random } = world;
  const rough: Weather = {
    deadlocks: 0.03,
    lostConnections: 0.006,
    lostCommits: 0.08,
    deaths: 0.004,
    stripeAway: 0.05,
    lostEvents: 0.2,
  };
  const kind = random.below(3);
  if (kind === 0) return { ...CALM, lostEvents: 0.1 };
  if (kind === 1) return rough;
  const only = random.pick(Object.keys(rough) as (keyof Weather)[]);
  return { ...CALM, [only]: rough[only] * 2 };
}

/** Lets `tasks` run side by side, at most `wide` at once. */
async function sideBySide(tasks: readonly (() => Promise<void>)[], wide: number): Promise<void> {
  const queue = [...tasks];
  const worker = async () => {
    for (let task = queue.shift(); task; task = queue.shift()) await task();
  };
  await Promise.all(Array.from({ length: wide }, worker));
}

/** Runs until `work` has ended, whatever becomes of it. */
export async function driven<T>(world: World, work: Promise<T>): Promise<T> {
  let over = false;
  const ended = work.finally(() => {
    over = true;
  });
  ended.catch(() => undefined);
  await world.drive(() => over);
  return ended;
}

/**
 * Clients and Stripe around a new model. `mailbox`: who takes its events, and then whatever depends on who comes first is
 * done one after the other, by a chance of its own that no schedule moves.
 */
export function build(world: World, problems: string[], name: string, mailbox: ((event: SeenEvent) => void) | null) {
  const inTurn = mailbox !== null;
  shapes ??= readShapes(MIGRATIONS);
  const model = makeModel(world, shapes);
  const { place, rows } = makePlace(seeded(world.seed), name);
  for (const row of rows) put(model, world, row);
  const ids = new Map(committed(model, 'channel').map((row) => [text(row, 'slug'), number(row, 'id')]));
  for (const row of showRows(place, (slug) => ids.get(slug) ?? 0)) put(model, world, row);
  const fail = (problem: string): void => {
    world.note(`PROBLEM ${problem}`);
    problems.push(problem);
  };
  model.onCommit = (changed) => checkCommit(model, changed, fail);
  const told: Told = { acknowledged: [], refused: [], unknown: [] };
  const pause = (milliseconds: number) => new Promise<void>((resolve) => void world.later(resolve, milliseconds));
  const post = makePost(world.random, () => world.state.weather.lostEvents, pause);
  const stripe = makeStripe(inTurn ? name : '', mailbox ?? post.announce, place.tax);
  const env: Env = {
    place,
    stripe,
    random: inTurn ? seeded(world.seed + 2) : world.random,
    inTurn,
    told,
    call: makeProcesses(world, model, stripe, inTurn ? 1 : 2 + world.random.below(2)),
    pause,
    fail,
    isBooked: (command, key) => isBookedIn(model, command, key),
  };
  post.deliverWith((event) => deliver(env, event));
  return { model, env, settled: post.settled };
}

/** Events on their way: lost, or told up to three times, each after a while. */
function makePost(random: Random, lost: () => number, pause: (milliseconds: number) => Promise<void>) {
  const underWay = new Set<Promise<void>>();
  let take: (event: SeenEvent) => Promise<void> = () => Promise.resolve();
  return {
    deliverWith: (how: typeof take) => {
      take = how;
    },
    announce(event: SeenEvent): void {
      const times = random.chance(lost()) ? 0 : 1 + random.below(3);
      for (let at = 0; at < times; at += 1) {
        const one = pause(random.below(600)).then(() => take(event));
        underWay.add(one);
        void one.finally(() => underWay.delete(one));
      }
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

/** Seals what can be sealed, as far as balances are concerned: everything below the oldest open booking is settled. */
function sealer(world: World, model: Model): () => void {
  const table = model.tables.get('ledger_transfer');
  const seals = model.tables.get('ledger_seal');
  return () => {
    if (!table || !seals) return;
    const ids = [...table.entries].map(({ committed, draft }) => ({
      id: Number((committed ?? draft)?.['id']),
      open: committed === null,
    }));
    const open = ids.filter((one) => one.open).map(({ id }) => id);
    const settled = open.length > 0 ? Math.min(...open) - 1 : Math.max(0, ...ids.map(({ id }) => id));
    const tx = begin();
    const at = world.now();
    insert(tx, seals, { id: seals.nextId++, at, items: 0, root: '', previous: '', highest: settled, settled, mac: '' });
    commit(tx);
    world.note(`sealed to ${settled}`);
  };
}

/** Runs a seed to its end. The same seed does the same, step by step. */
export async function runSeed(seed: number): Promise<Ran> {
  const world = makeWorld(seed, seeded(seed));
  const leave = enter(world);
  const problems: string[] = [];
  let transfers = 0;
  try {
    const { model, env, settled } = build(world, problems, 'one', null);
    const seal = sealer(world, model);
    await driven(world, sideBySide(gifts(env), 2));
    world.state.weather = weatherOf(world);
    const work = deeds(env, 18 + world.random.below(14), 'one').map((deed) => async () => {
      if (world.random.chance(0.1)) seal();
      await env.pause(world.random.below(120));
      await deed();
    });
    const calm = setCalm(world);
    await driven(world, sideBySide(work, 2 + world.random.below(4)));
    calm();
    await driven(world, settled());
    // The reconciler leaves alone what is so young that somebody may still be at it.
    world.state.nowMs += SETTLED_MS;
    const last = env.call((shop) => reconcile(shop, true));
    const { failed } = await driven(world, last);
    if (failed > 0) env.fail(`the reconciler could not follow ${failed} objects`);
    await driven(world, settled());
    await driven(
      world,
      env.call((shop) => reconcile(shop, true)),
    );
    await driven(
      world,
      env.call((shop) => refundDue(shop.db, shop.config)),
    );
    await driven(world, settled());
    checkEnd(model, env, env.fail);
    transfers = model.tables.get('ledger_transfer')?.entries.size ?? 0;
  } catch (error) {
    problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    leave();
  }
  const hash = world.state.hash.toString(16).padStart(8, '0');
  return { seed, problems, hash, steps: world.state.steps, transfers, tail: world.tail };
}

/** Accidents end after a while, so that everybody hears an answer in the end. */
function setCalm(world: World): () => void {
  const calm = () => {
    world.state.weather = CALM;
  };
  const timer = world.later(calm, 6000);
  return () => {
    world.cancel(timer);
    calm();
  };
}
