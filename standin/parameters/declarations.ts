/**
 * A small reader of the SDK's `.d.ts` files: enough TypeScript for interfaces, aliases and namespaces. TypeScript 7
 * has no interface for programs that could be asked instead.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type TypeNode =
  | { readonly kind: 'name'; readonly name: string; readonly args: readonly TypeNode[] }
  | { readonly kind: 'literal'; readonly value: string }
  | { readonly kind: 'union'; readonly of: readonly TypeNode[] }
  | { readonly kind: 'object'; readonly members: readonly Member[]; readonly index: TypeNode | null };
type Member = { readonly name: string; readonly optional: boolean; readonly type: TypeNode };
export type Declaration = {
  readonly type: TypeNode;
  readonly parents: readonly TypeNode[];
  /** The names of the namespaces around it, dotted; empty at the top. */
  readonly scope: string;
};
export type DeclarationFile = {
  readonly declarations: ReadonlyMap<string, Declaration>;
  /** Local name → the file it comes from and its name there. */
  readonly imports: ReadonlyMap<string, { readonly file: string; readonly name: string }>;
};

const TOKEN =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|\s+|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w$]*|-?\d[\w.]*|=>|[^\s])/g;

function tokensOf(text: string): string[] {
  return [...text.matchAll(TOKEN)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]));
}

function reader(tokens: readonly string[]) {
  let at = 0;
  const peek = (ahead = 0) => tokens[at + ahead] ?? '';
  const next = () => tokens[at++] ?? '';
  const take = (token: string) => {
    if (peek() !== token) return false;
    at++;
    return true;
  };
  const expect = (token: string) => {
    if (!take(token)) throw new Error(`expected ${token} and found ${tokens.slice(at, at + 8).join(' ')}`);
  };
  /** Passes over everything up to the bracket that closes the one just taken. */
  const skipBlock = () => {
    for (let depth = 1; depth > 0; ) {
      const token = next();
      if (token === '') throw new Error('a bracket is never closed');
      if ('{(['.includes(token)) depth++;
      if ('})]'.includes(token)) depth--;
    }
  };
  return { peek, next, take, expect, skipBlock };
}
type Reader = ReturnType<typeof reader>;

function dottedName(input: Reader): string {
  let name = input.next();
  while (input.take('.')) name += `.${input.next()}`;
  return name;
}

function objectType(input: Reader): TypeNode {
  const members: Member[] = [];
  let index: TypeNode | null = null;
  while (!input.take('}')) {
    if (input.take('[')) {
      input.skipBlock();
      input.expect(':');
      index = typeOf(input);
    } else {
      const name = input.next().replace(/^['"]|['"]$/g, '');
      const optional = input.take('?');
      input.expect(':');
      members.push({ name, optional, type: typeOf(input) });
    }
    input.take(';');
  }
  return { kind: 'object', members, index };
}

function single(input: Reader): TypeNode {
  if (input.take('{')) return objectType(input);
  if (input.take('(')) {
    const inner = typeOf(input);
    input.expect(')');
    return inner;
  }
  if (/^['"]/.test(input.peek())) return { kind: 'literal', value: input.next().slice(1, -1) };
  const name = dottedName(input);
  const args: TypeNode[] = [];
  if (input.take('<')) {
    do args.push(typeOf(input));
    while (input.take(','));
    input.expect('>');
  }
  return { kind: 'name', name, args };
}

function typeOf(input: Reader): TypeNode {
  input.take('|');
  const of: TypeNode[] = [];
  do {
    let one = single(input);
    // `string & Record<…>` is how the SDK writes an open enumeration; the first half says what it is.
    while (input.take('&')) single(input);
    while (input.peek() === '[' && input.peek(1) === ']') {
      input.next();
      input.next();
      one = { kind: 'name', name: 'Array', args: [one] };
    }
    of.push(one);
  } while (input.take('|'));
  const [only] = of;
  return of.length === 1 && only ? only : { kind: 'union', of };
}

function parentsOf(input: Reader): TypeNode[] {
  const parents: TypeNode[] = [];
  if (input.take('extends'))
    do parents.push(single(input));
    while (input.take(','));
  return parents;
}

function statements(input: Reader, scope: string, found: Map<string, Declaration>): void {
  while (input.peek() !== '' && !input.take('}')) {
    const word = input.next();
    if (word === 'interface') {
      const name = input.next();
      const parents = parentsOf(input);
      input.expect('{');
      found.set(scope + name, { type: objectType(input), parents, scope });
    } else if (word === 'type' && input.peek(1) === '=') {
      const name = input.next();
      input.expect('=');
      found.set(scope + name, { type: typeOf(input), parents: [], scope });
    } else if (word === 'namespace') {
      const name = dottedName(input);
      input.expect('{');
      statements(input, `${scope}${name}.`, found);
    } else if (word === '{') input.skipBlock();
  }
}

const IMPORT = /import (?:type )?\{([^}]*)\} from '(\.[^']*)';/g;

const read = new Map<string, DeclarationFile>();

/** Reads one `.d.ts` file, once. Throws where its text is not of the kind that the SDK uses. */
export function declarationsOf(file: string): DeclarationFile {
  const before = read.get(file);
  if (before) return before;
  const text = readFileSync(file, 'utf8');
  const imports = new Map<string, { file: string; name: string }>();
  for (const [, names = '', from = ''] of text.matchAll(IMPORT))
    for (const entry of names.split(',')) {
      const [name = '', local = name] = entry.trim().split(/\s+as\s+/);
      imports.set(local, { file: join(dirname(file), from.replace(/\.js$/, '.d.ts')), name });
    }
  const declarations = new Map<string, Declaration>();
  statements(reader(tokensOf(text.replace(IMPORT, ''))), '', declarations);
  const made = { declarations, imports };
  read.set(file, made);
  return made;
}
