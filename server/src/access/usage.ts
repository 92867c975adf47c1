import type { Db, Sql } from '../platform/db.ts';
import { mayRepeat } from '../platform/db.ts';
import type { Usage } from './store.ts';
import { insertUsages, lastUsageId, sumUsages, usedSince } from './store.ts';

/** Lines of one INSERT. */
const BATCH = 500;

type Waiting = { readonly usage: Usage; done(): void; failed(error: unknown): void };

/** In the order in which the sums lock codes; a deadlock all the same costs a repetition, not an answer. */
async function writeLines(db: Db, usages: readonly Usage[]): Promise<void> {
  const lines = usages.toSorted(([one], [other]) => one - other);
  try {
    await insertUsages(db, lines);
  } catch (error) {
    if (!mayRepeat(error)) throw error;
    await db.transaction((tx) => insertUsages(tx, lines));
  }
}

/**
 * Writes the append-only log of uses. Uses that come while one INSERT is under way go into the next one
 * together, so that a crowd costs few statements; each caller still waits until its own line is durable.
 */
export function makeUsageLog(db: Db): (usage: Usage) => Promise<void> {
  let waiting: Waiting[] = [];
  let writing = false;
  async function write(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      try {
        await writeLines(
          db,
          batch.map(({ usage }) => usage),
        );
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    writing = false;
  }
  return (usage) =>
    new Promise((done, failed) => {
      waiting.push({ usage, done, failed });
      if (!writing) void write();
    });
}

/** Codes whose figures are brought up to date by one statement. */
const SUM_BATCH = 2000;
/** Lines looked at again: ids are given before commits, so a line may appear after a later one. */
const OVERLAP_LINES = 1000;
/** A line that has not appeared so long after its id was given never will: statements end far sooner. */
const CALM_MS = 5 * 60_000;

/**
 * Carries the log over to the figures on codes (times used, last use, address). Entering a code then costs
 * one durable line and no update of a row that others wait for. Returns what to run each second; the first
 * run looks back, for what happened while no worker ran. A run reads the lines of some minutes, not a code's
 * whole log. `clock`: monotonic milliseconds.
 */
export function makeUsageSums(sql: Sql, clock: () => number = () => performance.now()): () => Promise<void> {
  let seen: number | null = null;
  let calmId = 0;
  let next: { readonly id: number; readonly atMs: number } | null = null;
  return async () => {
    const last = await lastUsageId(sql);
    if (next === null || clock() - next.atMs >= CALM_MS) {
      calmId = next?.id ?? 0;
      next = { id: last, atMs: clock() };
    }
    if (last === seen) return;
    const line = seen === null ? 0 : Math.max(0, seen - OVERLAP_LINES);
    let codeIds = await usedSince(sql, line, 0, SUM_BATCH);
    while (codeIds.length > 0) {
      await sumUsages(sql, codeIds, calmId);
      codeIds = codeIds.length < SUM_BATCH ? [] : await usedSince(sql, line, codeIds.at(-1) ?? 0, SUM_BATCH);
    }
    seen = last;
  };
}
