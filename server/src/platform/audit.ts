import type { Sql } from './db.ts';

export type AuditEntry = {
  readonly kind: string;
  /** `usr_…`, `admin`, `cli`, `system` or `anon`. */
  readonly actor: string;
  readonly subject: string;
  readonly address?: string;
  readonly details?: Readonly<Record<string, unknown>>;
};

/** Adds a line to the append-only audit, in the transaction of what it tells of. Never with a secret in it. */
export async function audit(sql: Sql, entry: AuditEntry): Promise<void> {
  const { kind, actor, subject, address = null, details } = entry;
  await sql.run(
    'INSERT INTO audit_event (at, kind, actor, subject, address, details) VALUES (UTC_TIMESTAMP(3), ?, ?, ?, ?, ?)',
    [kind, actor, subject, address, details ? JSON.stringify(details) : null],
  );
}
