/** The operator's key: in this tab alone, and sent to our own API alone. */

const NAME = 'stagedoor:admin-key';

export function keptKey(): string | null {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}

/** Keeps the key until the tab is closed; null forgets it. */
export function keepKey(key: string | null): void {
  try {
    if (key === null) sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, key);
  } catch {
    // A browser that keeps nothing asks again after a reload.
  }
}
