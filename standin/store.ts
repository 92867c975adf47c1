/** Everything that the stand-in knows, in one SQLite file. Each request is one transaction, so a kill loses none half. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { AnyObject, Kind, Objects } from './objects.ts';

const TABLES = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA busy_timeout = 5000;
CREATE TABLE IF NOT EXISTS object (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, created INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS object_kind ON object (kind, seq);
CREATE INDEX IF NOT EXISTS object_payment_intent ON object (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS object_charge ON object (kind, json_extract(body, '$.charge'));
CREATE INDEX IF NOT EXISTS object_status ON object (kind, json_extract(body, '$.status'));
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS answer (
  key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, request_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, type TEXT NOT NULL, state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL, last TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (state, due_ms);
`;

export type Query = {
  /** JSON path without `$.` → value that it must have. */
  readonly where?: Readonly<Record<string, string | number | boolean>>;
  readonly whereNot?: Readonly<Record<string, string>>;
  readonly created?: Readonly<Partial<Record<'gt' | 'gte' | 'lt' | 'lte', number>>>;
  /** Types of events, `*` for any part. */
  readonly types?: readonly string[];
  /** Only objects older (`before`) or newer (`after`) than this one. */
  readonly olderThan?: string;
  readonly newerThan?: string;
  readonly limit?: number;
};

const COMPARISONS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

function conditions(kind: Kind, query: Query): { sql: string; values: SQLInputValue[] } {
  const parts = ['kind = ?'];
  const values: SQLInputValue[] = [kind];
  const add = (sql: string, ...more: SQLInputValue[]) => {
    parts.push(sql);
    values.push(...more);
  };
  for (const [path, value] of Object.entries(query.where ?? {}))
    add(`json_extract(body, '$.${path}') = ?`, typeof value === 'boolean' ? Number(value) : value);
  for (const [path, value] of Object.entries(query.whereNot ?? {})) add(`json_extract(body, '$.${path}') <> ?`, value);
  for (const [name, value] of Object.entries(query.created ?? {}))
    add(`created ${COMPARISONS[name as keyof typeof COMPARISONS]} ?`, value);
  // Stripe takes `charge.*` for a group of types.
  if (query.types)
    add(`(${query.types.map(() => "json_extract(body, '$.type') GLOB ?").join(' OR ')})`, ...query.types);
  if (query.olderThan) add('seq < (SELECT seq FROM object WHERE id = ?)', query.olderThan);
  if (query.newerThan) add('seq > (SELECT seq FROM object WHERE id = ?)', query.newerThan);
  return { sql: parts.join(' AND '), values };
}

/** Opens or makes the file. */
export function openStore(file: string) {
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file);
  db.exec(TABLES);
  const save = db.prepare(
    `INSERT INTO object (id, kind, created, body) VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
  );
  const one = db.prepare('SELECT body FROM object WHERE id = ? AND kind = ?');
  const readNote = db.prepare('SELECT value FROM note WHERE name = ?');
  const writeNote = db.prepare('INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)');

  function put<T extends AnyObject>(object: T): T {
    const created = 'created' in object && typeof object.created === 'number' ? object.created : 0;
    save.run(object.id, object.object, created, JSON.stringify(object));
    return object;
  }

  function get<K extends Kind>(kind: K, id: string): Objects[K] | undefined {
    const row = one.get(id, kind);
    return row ? (JSON.parse(String(row['body'])) as Objects[K]) : undefined;
  }

  /** Newest first, unless the query asks for what is newer than something: then oldest first. */
  function find<K extends Kind>(kind: K, query: Query = {}): Objects[K][] {
    const { sql, values } = conditions(kind, query);
    const order = query.newerThan ? 'ASC' : 'DESC';
    const limit = query.limit === undefined ? '' : `LIMIT ${query.limit}`;
    const rows = db.prepare(`SELECT body FROM object WHERE ${sql} ORDER BY seq ${order} ${limit}`).all(...values);
    return rows.map((row) => JSON.parse(String(row['body'])) as Objects[K]);
  }

  /** All or nothing; nothing in it may wait. */
  function transaction<T>(work: () => T): T {
    db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      db.exec('COMMIT');
      return result;
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  }

  return {
    db,
    put,
    get,
    find,
    transaction,
    note<T>(name: string, otherwise: T): T {
      const row = readNote.get(name);
      return row ? (JSON.parse(String(row['value'])) as T) : otherwise;
    },
    setNote: (name: string, value: unknown) => void writeNote.run(name, JSON.stringify(value)),
    close: () => db.close(),
  };
}
export type Store = ReturnType<typeof openStore>;
