/** What decides whether a show may be deleted, and its deletion. */
import type { Sql, Tx } from '../platform/db.ts';
import type { Show } from './store.ts';

/** Tickets are sold under this lock. */
export const lockShow = (tx: Tx, publicId: string) =>
  tx.row('SELECT id FROM live_show WHERE publicId = ? FOR UPDATE', [publicId]);

/** Those of these shows that something names which stays: a ticket, also one given back, a tip, a viewer's session. */
export async function named(sql: Sql, ids: readonly number[]): Promise<number[]> {
  if (ids.length === 0) return [];
  const rows = await sql.list<{ showId: number }>(
    `SELECT showId FROM ticket WHERE showId IN (?) UNION SELECT showId FROM tip WHERE showId IN (?)
     UNION SELECT showId FROM viewer_session WHERE showId IN (?)`,
    [ids, ids, ids],
  );
  return rows.map(({ showId }) => showId);
}

/** Deletes a show that is as it was read. False where it has moved on. */
export async function remove(tx: Tx, { id, version, state }: Show): Promise<boolean> {
  const { touched } = await tx.run('DELETE FROM live_show WHERE id = ? AND version = ? AND state = ?', [
    id,
    version,
    state,
  ]);
  return touched === 1;
}
