/** Holds a request against the table of parameters, and refuses in Stripe's words. */
import { invalid } from './faults.ts';
import type { Given, GivenMap } from './form.ts';
import type { ObjectShape, Shape } from './parameters/shape.ts';

const MOST_METADATA = 50;
const LONGEST_METADATA_KEY = 40;
const LONGEST_METADATA_VALUE = 500;
const LONGEST_TEXT = 5000;

const named = (path: string, name: string) => (path === '' ? name : `${path}[${name}]`);
const shown = (value: Given) => (typeof value === 'string' ? value : JSON.stringify(value));

function emptyRefused(path: string) {
  return invalid(
    `You passed an empty string for '${path}'. We assume empty values are an attempt to unset a parameter; however '${path}' cannot be unset. You should remove '${path}' from your request or supply a non-empty value.`,
    'parameter_invalid_empty',
    path,
  );
}

function metadata(given: Given, path: string): Record<string, string> {
  if (typeof given === 'string') throw invalid('Invalid object', undefined, path);
  const entries = Object.entries(given);
  if (entries.length > MOST_METADATA)
    throw invalid(
      `You can only have up to ${MOST_METADATA} metadata keys; you passed ${entries.length}.`,
      undefined,
      path,
    );
  for (const [key, value] of entries) {
    if (typeof value !== 'string')
      throw invalid(
        `Metadata values must be strings, but for key "${key}" you passed in a value of type hash`,
        undefined,
        named(path, key),
      );
    if (key.length > LONGEST_METADATA_KEY)
      throw invalid(
        `Metadata keys can have up to ${LONGEST_METADATA_KEY} characters, but you passed in ${key} (${key.length} characters)`,
        undefined,
        path,
      );
    if (value.length > LONGEST_METADATA_VALUE)
      throw invalid(
        `Metadata values can have up to ${LONGEST_METADATA_VALUE} characters, but you passed in a value that is ${value.length} characters. Invalid value: ${value}`,
        undefined,
        named(path, key),
      );
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function plain(shape: Shape, given: Given, path: string): unknown {
  if (typeof given !== 'string')
    throw shape === 's'
      ? invalid(`Invalid string: ${shown(given)}`, undefined, path)
      : invalid(`Invalid value: ${shown(given)}`, undefined, path);
  if (given === '') throw emptyRefused(path);
  if (shape === 'i') {
    if (!/^-?\d{1,15}$/.test(given)) throw invalid(`Invalid integer: ${given}`, 'parameter_invalid_integer', path);
    return Number(given);
  }
  if (shape === 'f') {
    if (!/^-?\d{1,15}(\.\d+)?$/.test(given)) throw invalid(`Invalid decimal: ${given}`, undefined, path);
    return Number(given);
  }
  if (shape === 'b') {
    if (given !== 'true' && given !== 'false') throw invalid(`Invalid boolean: ${given}`, undefined, path);
    return given === 'true';
  }
  if (given.length > LONGEST_TEXT)
    throw invalid(
      `Invalid string: ${given.slice(0, 40)}...; must be at most ${LONGEST_TEXT} characters`,
      undefined,
      path,
    );
  return given;
}

function listed(words: readonly string[]): string {
  if (words.length < 3) return words.join(' or ');
  return `${words.slice(0, -1).join(', ')}, or ${words.at(-1)}`;
}

function word(words: readonly string[], given: Given, path: string): string {
  if (given === '') throw emptyRefused(path);
  if (typeof given === 'string' && words.includes(given)) return given;
  throw invalid(`Invalid ${path}: must be one of ${listed(words)}`, undefined, path);
}

function array(inner: Shape, given: Given, path: string): unknown[] {
  if (typeof given === 'string') throw invalid('Invalid array', undefined, path);
  return Object.entries(given).map(([index, one]) => {
    if (!/^\d+$/.test(index)) throw invalid('Invalid array', undefined, path);
    return value(inner, one, named(path, index));
  });
}

/** Of several possible forms the one whose kind fits; the last one's refusal where none does. */
function either(shapes: readonly Shape[], given: Given, path: string): unknown {
  if (given === '' && shapes.includes('x')) return '';
  const others = shapes.filter((shape) => shape !== 'x');
  const isMap = typeof given !== 'string';
  const wantsMap = (shape: Shape) =>
    shape === 'm' || (typeof shape === 'object' && ('fields' in shape || 'array' in shape || 'map' in shape));
  const fitting = others.filter((shape) => wantsMap(shape) === isMap);
  let refusal: unknown;
  for (const shape of fitting.length > 0 ? fitting : others)
    try {
      return value(shape, given, path);
    } catch (error) {
      refusal = error;
    }
  throw refusal;
}

function value(shape: Shape, given: Given, path: string): unknown {
  if (shape === 'm') return metadata(given, path);
  if (shape === 'x') throw invalid(`Invalid ${path}: must be empty`, undefined, path);
  if (typeof shape === 'string') return plain(shape, given, path);
  if ('enum' in shape) return word(shape.enum, given, path);
  if ('either' in shape) return either(shape.either, given, path);
  if ('array' in shape) return array(shape.array, given, path);
  if (typeof given === 'string') throw invalid('Invalid object', undefined, path);
  if ('map' in shape)
    return Object.fromEntries(
      Object.entries(given).map(([name, one]) => [name, value(shape.map, one, named(path, name))]),
    );
  return checkParameters(shape, given, path);
}

/** Returns the parameters with their types. Throws a `Fault` that names the first one which Stripe would refuse. */
export function checkParameters(shape: ObjectShape, given: GivenMap, path = ''): Record<string, unknown> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(shape.fields, name));
  const [first] = unknown;
  if (first !== undefined)
    throw invalid(
      unknown.length === 1
        ? `Received unknown parameter: ${named(path, first)}`
        : `Received unknown parameters: ${unknown.map((name) => named(path, name)).join(', ')}`,
      'parameter_unknown',
      named(path, first),
    );
  for (const name of shape.required)
    if (given[name] === undefined)
      throw invalid(`Missing required param: ${named(path, name)}.`, 'parameter_missing', named(path, name));
  return Object.fromEntries(
    Object.entries(given).map(([name, one]) => [name, value(shape.fields[name] ?? 's', one, named(path, name))]),
  );
}
