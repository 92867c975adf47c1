/** Loads the simulator once more with a bug in the shipped code that it runs; nothing on the disk is changed. */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Bug } from './bug.ts';
import { BUGS } from './bugs.ts';

type Simulator = typeof import('./seed.ts');

const ROOT = join(import.meta.dirname, '..');
const MARK = '?bug=';
const bugIn = (url: string | undefined): string | null => url?.split(MARK)[1] ?? null;

function changed(source: string, url: string, bug: Bug): string {
  const file = fileURLToPath(url.split(MARK)[0] ?? url);
  let text = source;
  for (const { file: name, find, put } of bug.edits) {
    if (file !== join(ROOT, name)) continue;
    if (text.split(find).length !== 2)
      throw new Error(`the bug ${bug.name} does not find its one place in ${name}: ${find}`);
    text = text.replace(find, () => put);
  }
  return text;
}

let hooked = false;
function hook(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    // Whatever a marked module of ours imports is marked too, and so loaded apart from the one without the bug.
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const bug = bugIn(context.parentURL);
      const ours = found.url.startsWith(pathToFileURL(ROOT).href) && !found.url.includes('/node_modules/');
      return bug !== null && ours && bugIn(found.url) === null ? { ...found, url: `${found.url}${MARK}${bug}` } : found;
    },
    load(url, context, next) {
      const loaded = next(url, context);
      const bug = BUGS.find(({ name }) => name === bugIn(url));
      return bug ? { ...loaded, source: changed(String(loaded.source), url, bug) } : loaded;
    },
  });
}

/** The simulator on the shipped code with this bug. Throws where there is no such bug. */
export async function withBug(name: string): Promise<Simulator> {
  if (!BUGS.some((bug) => bug.name === name))
    throw new Error(`no bug ${name}: ${BUGS.map((bug) => bug.name).join(', ')}`);
  hook();
  return (await import(`./seed.ts${MARK}${name}`)) as Simulator;
}
