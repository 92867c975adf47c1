/** The same commands in the model and on a real MariaDB: answers, balances and every booking must be the same. */

import type { SeenEvent } from '../server/src/payments/stripe.ts';
import type { Db, Value } from '../server/src/platform/db.ts';
import { openDb } from '../server/src/platform/db.ts';
import { deliver, type Env, type Told } from './clients.ts';
import { makePlace, type Seeded, showRows } from './place.ts';
import { shopOn } from './processes.ts';
import { type Random, seeded } from './random.ts';
import { build, driven } from './seed.ts';
import { type Line, makeStripe } from './stripe.ts';
import { type Ledger, ledgerOf } from './tables.ts';
import { deeds, gifts } from './workload.ts';
import { enter, makeWorld } from './world.ts';

/** A database of the tests, with an owner who may write any row. */
type Stack = {
  readonly config: { readonly secrets: { readonly databaseUrl: string } };
  owner(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
};

const DEEDS = 24;

/** Ids that we draw ourselves are other ones on each side. */
const plain = (text: string): string => text.replaceAll(/\b(tkt|pot|trf|cod|chk)_[0-9a-z]{26}\b/g, '$1');

/** What one side has come to, as lines that can be compared. */
function outcome(told: Told, ledger: Ledger, isOurs: (account: string) => boolean): string[] {
  const said = told.acknowledged.map(({ command, key, answer }) => {
    const { transferId: _id, payoutId: _payout, ...asked } = { transferId: '', payoutId: '', ...command };
    return plain(`${key} ${JSON.stringify(asked)}: ${JSON.stringify(answer.says)}`);
  });
  const refused = told.refused.map(({ command, key, code }) => `${key} ${command.kind}: ${code}`);
  const booked = ledger.bookings
    .filter(({ lines }) => lines.some(({ account }) => isOurs(account)))
    .map(({ kind, key, payerNumber, payerBalance, lines }) => {
      const text = lines.map(({ account, amount }) => `${account} ${amount}`).join(', ');
      return plain(`${kind} ${key} (${payerNumber}, ${payerBalance}): ${text}`);
    });
  const balances = [...ledger.accounts.values()]
    .filter(({ name }) => isOurs(name))
    .map(({ name, sum, row }) => `${name} has ${sum}, its row says ${row['balance']}, ${row['lastNumber']} payments`);
  return [...said, ...refused, ...booked, ...balances].sort();
}

/** Events are told after each deed: some twice, in any order, some at the same time. */
function makeMailbox(random: Random) {
  const waiting: SeenEvent[] = [];
  return {
    announce: (event: SeenEvent) => void waiting.push(event),
    async empty(env: Env): Promise<void> {
      while (waiting.length > 0) {
        const [event] = waiting.splice(random.below(waiting.length), 1);
        if (!event) return;
        const again = random.chance(0.5);
        await Promise.all([deliver(env, event), ...(again ? [deliver(env, event)] : [])]);
      }
    },
  };
}

async function play(env: Env, name: string, empty: (env: Env) => Promise<void>): Promise<void> {
  for (const deed of [...gifts(env), ...deeds(env, DEEDS, name)]) {
    await deed();
    await empty(env);
  }
}

async function inModel(seed: number, name: string, isOurs: (account: string) => boolean): Promise<string[]> {
  const world = makeWorld(seed);
  const leave = enter(world);
  const problems: string[] = [];
  try {
    const mailbox = makeMailbox(seeded(seed + 3));
    const { model, env } = build(world, problems, name, mailbox.announce);
    await driven(world, play(env, name, mailbox.empty));
    return [...problems, ...outcome(env.told, ledgerOf(model), isOurs)];
  } finally {
    leave();
  }
}

async function insertRow({ owner }: Stack, { table, row }: Seeded): Promise<void> {
  const columns = Object.keys(row);
  await owner(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (?)`, [Object.values(row) as Value[]]);
}

/** The ledger of a real database in the same shapes. */
async function ledgerIn({ owner }: Stack): Promise<Ledger> {
  const tables = new Map<string, { entries: { committed: Record<string, unknown> }[] }>();
  for (const table of ['ledger_account', 'ledger_transfer', 'ledger_entry']) {
    const rows = await owner(`SELECT * FROM ${table} ORDER BY id`);
    tables.set(table, { entries: rows.map((committed) => ({ committed })) });
  }
  return ledgerOf({ tables } as unknown as Parameters<typeof ledgerOf>[0]);
}

async function onDatabase(stack: Stack, db: Db, seed: number, name: string, isOurs: (account: string) => boolean) {
  const { place, rows } = makePlace(seeded(seed), name);
  for (const row of rows) await insertRow(stack, row);
  const ids = new Map<string, number>();
  for (const { id, slug } of await stack.owner('SELECT id, slug FROM channel')) ids.set(String(slug), Number(id));
  for (const row of showRows(place, (slug) => ids.get(slug) ?? 0)) await insertRow(stack, row);
  const mailbox = makeMailbox(seeded(seed + 3));
  const stripe = makeStripe(name, mailbox.announce, place.tax);
  const problems: string[] = [];
  const line: Line = async (_label, work) => work();
  const shop = shopOn(db, stripe, line);
  const env: Env = {
    place,
    stripe,
    random: seeded(seed + 2),
    inTurn: true,
    told: { acknowledged: [], refused: [], unknown: [] },
    call: (work) => work(shop),
    pause: () => Promise.resolve(),
    fail: (problem) => void problems.push(problem),
    isBooked: () => null,
  };
  await play(env, name, mailbox.empty);
  return [...problems, ...outcome(env.told, await ledgerIn(stack), isOurs)];
}

/** Runs seeds on both. Returns what differs. */
export async function agree(stack: Stack, from: number, seeds: number): Promise<string[]> {
  const db = openDb(stack.config.secrets.databaseUrl);
  const differences: string[] = [];
  try {
    for (let seed = from; seed < from + seeds; seed += 1) {
      const name = `s${seed}`;
      const isOurs = (account: string) => account.includes(`-${name}:`);
      const model = await inModel(seed, name, isOurs);
      const real = await onDatabase(stack, db, seed, name, isOurs);
      const only = (one: string[], other: string[]) => one.filter((line) => !other.includes(line));
      differences.push(...only(model, real).map((line) => `seed ${seed}, in the model only: ${line}`));
      differences.push(...only(real, model).map((line) => `seed ${seed}, on MariaDB only: ${line}`));
    }
  } finally {
    await db.close();
  }
  return differences;
}
