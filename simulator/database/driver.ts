/** The database as mysql2 shows it: pools and connections that answer by callback, with everything that can go wrong. */
import type { Pool } from 'mysql2';
import type { Process, World } from '../world.ts';
import type { Entry, Table, Transaction } from './rows.ts';
import * as rows from './rows.ts';
import { execute, statementOf } from './run.ts';
import type { TableShape } from './shape.ts';

type Done = (error: Error | null, result?: unknown) => void;
type Session = { readonly process: Process; readonly autocommit: boolean; tx: Transaction | null; waits: Entry | null };

export type Model = {
  readonly tables: ReadonlyMap<string, Table>;
  /** Called with what a commit has changed, before anybody hears of it. */
  onCommit: (changed: readonly Entry[], now: Date) => void;
  pool(process: Process, autocommit: boolean): Pool;
};

const lost = (): Error =>
  Object.assign(new Error('Connection lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true });
const ACCIDENTS = [
  new rows.SqlError(1213, 'ER_LOCK_DEADLOCK', 'Deadlock found when trying to get lock'),
  new rows.SqlError(1205, 'ER_LOCK_WAIT_TIMEOUT', 'Lock wait timeout exceeded'),
  new rows.SqlError(1020, 'ER_CHECKREAD', 'Record has changed since last read'),
];

const labels = new Map<string, string>();
function labelOf(text: string): string {
  const known = labels.get(text);
  if (known !== undefined) return known;
  const statement = statementOf(text);
  const name =
    statement.verb === 'select'
      ? `${statement.locks ? 'lock' : 'read'} ${statement.sources.map(({ table }) => (typeof table === 'string' ? table : '()')).join('+') || 'clock'}`
      : statement.verb === 'block'
        ? `write ${statement.parts[0]?.table ?? ''}`
        : `${statement.verb} ${statement.table}`;
  labels.set(text, name);
  return name;
}

/** Makes an empty database. */
export function makeModel(world: World, shapes: ReadonlyMap<string, TableShape>): Model {
  const tables = new Map([...shapes].map(([name, shape]) => [name, rows.makeTable(shape)]));
  const db = { tables, now: world.now };
  /** Who waits, by transaction: what deadlocks are found with. */
  const waiting = new Map<Transaction, Entry>();
  const { random, state } = world;

  function end(session: Session, how: 'commit' | 'rollback'): void {
    const { tx } = session;
    session.tx = null;
    session.waits = null;
    if (!tx) return;
    waiting.delete(tx);
    if (how === 'rollback') rows.rollback(tx);
    else model.onCommit(rows.commit(tx), world.now());
  }

  function inCircle(tx: Transaction, entry: Entry): boolean {
    let owner = entry.owner;
    while (owner && owner !== tx) owner = waiting.get(owner)?.owner ?? null;
    return owner === tx;
  }

  /** What happens to a statement; null: it must wait. */
  function attempt(
    session: Session,
    text: string,
    values: readonly unknown[],
  ): { error: Error | null; result?: unknown } | null {
    session.tx ??= rows.begin();
    const { tx } = session;
    waiting.delete(tx);
    session.waits = null;
    try {
      const result = execute(db, tx, text, values);
      if (session.autocommit) end(session, 'commit');
      return { error: null, result };
    } catch (error) {
      if (!(error instanceof rows.MustWait)) {
        if (session.autocommit) end(session, 'rollback');
        return { error: error instanceof Error ? error : new Error(String(error)) };
      }
      if (inCircle(tx, error.entry)) {
        end(session, 'rollback');
        return { error: ACCIDENTS[0] ?? null };
      }
      waiting.set(tx, error.entry);
      session.waits = error.entry;
      return null;
    }
  }

  function ended(session: Session, text: string): { error: Error | null } {
    const commits = text === 'COMMIT';
    if (commits && random.chance(state.weather.lostCommits)) {
      const carriedOut = random.chance(0.5);
      end(session, carriedOut ? 'commit' : 'rollback');
      world.note(carriedOut ? 'the answer is lost: committed' : 'the answer is lost: not committed');
      return { error: lost() };
    }
    if (commits && random.chance(state.weather.deadlocks / 4)) {
      end(session, 'rollback');
      return { error: ACCIDENTS[0] ?? null };
    }
    end(session, commits ? 'commit' : 'rollback');
    return { error: null };
  }

  function accident(session: Session): Error | null {
    const { deadlocks, lostConnections } = state.weather;
    if (random.chance(deadlocks) && !session.autocommit) {
      const error = random.pick(ACCIDENTS);
      if (error.errno === 1213) end(session, 'rollback');
      return error;
    }
    if (!random.chance(lostConnections)) return null;
    end(session, 'rollback');
    return lost();
  }

  function say(session: Session, text: string, values: readonly unknown[], done: Done): void {
    const { process } = session;
    if (!process.alive) return;
    const ends = text === 'COMMIT' || text === 'ROLLBACK';
    const label = `${process.name} ${ends ? text : labelOf(text)}`;
    const answer = (outcome: { error: Error | null; result?: unknown }): boolean => {
      const { error } = outcome;
      world.note(error ? `${label}: ${error.message}` : label);
      // Carried out, and then nobody there to hear of it.
      if (random.chance(state.weather.deaths)) world.kill(process);
      else done(error, outcome.result);
      return true;
    };
    const run = (): boolean => {
      if (ends) return answer(ended(session, text));
      const failure = session.waits ? null : accident(session);
      if (failure) return answer({ error: failure });
      const outcome = attempt(session, text, values);
      return outcome ? answer(outcome) : false;
    };
    world.submit({ process, label, run, ready: () => !session.waits?.owner });
  }

  function connect(process: Process, autocommit: boolean) {
    const session: Session = { process, autocommit, tx: null, waits: null };
    process.onDeath.push(() => end(session, 'rollback'));
    return {
      execute: ({ sql }: { sql: string }, values: readonly unknown[], done: Done) => say(session, sql, values, done),
      query: (text: string, values: readonly unknown[] | Done, done?: Done) =>
        typeof values === 'function'
          ? say(session, text, [], values)
          : say(session, text, values, done ?? (() => undefined)),
      release: () => undefined,
      destroy: () => end(session, 'rollback'),
    };
  }

  const model: Model = {
    tables,
    onCommit: () => undefined,
    pool(process, autocommit) {
      type Execute = ReturnType<typeof connect>['execute'];
      type Query = ReturnType<typeof connect>['query'];
      // Single statements are transactions of their own, each on a connection that nobody shares.
      const pool = {
        execute: (...given: Parameters<Execute>) => connect(process, true).execute(...given),
        query: (...given: Parameters<Query>) => connect(process, true).query(...given),
        getConnection: (done: Done) => done(null, connect(process, autocommit)),
        promise: () => ({ end: () => Promise.resolve() }),
      };
      return pool as unknown as Pool;
    },
  };
  return model;
}
