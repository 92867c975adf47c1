/** Rows of accounts: found or made, locked, and their ids remembered by this process. */
import type { Tx } from '../platform/db.ts';
import { type AccountRef, nameOf } from './rules.ts';
import * as store from './store.ts';

/** Ids that one process remembers of one database; at more it forgets all and begins anew. */
const REMEMBERED_MAX = 100_000;

const remembered = new WeakMap<object, Map<string, number>>();

function memoryOf({ pool }: Tx): Map<string, number> {
  const known = remembered.get(pool) ?? new Map<string, number>();
  remembered.set(pool, known);
  return known;
}

/** An account never changes its id and is never removed; only one that was rolled back must not be remembered. */
function remember(tx: Tx, account: AccountRef, id: number): void {
  tx.afterCommit(() => {
    const known = memoryOf(tx);
    if (known.size >= REMEMBERED_MAX) known.clear();
    known.set(nameOf(account), id);
  });
}

async function idOf(tx: Tx, account: AccountRef): Promise<number> {
  const known = memoryOf(tx).get(nameOf(account));
  if (known !== undefined) return known;
  let id = await store.findId(tx, account);
  if (id === null) {
    await store.create(tx, account);
    id = await store.findId(tx, account);
  }
  if (id === null) throw new Error('an account was not made');
  remember(tx, account, id);
  return id;
}

/** Ids of accounts, made where they were never used, in the order given. */
export async function accountIds(tx: Tx, accounts: readonly AccountRef[]): Promise<number[]> {
  const ids: number[] = [];
  for (const account of accounts) ids.push(await idOf(tx, account));
  return ids;
}

/** The locked row, made first where the account was never used. */
export async function lockedAccount(tx: Tx, account: AccountRef): Promise<store.Account> {
  const known = memoryOf(tx).get(nameOf(account));
  const found = known === undefined ? await store.lock(tx, account) : await store.lockById(tx, known);
  if (found) {
    if (known === undefined) remember(tx, account, found.id);
    return found;
  }
  await store.create(tx, account);
  const made = await store.lock(tx, account);
  if (!made) throw new Error('an account was not made');
  return made;
}
