/** The tables as the migrations make them: columns, defaults, indexes, checks, generated columns. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell, Row } from './cells.ts';
import { evaluate } from './evaluate.ts';
import { parseExpr } from './parse.ts';

export type Index = { readonly columns: readonly string[]; readonly unique: boolean };
type Column = {
  readonly name: string;
  readonly counts: boolean;
  /** Of a column that is left out; `now` is the clock. */
  readonly otherwise: (now: Date) => Cell;
  readonly generated: ((row: Row) => Cell) | null;
};
export type TableShape = {
  readonly name: string;
  readonly columns: Map<string, Column>;
  readonly indexes: Index[];
  checks: { readonly name: string; readonly holds: (row: Row) => boolean }[];
};

const rowExpr = (text: string): ((row: Row) => Cell) => {
  const expr = parseExpr(text);
  const scope = { parameters: [], now: new Date(0) };
  return (row) => evaluate(expr, scope, { alias: '', row, up: null });
};

function defaultOf(text: string): Column['otherwise'] {
  const found = /\bDEFAULT\s+('(?:[^']*)'|[A-Z_]+(?:\(3\))?|-?\d+)/.exec(text)?.[1];
  if (found === undefined) return () => null;
  if (found.startsWith('CURRENT_TIMESTAMP')) return (now) => now;
  if (found.startsWith("'")) return () => found.slice(1, -1);
  return () => (found === 'TRUE' ? 1 : found === 'FALSE' ? 0 : found === 'NULL' ? null : Number(found));
}

/** Text between the bracket at `from` and the one that closes it. */
function inBrackets(text: string, from: number): string {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth === 0) return text.slice(from + 1, at);
  }
  throw new Error('a bracket is not closed');
}

/** The parts of a definition between its commas that are in no brackets. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (at === text.length || (text[at] === ',' && depth === 0)) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  return parts;
}

const namesIn = (text: string): string[] => [...text.matchAll(/`(\w+)`/g)].map((found) => found[1] ?? '');

function columnOf(name: string, part: string): Column {
  const at = part.indexOf('GENERATED ALWAYS AS');
  const generated = at < 0 ? null : rowExpr(inBrackets(part, part.indexOf('(', at)));
  return { name, counts: part.includes('AUTO_INCREMENT'), otherwise: defaultOf(part), generated };
}

function apply(table: TableShape, part: string): void {
  const text = part.replace(/^ADD\s+(COLUMN\s+)?/, '');
  const dropped = /^DROP (?:INDEX|CONSTRAINT) `(\w+)`/.exec(text)?.[1];
  if (dropped) {
    table.checks = table.checks.filter(({ name }) => name !== dropped);
    return;
  }
  const check = /^CONSTRAINT `(\w+)` CHECK/.exec(text)?.[1];
  if (check) {
    const holds = rowExpr(inBrackets(text, text.indexOf('(')));
    table.checks.push({ name: check, holds: (row) => holds(row) !== 0 });
    return;
  }
  const index = /^(PRIMARY KEY|UNIQUE (?:KEY|INDEX)|KEY|INDEX)\b/.exec(text)?.[1];
  if (index) {
    const columns = namesIn(inBrackets(text, text.indexOf('(')));
    const unique = index !== 'KEY' && index !== 'INDEX';
    // A key that is not unique serves look-ups by its first column.
    table.indexes.push({ columns: unique ? columns : columns.slice(0, 1), unique });
    return;
  }
  const name = /^`(\w+)`/.exec(text)?.[1];
  if (name) table.columns.set(name, columnOf(name, text));
}

/** Reads every migration in turn. */
export function readShapes(migrations: string): Map<string, TableShape> {
  const shapes = new Map<string, TableShape>();
  const folders = readdirSync(migrations, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name: folder } of folders.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = readFileSync(join(migrations, folder, 'migration.sql'), 'utf8').replaceAll(/--[^\n]*/g, '');
    for (const statement of file.split(';')) {
      const [, verb, name] = /^\s*(CREATE|ALTER) TABLE\s+`(\w+)`/.exec(statement) ?? [];
      if (verb === undefined || name === undefined) continue;
      const shape = shapes.get(name) ?? { name, columns: new Map(), indexes: [], checks: [] };
      shapes.set(name, shape);
      const at = statement.indexOf('`', statement.indexOf(name)) + 1;
      const body = verb === 'CREATE' ? inBrackets(statement, statement.indexOf('(')) : statement.slice(at);
      for (const part of partsOf(body)) apply(shape, part);
    }
  }
  return shapes;
}
