/** Who watches a show: device sessions at the playlist, the limits on them, and their count. */
import { createHash } from 'node:crypto';
import type { ErrorCode } from '#contract/errors.ts';
import type { Grant } from '#contract/grant.ts';
import type { ViewerSession } from '#contract/media-port.ts';

/** A session counts for this long after its last request, milliseconds. */
export const ACTIVE_MS = 15_000;
/** How long an evicted session is told so, milliseconds. */
const EVICTED_MS = 10 * 60_000;
/**
 * Devices of one address that may watch a show at once for which they paid nothing, once half of the places are taken: a
 * household, a café. More could be one person with many cookies, who leaves no place to anybody. Before that nobody is
 * refused, because a mobile carrier puts thousands behind one address.
 */
export const FREE_PER_ADDRESS = 20;
const ROOMY = 0.5;
/** Reports not yet acknowledged, and evictions remembered, are bounded. */
/** Sessions that fell silent are looked for at most so often, milliseconds. */
const SWEEP_EVERY_MS = 500;
const MAX_REPORTS = 20_000;
const MAX_EVICTED = 10_000;

type Session = {
  readonly key: string;
  readonly viewer: string;
  readonly device: string;
  readonly counts: boolean;
  /** The address that a free place was taken from; null: the place was paid for, or is the creator's. */
  readonly freeFrom: string | null;
  readonly report: Omit<ViewerSession, 'leftMs'>;
  lastMs: number;
  /** What it asked for last; null before its first media playlist. */
  rendition: string | null;
  /** It has the playlist without parts. */
  plain: boolean;
  /** Requests that are being held. */
  waiting: number;
};

export type Admission = { readonly ok: true; readonly key: string } | { readonly ok: false; readonly code: ErrorCode };

/** Everybody shares the name `anon` on a free show, so there a viewer is a device. */
const isFree = (grant: Grant) => grant.viewer === 'anon';
const viewerOf = (grant: Grant) => (isFree(grant) ? `anon:${grant.device}` : grant.viewer);
const personOf = (session: Session) => `${session.viewer} ${session.device}`;

/** The sessions of one show. All decisions are synchronous, hence atomic. */
export function createSessions() {
  const active = new Map<string, Session>();
  const evicted = new Map<string, number>();
  const unreported = new Map<string, ViewerSession>();

  function reportLater(session: Session, leftMs: number | null): void {
    if (unreported.size < MAX_REPORTS) unreported.set(session.report.sessionId, { ...session.report, leftMs });
  }

  function remove(session: Session, nowMs: number): void {
    active.delete(session.key);
    reportLater(session, nowMs);
  }

  let sweptMs = 0;

  function sweepSometimes(nowMs: number): void {
    if (Math.abs(nowMs - sweptMs) >= SWEEP_EVERY_MS) sweep(nowMs);
  }

  function sweep(nowMs: number): void {
    sweptMs = nowMs;
    for (const session of active.values()) {
      if (session.waiting === 0 && session.lastMs <= nowMs - ACTIVE_MS) remove(session, session.lastMs);
    }
    for (const [key, atMs] of evicted) {
      if (atMs > nowMs - EVICTED_MS && evicted.size <= MAX_EVICTED) break;
      evicted.delete(key);
    }
  }

  function people(): Set<string> {
    const found = new Set<string>();
    for (const session of active.values()) if (session.counts) found.add(personOf(session));
    return found;
  }

  /** Who came last of those that paid nothing makes room for somebody who did. False where there is nobody. */
  function freePlace(nowMs: number): boolean {
    const last = [...active.values()].findLast(({ freeFrom }) => freeFrom !== null);
    if (!last) return false;
    // Not told for good, unlike a device whose code went elsewhere: it may come back when there is room.
    for (const session of active.values()) if (personOf(session) === personOf(last)) remove(session, nowMs);
    return true;
  }

  /** Why a newcomer gets no place; null: it has one. */
  function noPlace(grant: Grant, address: string, viewerLimit: number, nowMs: number): ErrorCode | null {
    const present = people();
    if (present.has(`${viewerOf(grant)} ${grant.device}`)) return null;
    if (isFree(grant) && present.size >= viewerLimit * ROOMY) {
      const neighbours = new Set<string>();
      for (const session of active.values()) if (session.freeFrom === address) neighbours.add(personOf(session));
      if (neighbours.size >= FREE_PER_ADDRESS) return 'show.address_full';
    }
    if (present.size < viewerLimit) return null;
    return !isFree(grant) && freePlace(nowMs) ? null : 'show.full';
  }

  /** Ends the sessions beyond what the grant allows: first another of this device, else the oldest. */
  function makeRoom(grant: Grant, nowMs: number): void {
    const viewer = viewerOf(grant);
    for (;;) {
      const own = [...active.values()].filter((session) => session.viewer === viewer);
      if (own.length < grant.maxDevices) return;
      const oldest = (own.find((session) => session.device === grant.device) ?? own[0]) as Session;
      remove(oldest, nowMs);
      evicted.set(oldest.key, nowMs);
    }
  }

  return {
    /** Lets a request of session `sid` in, or says why not. `address`: whom it counts for, as limits name addresses. */
    admit(grant: Grant, sid: string, address: string, viewerLimit: number, nowMs: number): Admission {
      sweepSometimes(nowMs);
      const viewer = viewerOf(grant);
      const key = `${viewer} ${grant.device} ${sid}`;
      if (evicted.has(key)) return { ok: false, code: 'code.taken_over' };
      const known = active.get(key);
      if (known) {
        known.lastMs = nowMs;
        return { ok: true, key };
      }
      const counts = grant.role !== 'creator';
      if (counts) {
        // A place that has become free counts at once.
        sweep(nowMs);
        const code = noPlace(grant, address, viewerLimit, nowMs);
        if (code) return { ok: false, code };
        makeRoom(grant, nowMs);
      }
      const sessionId = createHash('sha256').update(`${grant.show} ${key}`).digest('base64url').slice(0, 32);
      const report = { sessionId, showId: grant.show, viewer: grant.viewer, device: grant.device, joinedMs: nowMs };
      const session: Session = {
        ...{ key, viewer, device: grant.device, counts, report, lastMs: nowMs },
        freeFrom: counts && isFree(grant) ? address : null,
        ...{ rendition: null, plain: false, waiting: 0 },
      };
      active.set(key, session);
      if (counts) reportLater(session, null);
      return { ok: true, key };
    },

    /** A session that waits for its answer is there, however long that takes. */
    hold(key: string, waiting: boolean, nowMs: number): void {
      const session = active.get(key);
      if (!session) return;
      session.waiting += waiting ? 1 : -1;
      session.lastMs = nowMs;
    },

    isEvicted: (key: string) => evicted.has(key),

    /** The session reads this rendition's playlist, with parts or without. */
    reads(key: string, rendition: string, plain: boolean): void {
      const session = active.get(key);
      if (!session) return;
      session.rendition = rendition;
      session.plain = plain;
    },

    /** Sessions by the rendition they read; the creator's own do not count. */
    byRendition(nowMs: number): Map<string, number> {
      sweepSometimes(nowMs);
      const counts = new Map<string, number>();
      for (const { rendition, counts: counted } of active.values()) {
        if (counted && rendition) counts.set(rendition, (counts.get(rendition) ?? 0) + 1);
      }
      return counts;
    },

    /** Sessions that get parts, and those that get whole segments only. */
    byForm(nowMs: number): { lowLatency: number; plain: number } {
      sweepSometimes(nowMs);
      const plain = [...active.values()].filter((session) => session.plain).length;
      return { lowLatency: active.size - plain, plain };
    },

    /** Distinct viewers and devices now. */
    viewers(nowMs: number): number {
      sweepSometimes(nowMs);
      return people().size;
    },

    /** Joins and leaves not yet acknowledged, oldest first. */
    unreported: (): ViewerSession[] => [...unreported.values()],

    /** The control plane has these. */
    acknowledge(sessions: readonly ViewerSession[]): void {
      for (const session of sessions) {
        const current = unreported.get(session.sessionId);
        if (current?.leftMs === session.leftMs && current.joinedMs === session.joinedMs)
          unreported.delete(session.sessionId);
      }
    },
  };
}
