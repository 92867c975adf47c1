/** A creator's month: what was there, every line, what was there then. As JSON by pages, or whole as CSV. */
import { type earningsStatement, StatementKind, type StatementLine } from '#contract/earnings.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import { AppError } from '#contract/errors.ts';
import type { TransferId } from '#contract/ids.ts';
import { csvRow } from '../platform/csv.ts';
import type { Sql } from '../platform/db.ts';
import type { Facts } from '../wallet/service.ts';
import { monthBounds } from './rules.ts';
import { buyersIn } from './service.ts';
import * as store from './store.ts';

/** Lines of one page of the JSON, and of one file. */
const PAGE = 500;
const FILE_LINES_MAX = 100_000;

type Statement = ReplyOf<typeof earningsStatement>;
type Standing = Statement['opening'];
export type StatementQuery = {
  readonly userId: string;
  readonly month: string;
  readonly currency: string;
  readonly after: string | null;
};

const KINDS = new Set<string>(StatementKind.options);
/** Kinds whose facts tell of a sale, or of what went back of one. */
const TELLS_OF_SALE = new Set(['tip', 'ticket', 'code_sale', 'membership', 'call_block']);
const TAKES_BACK = new Set(['refund', 'dispute']);

const whole = (value: Facts[string] | undefined): number | null => (typeof value === 'number' ? value : null);

function lineOf(row: store.LineRow, facts: Facts, buyer: string | null): StatementLine {
  const back = TAKES_BACK.has(row.kind);
  const sale = TELLS_OF_SALE.has(row.kind) || back || row.kind === 'dispute_won';
  const signed = (value: number | null): number | null => (value === null || !back ? value : 0 - value);
  return {
    transferId: row.transferId as TransferId,
    at: row.at.toISOString(),
    kind: (KINDS.has(row.kind) ? row.kind : 'other') as StatementKind,
    channel: row.slug,
    buyer: sale ? buyer : null,
    gross: sale ? signed(whole(facts['gross'])) : null,
    platform: sale ? signed(whole(facts['platform'])) : null,
    bps: sale ? whole(facts['bps']) : null,
    reverses: row.reverses as TransferId | null,
    amount: Number(row.amount),
    debt: Number(row.debt),
  };
}

async function readLines(sql: Sql, accounts: store.Accounts, query: StatementQuery, limit: number) {
  const rows = await store.lines(sql, accounts, { ...monthBounds(query.month), after: query.after }, limit);
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
  const { userId, month, currency } = query;
  const accounts = await store.accountsOf(sql, userId, currency);
  const { from, until } = monthBounds(month);
  const lines = await readLines(sql, accounts, query, PAGE + 1);
  const sums = await store.sumsAt(sql, accounts, from, until);
  const shown = lines.slice(0, PAGE);
  return {
    month,
    currency,
    currencies: await store.currenciesOf(sql, userId),
    ...standings(sums, accounts),
    lines: shown,
    next: lines.length > PAGE ? (shown.at(-1)?.transferId ?? null) : null,
  };
}

const COLUMNS = [
  'at',
  'kind',
  'channel',
  'buyer',
  'currency',
  'gross',
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
export async function statementCsv(sql: Sql, query: Omit<StatementQuery, 'after'>): Promise<string> {
  const { userId, month, currency } = query;
  const accounts = await store.accountsOf(sql, userId, currency);
  const { from, until } = monthBounds(month);
  const lines = await readLines(sql, accounts, { ...query, after: null }, FILE_LINES_MAX + 1);
  if (lines.length > FILE_LINES_MAX) throw new AppError('earnings.too_many_lines', { most: FILE_LINES_MAX });
  const { opening } = standings(await store.sumsAt(sql, accounts, from, until), accounts);
  let { balance, debt } = opening;
  const edge = (at: Date, kind: string): string =>
    csvRow([at.toISOString(), kind, '', '', currency, '', '', '', '', String(balance), '', String(debt), '', '']);
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
