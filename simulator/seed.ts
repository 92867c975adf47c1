/** One seed: a place, processes, clients, accidents, then calm and a look at what there is. */
import { reconcile } from '../server/src/payments/reconcile.ts';
import { refundDue } from '../server/src/access/tickets.ts';
import { dbOn } from '../server/src/platform/db.ts';
import type { SeenEvent } from '../server/src/payments/stripe.ts';
import { type Env, deliver, type Told } from './clients.ts';
import { checkCommit, checkEnd, isBookedIn } from './checks.ts';
import { makeModel, type Model } from './database/driver.ts';
import { readShapes } from './database/shape.ts';
import { begin, commit, insert } from './database/rows.ts';
import { execute } from './database/run.ts';
import { CONFIG, makePlace, type Seeded, type Shop, showRows } from './place.ts';
import { seeded } from './random.ts';
import { doorTo, type Line, makeStripe, stripeAway } from './stripe.ts';
import { deeds, gifts } from './workload.ts';
import { CALM, enter, makeWorld, type Process, type Weather, type World } from './world.ts';
import { join } from 'node:path';

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

const LOG = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };

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

function put(model: Model, world: World, { table, row }: Seeded): void {
  const tx = begin();
  const columns = Object.keys(row);
  const text = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
  execute({ tables: model.tables, now: world.now }, tx, text, Object.values(row));
  commit(tx);
}

/** Processes: as many as there are, each replaced by a new one when it dies. */
function makeProcesses(world: World, model: Model, stripe: Env['stripe'], count: number) {
  let made = 0;
  function start(): { process: Process; shop: Shop } {
    made += 1;
    const process: Process = { name: `p${made}`, alive: true, callers: new Set(), onDeath: [] };
    const line: Line = (label, work) =>
      new Promise((resolve, reject) => {
        const run = () => {
          const { random, state } = world;
          const away = random.chance(state.weather.stripeAway);
          const heard = away && random.chance(0.5);
          world.note(`${process.name} Stripe: ${label}${away ? (heard ? ', the answer is lost' : ', away') : ''}`);
          try {
            const result = away && !heard ? null : work();
            if (away) reject(stripeAway());
            else resolve(result as ReturnType<typeof work>);
          } catch (error) {
            reject(error);
          }
          return true;
        };
        if (process.alive) world.submit({ process, label, run, ready: () => true });
      });
    const db = dbOn(model.pool(process, true), model.pool(process, false));
    const shop = {
      config: CONFIG,
      log: LOG as unknown as Shop['log'],
      db,
      media: { wake: () => undefined },
      stripe: doorTo(stripe, line),
      announcePaid: () => undefined,
    };
    return { process, shop };
  }
  const running = Array.from({ length: count }, start);
  return async function call<T>(work: (shop: Shop) => Promise<T>): Promise<T> {
    const at = world.random.below(running.length);
    if (!running[at]?.process.alive) running[at] = start();
    const { process, shop } = running[at] as (typeof running)[number];
    let tell: (error: Error) => void = () => undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        tell = reject;
        process.callers.add(tell);
        work(shop).then(resolve, reject);
      });
    } finally {
      process.callers.delete(tell);
    }
  };
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
async function driven<T>(world: World, work: Promise<T>): Promise<T> {
  let over = false;
  const ended = work.finally(() => {
    over = true;
  });
  ended.catch(() => undefined);
  await world.drive(() => over);
  return ended;
}

function build(world: World, problems: string[]) {
  shapes ??= readShapes(MIGRATIONS);
  const model = makeModel(world, shapes);
  const { place, rows } = makePlace(world.random, 'one');
  for (const row of rows) put(model, world, row);
  const channelIds = new Map([...(model.tables.get('channel')?.entries ?? [])].map(({ committed }) => [committed?.['slug'], Number(committed?.['id'])]));
  for (const row of showRows(place, (slug) => channelIds.get(slug) ?? 0)) put(model, world, row);
  const fail = (problem: string): void => {
    world.note(`PROBLEM ${problem}`);
    problems.push(problem);
  };
  model.onCommit = (changed) => checkCommit(model, changed, fail);
  const deliveries = new Set<Promise<void>>();
  const stripe = makeStripe((event) => announce(event));
  const told: Told = { acknowledged: [], refused: [], unknown: [] };
  const pause = (milliseconds: number) => new Promise<void>((resolve) => void world.later(resolve, milliseconds));
  const env: Env = {
    place,
    stripe,
    random: world.random,
    told,
    call: makeProcesses(world, model, stripe, 2 + world.random.below(2)),
    pause,
    fail,
    isBooked: (command, key) => isBookedIn(model, command, key),
  };
  /** Lost, or told up to three times, each after a while. */
  function announce(event: SeenEvent): void {
    const times = world.random.chance(world.state.weather.lostEvents) ? 0 : 1 + world.random.below(3);
    for (let at = 0; at < times; at += 1) {
      const one = pause(world.random.below(600)).then(() => deliver(env, event));
      deliveries.add(one);
      void one.finally(() => deliveries.delete(one));
    }
  }
  const settled = async () => {
    while (deliveries.size > 0) await Promise.all(deliveries);
  };
  return { model, env, settled };
}

/** Seals what can be sealed, as far as balances are concerned: everything below the oldest open booking is settled. */
function sealer(world: World, model: Model): () => void {
  const table = model.tables.get('ledger_transfer');
  const seals = model.tables.get('ledger_seal');
  return () => {
    if (!table || !seals) return;
    const ids = [...table.entries].map(({ committed, draft }) => ({ id: Number((committed ?? draft)?.['id']), open: committed === null }));
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
    const { model, env, settled } = build(world, problems);
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
    await driven(world, env.call((shop) => reconcile(shop, true)));
    await driven(world, env.call((shop) => refundDue(shop.db, shop.config)));
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
