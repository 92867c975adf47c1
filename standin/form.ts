/** Reads `a[b][0]=c`, the form in which the SDK sends parameters. */
import { invalid } from './faults.ts';

export type Given = string | GivenMap;
export type GivenMap = { [name: string]: Given };

const MOST_DEPTH = 12;

function pathOf(key: string): string[] {
  const head = /^[^[\]]+/.exec(key)?.[0];
  if (head === undefined) throw invalid(`Invalid parameter name: ${key}`);
  const rest = key.slice(head.length);
  if (!/^(\[[^[\]]*\])*$/.test(rest)) throw invalid(`Invalid parameter name: ${key}`);
  const path = [head, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, name = '']) => name)];
  if (path.length > MOST_DEPTH) throw invalid(`Parameters are nested too deep: ${head}`);
  return path;
}

/** Arrays stay maps from `0`, `1`, … here: only the table of parameters knows what is an array. */
export function parseForm(text: string): GivenMap {
  const root: GivenMap = Object.create(null);
  for (const [key, value] of new URLSearchParams(text)) {
    const path = pathOf(key);
    const last = path.pop() ?? '';
    let place = root;
    for (const step of path) {
      const name = step === '' ? String(Object.keys(place).length) : step;
      const next = place[name] ?? Object.create(null);
      if (typeof next === 'string') throw invalid(`Invalid object: ${key}`, undefined, key);
      place[name] = next;
      place = next;
    }
    place[last === '' ? String(Object.keys(place).length) : last] = value;
  }
  return root;
}
