/** Pages of the whole ledger out of one snapshot, lowest ids first. */
import type { PoolConnection, RowDataPacket } from 'mysql2/promise';
import type { Db } from '../platform/db.ts';
import type { Seal } from './seal-store.ts';

/** Rows of one page. */
const PAGE = 2000;
/** Of pages that have no upper end. */
const END = Number.MAX_SAFE_INTEGER;

export type Snapshot = {
  rows<R extends object>(text: string, values: readonly unknown[]): Promise<R[]>;
};

/** Runs `work` on one consistent snapshot: what is booked meanwhile is not seen. */
export async function onSnapshot<T>(db: Db, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const connection: PoolConnection = await db.pool.getConnection();
  try {
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    return await work({
      async rows<R extends object>(text: string, values: readonly unknown[]) {
        const [rows] = await connection.query<RowDataPacket[]>(text, [...values]);
        return rows as unknown as R[];
      },
    });
  } finally {
    // Its isolation is not the one that others expect.
    connection.destroy();
  }
}

export type AccountRow = {
  readonly id: number;
  readonly kind: string;
  readonly owner: string;
  readonly currency: string;
  readonly balance: number;
  readonly lastNumber: number;
  readonly settledTo: number;
};

export async function* accountPages(snapshot: Snapshot): AsyncGenerator<AccountRow[]> {
  for (let after = 0; ; ) {
    const page = await snapshot.rows<AccountRow>(
      `SELECT id, kind, owner, currency, balance, lastNumber, settledTo FROM ledger_account
       WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
      [after],
    );
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)?.id ?? END;
  }
}

export type TransferRow = {
  readonly id: number;
  readonly publicId: string;
  readonly kind: string;
  readonly at: Date;
  readonly payerId: number;
  readonly payerNumber: number | null;
  readonly payerBalance: number | null;
  readonly idempotencyKey: string;
  readonly fingerprint: Buffer;
  readonly reverses: string | null;
  readonly channelId: number | null;
  readonly showId: number | null;
  readonly facts: string;
};
export type EntryRow = {
  readonly id: number;
  readonly transferId: number;
  readonly line: number;
  readonly accountId: number;
  readonly amount: number;
  readonly mac: Buffer;
};
export type ItemRow = {
  readonly transferId: number;
  readonly sealId: number;
  readonly position: number;
  readonly leaf: Buffer;
};

export type TransferPage = {
  readonly transfers: readonly TransferRow[];
  /** All rows that name a transfer of this stretch of ids, also of transfers that are not there. */
  readonly entries: readonly EntryRow[];
  readonly items: readonly ItemRow[];
};

/** Stretches of ids, without a gap between them: the last has no end. */
export async function* transferPages(snapshot: Snapshot): AsyncGenerator<TransferPage> {
  for (let after = -1; after < END; ) {
    const transfers = await snapshot.rows<TransferRow>(
      `SELECT id, publicId, kind, at, payerId, payerNumber, payerBalance, idempotencyKey, fingerprint, reverses,
         channelId, showId, facts FROM ledger_transfer WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
      [after],
    );
    const to = transfers.length < PAGE ? END : (transfers.at(-1)?.id ?? END);
    const range = [after, to];
    const entries = await snapshot.rows<EntryRow>(
      `SELECT id, transferId, line, accountId, amount, mac FROM ledger_entry
       WHERE transferId > ? AND transferId <= ? ORDER BY transferId, line`,
      range,
    );
    const items = await snapshot.rows<ItemRow>(
      `SELECT transferId, sealId, position, leaf FROM ledger_seal_item
       WHERE transferId > ? AND transferId <= ? ORDER BY transferId`,
      range,
    );
    yield { transfers, entries, items };
    after = to;
  }
}

export type SealPage = { readonly seals: readonly Seal[]; readonly items: readonly ItemRow[] };

/** Seals in one page: each may hold thousands of items. */
const SEAL_PAGE = 20;

/** Seals with their items in order; the last page also has items of seals that are not there. */
export async function* sealPages(snapshot: Snapshot): AsyncGenerator<SealPage> {
  for (let after = -1; after < END; ) {
    const seals = await snapshot.rows<Seal>(
      `SELECT id, at, items, root, previous, highest, settled, mac FROM ledger_seal
       WHERE id > ? ORDER BY id LIMIT ${SEAL_PAGE}`,
      [after],
    );
    const to = seals.length < SEAL_PAGE ? END : (seals.at(-1)?.id ?? END);
    const items = await snapshot.rows<ItemRow>(
      `SELECT transferId, sealId, position, leaf FROM ledger_seal_item
       WHERE sealId > ? AND sealId <= ? ORDER BY sealId, position`,
      [after, to],
    );
    yield { seals, items };
    after = to;
  }
}
