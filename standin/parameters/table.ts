/** Makes the table of parameters out of the installed SDK: paths from its JavaScript, types from its declarations. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COVERED } from './covered.ts';
import { type Declaration, type DeclarationFile, declarationsOf, type TypeNode } from './declarations.ts';
import type { ObjectShape, Shape, Table } from './shape.ts';

/** The SDK writes both kinds as `number`; these alone may have a fraction. */
const FRACTIONS = /percent|latitude|longitude/;
const CALL =
  /^ {4}(\w+)\([^)]*\) \{\n(?: +if .*\n)? +return this\._makeRequest\('(GET|POST|DELETE)', [`']([^`']+)[`']/gm;

type Method = { readonly key: string; readonly file: string; readonly params: string };

function methodsOf(folder: string): Method[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
  return files.flatMap((name) => {
    const file = join(folder, name.replace(/\.js$/, '.d.ts'));
    const types = readFileSync(file, 'utf8');
    return [...readFileSync(join(folder, name), 'utf8').matchAll(CALL)].flatMap(([, method, verb, path = '']) => {
      const key = `${verb} ${path.replace(/\$\{encodeURIComponent\((\w+)\)\}/g, '{$1}')}`;
      const params = new RegExp(`^ {4}${method}\\([^)]*?params\\??: ([\\w.]+)[,)]`, 'm').exec(types)?.[1];
      return params ? [{ key, file, params }] : [];
    });
  });
}

type Found = { readonly declaration: Declaration; readonly file: DeclarationFile; readonly name: string };

/** Looks a name up from the innermost namespace outwards, then among the imports. */
function lookUp(file: DeclarationFile, scope: string, name: string): Found {
  for (let around = scope; ; around = around.replace(/[^.]+\.$/, '')) {
    const declaration = file.declarations.get(around + name);
    if (declaration) return { declaration, file, name: around + name };
    if (around === '') break;
  }
  const [head = '', ...rest] = name.split('.');
  const imported = file.imports.get(head);
  if (!imported) throw new Error(`no declaration of ${name}`);
  return lookUp(declarationsOf(imported.file), '', [imported.name, ...rest].join('.'));
}

function fieldsOf(file: DeclarationFile, found: Declaration, scope: string): ObjectShape {
  const fields: Record<string, Shape> = {};
  const required: string[] = [];
  for (const parent of found.parents) {
    if (parent.kind !== 'name') continue;
    const above = lookUp(file, found.scope, parent.name);
    const shape = fieldsOf(above.file, above.declaration, above.declaration.scope);
    Object.assign(fields, shape.fields);
    required.push(...shape.required);
  }
  if (found.type.kind !== 'object') throw new Error('parameters that are not an object');
  for (const { name, optional, type } of found.type.members) {
    fields[name] = shapeOf(file, scope, type, name);
    if (!optional && !required.includes(name)) required.push(name);
  }
  return { fields, required };
}

const PLAIN: Readonly<Record<string, Shape>> = {
  string: 's',
  boolean: 'b',
  MetadataParam: 'm',
  Metadata: 'm',
  Decimal: 's',
  null: 'x',
  OtherString: 's',
};

function unionOf(shapes: readonly Shape[]): Shape {
  const words = shapes.flatMap((shape) => (typeof shape === 'object' && 'enum' in shape ? shape.enum : []));
  // An open enumeration names every word of this version; Stripe refuses the others, so we do.
  const others = shapes.filter(
    (one) => !(typeof one === 'object' && 'enum' in one) && !(words.length > 0 && one === 's'),
  );
  const all = [...(words.length > 0 ? [{ enum: words }] : []), ...new Set(others)];
  const [only] = all;
  return all.length === 1 && only ? only : { either: all };
}

function namedShape(file: DeclarationFile, scope: string, node: TypeNode & { kind: 'name' }, field: string): Shape {
  const [argument] = node.args;
  if (node.name === 'number') return FRACTIONS.test(field) ? 'f' : 'i';
  if (node.name === 'Array' && argument) return { array: shapeOf(file, scope, argument, field) };
  if (node.name === 'Emptyable' && argument) return unionOf(['x', shapeOf(file, scope, argument, field)]);
  const plain = PLAIN[node.name];
  if (plain) return plain;
  const found = lookUp(file, scope, node.name);
  const inner = found.declaration.scope;
  if (found.declaration.type.kind === 'object' && !found.declaration.type.index)
    return fieldsOf(found.file, found.declaration, inner);
  return shapeOf(found.file, inner, found.declaration.type, field);
}

function shapeOf(file: DeclarationFile, scope: string, node: TypeNode, field: string): Shape {
  if (node.kind === 'literal') return node.value === '' ? 'x' : { enum: [node.value] };
  if (node.kind === 'union')
    return unionOf(
      node.of.flatMap((one) => {
        const shape = shapeOf(file, scope, one, field);
        return typeof shape === 'object' && 'either' in shape ? shape.either : [shape];
      }),
    );
  if (node.kind === 'name') return namedShape(file, scope, node, field);
  if (node.index) return { map: shapeOf(file, scope, node.index, field) };
  return fieldsOf(file, { type: node, parents: [], scope }, scope);
}

/** `sdk` is the folder of the package `stripe`. Throws where the SDK no longer has one of our endpoints. */
export function makeTable(sdk: string): Table {
  const methods = new Map(methodsOf(join(sdk, 'esm/resources')).map((method) => [method.key, method]));
  const endpoints: Record<string, ObjectShape> = {};
  for (const key of COVERED) {
    const method = methods.get(key);
    if (!method) throw new Error(`The SDK has no method for ${key}.`);
    const file = declarationsOf(method.file);
    const { declaration, file: there } = lookUp(file, '', method.params);
    endpoints[key] = fieldsOf(there, declaration, declaration.scope);
  }
  const version = (JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8')) as { version: string }).version;
  const apiVersion = /ApiVersion = '([^']+)'/.exec(readFileSync(join(sdk, 'esm/apiVersion.js'), 'utf8'))?.[1];
  if (!apiVersion) throw new Error('The SDK does not say which version of the API it speaks.');
  return { sdk: version, apiVersion, endpoints };
}

/** The text of the file: one endpoint a line, so that a difference can be read. */
export function tableText(table: Table): string {
  const lines = Object.entries(table.endpoints).map(
    ([key, shape]) => `    ${JSON.stringify(key)}: ${JSON.stringify(shape)}`,
  );
  return `{\n  "sdk": ${JSON.stringify(table.sdk)},\n  "apiVersion": ${JSON.stringify(table.apiVersion)},\n  "endpoints": {\n${lines.join(',\n')}\n  }\n}\n`;
}
