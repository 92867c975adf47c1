/** Holding a row, so that whoever needs it stands still inside its transaction. */
import type { Scene } from './scene.ts';

/** Longest wait for the row itself, seconds. */
const LOCK_SECONDS = 10;

/** Locks the row that `text` (… FOR UPDATE) selects. Returns how to let it go, which also works once MariaDB is dead. */
export async function holdRow(scene: Scene, text: string, values: readonly unknown[]): Promise<() => Promise<void>> {
  const connection = await scene.lock();
  connection.on('error', () => undefined);
  await connection.query('SET innodb_lock_wait_timeout = ?', [LOCK_SECONDS]);
  await connection.query('START TRANSACTION');
  const [rows] = await connection.query(text, [...values]);
  if (!Array.isArray(rows) || rows.length === 0) {
    connection.destroy();
    throw new Error(`there is no row to hold: ${text}`);
  }
  return async () => {
    await connection.query('ROLLBACK').catch(() => undefined);
    connection.destroy();
  };
}
