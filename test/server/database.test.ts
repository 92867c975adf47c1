import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TABLE_GRANTS } from '../../prisma/grants.ts';
import { openDb } from '../../server/src/platform/db.ts';
import { migrate } from '../../server/src/platform/migrate.ts';
import { seedDemo } from '../../server/src/seed.ts';
import type { TestStack } from '../kit/db.ts';
import { startStack } from '../kit/db.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

type Field = {
  name: string;
  dbName?: string;
  kind: string;
  isRequired: boolean;
  isId: boolean;
  isUnique: boolean;
  type: string;
  nativeType?: [string, string[]] | null;
};
type Model = { name: string; dbName: string; fields: Field[]; uniqueFields: string[][] };

const NATIVE: Record<string, (size: string) => string> = {
  VarChar: (n) => `varchar(${n})`,
  Char: (n) => `char(${n})`,
  Text: () => 'text',
  DateTime: (n) => `datetime(${n})`,
  Binary: (n) => `binary(${n})`,
  VarBinary: (n) => `varbinary(${n})`,
  BigInt: () => 'bigint(20)',
  Int: () => 'int(11)',
};

function columnType(field: Field): string {
  if (field.type === 'Boolean') return 'tinyint(1)';
  const [name, args] = field.nativeType ?? ['', []];
  const make = NATIVE[name];
  if (!make) throw new Error(`${field.name}: say its @db type`);
  return make(args[0] ?? '');
}

test('schema.prisma and the migrated database are the same', async () => {
  const file = resolve(import.meta.dirname, '../../server/src/platform/prisma/generated/shape.json');
  const { models } = JSON.parse(readFileSync(file, 'utf8')) as { models: Model[] };
  const declared = models.flatMap((model) =>
    model.fields
      .filter(({ kind }) => kind !== 'object')
      .map((f) => `${model.dbName}.${f.name} ${columnType(f)} ${f.isRequired ? 'NOT NULL' : 'NULL'}`),
  );
  const columns = await stack.owner(
    `SELECT CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' ', COLUMN_TYPE, IF(IS_NULLABLE = 'YES', ' NULL', ' NOT NULL')) AS line
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME <> '_prisma_migrations'`,
  );
  expect(columns.map(({ line }) => line).sort()).toEqual(declared.sort());
  const uniques = models.flatMap((m) => [
    ...m.fields.filter(({ isUnique }) => isUnique).map(({ name }) => `${m.dbName}(${name})`),
    ...m.uniqueFields.map((names) => `${m.dbName}(${names.join(',')})`),
  ]);
  const indexes = await stack.owner(
    `SELECT CONCAT(TABLE_NAME, '(', GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX), ')') AS line
     FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND NON_UNIQUE = 0 AND INDEX_NAME <> 'PRIMARY'
     GROUP BY TABLE_NAME, INDEX_NAME`,
  );
  expect(indexes.map(({ line }) => line).sort()).toEqual(uniques.sort());
});

test('migrating again applies nothing; every table has its rights', async () => {
  expect(await migrate(stack.config)).toEqual([]);
  const tables = await stack.owner(
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME <> '_prisma_migrations'",
  );
  expect(tables.map(({ name }) => name).sort()).toEqual(Object.keys(TABLE_GRANTS).sort());
});

test('a changed migration is refused by name', async () => {
  await stack.owner('UPDATE _prisma_migrations SET checksum = REVERSE(checksum)');
  await expect(migrate(stack.config)).rejects.toThrow(/was changed after/);
  await stack.owner('UPDATE _prisma_migrations SET checksum = REVERSE(checksum)');
});

test('what is append-only cannot be changed by the product, and no table can be altered', async () => {
  const db = openDb(stack.config.secrets.databaseUrl, 1);
  const errorOf = (text: string) =>
    db.run(text).then(
      () => 'it worked',
      (error: { errno?: number }) => error.errno,
    );
  // Written out, so that a right given by mistake in prisma/grants.ts is seen here.
  const appendOnly = {
    ledger_transfer: 'facts',
    ledger_entry: 'mac',
    ledger_seal: 'root',
    ledger_seal_item: 'leaf',
  };
  for (const [table, column] of Object.entries(appendOnly)) {
    for (const text of [
      `UPDATE ${table} SET ${column} = 'x'`,
      `DELETE FROM ${table}`,
      `REPLACE INTO ${table} SELECT * FROM ${table}`,
    ]) {
      expect([text, await errorOf(text)]).toEqual([text, 1142]);
    }
  }
  // Of these the address alone may be taken out.
  for (const [table, column] of Object.entries({ code_usage: 'deviceHash', audit_event: 'actor' })) {
    expect(await errorOf(`UPDATE ${table} SET ${column} = 'x'`), table).toBe(1143);
    expect(await errorOf(`UPDATE ${table} SET address = ''`), table).toBe('it worked');
    expect(await errorOf(`DELETE FROM ${table}`), table).toBe(1142);
    expect(await errorOf(`REPLACE INTO ${table} SELECT * FROM ${table}`), table).toBe(1142);
  }
  for (const table of Object.keys(TABLE_GRANTS)) {
    expect(await errorOf(`TRUNCATE \`${table}\``), table).toBe(1142);
    expect(await errorOf(`ALTER TABLE \`${table}\` ADD COLUMN x INT`), table).toBe(1142);
  }
  expect(await errorOf('SELECT * FROM _prisma_migrations')).toBe(1142);
  await db.close();
});

test('the demo is made once; a new code only after the last has run out', async () => {
  const first = await seedDemo(stack.config);
  expect(first).toMatchObject({ created: true, channel: 'demo' });
  expect(first.streamKey).toMatch(/^sk_[0-9a-z]{32}$/);
  const second = await seedDemo(stack.config);
  expect(second).toEqual({ created: false, channel: 'demo', creatorEmail: first.creatorEmail });
  await stack.owner('UPDATE access_code SET expiresAt = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND');
  const third = await seedDemo(stack.config);
  expect(third.accessCode).toMatch(/^PLI/);
  expect(third.streamKey).toBeUndefined();
});

test('the database holds no key and no code in clear', async () => {
  const { streamKey = '', accessCode = '' } = await (async () => {
    await stack.owner('UPDATE access_code SET expiresAt = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND');
    return { streamKey: 'sk_', ...(await seedDemo(stack.config)) };
  })();
  for (const table of Object.keys(TABLE_GRANTS)) {
    const dump = JSON.stringify(await stack.owner(`SELECT * FROM \`${table}\``), (_key, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
    );
    expect(dump).not.toContain(streamKey);
    expect(dump).not.toContain(accessCode);
  }
});
