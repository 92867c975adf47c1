/** Sends signed events to the install's webhook, again and again until it says 2xx. */
import { createHmac, randomInt } from 'node:crypto';
import type { StoredEvent } from './objects.ts';
import type { Store } from './store.ts';

export type Target = {
  /** Where to send; with several, each try takes the next one. */
  readonly urls: readonly string[];
  readonly secret: string;
  /** The first pause after a failure, milliseconds; it doubles with each further one. */
  readonly retryMs: number;
};
export type Delivery = {
  readonly id: number;
  readonly event: string;
  readonly type: string;
  readonly state: 'waiting' | 'delivered' | 'lost' | 'given_up';
  readonly attempts: number;
  readonly due_ms: number;
  /** What the last try got: a status, or why there was none. */
  readonly last: string | null;
};
/** What may happen to events on their way, beside arriving once and in order. */
export type EventFaults = {
  /** So many of the next events never arrive. */
  readonly lose: number;
  /** Only events of these types are lost; empty: of any. */
  readonly loseTypes: readonly string[];
  /** Every event arrives so many times more. */
  readonly repeat: number;
  /** Milliseconds before the first try. */
  readonly delayMs: number;
  /** Each event waits for a random time up to this, milliseconds, so that they arrive out of order. */
  readonly shuffleMs: number;
};
export const NO_EVENT_FAULTS: EventFaults = { lose: 0, loseTypes: [], repeat: 0, delayMs: 0, shuffleMs: 0 };

const ANSWER_TIMEOUT_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;
/** About three days of tries, as Stripe does. */
const MOST_ATTEMPTS = 900;
const AT_ONCE = 4;

/** The header that the SDK's `constructEvent` checks. `atS`: real time, Unix seconds. */
function signatureOf(payload: string, secret: string, atS: number): string {
  return `t=${atS},v1=${createHmac('sha256', secret).update(`${atS}.${payload}`).digest('hex')}`;
}

/** Queues an event inside the transaction that made it, with whatever faults are set. */
export function queueEvent(store: Store, event: StoredEvent): void {
  const faults = store.note<EventFaults>('eventFaults', NO_EVENT_FAULTS);
  const { lose, loseTypes, repeat, delayMs, shuffleMs } = faults;
  const add = store.db.prepare('INSERT INTO delivery (event, type, state, due_ms) VALUES (?, ?, ?, ?)');
  if (lose > 0 && (loseTypes.length === 0 || loseTypes.includes(event.type))) {
    store.setNote('eventFaults', { ...faults, lose: lose - 1 });
    add.run(event.id, event.type, 'lost', Date.now());
    return;
  }
  for (let copy = 0; copy <= repeat; copy++)
    add.run(event.id, event.type, 'waiting', Date.now() + delayMs + (shuffleMs > 0 ? randomInt(shuffleMs) : 0));
}

function rowsOf(store: Store, sql: string, ...values: (string | number)[]): Delivery[] {
  return store.db
    .prepare(`SELECT id, event, type, state, attempts, due_ms, last FROM delivery ${sql}`)
    .all(...values) as Delivery[];
}

/** The newest deliveries, newest first. */
export function listDeliveries(store: Store, limit: number): Delivery[] {
  return rowsOf(store, 'ORDER BY id DESC LIMIT ?', limit);
}

async function post(target: Target, delivery: Delivery, event: StoredEvent): Promise<string> {
  const payload = JSON.stringify(event, null, 2);
  const url = target.urls[delivery.attempts % target.urls.length];
  if (url === undefined) return 'there is no address to send to';
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        'stripe-signature': signatureOf(payload, target.secret, Math.floor(Date.now() / 1000)),
      },
      body: payload,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    return String(answer.status);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function keepResult(store: Store, target: Target, delivery: Delivery, result: string): void {
  const attempts = delivery.attempts + 1;
  const ok = /^2\d\d$/.test(result);
  const state = ok ? 'delivered' : attempts >= MOST_ATTEMPTS ? 'given_up' : 'waiting';
  const pause = Math.min(target.retryMs * 2 ** Math.min(delivery.attempts, 20), LONGEST_PAUSE_MS);
  store.db
    .prepare('UPDATE delivery SET state = ?, attempts = ?, due_ms = ?, last = ? WHERE id = ?')
    .run(state, attempts, Date.now() + pause, result, delivery.id);
  const event = ok ? store.get('event', delivery.event) : undefined;
  if (event && event.pending_webhooks > 0) store.put({ ...event, pending_webhooks: 0 });
}

/** Starts sending; `wake` after each commit that made events, `stop` before the store is closed. */
export function startDeliveries(store: Store, target: Target) {
  const sending = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function send(delivery: Delivery): Promise<void> {
    const event = store.get('event', delivery.event);
    const result = event ? await post(target, delivery, event) : 'the event is gone';
    sending.delete(delivery.id);
    if (stopped) return;
    keepResult(store, target, delivery, result);
    wake();
  }

  function wake(): void {
    if (stopped) return;
    clearTimeout(timer);
    const now = Date.now();
    const next = rowsOf(store, "WHERE state = 'waiting' ORDER BY due_ms, id LIMIT ?", AT_ONCE * 2).filter(
      ({ id }) => !sending.has(id),
    );
    for (const delivery of next) {
      if (delivery.due_ms > now || sending.size >= AT_ONCE) break;
      sending.add(delivery.id);
      void send(delivery);
    }
    const waiting = next.find(({ id }) => !sending.has(id));
    if (waiting && sending.size < AT_ONCE) timer = setTimeout(wake, Math.max(waiting.due_ms - now, 1));
  }

  wake();
  return {
    wake,
    stop(): void {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
