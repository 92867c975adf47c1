/** Encoders that want the same show or channel: who is in whose way, and what the creator hears of it. */
import type { KeyId } from '#contract/ids.ts';
import { HOLDER_SILENT_MS, isDuel, meet } from './duel.ts';
import type { Show } from './show.ts';

/** `onChange`: advice has changed. */
export function createRivals(shows: ReadonlyMap<string, Show>, onChange: () => void) {
  /** The show that this key may publish to, as far as media was told. */
  function showOf(keyHash: string): { show: Show; keyId: KeyId } | null {
    for (const show of shows.values()) {
      const key = show.ended ? undefined : show.wanted.keys.find((one) => one.keyHash === keyHash);
      if (key) return { show, keyId: key.keyId };
    }
    return null;
  }

  /** Lets the newest holder of a key have the show, unless two take it from each other again and again. */
  function losesDuel(show: Show): boolean {
    const clockMs = performance.now();
    const silentForMs = show.silentForMs(clockMs);
    if (silentForMs === null) return false;
    const { verdict, duel } = meet(show.duel, silentForMs, clockMs);
    show.duel = duel;
    if (verdict === 'refused' || duel.takeoversMs.length > 1) {
      show.doctor.otherEncoder(clockMs);
      onChange();
    }
    return verdict === 'refused';
  }

  return {
    showOf,
    losesDuel,

    /** The show whose duel this key loses once more: the control plane need not be asked each time. */
    fightOf(keyHash: string): Show | null {
      const { show, keyId } = showOf(keyHash) ?? {};
      if (!show || show.publishingKey !== keyId || !isDuel(show.duel, performance.now())) return null;
      return losesDuel(show) ? show : null;
    },

    /** Another key of the channel: refused while the first sends. A first one that has gone silent is cut. */
    isTaken(channelId: string, keyId: string): boolean {
      const clockMs = performance.now();
      const held = [...shows.values()].filter(
        ({ wanted, publishingKey }) =>
          wanted.channelId === channelId && publishingKey !== null && publishingKey !== keyId,
      );
      for (const show of held) {
        if ((show.silentForMs(clockMs) ?? 0) >= HOLDER_SILENT_MS) show.cut('timeout', 'Nothing came for too long.');
        else show.doctor.otherEncoder(clockMs);
      }
      const taken = held.some((show) => show.publishingKey !== null);
      if (taken) onChange();
      return taken;
    },
  };
}
