/** What handlers work with during one request: the store, the clock, and the way to tell of what happened. */
import { missing } from './faults.ts';
import { newId } from './ids.ts';
import type { AnyObject, Kind, Objects, StoredEvent } from './objects.ts';
import type { Store } from './store.ts';

/** Who asked, as events tell it. */
type Asker = { readonly id: string | null; readonly idempotency_key: string | null };

export type Desk = {
  readonly store: Store;
  /** The stand-in's clock, Unix seconds: real time and what control has added. */
  readonly now: () => number;
  /** Where pages are for a browser, without a slash at the end. */
  readonly pageBase: string;
  readonly apiVersion: string;
  readonly asker: Asker;
  /** Called with each event inside the transaction that made it. */
  readonly queue: (event: StoredEvent) => void;
};

/** The object that an address or a parameter names. Throws Stripe's `resource_missing`. */
export function find<K extends Kind>(desk: Desk, kind: K, id: string, param = 'id'): Objects[K] {
  const found = desk.store.get(kind, id);
  if (!found) throw missing(kind, id, param);
  return found;
}

export type EventType = StoredEvent['type'];

/** Keeps an event with a copy of the object as it is now, and queues it for the webhook. */
export function emit(
  desk: Desk,
  type: EventType,
  object: AnyObject,
  previous?: Readonly<Record<string, unknown>>,
): void {
  const event: StoredEvent = {
    id: newId('evt'),
    object: 'event',
    api_version: desk.apiVersion,
    created: desk.now(),
    data: { object, ...(previous ? { previous_attributes: previous } : {}) },
    livemode: false,
    pending_webhooks: 1,
    request: desk.asker,
    type,
  };
  desk.store.put(event);
  desk.queue(event);
}

/** Puts changes on an object, and tells of them if `type` is given. */
export function change<K extends Kind>(
  desk: Desk,
  object: Objects[K],
  changes: Partial<Objects[K]>,
  type?: EventType,
): Objects[K] {
  const changed = { ...object, ...changes } as Objects[K];
  desk.store.put(changed as AnyObject);
  if (type) {
    const before = object as Record<string, unknown>;
    const names = Object.keys(changes).filter(
      (name) => JSON.stringify(before[name]) !== JSON.stringify((changed as Record<string, unknown>)[name]),
    );
    const previous = Object.fromEntries(names.map((name) => [name, before[name] ?? null]));
    emit(desk, type, changed as AnyObject, /\.updated$|refunded$/.test(type) ? previous : undefined);
  }
  return changed;
}

/** Metadata after an update: an empty value takes its key away, an empty whole takes all. */
export function mergeMetadata(before: Readonly<Record<string, string>> | null, given: unknown): Record<string, string> {
  if (given === undefined) return { ...before };
  if (given === '' || given === null) return {};
  const merged = { ...before, ...(given as Record<string, string>) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
}
