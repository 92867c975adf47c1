/** The value of an expression, with SQL's nulls. */

import type { Cell, Row } from './cells.ts';
import type { Expr, Select } from './parse.ts';

/** A row by the alias of its source, and those of sources before it. '' is the only one there is. */
export type Frame = { readonly alias: string; readonly row: Row | null; readonly up: Frame | null };

/** What a statement's expressions are worked out from, beside rows. */
export type Scope = {
  readonly parameters: readonly unknown[];
  readonly now: Date;
  /** Of `ON DUPLICATE KEY UPDATE`: the row that was to be inserted. */
  readonly inserted?: Row;
  readonly lastInsertId?: () => number;
  /** Runs a query inside an expression; its rows see those around it. */
  readonly query?: (select: Select, frame: Frame | null) => Row[];
  /** Of a query with SUM, COUNT or MAX: every row that they go over. */
  readonly group?: readonly (Frame | null)[];
};

const UNITS: Readonly<Record<string, number>> = {
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 24 * 3_600_000,
};

/** What a caller bound, as it is stored. */
export function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' || typeof value === 'string' || value instanceof Date || Buffer.isBuffer(value)) {
    return value;
  }
  throw new Error('the model does not know how to store this value');
}

/** Below, above, or zero where both are the same; null where one is null. */
function compare(a: Cell, b: Cell): number | null {
  if (a === null || b === null) return null;
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return a.compare(b);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return Number(a) - Number(b);
}

const truth = (holds: boolean | null): Cell => (holds === null ? null : holds ? 1 : 0);
const number = (cell: Cell): number => Number(cell ?? 0);

function arithmetic(op: string, left: Cell, right: Cell): Cell {
  if (left === null || right === null) return null;
  const sign = op === '-' ? -1 : 1;
  if (left instanceof Date) return new Date(left.getTime() + sign * number(right));
  return op === '*' ? number(left) * number(right) : number(left) + sign * number(right);
}

function binary(op: string, left: Cell, right: Cell): Cell {
  if (op === '+' || op === '-' || op === '*') return arithmetic(op, left, right);
  const order = compare(left, right);
  if (op === '<=>') return truth(order === null ? left === right : order === 0);
  if (order === null) return null;
  if (op === '=') return truth(order === 0);
  if (op === '<>') return truth(order !== 0);
  if (op === '<') return truth(order < 0);
  if (op === '>') return truth(order > 0);
  return truth(op === '<=' ? order <= 0 : order >= 0);
}

function logic(
  op: string,
  expr: { readonly left: Expr; readonly right: Expr },
  scope: Scope,
  frame: Frame | null,
): Cell {
  const left = evaluate(expr.left, scope, frame);
  const decided = op === 'AND' ? left !== null && !left : left !== null && Boolean(left);
  if (decided) return op === 'AND' ? 0 : 1;
  const right = evaluate(expr.right, scope, frame);
  if (right === null) return null;
  if (op === 'AND' ? !right : right) return op === 'AND' ? 0 : 1;
  return left === null ? null : op === 'AND' ? 1 : 0;
}

const AGGREGATES = new Set(['SUM', 'COUNT', 'MAX', 'MIN']);

/** True where the expression goes over many rows. */
export function isAggregate(expr: Expr): boolean {
  if (expr.is === 'call') return AGGREGATES.has(expr.name) || expr.args.some(isAggregate);
  return expr.is === 'binary' && (isAggregate(expr.left) || isAggregate(expr.right));
}

function aggregate(name: string, inner: Expr | undefined, scope: Scope): Cell {
  const group = scope.group ?? [];
  if (!inner) return group.length;
  const cells = group.map((one) => evaluate(inner, scope, one)).filter((cell) => cell !== null);
  if (name === 'COUNT') return cells.length;
  if (cells.length === 0) return null;
  if (name === 'SUM') return cells.reduce<number>((sum, cell) => sum + number(cell), 0);
  const sign = name === 'MAX' ? 1 : -1;
  return cells.reduce((best, cell) => (sign * (compare(cell, best) ?? 0) > 0 ? cell : best));
}

function call(expr: Extract<Expr, { is: 'call' }>, scope: Scope, frame: Frame | null): Cell {
  const { name, args } = expr;
  if (AGGREGATES.has(name)) return aggregate(name, args[0], scope);
  const value = (at: number): Cell => {
    const arg = args[at];
    return arg ? evaluate(arg, scope, frame) : null;
  };
  switch (name) {
    case 'UTC_TIMESTAMP':
      return scope.now;
    case 'COALESCE':
      for (let at = 0; at < args.length; at += 1) {
        const cell = value(at);
        if (cell !== null) return cell;
      }
      return null;
    case 'IF':
      return value(0) ? value(1) : value(2);
    case 'GREATEST':
      return args.map((_, at) => value(at)).reduce((most, cell) => ((compare(cell, most) ?? 0) > 0 ? cell : most));
    case 'CAST':
      return value(0) === null ? null : String(value(0));
    case 'NEGATIVE':
      return value(0) === null ? null : -number(value(0));
    case 'INTERVAL':
      return number(value(0)) * (UNITS[expr.unit ?? ''] ?? Number.NaN);
    case 'LAST_INSERT_ID':
      return scope.lastInsertId?.() ?? 0;
    case 'VALUES':
      return args[0]?.is === 'column' ? (scope.inserted?.[args[0].name] ?? null) : null;
    default:
      throw new Error(`the model does not know ${name}()`);
  }
}

function column({ table, name }: { readonly table: string | null; readonly name: string }, frame: Frame | null): Cell {
  for (let at = frame; at; at = at.up) {
    if (table !== null && at.alias !== table) continue;
    const cell = at.row?.[name];
    if (cell !== undefined) return cell;
    if (at.row === null && table !== null) return null;
  }
  throw new Error(`no column ${table ?? ''}.${name}`);
}

/** One of `IN (…)`: a value, a bound list, or a query. */
function many(expr: Expr, scope: Scope, frame: Frame | null): Cell[] {
  if (expr.is === 'select')
    return (scope.query?.(expr.select, frame) ?? []).map((row) => Object.values(row)[0] ?? null);
  const bound = expr.is === 'parameter' ? scope.parameters[expr.at] : null;
  return Array.isArray(bound) ? bound.map(cellOf) : [evaluate(expr, scope, frame)];
}

export function evaluate(expr: Expr, scope: Scope, frame: Frame | null): Cell {
  switch (expr.is) {
    case 'value':
      return expr.value;
    case 'parameter':
      return cellOf(scope.parameters[expr.at]);
    case 'column':
      return column(expr, frame);
    case 'call':
      return call(expr, scope, frame);
    case 'not': {
      const inner = evaluate(expr.inner, scope, frame);
      return inner === null ? null : truth(!inner);
    }
    case 'null':
      return truth((evaluate(expr.inner, scope, frame) === null) !== expr.negated);
    case 'in': {
      const inner = evaluate(expr.inner, scope, frame);
      const found = expr.list.flatMap((one) => many(one, scope, frame)).some((cell) => compare(inner, cell) === 0);
      return inner === null ? null : truth(found !== expr.negated);
    }
    case 'select': {
      const row = scope.query?.(expr.select, frame)[0];
      return row ? (Object.values(row)[0] ?? null) : null;
    }
    default:
      return expr.op === 'AND' || expr.op === 'OR'
        ? logic(expr.op, expr, scope, frame)
        : binary(expr.op, evaluate(expr.left, scope, frame), evaluate(expr.right, scope, frame));
  }
}
