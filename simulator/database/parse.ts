/** Reads the SQL that the server's stores write into trees. What it does not know it refuses, loudly. */

export type Expr =
  | { readonly is: 'value'; readonly value: number | string | null }
  | { readonly is: 'parameter'; readonly at: number }
  | { readonly is: 'column'; readonly table: string | null; readonly name: string }
  | { readonly is: 'call'; readonly name: string; readonly args: readonly Expr[]; readonly unit?: string }
  | { readonly is: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly is: 'not'; readonly inner: Expr }
  | { readonly is: 'null'; readonly inner: Expr; readonly negated: boolean }
  | { readonly is: 'in'; readonly inner: Expr; readonly list: readonly Expr[]; readonly negated: boolean }
  | { readonly is: 'select'; readonly select: Select };

export type Source = {
  readonly table: string | Select;
  readonly alias: string;
  readonly on: Expr | null;
  readonly optional: boolean;
};
export type Select = {
  readonly verb: 'select';
  readonly items: readonly { readonly expr: Expr; readonly name: string }[];
  readonly sources: readonly Source[];
  readonly where: Expr | null;
  readonly group: readonly Expr[];
  readonly order: readonly { readonly expr: Expr; readonly down: boolean }[];
  readonly limit: Expr | null;
  readonly locks: boolean;
};
export type Assignment = { readonly column: string; readonly expr: Expr };
export type Insert = {
  readonly verb: 'insert';
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Expr[])[] | Select | { readonly bulk: number };
  readonly ignore: boolean;
  readonly otherwise: readonly Assignment[] | null;
};
export type Update = {
  readonly verb: 'update';
  readonly table: string;
  readonly set: readonly Assignment[];
  readonly where: Expr;
};
export type Block = { readonly verb: 'block'; readonly parts: readonly (Insert | Update)[] };
export type Statement = Select | Insert | Update | Block;

const TOKEN = /\s+|--[^\n]*\n|'(?:[^']|'')*'|`[^`]+`|[A-Za-z_][A-Za-z0-9_]*|\d+|<=>|<>|<=|>=|[-+*/=<>(),.;?]/y;
const KEYWORDS = new Set(
  'SELECT FROM WHERE AND OR NOT IN IS NULL AS ON JOIN LEFT ORDER GROUP BY LIMIT FOR UPDATE SET INSERT IGNORE INTO DESC ASC INTERVAL BEGIN END UNION HAVING CASE DUPLICATE KEY DISTINCT'.split(
    ' ',
  ),
);

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (!found) throw new Error(`the model cannot read this SQL at "${text.slice(at, at + 40)}"`);
    if (!/^(\s|--)/.test(found[0])) tokens.push(found[0]);
  }
  return tokens;
}

type Reader = ReturnType<typeof readerOf>;

function readerOf(text: string) {
  const tokens = tokensOf(text);
  let at = 0;
  let parameters = 0;
  const upper = (offset = 0): string => (tokens[at + offset] ?? '').toUpperCase();
  const fail = (): never => {
    throw new Error(`the model does not know this SQL near "${tokens.slice(at, at + 6).join(' ')}": ${text}`);
  };
  const take = (): string => tokens[at++] ?? fail();
  const eat = (...words: string[]): boolean => {
    if (!words.every((word, offset) => upper(offset) === word)) return false;
    at += words.length;
    return true;
  };
  const must = (...words: string[]): void => void (eat(...words) || fail());
  const name = (): string => {
    const token = take();
    if (KEYWORDS.has(token.toUpperCase()) || !/^[`A-Za-z_]/.test(token)) fail();
    return token.replaceAll('`', '');
  };
  const isName = (): boolean => /^[`A-Za-z_]/.test(tokens[at] ?? '') && !KEYWORDS.has(upper());
  const parameter = (): number => parameters++;
  const list = <T>(one: () => T): T[] => {
    const items = [one()];
    while (eat(',')) items.push(one());
    return items;
  };
  return { upper, take, eat, must, name, isName, parameter, list, fail, atEnd: () => at >= tokens.length };
}

function readCall(reader: Reader, name: string): Expr {
  if (reader.eat(')')) return { is: 'call', name, args: [] };
  if (name === 'CAST') {
    const inner = readExpr(reader);
    reader.must('AS', 'CHAR', ')');
    return { is: 'call', name, args: [inner] };
  }
  const args = reader.eat('*') ? [] : reader.list(() => readExpr(reader));
  reader.must(')');
  return { is: 'call', name, args };
}

function readInterval(reader: Reader): Expr {
  const amount = readPrimary(reader);
  return { is: 'call', name: 'INTERVAL', args: [amount], unit: reader.take().toUpperCase() };
}

function readPrimary(reader: Reader): Expr {
  if (reader.eat('(')) {
    const inner: Expr = reader.upper() === 'SELECT' ? { is: 'select', select: readSelect(reader) } : readExpr(reader);
    reader.must(')');
    return inner;
  }
  if (reader.eat('?')) return { is: 'parameter', at: reader.parameter() };
  if (reader.eat('NULL')) return { is: 'value', value: null };
  if (reader.eat('TRUE')) return { is: 'value', value: 1 };
  if (reader.eat('FALSE')) return { is: 'value', value: 0 };
  if (reader.eat('INTERVAL')) return readInterval(reader);
  if (reader.eat('-')) return { is: 'call', name: 'NEGATIVE', args: [readPrimary(reader)] };
  if (reader.eat('VALUES', '(')) return readCall(reader, 'VALUES');
  const next = reader.upper();
  if (/^\d/.test(next)) return { is: 'value', value: Number(reader.take()) };
  if (next.startsWith("'")) return { is: 'value', value: reader.take().slice(1, -1).replaceAll("''", "'") };
  const first = reader.name();
  if (reader.eat('(')) return readCall(reader, first.toUpperCase());
  if (reader.eat('.')) return { is: 'column', table: first, name: reader.name() };
  return { is: 'column', table: null, name: first };
}

function readSum(reader: Reader): Expr {
  let left = readPrimary(reader);
  for (;;) {
    const op = ['+', '-', '*'].find((one) => reader.eat(one));
    if (!op) return left;
    left = { is: 'binary', op, left, right: readPrimary(reader) };
  }
}

function readComparison(reader: Reader): Expr {
  if (reader.eat('NOT')) return { is: 'not', inner: readComparison(reader) };
  const left = readSum(reader);
  if (reader.eat('IS', 'NOT', 'NULL')) return { is: 'null', inner: left, negated: true };
  if (reader.eat('IS', 'NULL')) return { is: 'null', inner: left, negated: false };
  const negated = reader.eat('NOT', 'IN', '(');
  if (negated || reader.eat('IN', '(')) {
    const query = reader.upper() === 'SELECT';
    const list: Expr[] = query ? [{ is: 'select', select: readSelect(reader) }] : reader.list(() => readExpr(reader));
    reader.must(')');
    return { is: 'in', inner: left, list, negated };
  }
  const op = ['<=>', '<>', '<=', '>=', '=', '<', '>'].find((one) => reader.eat(one));
  return op ? { is: 'binary', op, left, right: readSum(reader) } : left;
}

function readAnd(reader: Reader): Expr {
  let left = readComparison(reader);
  while (reader.eat('AND')) left = { is: 'binary', op: 'AND', left, right: readComparison(reader) };
  return left;
}

function readExpr(reader: Reader): Expr {
  let left = readAnd(reader);
  while (reader.eat('OR')) left = { is: 'binary', op: 'OR', left, right: readAnd(reader) };
  return left;
}

function readSource(reader: Reader, optional: boolean, joined: boolean): Source {
  let table: string | Select;
  if (reader.eat('(')) {
    table = readSelect(reader);
    reader.must(')');
  } else table = reader.name();
  reader.eat('AS');
  const alias = reader.isName() ? reader.name() : String(table);
  const on = joined && reader.eat('ON') ? readExpr(reader) : null;
  return { table, alias, on, optional };
}

function readSources(reader: Reader): Source[] {
  const sources = [readSource(reader, false, false)];
  for (;;) {
    if (reader.eat('LEFT', 'JOIN')) sources.push(readSource(reader, true, true));
    else if (reader.eat('JOIN')) sources.push(readSource(reader, false, true));
    else return sources;
  }
}

function readSelect(reader: Reader): Select {
  reader.must('SELECT');
  reader.eat('STRAIGHT_JOIN');
  let count = 0;
  const items = reader.list(() => {
    const expr = readExpr(reader);
    count += 1;
    const name = reader.eat('AS') ? reader.name() : expr.is === 'column' ? expr.name : `column ${count}`;
    return { expr, name };
  });
  const sources = reader.eat('FROM') ? readSources(reader) : [];
  const where = reader.eat('WHERE') ? readExpr(reader) : null;
  const group = reader.eat('GROUP', 'BY') ? reader.list(() => readExpr(reader)) : [];
  const order = reader.eat('ORDER', 'BY')
    ? reader.list(() => {
        const expr = readExpr(reader);
        const down = reader.eat('DESC');
        if (!down) reader.eat('ASC');
        return { expr, down };
      })
    : [];
  const limit = reader.eat('LIMIT') ? readPrimary(reader) : null;
  const locks = reader.eat('FOR', 'UPDATE');
  return { verb: 'select', items, sources, where, group, order, limit, locks };
}

const readAssignments = (reader: Reader): Assignment[] =>
  reader.list(() => {
    const column = reader.name();
    reader.must('=');
    return { column, expr: readExpr(reader) };
  });

function readInsert(reader: Reader): Insert {
  reader.must('INSERT');
  const ignore = reader.eat('IGNORE');
  reader.must('INTO');
  const table = reader.name();
  reader.must('(');
  const columns = reader.list(() => reader.name());
  reader.must(')');
  let rows: Insert['rows'];
  if (reader.upper() === 'SELECT') rows = readSelect(reader);
  else {
    reader.must('VALUES');
    if (reader.eat('?')) rows = { bulk: reader.parameter() };
    else {
      rows = reader.list(() => {
        reader.must('(');
        const row = reader.list(() => readExpr(reader));
        reader.must(')');
        return row;
      });
    }
  }
  const otherwise = reader.eat('ON', 'DUPLICATE', 'KEY', 'UPDATE') ? readAssignments(reader) : null;
  return { verb: 'insert', table, columns, rows, ignore, otherwise };
}

function readUpdate(reader: Reader): Update {
  reader.must('UPDATE');
  const table = reader.name();
  reader.must('SET');
  const set = readAssignments(reader);
  reader.must('WHERE');
  return { verb: 'update', table, set, where: readExpr(reader) };
}

function readStatement(reader: Reader): Statement {
  if (reader.upper() === 'SELECT') return readSelect(reader);
  if (reader.upper() === 'INSERT') return readInsert(reader);
  if (reader.upper() === 'UPDATE') return readUpdate(reader);
  reader.must('BEGIN', 'NOT', 'ATOMIC');
  const parts: (Insert | Update)[] = [];
  while (!reader.eat('END')) {
    parts.push(reader.upper() === 'INSERT' ? readInsert(reader) : readUpdate(reader));
    reader.must(';');
  }
  return { verb: 'block', parts };
}

/** Throws where the text is none of the forms above. */
export function parse(text: string): Statement {
  const reader = readerOf(text);
  const statement = readStatement(reader);
  return reader.atEnd() ? statement : reader.fail();
}

/** One expression: a check or a generated column of the schema. */
export function parseExpr(text: string): Expr {
  const reader = readerOf(text);
  const expr = readExpr(reader);
  return reader.atEnd() ? expr : reader.fail();
}
