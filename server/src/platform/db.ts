/** The mysql2 pool for commands. Every instant is UTC, by the database's clock. */
import type { PoolConnection as CallbackConnection, Pool as CallbackPool, ResultSetHeader } from 'mysql2';
import mysql from 'mysql2';
import type { Pool } from 'mysql2/promise';

/** Connections for transactions, and as many for single statements; Prisma has its own. Together they stay under MariaDB's limit. */
const POOL_CONNECTIONS = 12;
/** Requests that may wait for a connection; more are refused at once as `unavailable`. */
const POOL_QUEUE = 500;
const CONNECT_TIMEOUT_MS = 3000;
/** Longest that one statement may run, seconds. */
const STATEMENT_SECONDS = 10;
const LOCK_WAIT_SECONDS = 5;
const TRANSACTION_TRIES = 4;

/** Record changed since last read, lock wait timeout, deadlock: the transaction is to be run again. */
const RETRYABLE = new Set([1020, 1205, 1213]);

export type Value = string | number | bigint | boolean | Date | Buffer | null;

/** What a store needs: a pool outside a transaction, a connection inside. */
export type Sql = {
  /** Rows of a prepared statement. `R` is what the statement's text selects. */
  rows<R extends object>(text: string, values?: readonly Value[]): Promise<R[]>;
  /** The first row, or null. */
  row<R extends object>(text: string, values?: readonly Value[]): Promise<R | null>;
  /** Rows touched (found, not changed) and the new auto-increment id. */
  run(text: string, values?: readonly Value[]): Promise<{ touched: number; insertId: number }>;
  /** Text protocol, for lists: `IN (?)` with an array. */
  list<R extends object>(text: string, values: readonly unknown[]): Promise<R[]>;
  /** Text protocol, for lists: `VALUES ?` with an array of rows. */
  bulk(text: string, values: readonly unknown[]): Promise<number>;
};
export type Tx = Sql & {
  readonly transaction: true;
  /** The database that it belongs to: what is remembered about one must not be believed of another. */
  readonly pool: object;
  /** Runs `effect` once this transaction is committed; never where it is not, or where nobody knows. Must not throw. */
  afterCommit(effect: () => void): void;
};

export type Db = Sql & {
  /**
   * Runs `work` in one transaction, again where the database says so (1020, 1205, 1213).
   * Throws `CommitUnknownError` where the connection was lost during the commit.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  readonly pool: Pool;
  close(): Promise<void>;
};

type Target = CallbackPool | CallbackConnection;
type Done = (error: Error | null, result: unknown) => void;

/** mysql2's own promises note a stack for every statement, a tenth of a booking's time: here only errors get one. */
async function answerOf<R>(ask: (done: Done) => void): Promise<R> {
  try {
    return await new Promise<R>((resolve, reject) => {
      ask((error, result) => (error ? reject(error) : resolve(result as R)));
    });
  } catch (error) {
    if (error instanceof Error) Error.captureStackTrace(error);
    throw error;
  }
}

function sqlOn(target: Target): Sql {
  const execute = <R>(text: string, values: readonly Value[]) =>
    answerOf<R>((done) => void target.execute({ sql: text }, [...values], done));
  const query = <R>(text: string, values: readonly unknown[]) =>
    answerOf<R>((done) => void target.query(text, [...values], done));
  return {
    rows: (text, values = []) => execute(text, values),
    async row<R extends object>(text: string, values: readonly Value[] = []) {
      const rows = await execute<R[]>(text, values);
      return rows[0] ?? null;
    },
    async run(text, values = []) {
      const done = await execute<ResultSetHeader>(text, values);
      return { touched: done.affectedRows, insertId: done.insertId };
    },
    list: (text, values) => query(text, values),
    async bulk(text, values) {
      const done = await query<ResultSetHeader>(text, values);
      return done.affectedRows;
    },
  };
}

/** The connection was lost during COMMIT: it may have been carried out or not. Look before doing it again. */
export class CommitUnknownError extends Error {
  readonly code = 'COMMIT_UNKNOWN';
  constructor(cause: unknown) {
    super('the connection was lost during the commit', { cause });
  }
}

const errorNumber = (error: unknown): number => (error instanceof Error && 'errno' in error ? Number(error.errno) : 0);

/** True where a unique index refused a row. */
export const isDuplicate = (error: unknown): boolean => errorNumber(error) === 1062;

/** True where the database undid the statement for another's sake, so that it may be run again. */
export const mayRepeat = (error: unknown): boolean => RETRYABLE.has(errorNumber(error));

/** True where the database could not be reached or closed on us: the caller may try again later. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error))
    return error instanceof Error && /Queue limit/.test(error.message);
  const code = String(error.code);
  return (
    /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOENT|EHOSTUNREACH|ENOTFOUND|PROTOCOL_CONNECTION_LOST)$/.test(code) ||
    /^(ER_SERVER_SHUTDOWN|ER_CON_COUNT_ERROR|ER_STATEMENT_TIMEOUT|ER_CONNECTION_KILLED|POOL_CLOSED|COMMIT_UNKNOWN)$/.test(
      code,
    )
  );
}

const say = (connection: CallbackConnection, text: string): Promise<unknown> =>
  answerOf((done) => void connection.query(text, done));

/** A refusal that the database can name is no doubt: the transaction was undone. Anything else is one. */
async function commit(connection: CallbackConnection): Promise<void> {
  try {
    await say(connection, 'COMMIT');
  } catch (error) {
    throw mayRepeat(error) ? error : new CommitUnknownError(error);
  }
}

async function attempt<T>(pool: CallbackPool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const connection = await answerOf<CallbackConnection>((done) => pool.getConnection(done));
  const effects: (() => void)[] = [];
  let result: T;
  try {
    const afterCommit = (effect: () => void) => void effects.push(effect);
    result = await work({ ...sqlOn(connection), transaction: true, pool, afterCommit });
    await commit(connection);
    connection.release();
  } catch (error) {
    // A connection whose rollback failed is in an unknown state and must not be used again.
    await say(connection, 'ROLLBACK').then(
      () => connection.release(),
      () => connection.destroy(),
    );
    throw error;
  }
  for (const effect of effects) effect();
  return result;
}

async function withRetries<T>(pool: CallbackPool, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt(pool, work);
    } catch (error) {
      if (tries >= TRANSACTION_TRIES || !mayRepeat(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5 * tries + Math.random() * 20 * tries));
    }
  }
}

function openPool(url: string, connections: number, session: string): CallbackPool {
  const pool = mysql.createPool({
    uri: url,
    connectionLimit: connections,
    queueLimit: POOL_QUEUE,
    connectTimeout: CONNECT_TIMEOUT_MS,
    timezone: 'Z',
    charset: 'utf8mb4_unicode_ci',
    enableKeepAlive: true,
    maxPreparedStatements: 200,
    decimalNumbers: true,
  });
  pool.on('connection', (connection) => {
    // Queued before the first statement of whoever gets this connection.
    connection.query(
      `SET time_zone = '+00:00', tx_isolation = 'READ-COMMITTED', innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS},
           max_statement_time = ${STATEMENT_SECONDS}, ${session}`,
      () => undefined,
    );
  });
  return pool;
}

/** The same on pools that are there: one for single statements, one whose connections are in a transaction always. */
export function dbOn(statements: CallbackPool, transactions: CallbackPool): Db {
  const pool = statements.promise();
  return {
    ...sqlOn(statements),
    pool,
    transaction: (work) => withRetries(transactions, work),
    async close() {
      await Promise.all([pool.end(), transactions.promise().end()]);
    },
  };
}

/** Opens the database; connects at the first statement. */
export function openDb(url: string, connections = POOL_CONNECTIONS): Db {
  const statements = openPool(url, connections, 'autocommit = 1');
  // A transaction begins with its first statement: to say so would be one more way there and back in each.
  return dbOn(statements, openPool(url, connections, 'autocommit = 0'));
}
