/** Runs statements on tables, each at once or not at all: one that must wait has changed nothing. */
import { cellOf, evaluate, isAggregate, type Scope } from './evaluate.ts';
import type { Assignment, Block, Expr, Insert, Select, Source, Statement, Update } from './parse.ts';
import { parse } from './parse.ts';
import * as rows from './rows.ts';
import type { Cell, Entry, Row, Table, Transaction } from './rows.ts';
import type { Index } from './shape.ts';

export type Database = { readonly tables: ReadonlyMap<string, Table>; readonly now: () => Date };
export type Done = { readonly affectedRows: number; readonly insertId: number };

type Run = { readonly db: Database; readonly tx: Transaction; readonly locks: boolean };

const parsed = new Map<string, Statement>();
/** The tree of a statement's text, read once. */
export function statementOf(text: string): Statement {
  const known = parsed.get(text) ?? parse(text);
  parsed.set(text, known);
  return known;
}

function tableOf(db: Database, name: string): Table {
  const table = db.tables.get(name);
  if (!table) throw new Error(`no table ${name}`);
  return table;
}

const conjuncts = (expr: Expr | null): Expr[] =>
  expr === null
    ? []
    : expr.is === 'binary' && expr.op === 'AND'
      ? [...conjuncts(expr.left), ...conjuncts(expr.right)]
      : [expr];

type Looked = { readonly column: string; readonly value: Expr };

/** `column = value` for a source whose value other sources, parameters or constants give. */
function lookUps(alias: string, table: Table, known: ReadonlySet<string>, filters: readonly Expr[]): Looked[] {
  const isOurs = (expr: Expr) =>
    expr.is === 'column' && (expr.table === alias || (expr.table === null && table.shape.columns.has(expr.name)));
  const isGiven = (expr: Expr) =>
    expr.is === 'parameter' || expr.is === 'value' || (expr.is === 'column' && expr.table !== null && known.has(expr.table));
  return filters.flatMap((filter) => {
    if (filter.is !== 'binary' || filter.op !== '=') return [];
    const { left, right } = filter;
    if (left.is === 'column' && isOurs(left) && isGiven(right)) return [{ column: left.name, value: right }];
    if (right.is === 'column' && isOurs(right) && isGiven(left)) return [{ column: right.name, value: left }];
    return [];
  });
}

type Plan = { readonly index: Index; readonly values: readonly Expr[] } | null;
const plans = new WeakMap<Source, Plan>();

function planOf(source: Source, table: Table, known: ReadonlySet<string>, where: Expr | null): Plan {
  const made = plans.get(source);
  if (made !== undefined) return made;
  const filters = [...conjuncts(source.on), ...(source.optional ? [] : conjuncts(where))];
  const found = lookUps(source.alias, table, known, filters);
  const valueOf = (column: string) => found.find((one) => one.column === column)?.value;
  const usable = table.shape.indexes.filter(({ columns }) => columns.every((column) => valueOf(column)));
  const index = usable.find(({ unique }) => unique) ?? usable[0];
  const plan = index ? { index, values: index.columns.flatMap((column) => valueOf(column) ?? []) } : null;
  plans.set(source, plan);
  return plan;
}

function candidates(table: Table, plan: Plan, scope: Scope): Iterable<Entry> {
  if (!plan) return table.entries;
  const probe: Row = {};
  plan.index.columns.forEach((column, at) => {
    const value = plan.values[at];
    probe[column] = value ? evaluate(value, scope) : null;
  });
  const key = rows.keyOf(plan.index.columns, probe);
  return key === null ? [] : (table.buckets.get(plan.index)?.get(key) ?? []);
}

/** Rows of one source that `matches` holds for. A locking read waits for whoever writes one that might be it. */
function matching(run: Run, found: Iterable<Entry>, matches: (row: Row) => boolean): Row[] {
  const list: Row[] = [];
  for (const entry of found) {
    if (run.locks && entry.owner && entry.owner !== run.tx) {
      const might = [entry.committed, entry.draft].some((row) => row !== null && matches(row));
      if (might) throw new rows.MustWait(entry);
      continue;
    }
    const row = rows.seen(entry, run.tx);
    if (row === null || !matches(row)) continue;
    if (run.locks) rows.lock(run.tx, entry);
    list.push(row);
  }
  return list;
}

function joined(run: Run, select: Select, outer: Scope): Scope[] {
  let scopes: Scope[] = [{ ...outer, rows: new Map(outer.rows) }];
  const known = new Set(outer.rows.keys());
  const only = select.sources.length === 1;
  for (const source of select.sources) {
    const next: Scope[] = [];
    for (const scope of scopes) {
      const withRow = (row: Row | null): Scope => ({ ...scope, rows: new Map([...scope.rows, [source.alias, row]]) });
      const filters = [...(source.on ? [source.on] : []), ...(only && select.where ? [select.where] : [])];
      const matches = (row: Row) => {
        const inner = withRow(row);
        return filters.every((filter) => evaluate(filter, inner));
      };
      let found: Row[];
      if (typeof source.table === 'string') {
        const table = tableOf(run.db, source.table);
        found = matching(run, candidates(table, planOf(source, table, known, select.where), scope), matches);
      } else found = query(run, source.table, scope).filter(matches);
      for (const row of found) next.push(withRow(row));
      if (found.length === 0 && source.optional) next.push(withRow(null));
    }
    known.add(source.alias);
    scopes = next;
  }
  const { where } = select;
  return where === null || only ? scopes : scopes.filter((scope) => evaluate(where, scope));
}

function sorted(select: Select, scopes: Scope[]): Scope[] {
  if (select.order.length === 0) return scopes;
  return scopes.sort((a, b) => {
    for (const { expr, down } of select.order) {
      const order = compareCells(evaluate(expr, a), evaluate(expr, b));
      if (order !== 0) return down ? -order : order;
    }
    return 0;
  });
}

const compareCells = (a: Cell, b: Cell): number => {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  return a < b ? -1 : a > b ? 1 : 0;
};

function query(run: Run, select: Select, outer: Scope): Row[] {
  const scopes = sorted(select, joined(run, select, outer));
  const limit = select.limit === null ? scopes.length : Number(evaluate(select.limit, outer));
  const result = (scope: Scope): Row => {
    const row: Row = {};
    for (const { expr, name } of select.items) row[name] = evaluate(expr, scope);
    return row;
  };
  if (!select.items.some(({ expr }) => isAggregate(expr))) return scopes.slice(0, limit).map(result);
  return [result({ ...outer, rows: scopes[0]?.rows ?? outer.rows, group: scopes })];
}

function assigned(set: readonly Assignment[], row: Row, scope: Scope): Row {
  const next = { ...row };
  for (const { column, expr } of set) {
    if (!(column in row)) throw new Error(`no column ${column}`);
    // Left to right, each seeing those before it, as MariaDB does it.
    next[column] = evaluate(expr, { ...scope, rows: new Map([...scope.rows, ['', next]]) });
  }
  return next;
}

function generate(table: Table, row: Row): Row {
  for (const { name, generated } of table.shape.columns.values()) if (generated) row[name] = generated(row);
  return row;
}

function newRow(db: Database, table: Table, columns: readonly string[], cells: readonly Cell[]): Row {
  const row: Row = {};
  const now = db.now();
  for (const column of table.shape.columns.values()) {
    const at = columns.indexOf(column.name);
    row[column.name] = at >= 0 ? (cells[at] ?? null) : column.counts ? table.nextId++ : column.otherwise(now);
  }
  for (const name of columns) if (!table.shape.columns.has(name)) throw new Error(`no column ${table.shape.name}.${name}`);
  return generate(table, row);
}

function listOf(run: Run, insert: Insert, scope: Scope): Cell[][] {
  if ('bulk' in insert.rows) {
    const list = scope.parameters[insert.rows.bulk] as unknown[][];
    return list.map((row) => row.map(cellOf));
  }
  if ('verb' in insert.rows) return query({ ...run, locks: false }, insert.rows, scope).map((row) => Object.values(row));
  return insert.rows.map((row) => row.map((expr) => evaluate(expr, scope)));
}

function runInsert(run: Run, insert: Insert, scope: Scope): Done {
  const table = tableOf(run.db, insert.table);
  let affectedRows = 0;
  let insertId = 0;
  for (const cells of listOf(run, insert, scope)) {
    const row = newRow(run.db, table, insert.columns, cells);
    const same = insert.otherwise || insert.ignore ? rows.clash(run.tx, table, row, null) : null;
    if (same && insert.otherwise) {
      rows.lock(run.tx, same);
      const before = rows.seen(same, run.tx) as Row;
      const inner = { ...scope, rows: new Map([['', before]]), inserted: row };
      rows.update(run.tx, same, generate(table, assigned(insert.otherwise, before, inner)));
      affectedRows += 2;
    } else if (!same) {
      rows.insert(run.tx, table, row);
      affectedRows += 1;
      if (insertId === 0) insertId = Number(row['id'] ?? 0);
    }
  }
  return { affectedRows, insertId };
}

const targets = new WeakMap<Update, Source>();

function runUpdate(run: Run, update: Update, scope: Scope): Done {
  const table = tableOf(run.db, update.table);
  const source = targets.get(update) ?? { table: update.table, alias: update.table, on: null, optional: false };
  targets.set(update, source);
  const entries = [...candidates(table, planOf(source, table, new Set(), update.where), scope)];
  let affectedRows = 0;
  for (const entry of entries) {
    const matches = (row: Row) => Boolean(evaluate(update.where, { ...scope, rows: new Map([['', row]]) }));
    const [row] = matching({ ...run, locks: true }, [entry], matches);
    if (!row) continue;
    rows.update(run.tx, entry, generate(table, assigned(update.set, row, { ...scope, rows: new Map([['', row]]) })));
    affectedRows += 1;
  }
  return { affectedRows, insertId: 0 };
}

function runBlock(run: Run, block: Block, scope: Scope): Done {
  let lastInsertId = 0;
  let affectedRows = 0;
  const inner = { ...scope, lastInsertId: () => lastInsertId };
  for (const part of block.parts) {
    const done = part.verb === 'insert' ? runInsert(run, part, inner) : runUpdate(run, part, inner);
    affectedRows += done.affectedRows;
    // Read by the rows of an insert before its own first id takes its place.
    if (part.verb === 'insert') lastInsertId = done.insertId;
  }
  return { affectedRows, insertId: lastInsertId };
}

/**
 * Runs one statement in a transaction. Throws MustWait, SqlError; then it has changed nothing, and keeps what it locked.
 */
export function execute(db: Database, tx: Transaction, text: string, parameters: readonly unknown[]): Row[] | Done {
  const statement = statementOf(text);
  const run: Run = { db, tx, locks: statement.verb === 'select' && statement.locks };
  const inside: Run = { ...run, locks: false };
  const scope: Scope = {
    parameters,
    rows: new Map(),
    now: db.now(),
    query: (select, outer) => query(inside, select, outer),
  };
  const mark = tx.undo.length;
  try {
    if (statement.verb === 'select') return query(run, statement, scope);
    if (statement.verb === 'insert') return runInsert(run, statement, scope);
    return statement.verb === 'update' ? runUpdate(run, statement, scope) : runBlock(run, statement, scope);
  } catch (error) {
    rows.undoTo(tx, mark);
    throw error;
  }
}
