/** Our processes in a world: each with its own connections to the model and its own line to Stripe, replaced when it dies. */
import { transfersToCreators } from '../server/src/payouts/reversals.ts';
import { dbOn } from '../server/src/platform/db.ts';
import type { Model } from './database/driver.ts';
import { begin, commit } from './database/rows.ts';
import { execute } from './database/run.ts';
import { CONFIG, type Seeded, type Shop } from './place.ts';
import { doorTo, type Line, type Stripe, stripeAway } from './stripe.ts';
import type { Process, World } from './world.ts';

/** So often an answer of Stripe is old when it arrives, and by so much at most. */
const SLOW = 0.4;
const SLOW_MS = 500;

const LOG = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };

/** Writes a row that was there before anything happened. */
export function put(model: Model, world: World, { table, row }: Seeded): void {
  const tx = begin();
  const columns = Object.keys(row);
  const text = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
  execute({ tables: model.tables, now: world.now }, tx, text, Object.values(row));
  commit(tx);
}

/** What the shipped code is given to work with. */
export const shopOn = (db: Shop['db'], stripe: Stripe, line: Line): Shop => ({
  config: { ...CONFIG, stripeTax: stripe.tax },
  log: LOG as unknown as Shop['log'],
  db,
  media: { wake: () => undefined },
  stripe: doorTo(stripe, line),
  announcePaid: () => undefined,
  above: transfersToCreators,
});

/** Requests to Stripe are steps of the world; some never arrive, and of some the answer is lost. */
const lineOf =
  (world: World, process: Process): Line =>
  (label, work) =>
    new Promise((resolve, reject) => {
      const run = () => {
        const { random, state } = world;
        const away = random.chance(state.weather.stripeAway);
        const heard = away && random.chance(0.5);
        world.note(`${process.name} Stripe: ${label}${away ? (heard ? ', the answer is lost' : ', away') : ''}`);
        try {
          const result = away && !heard ? null : work();
          if (away) reject(stripeAway());
          else if (random.chance(SLOW))
            world.later(() => resolve(result as ReturnType<typeof work>), random.below(SLOW_MS));
          else resolve(result as ReturnType<typeof work>);
        } catch (error) {
          reject(error);
        }
        return true;
      };
      if (process.alive) world.submit({ process, label, run, ready: () => true });
    });

/** Returns how to run something in any of `count` processes; it fails as a lost connection where that one dies. */
export function makeProcesses(world: World, model: Model, stripe: Stripe, count: number) {
  let made = 0;
  function start(): { process: Process; shop: Shop } {
    made += 1;
    const process: Process = { name: `p${made}`, alive: true, callers: new Set(), onDeath: [] };
    const db = dbOn(model.pool(process, true), model.pool(process, false));
    return { process, shop: shopOn(db, stripe, lineOf(world, process)) };
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
