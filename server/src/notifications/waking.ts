import type { Db, Tx } from '../platform/db.ts';
import { hasNotice } from './outbox.ts';

/** The database whose commits wake the worker where a notice was added: nobody who adds one has to think of it. */
export function wakingDb(db: Db, wake: () => void): Db {
  return {
    ...db,
    async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      let last: Tx | undefined;
      const result = await db.transaction((tx) => {
        last = tx;
        return work(tx);
      });
      if (last && hasNotice(last)) wake();
      return result;
    },
  };
}
