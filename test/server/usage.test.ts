/** The figures on codes follow the log of uses exactly, and cheaply. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertUsages } from '../../server/src/access/store.ts';
import { makeUsageSums } from '../../server/src/access/usage.ts';
import { type Db, openDb } from '../../server/src/platform/db.ts';
import type { TestApp } from './app.ts';
import { startApp } from './app.ts';

const MINUTE_MS = 60_000;

let app: TestApp;
let db: Db;
beforeAll(async () => {
  app = await startApp();
  // One connection, so that its counters are those of the statements below.
  db = openDb(app.config.secrets.databaseUrl, 1);
});
afterAll(async () => {
  await db.close();
  await app.stop();
});

async function rowsRead(): Promise<number> {
  const rows = await db.list<{ Value: string }>("SHOW SESSION STATUS LIKE 'Handler_read%'", []);
  return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
}

test('thousands of uses are counted once, a line that appears late is counted too, and a restart changes nothing', async () => {
  const { id } = await app.make.code(await app.make.channel());
  const [row] = await app.owner('SELECT id FROM access_code WHERE publicId = ?', [id]);
  const codeId = Number(row?.['id']);
  const use = (count: number) =>
    insertUsages(
      db,
      Array.from({ length: count }, () => [codeId, randomBytes(32), '10.0.0.1', new Date()] as const),
    );
  const figures = async () =>
    (await app.owner('SELECT usageCount, settledUses, lastAddress FROM access_code WHERE id = ?', [codeId]))[0];
  const counted = async () =>
    Number((await app.owner('SELECT COUNT(*) AS n FROM code_usage WHERE codeId = ?', [codeId]))[0]?.['n']);
  let nowMs = 0;
  let run = makeUsageSums(db, () => nowMs);
  await use(20_000);
  await run();
  expect(await figures()).toMatchObject({ usageCount: 20_000, settledUses: 0, lastAddress: '10.0.0.1' });

  // An id is taken by somebody whose transaction is still open; later ones are seen first.
  const [newest] = await app.owner('SELECT MAX(id) AS id FROM code_usage');
  const taken = Number(newest?.['id']) + 1;
  await app.owner('ALTER TABLE code_usage AUTO_INCREMENT = ?', [taken + 1]);
  await use(5);
  nowMs += MINUTE_MS;
  await run();
  expect(await figures()).toMatchObject({ usageCount: 20_005, settledUses: 0 });
  await app.owner("INSERT INTO code_usage (id, codeId, deviceHash, address, at) VALUES (?, ?, '', 'late', NOW())", [
    taken,
    codeId,
  ]);
  nowMs += 5 * MINUTE_MS;
  await use(1);
  await run();
  expect(await figures()).toMatchObject({ usageCount: 20_007, settledUses: 20_000 });
  nowMs += 5 * MINUTE_MS;
  await use(1);
  await run();
  expect(await figures()).toMatchObject({ usageCount: 20_008, settledUses: 20_007 });

  await use(1);
  const before = await rowsRead();
  await run();
  expect((await rowsRead()) - before).toBeLessThan(6000);
  run = makeUsageSums(db, () => nowMs);
  await run();
  await run();
  expect((await figures())?.['usageCount']).toBe(await counted());
});
