import type { Sql } from '../platform/db.ts';
import type { Usage } from './store.ts';
import { insertUsages } from './store.ts';

/** Lines of one INSERT. */
const BATCH = 500;

type Waiting = { readonly usage: Usage; done(): void; failed(error: unknown): void };

/**
 * Writes the append-only log of uses. Uses that come while one INSERT is under way go into the next one
 * together, so that a crowd costs few statements; each caller still waits until its own line is durable.
 */
export function makeUsageLog(sql: Sql): (usage: Usage) => Promise<void> {
  let waiting: Waiting[] = [];
  let writing = false;
  async function write(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      try {
        await insertUsages(
          sql,
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
