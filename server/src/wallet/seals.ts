/**
 * The sealer. Each second it puts what is committed and unsealed into one Merkle seal, chained to the one before. Ids
 * commit out of order, so it never trusts a range of ids: it asks for what is in no seal yet.
 */
import type { Db, Tx } from '../platform/db.ts';
import { startLoop } from '../platform/loop.ts';
import type { Platform } from '../platform/platform.ts';
import { type Kept, keepOutside } from './outside-seal.ts';
import { hashOfSeal, leafOf, macOfSeal, makeRoot, type SealBody } from './proofs.ts';
import { type AccountKind, keepsBalance } from './rules.ts';
import * as store from './seal-store.ts';
import { databaseNow } from './store.ts';

/** Between two seals: what is younger than about twice this may be unsealed. */
export const SEAL_EVERY_MS = 1000;
/** Transfers in one seal. */
const SEAL_ITEMS_MAX = 5000;
/** How far back each run looks for transfers that committed late, seconds. */
const RECENT_SECONDS = 5;
/** How long an id must have been missing before it is asked whether it can still commit, seconds. */
const SETTLE_SECONDS = 60;
/** Ids by which the settled mark moves at most at once. */
const SETTLE_STEP = 20_000;
/** Ids that one question about late ones spans. */
const LATE_STEP = 100_000;
/** Runs between two looks at everything that is not settled, and at all that ever was. */
const WIDE_RUNS = 30;
const WHOLE_RUNS = 3600;
/** Entries after which the checkpoint of a creator or of the house is moved. */
const ROLL_UP_ENTRIES = 1000;
/** Accounts whose entries are counted; at more the counts begin anew. */
const COUNTED_MAX = 100_000;
const FIRST_PREVIOUS = Buffer.alloc(32);

/** Where a run looks: at what is recent, at all that is not settled, or at a stretch of ids, its end with it. */
export type Reach = 'recent' | 'unsettled' | { readonly after: number; readonly to: number };

async function stretchOf(tx: Tx, reach: Reach, settled: number): Promise<{ after: number; to: number }> {
  if (typeof reach === 'object') return reach;
  const after = reach === 'unsettled' ? settled : Math.max(settled, await store.highestBefore(tx, RECENT_SECONDS));
  return { after, to: Number.MAX_SAFE_INTEGER };
}

/**
 * The mark up to which all transfers are sealed or can never commit. It moves over ids that were allocated
 * `seconds` ago, where all that exist are sealed and no transaction under way holds one that is missing.
 */
async function settledMark(tx: Tx, from: number, sealedNow: readonly number[], seconds: number): Promise<number> {
  const to = Math.min(await store.highestBefore(tx, seconds), from + SETTLE_STEP);
  if (to <= from) return from;
  const now = sealedNow.filter((id) => id > from && id <= to).length;
  const { transfers, sealed } = await store.countIn(tx, from, to);
  if (sealed + now !== transfers) return from;
  if (transfers === to - from) return to;
  const there = new Set(await store.idsIn(tx, from, to));
  // One has come between the two questions: next time.
  if (there.size !== transfers) return from;
  const missing: number[] = [];
  for (let id = from + 1; id <= to; id += 1) if (!there.has(id)) missing.push(id);
  return (await store.areDead(tx, missing)) ? to : from;
}

/** Leaves in the order of the transfers, and the accounts that their entries touch. */
async function leavesOf(tx: Tx, transfers: readonly store.Unsealed[]) {
  const macs = new Map<number, Buffer[]>(transfers.map(({ id }) => [id, []]));
  const touched: number[] = [];
  const lines = await store.linesOf(
    tx,
    transfers.map(({ id }) => id),
  );
  for (const { transferId, accountId, mac } of lines) {
    macs.get(transferId)?.push(mac);
    touched.push(accountId);
  }
  const items = transfers.map(({ id, publicId }) => ({
    transferId: id,
    leaf: leafOf(id, publicId, macs.get(id) ?? []),
  }));
  return { items, touched };
}

export type Sealed = {
  readonly seal: SealBody;
  readonly full: boolean;
  /** Accounts of the sealed entries, one for each entry. */
  readonly touched: readonly number[];
  /** Transfers at or below the settled mark: they were not to come any more. */
  readonly late: number;
};

/** Makes one seal over what is unsealed; null where nothing is, or another worker was first. */
export function sealOnce(
  db: Db,
  ledgerKey: string,
  reach: Reach = 'unsettled',
  settleSeconds: number = SETTLE_SECONDS,
): Promise<Sealed | null> {
  return db.transaction(async (tx) => {
    const last = await store.newestSeal(tx);
    const settledBefore = last?.settled ?? 0;
    const { after, to } = await stretchOf(tx, reach, settledBefore);
    const transfers = await store.unsealed(tx, after, to, SEAL_ITEMS_MAX);
    if (transfers.length === 0) return null;
    const { items, touched } = await leavesOf(tx, transfers);
    const root = makeRoot();
    for (const { leaf } of items) root.add(leaf);
    const ids = transfers.map(({ id }) => id);
    const late = ids.filter((id) => id <= settledBefore).length;
    const seal: SealBody = {
      id: (last?.id ?? 0) + 1,
      at: await databaseNow(tx),
      items: items.length,
      root: root.root(),
      previous: last ? hashOfSeal(last) : FIRST_PREVIOUS,
      highest: Math.max(last?.highest ?? 0, ...ids.slice(-1)),
      settled: late > 0 ? settledBefore : await settledMark(tx, settledBefore, ids, settleSeconds),
    };
    if (!(await store.insertSeal(tx, { ...seal, mac: macOfSeal(ledgerKey, seal) }))) return null;
    await store.insertItems(tx, seal.id, items);
    if (late > 0) await store.forgetCheckpoints(tx, [...new Set(touched)]);
    return { seal, full: items.length === SEAL_ITEMS_MAX, touched, late };
  });
}

/** Looks through everything below the settled mark for what came all the same, and seals it. Returns how many came. */
export async function sealLate(db: Db, ledgerKey: string): Promise<number> {
  const settled = (await store.newestSeal(db))?.settled ?? 0;
  let late = 0;
  for (let after = 0; after < settled; after += LATE_STEP) {
    const to = Math.min(after + LATE_STEP, settled);
    const { transfers, sealed } = await store.countIn(db, after, to);
    if (transfers !== sealed) late += (await sealOnce(db, ledgerKey, { after, to }))?.late ?? 0;
  }
  return late;
}

/** Moves the checkpoint of an account up to the settled mark. Nothing happens to accounts that keep their balance. */
export function rollUp(db: Db, accountId: number): Promise<void> {
  return db.transaction(async (tx) => {
    const account = await store.lockCheckpoint(tx, accountId);
    const settled = (await store.newestSeal(tx))?.settled ?? 0;
    if (!account || keepsBalance(account.kind as AccountKind) || settled <= account.settledTo) return;
    await store.moveCheckpoint(tx, accountId, account.settledTo, settled);
  });
}

/** Counts entries by account and moves the checkpoints whose tail has grown. */
function makeRollUps(db: Db): (touched: readonly number[]) => Promise<void> {
  const tails = new Map<number, number>();
  return async (touched) => {
    if (tails.size > COUNTED_MAX) tails.clear();
    for (const accountId of touched) tails.set(accountId, (tails.get(accountId) ?? 0) + 1);
    for (const accountId of new Set(touched)) {
      if ((tails.get(accountId) ?? 0) < ROLL_UP_ENTRIES) continue;
      tails.delete(accountId);
      await rollUp(db, accountId);
    }
  };
}

/** Starts the sealer, in as many workers as there are: a seal's number can be given only once. Returns stop. */
export function startSealer({ config, db, log }: Pick<Platform, 'config' | 'db' | 'log'>): () => Promise<void> {
  const rollUps = makeRollUps(db);
  let runs = 0;
  let kept: Kept = null;
  return startLoop(log, 'seals', SEAL_EVERY_MS, async () => {
    const reach = runs % WIDE_RUNS === 0 ? 'unsettled' : 'recent';
    for (let full = true; full; ) {
      const sealed = await sealOnce(db, config.secrets.ledgerKey, reach);
      full = sealed?.full ?? false;
      if (sealed) await rollUps(sealed.touched);
    }
    const late = runs % WHOLE_RUNS === 0 ? await sealLate(db, config.secrets.ledgerKey) : 0;
    if (late > 0) log.warn({ transfers: late }, 'transfers came late; their accounts are summed anew');
    runs += 1;
    kept = await keepOutside(db, config.varDir, kept);
    if (kept?.lost)
      log.error({ file: kept.lost }, 'the newest seal is not in the database: run stagedoor ledger verify');
  });
}
