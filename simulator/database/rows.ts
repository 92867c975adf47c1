/**
 * Rows with what InnoDB does to them at READ COMMITTED: a committed version and one that its writer alone sees, row
 * locks that others wait for, unique indexes that wait for whoever holds the key, rollback.
 */
import type { Cell, Row } from './cells.ts';
import type { Index, TableShape } from './shape.ts';

export type Transaction = {
  readonly id: number;
  readonly locks: Entry[];
  readonly undo: { readonly entry: Entry; readonly draft: Row | null }[];
  over: boolean;
};

/** One row of a table, in the version that everybody sees and the draft of whoever has locked it. */
export type Entry = {
  readonly table: Table;
  committed: Row | null;
  draft: Row | null;
  owner: Transaction | null;
};

export type Table = {
  readonly shape: TableShape;
  readonly entries: Set<Entry>;
  readonly buckets: ReadonlyMap<Index, Map<string, Entry[]>>;
  nextId: number;
};

/** The statement must wait until this entry's owner has ended. */
export class MustWait {
  readonly entry: Entry;
  constructor(entry: Entry) {
    this.entry = entry;
  }
}

/** What the database answers instead of a result. */
export class SqlError extends Error {
  readonly errno: number;
  readonly code: string;
  constructor(errno: number, code: string, message: string) {
    super(message);
    this.errno = errno;
    this.code = code;
  }
}

export const makeTable = (shape: TableShape): Table => ({
  shape,
  entries: new Set(),
  buckets: new Map(shape.indexes.map((index) => [index, new Map()])),
  nextId: 1,
});

let ids = 0;
export function begin(): Transaction {
  ids += 1;
  return { id: ids, locks: [], undo: [], over: false };
}

const textOf = (cell: Cell): string =>
  cell instanceof Date ? String(cell.getTime()) : Buffer.isBuffer(cell) ? cell.toString('latin1') : String(cell);

/** Null where a column is null: nulls are never alike. */
export function keyOf(columns: readonly string[], row: Row): string | null {
  let key = '';
  for (const column of columns) {
    const cell = row[column] ?? null;
    if (cell === null) return null;
    key += `${textOf(cell)}\u0000`;
  }
  return key;
}

/** The version that a transaction sees. */
export const seen = (entry: Entry, by: Transaction | null): Row | null =>
  entry.draft !== null && entry.owner === by ? entry.draft : entry.committed;

/** Locks an entry, or makes the statement wait. */
export function lock(tx: Transaction, entry: Entry): void {
  if (entry.owner === tx) return;
  if (entry.owner) throw new MustWait(entry);
  entry.owner = tx;
  tx.locks.push(entry);
}

function file(entry: Entry, row: Row): void {
  for (const [index, bucket] of entry.table.buckets) {
    const key = keyOf(index.columns, row);
    if (key === null) continue;
    const list = bucket.get(key);
    if (!list) bucket.set(key, [entry]);
    else if (!list.includes(entry)) list.push(entry);
  }
}

/** The entry that a unique index refuses `row` for; waits for whoever is writing one like it. */
export function clash(tx: Transaction, table: Table, row: Row, self: Entry | null): Entry | null {
  for (const index of table.shape.indexes) {
    const key = index.unique ? keyOf(index.columns, row) : null;
    if (key === null) continue;
    for (const entry of table.buckets.get(index)?.get(key) ?? []) {
      if (entry === self) continue;
      const alike = (one: Row | null) => one !== null && keyOf(index.columns, one) === key;
      if (entry.owner && entry.owner !== tx && (alike(entry.committed) || alike(entry.draft)))
        throw new MustWait(entry);
      if (alike(seen(entry, tx))) return entry;
    }
  }
  return null;
}

const duplicate = (table: Table): SqlError =>
  new SqlError(1062, 'ER_DUP_ENTRY', `Duplicate entry in ${table.shape.name}`);

function put(tx: Transaction, entry: Entry, row: Row): void {
  for (const check of entry.table.shape.checks) {
    if (!check.holds(row)) throw new SqlError(4025, 'ER_CONSTRAINT_FAILED', `CONSTRAINT ${check.name} failed`);
  }
  tx.undo.push({ entry, draft: entry.draft });
  entry.draft = row;
  file(entry, row);
}

/** Adds a row. Throws 1062 where a unique index has it already. */
export function insert(tx: Transaction, table: Table, row: Row): void {
  if (clash(tx, table, row, null)) throw duplicate(table);
  const entry: Entry = { table, committed: null, draft: null, owner: tx };
  table.entries.add(entry);
  tx.locks.push(entry);
  put(tx, entry, row);
}

/** Changes a locked row. */
export function update(tx: Transaction, entry: Entry, row: Row): void {
  lock(tx, entry);
  if (clash(tx, entry.table, row, entry)) throw duplicate(entry.table);
  put(tx, entry, row);
}

/** Takes back what was written since a point of the undo log; locks stay, as in InnoDB. */
export function undoTo(tx: Transaction, mark: number): void {
  while (tx.undo.length > mark) {
    const step = tx.undo.pop();
    if (step) step.entry.draft = step.draft;
  }
}

function release(tx: Transaction): void {
  for (const entry of tx.locks) {
    entry.owner = null;
    entry.draft = null;
    // Its places in the indexes stay: nobody sees a row without a version.
    if (entry.committed === null) entry.table.entries.delete(entry);
  }
  tx.over = true;
}

export function rollback(tx: Transaction): void {
  undoTo(tx, 0);
  release(tx);
}

/** Makes everything that was written seen by all. Returns the entries that changed. */
export function commit(tx: Transaction): Entry[] {
  const changed = tx.locks.filter((entry) => entry.draft !== null);
  for (const entry of changed) entry.committed = entry.draft;
  release(tx);
  return changed;
}
