/**
 * Two encoders with one key take the show from each other for ever, because each returns whenever it is cut.
 * Pure rules: the newest wins, until that has happened too often; then whoever sends stays.
 */

/** A holder that has sent nothing for this long has lost its network, milliseconds. */
export const HOLDER_SILENT_MS = 2000;
/** So many takeovers within this time are a duel … */
const DUEL_TAKEOVERS = 3;
const DUEL_WITHIN_MS = 30_000;
/** … which lasts until nobody has tried for this long: encoders try again ever more seldom. */
export const DUEL_OVER_MS = 300_000;

export type Duel = {
  /** The last takeovers from a holder that was sending, oldest first, monotonic milliseconds. */
  readonly takeoversMs: readonly number[];
  /** The last try in a duel; null: there is none. */
  readonly triedMs: number | null;
};

export const PEACE: Duel = { takeoversMs: [], triedMs: null };

/** Is it still on? */
export const isDuel = ({ triedMs }: Duel, nowMs: number): boolean => triedMs !== null && nowMs - triedMs < DUEL_OVER_MS;

/** What becomes of a newcomer that has the holder's key. `silentForMs`: of the holder. */
export function meet(duel: Duel, silentForMs: number, nowMs: number): { verdict: 'takes' | 'refused'; duel: Duel } {
  // Somebody whose network broke comes back: that is no duel.
  if (silentForMs >= HOLDER_SILENT_MS) return { verdict: 'takes', duel };
  if (isDuel(duel, nowMs)) return { verdict: 'refused', duel: { ...duel, triedMs: nowMs } };
  const before = duel.takeoversMs.filter((atMs) => nowMs - atMs < DUEL_WITHIN_MS);
  if (before.length >= DUEL_TAKEOVERS) return { verdict: 'refused', duel: { takeoversMs: [], triedMs: nowMs } };
  return { verdict: 'takes', duel: { takeoversMs: [...before, nowMs], triedMs: null } };
}
