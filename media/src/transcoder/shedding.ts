/**
 * Decides which rendition a machine that encodes slower than real time gives up, and when it may come
 * back. No clock and no process in here: the caller tells the time and carries the decisions out.
 */

/** Slower than this, for so long, is too slow. */
export const LEAST_SPEED = 0.97;
export const SLOW_FOR_MS = 10_000;
/** After one rendition was given up, the others get this long to show that it helped. */
export const BETWEEN_MS = 10_000;
/** A rendition comes back after this long, and after twice as long each time that this was too early. */
export const FIRST_PAUSE_MS = 60_000;
export const LONGEST_PAUSE_MS = 30 * 60_000;
/** … and stayed too short a time where it was given up again within this. */
const PROBATION_MS = 5 * 60_000;
/** Nothing comes back before all have been fast enough for so long. */
const CALM_MS = 20_000;

export type RungSpeed = {
  readonly id: string;
  readonly showId: string;
  /** Cores. */
  readonly cost: number;
  readonly shed: boolean;
  /** 1 is real time; null: not known. */
  readonly speed: number | null;
};
export type Decision = { readonly act: 'shed' | 'recover'; readonly id: string } | null;

type Past = { slowSinceMs: number | null; shedMs: number; recoveredMs: number; pauseMs: number; seenMs: number };

/** Ask `decide` about once a second with all renditions that have a source now. */
export function createShedder(): { decide(rungs: readonly RungSpeed[], nowMs: number): Decision } {
  const pasts = new Map<string, Past>();
  let lastShedMs = Number.NEGATIVE_INFINITY;
  let troubleMs = Number.NEGATIVE_INFINITY;

  function recall(id: string, nowMs: number): Past {
    const never = Number.NEGATIVE_INFINITY;
    const fresh = { slowSinceMs: null, shedMs: never, recoveredMs: never, pauseMs: FIRST_PAUSE_MS, seenMs: nowMs };
    const past = pasts.get(id) ?? fresh;
    pasts.set(id, past);
    past.seenMs = nowMs;
    return past;
  }

  function note(rung: RungSpeed, nowMs: number): void {
    const past = recall(rung.id, nowMs);
    const slow = !rung.shed && rung.speed !== null && rung.speed < LEAST_SPEED;
    past.slowSinceMs = slow ? (past.slowSinceMs ?? nowMs) : null;
    if (slow) troubleMs = nowMs;
  }

  function shed(rungs: readonly RungSpeed[], nowMs: number): Decision {
    if (nowMs - lastShedMs < BETWEEN_MS) return null;
    const tooSlow = (id: string) => nowMs - (pasts.get(id)?.slowSinceMs ?? nowMs) >= SLOW_FOR_MS;
    const shows = new Set(rungs.filter(({ id }) => tooSlow(id)).map(({ showId }) => showId));
    const running = rungs.filter((rung) => !rung.shed && shows.has(rung.showId));
    const top = running.sort((a, b) => b.cost - a.cost)[0];
    const past = top && pasts.get(top.id);
    if (!past) return null;
    const early = nowMs - past.recoveredMs < PROBATION_MS;
    past.pauseMs = early ? Math.min(past.pauseMs * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
    past.shedMs = nowMs;
    lastShedMs = nowMs;
    for (const each of pasts.values()) each.slowSinceMs = null;
    return { act: 'shed', id: top.id };
  }

  function recover(rungs: readonly RungSpeed[], nowMs: number): Decision {
    if (nowMs - Math.max(troubleMs, lastShedMs) < CALM_MS) return null;
    const due = rungs.filter((rung) => {
      const past = pasts.get(rung.id);
      return rung.shed && past && nowMs - past.shedMs >= past.pauseMs;
    });
    const lowest = due.sort((a, b) => a.cost - b.cost)[0];
    const past = lowest && pasts.get(lowest.id);
    if (!past) return null;
    past.recoveredMs = nowMs;
    // The next one waits until it is known how this one does.
    troubleMs = nowMs;
    return { act: 'recover', id: lowest.id };
  }

  return {
    decide(rungs, nowMs) {
      for (const rung of rungs) note(rung, nowMs);
      // An encoder that drops comes back to what was decided; a show that ended does not.
      for (const [id, { seenMs }] of pasts) if (nowMs - seenMs > LONGEST_PAUSE_MS) pasts.delete(id);
      return shed(rungs, nowMs) ?? recover(rungs, nowMs);
    },
  };
}
