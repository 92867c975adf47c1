/** A creator's month: what was there, every line, what was there then. As JSON by pages, or whole as CSV. */
import { type earningsStatement, StatementKind, type StatementLine } from '#contract/earnings.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import { AppError } from '#contract/errors.ts';
import type { TransferId } from '#contract/ids.ts';
import { csvRow } from '../platform/csv.ts';
import type { Sql } from '../platform/db.ts';
import type { Facts } from '../wallet/service.ts';
import { monthBounds, SALE_KINDS } from './rules.ts';
import { buyersIn } from './service.ts';
import * as store from './store.ts';

/** Lines of one file. */
const FILE_LINES_MAX = 100_000;

type Statement = ReplyOf<typeof earningsStatement>;
type Standing = Statement['opening'];
export type StatementQuery = {
  readonly userId: string;
  readonly month: string;
  readonly currency: string;
  readonly after: string | null;
  /** Lines of one page. */
  readonly limit: number;
};

const KINDS = new Set<string>(StatementKind.options);
/** Kinds whose facts tell of a sale, or of what went back of one. */
const TELLS_OF_SALE = new Set([...SALE_KINDS, 'dispute_won']);
const TAKES_BACK = new Set(['refund', 'dispute']);

const whole = (value: Facts[string] | undefined): number | null => (typeof value === 'number' ? value : null);

function lineOf(row: store.LineRow, facts: Facts, buyer: string | null): StatementLine {
  const back = TAKES_BACK.has(row.kind);
  const sale = TELLS_OF_SALE.has(row.kind) || back;
  const signed = (value: number | null): number | null => (value === null || !back ? value : 0 - value);
  return {
    transferId: row.transferId as TransferId,
    at: row.at.toISOString(),
    kind: (KINDS.has(row.kind) ? row.kind : 'other') as StatementKind,
    channel: row.slug,
    buyer: sale ? buyer : null,
    gross: sale ? signed(whole(facts['gross'])) : null,
    // Sales without tax do not name it.
    tax: sale ? signed(whole(facts['tax']) ?? 0) : null,
    platform: sale ? signed(whole(facts['platform'])) : null,
    bps: sale ? whole(facts['bps']) : null,
    reverses: row.reverses as TransferId | null,
    amount: Number(row.amount),
    debt: Number(row.debt),
  };
}

async function readLines(
  sql: Sql,
  accounts: store.Accounts,
  { month, after }: Pick<StatementQuery, 'month' | 'after'>,
  limit: number,
) {
  const rows = await store.lines(sql, accounts, { ...monthBounds(month), after }, limit);
  const facts = rows.map((row) => JSON.parse(row.facts) as Facts);
  const buyerOf = await buyersIn(sql, facts);
  return rows.map((row, index) => lineOf(row, facts[index] ?? {}, buyerOf(facts[index] ?? {})));
}

function standings(sums: readonly store.AccountSums[], { creator, debt }: store.Accounts) {
  const at = (which: 'opening' | 'closing'): Standing => {
    const of = (id: number): number => Number(sums.find(({ accountId }) => accountId === id)?.[which] ?? 0);
    return { balance: of(creator), debt: of(debt) };
  };
  return { opening: at('opening'), closing: at('closing') };
}

/** One page of a month's statement. The lines of all its pages, added to the opening, are the closing. */
export async function statementOf(sql: Sql, query: StatementQuery): Promise<Statement> {
  const { userId, month, currency, limit } = query;
  const accounts = await store.accountsOf(sql, userId, currency);
  const { from, until } = monthBounds(month);
  const lines = await readLines(sql, accounts, query, limit + 1);
  const { opening, closing } = standings(await store.sumsAt(sql, accounts, from, until), accounts);
  const kinds = { sales: [...TELLS_OF_SALE], back: [...TAKES_BACK] };
  const sums = await store.monthSums(sql, accounts, { from, until }, kinds);
  const shown = lines.slice(0, limit);
  return {
    month,
    currency,
    currencies: await store.currenciesOf(sql, userId),
    opening,
    closing,
    totals: {
      lines: sums.lines,
      gross: Number(sums.gross),
      tax: Number(sums.tax),
      platform: Number(sums.platform),
      amount: closing.balance - opening.balance,
      debt: closing.debt - opening.debt,
    },
    lines: shown,
    next: lines.length > limit ? (shown.at(-1)?.transferId ?? null) : null,
  };
}

const COLUMNS = [
  'at',
  'kind',
  'channel',
  'buyer',
  'currency',
  'gross',
  'tax',
  'platform',
  'basis_points',
  'amount',
  'balance',
  'debt_change',
  'debt',
  'transfer',
  'reverses',
];

/** A month's statement as CSV, with the balance after each line. Throws earnings.too_many_lines. */
export async function statementCsv(sql: Sql, query: Omit<StatementQuery, 'after' | 'limit'>): Promise<string> {
  const { userId, month, currency } = query;
  const accounts = await store.accountsOf(sql, userId, currency);
  const { from, until } = monthBounds(month);
  const lines = await readLines(sql, accounts, { month, after: null }, FILE_LINES_MAX + 1);
  if (lines.length > FILE_LINES_MAX) throw new AppError('earnings.too_many_lines', { most: FILE_LINES_MAX });
  const { opening } = standings(await store.sumsAt(sql, accounts, from, until), accounts);
  let { balance, debt } = opening;
  const edge = (at: Date, kind: string): string =>
    csvRow([at.toISOString(), kind, '', '', currency, '', '', '', '', '', String(balance), '', String(debt), '', '']);
  const rows = [csvRow(COLUMNS), edge(from, 'opening')];
  for (const line of lines) {
    balance += line.amount;
    debt += line.debt;
    const text = (value: string | number | null): string => (value === null ? '' : String(value));
    rows.push(
      csvRow([
        line.at,
        line.kind,
        text(line.channel),
        text(line.buyer),
        currency,
        text(line.gross),
        text(line.tax),
        text(line.platform),
        text(line.bps),
        text(line.amount),
        text(balance),
        text(line.debt),
        text(debt),
        line.transferId,
        text(line.reverses),
      ]),
    );
  }
  rows.push(edge(until, 'closing'));
  return rows.join('');
}
