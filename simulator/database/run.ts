/** Runs statements on tables, each at once or not at all: one that must wait has changed nothing. */

import type { Cell, Row } from './cells.ts';
import { cellOf, evaluate, type Frame, isAggregate, type Scope } from './evaluate.ts';
import type { Assignment, Block, Expr, Insert, Select, Source, Statement, Update } from './parse.ts';
import { parse } from './parse.ts';
import type { Entry, Table, Transaction } from './rows.ts';
import * as rows from './rows.ts';
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
    expr.is === 'parameter' ||
    expr.is === 'value' ||
    (expr.is === 'column' && expr.table !== null && known.has(expr.table));
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
  const given = (column: string) => found.find((one) => one.column === column)?.value;
  const usable = table.shape.indexes.filter(({ columns }) => columns.every((column) => given(column)));
  const index = usable.find(({ unique }) => unique) ?? usable[0];
  const plan = index ? { index, values: index.columns.flatMap((column) => given(column) ?? []) } : null;
  plans.set(source, plan);
  return plan;
}

function candidates(table: Table, plan: Plan, scope: Scope, frame: Frame | null): Iterable<Entry> {
  if (!plan) return table.entries;
  const probe: Row = {};
  plan.index.columns.forEach((column, at) => {
    const value = plan.values[at];
    probe[column] = value ? evaluate(value, scope, frame) : null;
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

function aliasesOf(frame: Frame | null): Set<string> {
  const known = new Set<string>();
  for (let at = frame; at; at = at.up) known.add(at.alias);
  return known;
}

/** Rows of one source for what the sources before it have given. */
function rowsOf(run: Run, select: Select, source: Source, scope: Scope, up: Frame | null): Frame[] {
  const { alias } = source;
  const where = select.sources.length === 1 ? select.where : null;
  const matches = (row: Row): boolean => {
    const frame = { alias, row, up };
    if (source.on && !evaluate(source.on, scope, frame)) return false;
    return where === null || Boolean(evaluate(where, scope, frame));
  };
  let found: Row[];
  if (typeof source.table === 'string') {
    const table = tableOf(run.db, source.table);
    const plan = plans.get(source) ?? planOf(source, table, aliasesOf(up), select.where);
    found = matching(run, candidates(table, plan, scope, up), matches);
  } else found = query(run, source.table, scope, up).filter(matches);
  if (found.length === 0 && source.optional) return [{ alias, row: null, up }];
  return found.map((row) => ({ alias, row, up }));
}

function joined(run: Run, select: Select, scope: Scope, outer: Frame | null): (Frame | null)[] {
  let frames: (Frame | null)[] = [outer];
  for (const source of select.sources) frames = frames.flatMap((up) => rowsOf(run, select, source, scope, up));
  const { where } = select;
  return where === null || select.sources.length === 1
    ? frames
    : frames.filter((frame) => evaluate(where, scope, frame));
}

function sorted(select: Select, scope: Scope, frames: (Frame | null)[]): (Frame | null)[] {
  if (select.order.length === 0) return frames;
  return frames.sort((a, b) => {
    for (const { expr, down } of select.order) {
      const order = compareCells(evaluate(expr, scope, a), evaluate(expr, scope, b));
      if (order !== 0) return down ? -order : order;
    }
    return 0;
  });
}

const compareCells = (a: Cell, b: Cell): number => {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  return a < b ? -1 : a > b ? 1 : 0;
};

const aggregates = new WeakMap<Select, boolean>();
function goesOverMany(select: Select): boolean {
  const known = aggregates.get(select) ?? select.items.some(({ expr }) => isAggregate(expr));
  aggregates.set(select, known);
  return known;
}

function groupsOf(select: Select, scope: Scope, frames: readonly (Frame | null)[]): (Frame | null)[][] {
  const groups = new Map<string, (Frame | null)[]>();
  for (const frame of frames) {
    const key = select.group.map((expr) => String(evaluate(expr, scope, frame))).join('\u0000');
    groups.set(key, [...(groups.get(key) ?? []), frame]);
  }
  return [...groups.values()];
}

function query(run: Run, select: Select, scope: Scope, outer: Frame | null): Row[] {
  const frames = sorted(select, scope, joined(run, select, scope, outer));
  const result = (inner: Scope, frame: Frame | null): Row => {
    const row: Row = {};
    for (const { expr, name } of select.items) row[name] = evaluate(expr, inner, frame);
    return row;
  };
  if (select.group.length > 0) {
    return groupsOf(select, scope, frames).map((group) => result({ ...scope, group }, group[0] ?? outer));
  }
  if (goesOverMany(select)) return [result({ ...scope, group: frames }, frames[0] ?? outer)];
  const limit = select.limit === null ? frames.length : Number(evaluate(select.limit, scope, outer));
  return frames.slice(0, limit).map((frame) => result(scope, frame));
}

function assigned(set: readonly Assignment[], row: Row, scope: Scope): Row {
  const next = { ...row };
  // Left to right, each seeing those before it, as MariaDB does it.
  const frame = { alias: '', row: next, up: null };
  for (const { column, expr } of set) {
    if (!(column in row)) throw new Error(`no column ${column}`);
    next[column] = evaluate(expr, scope, frame);
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
  for (const name of columns)
    if (!table.shape.columns.has(name)) throw new Error(`no column ${table.shape.name}.${name}`);
  return generate(table, row);
}

function listOf(run: Run, insert: Insert, scope: Scope): Cell[][] {
  if ('bulk' in insert.rows) {
    const list = scope.parameters[insert.rows.bulk] as unknown[][];
    return list.map((row) => row.map(cellOf));
  }
  if ('verb' in insert.rows)
    return query({ ...run, locks: false }, insert.rows, scope, null).map((row) => Object.values(row));
  return insert.rows.map((row) => row.map((expr) => evaluate(expr, scope, null)));
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
      const inner = { ...scope, inserted: row };
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
  const entries = [...candidates(table, planOf(source, table, new Set(), update.where), scope, null)];
  let affectedRows = 0;
  for (const entry of entries) {
    const matches = (row: Row) => Boolean(evaluate(update.where, scope, { alias: '', row, up: null }));
    const [row] = matching({ ...run, locks: true }, [entry], matches);
    if (!row) continue;
    rows.update(run.tx, entry, generate(table, assigned(update.set, row, scope)));
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
    now: db.now(),
    query: (select, outer) => query(inside, select, scope, outer),
  };
  const mark = tx.undo.length;
  try {
    if (statement.verb === 'select') return query(run, statement, scope, null);
    if (statement.verb === 'insert') return runInsert(run, statement, scope);
    return statement.verb === 'update' ? runUpdate(run, statement, scope) : runBlock(run, statement, scope);
  } catch (error) {
    rows.undoTo(tx, mark);
    throw error;
  }
}
