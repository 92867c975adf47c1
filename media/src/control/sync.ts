/** Posts media's whole state at each change and every second, and carries out what comes back. */
import { randomUUID } from 'node:crypto';
import {
  type Refusal,
  type RefusalReason,
  type Revocation,
  SyncReply,
  type SyncRequest,
} from '#contract/media-port.ts';
import type { Show } from '../shows/show.ts';
import type { ControlClient } from './client.ts';

const PERIOD_MS = 1000;
/** Changes within this time travel together. */
const COALESCE_MS = 20;
const MAX_SESSIONS = 2000;
const MAX_REFUSALS = 200;

export type SyncOptions = {
  readonly client: ControlClient;
  readonly shows: ReadonlyMap<string, Show>;
  readonly onRevocations: (revocations: readonly Revocation[]) => void;
  readonly onResult: (ok: boolean) => void;
  readonly onRefusal: (reason: RefusalReason) => void;
};

export type Sync = {
  /** Something has changed: report it soon. */
  soon(): void;
  refused(refusal: Omit<Refusal, 'refusalId' | 'atMs'>): void;
  stop(): void;
};

export function startSync({ client, shows, onRevocations, onResult, onRefusal }: SyncOptions): Sync {
  const bootId = randomUUID();
  let sequence = 0;
  let refusals: Refusal[] = [];
  let running = false;
  let again = false;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  function request(nowMs: number): SyncRequest {
    sequence += 1;
    const running = [...shows.values()].filter((show) => !show.ended);
    const sessions = [...shows.values()].flatMap((show) => show.sessions.unreported()).slice(0, MAX_SESSIONS);
    return {
      bootId,
      sequence,
      shows: running.map((show) => show.report(nowMs)),
      sessions,
      refusals: refusals.slice(0, MAX_REFUSALS),
    };
  }

  function carryOut(sent: SyncRequest, reply: SyncReply): void {
    if (reply.sequence !== sent.sequence) return;
    for (const show of shows.values()) show.sessions.acknowledge(sent.sessions);
    const acknowledged = new Set(sent.refusals.map((refusal) => refusal.refusalId));
    refusals = refusals.filter((refusal) => !acknowledged.has(refusal.refusalId));
    const wanted = new Map(reply.shows.map((show) => [show.showId as string, show]));
    // Only shows that the control plane was told of can be missing from its answer.
    for (const { showId } of sent.shows) {
      const show = shows.get(showId);
      const want = wanted.get(showId);
      if (want) show?.apply(want);
      else show?.end();
    }
    onRevocations(reply.revocations);
  }

  async function run(): Promise<void> {
    timer = null;
    if (running) {
      again = true;
      return;
    }
    running = true;
    const sent = request(Date.now());
    const reply = await client.post('/internal/media/sync', sent, SyncReply);
    running = false;
    if (stopped) return;
    if (reply) carryOut(sent, reply);
    onResult(reply !== null);
    schedule(again && reply !== null ? COALESCE_MS : PERIOD_MS);
    again = false;
  }

  function schedule(delayMs: number): void {
    if (timer) clearTimeout(timer);
    timer = stopped ? null : setTimeout(() => void run(), delayMs);
  }

  let soonTimer = false;
  schedule(0);
  return {
    soon() {
      if (running) again = true;
      else if (!soonTimer) {
        soonTimer = true;
        setTimeout(() => {
          soonTimer = false;
          if (running) again = true;
          else schedule(0);
        }, COALESCE_MS);
      }
    },
    refused(refusal) {
      onRefusal(refusal.reason);
      if (refusals.length < MAX_REFUSALS * 5) refusals.push({ ...refusal, refusalId: randomUUID(), atMs: Date.now() });
      this.soon();
    },
    stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}
