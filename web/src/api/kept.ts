/**
 * What must outlive a reload, the way to the checkout and back, and a second tab. Kept on the device
 * for a day; a browser that keeps nothing for us loses the comfort, not the purchase.
 */

const PREFIX = 'stagedoor:';
/** What was begun is of interest for a day, milliseconds. */
const KEPT_MS = 24 * 3600 * 1000;
/** A checkout is open for 35 minutes; what is sent later than this, milliseconds, is another purchase. */
const KEY_MS = 20 * 60 * 1000;

type Kept = { atMs: number; value: unknown };

/** What is kept under a name, or null where there is nothing, or it is too old. */
export function keptValue(name: string, lifeMs = KEPT_MS): unknown {
  try {
    const text = localStorage.getItem(PREFIX + name);
    if (!text) return null;
    const kept = JSON.parse(text) as Kept;
    return Date.now() - kept.atMs < lifeMs ? kept.value : null;
  } catch {
    return null;
  }
}

export function keepValue(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify({ atMs: Date.now(), value } satisfies Kept));
  } catch {
    // No room, or not allowed: the server still recognises a repeated request as long as this page lives.
  }
}

export function dropValue(name: string): void {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // As above.
  }
}

/** A new Idempotency-Key. `crypto.randomUUID` is missing on pages without HTTPS, this is not. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** For browsers that keep nothing: as long as the page lives. */
const inMemory = new Map<string, Keyed>();
type Keyed = { key: string; print: string; atMs: number };

function isKeyed(value: unknown): value is Keyed {
  return value !== null && typeof value === 'object' && 'key' in value && 'print' in value;
}

/**
 * The Idempotency-Key of what a form is about to send: the same one for the same content, after a double
 * click, a failed try, a reload, the back button, and in another tab, until `dropKey`.
 */
export function keyFor(form: string, content: unknown): string {
  const print = JSON.stringify(content);
  const kept = keptValue(`key:${form}`, KEY_MS);
  const before = isKeyed(kept) ? kept : inMemory.get(form);
  if (before?.print === print && Date.now() - before.atMs < KEY_MS) return before.key;
  const made: Keyed = { key: newKey(), print, atMs: Date.now() };
  inMemory.set(form, made);
  keepValue(`key:${form}`, made);
  return made.key;
}

/** What the form sent is settled: the next one is another purchase. */
export function dropKey(form: string): void {
  inMemory.delete(form);
  dropValue(`key:${form}`);
}
