/** What the model holds, in the shapes that checks want. */

import type { Row } from './database/cells.ts';
import type { Model } from './database/driver.ts';

/** The committed rows of a table, in the order of their making. */
export function committed(model: Model, table: string): Row[] {
  const found: Row[] = [];
  for (const entry of model.tables.get(table)?.entries ?? []) if (entry.committed) found.push(entry.committed);
  return found;
}

export const text = (row: Row, column: string): string => String(row[column] ?? '');
export const number = (row: Row, column: string): number => Number(row[column] ?? 0);

type Line = {
  readonly account: string;
  readonly kind: string;
  readonly currency: string;
  readonly amount: number;
};
export type Booking = {
  readonly id: number;
  readonly publicId: string;
  readonly kind: string;
  readonly key: string;
  readonly reverses: string;
  readonly payerId: number;
  readonly payerNumber: number;
  readonly payerBalance: number | null;
  readonly lines: readonly Line[];
};
type Account = {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly row: Row;
  sum: number;
};
export type Ledger = { readonly bookings: readonly Booking[]; readonly accounts: ReadonlyMap<number, Account> };

/** The ledger as its rows tell it, bookings in the order of their ids. */
export function ledgerOf(model: Model): Ledger {
  const accounts = new Map<number, Account>();
  for (const row of committed(model, 'ledger_account')) {
    const id = number(row, 'id');
    const name = `${text(row, 'kind')}:${text(row, 'owner')}:${text(row, 'currency')}`;
    accounts.set(id, { id, name, kind: text(row, 'kind'), row, sum: 0 });
  }
  const lines = new Map<number, Line[]>();
  for (const row of committed(model, 'ledger_entry')) {
    const account = accounts.get(number(row, 'accountId'));
    const amount = number(row, 'amount');
    if (account) account.sum += amount;
    const of = number(row, 'transferId');
    const list = lines.get(of) ?? [];
    const line = {
      account: account?.name ?? '?',
      kind: account?.kind ?? '?',
      currency: text(account?.row ?? {}, 'currency'),
      amount,
    };
    list.push(line);
    lines.set(of, list);
  }
  const bookings = committed(model, 'ledger_transfer').map((row): Booking => {
    const id = number(row, 'id');
    return {
      id,
      publicId: text(row, 'publicId'),
      kind: text(row, 'kind'),
      key: text(row, 'idempotencyKey'),
      reverses: text(row, 'reverses'),
      payerId: number(row, 'payerId'),
      payerNumber: number(row, 'payerNumber'),
      payerBalance: row['payerBalance'] === null ? null : number(row, 'payerBalance'),
      lines: lines.get(id) ?? [],
    };
  });
  return { bookings: bookings.sort((a, b) => a.id - b.id), accounts };
}
