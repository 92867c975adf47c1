/** Runs bench/baseline.sql: a transfer and nothing else. */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Pool, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import mysql from 'mysql2/promise';

const FILE = new URL('../baseline.sql', import.meta.url);

/** The file's statements by name. */
function statements(): Readonly<Record<string, string>> {
  const parts = readFileSync(FILE, 'utf8').split(/^-- name: (\w+)$/m);
  const named: Record<string, string> = {};
  for (let i = 1; i < parts.length; i += 2) named[parts[i] ?? ''] = (parts[i + 1] ?? '').trim().replace(/;$/, '');
  return named;
}

function statement(named: Readonly<Record<string, string>>, name: string): string {
  const text = named[name];
  if (!text) throw new Error(`bench/baseline.sql has no "${name}"`);
  return text;
}

export type Baseline = { transfer(payer: number): Promise<void>; stop(): Promise<void> };

/** Makes the tables and `payers` accounts, as the owner of the database. */
export async function openBaseline(url: string, connections: number, payers: number): Promise<Baseline> {
  const named = statements();
  const [lock, addTransfer, addEntries, update] = ['lock', 'addTransfer', 'addEntries', 'update'].map((name) =>
    statement(named, name),
  ) as [string, string, string, string];
  const pool: Pool = mysql.createPool({ uri: url, connectionLimit: connections, timezone: 'Z' });
  for (const name of ['account', 'transfer', 'entry']) await pool.query(statement(named, name));
  const rows = Array.from({ length: payers }, () => ['fan', `usr_${'0'.repeat(26)}`, 'TOKEN', 1e12, 0, 0, new Date()]);
  await pool.query(
    'INSERT INTO base_account (kind, owner, currency, balance, lastNumber, settledTo, createdAt) VALUES ?',
    [rows],
  );
  const mac = randomBytes(32);
  const facts = JSON.stringify({ gross: 10, creator: 8, platform: 2, bps: 8000 });
  const transfer = async (payer: number) => {
    const connection = await pool.getConnection();
    await connection.query('START TRANSACTION');
    const [found] = await connection.execute<RowDataPacket[]>(lock, [payer]);
    const { balance, lastNumber, now } = found[0] as { balance: number; lastNumber: number; now: Date };
    const [made] = await connection.execute<ResultSetHeader>(addTransfer, [
      ...[`trf_${'0'.repeat(26)}`, 'tip', now, payer, lastNumber + 1, balance - 10, randomUUID(), mac],
      ...[null, null, null, facts],
    ]);
    const lines = [-10, 8, 2].flatMap((amount, line) => [made.insertId, line, payer, amount, mac]);
    await connection.execute(addEntries, lines);
    await connection.execute(update, [balance - 10, lastNumber + 1, payer]);
    await connection.query('COMMIT');
    connection.release();
  };
  return { transfer, stop: () => pool.end() };
}
