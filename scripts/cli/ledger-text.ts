/** An entry of the ledger as CSV and as JSON. */
import type { Line } from '../../server/src/wallet/statements.ts';

export const LINE_COLUMNS = [
  'at',
  'transfer',
  'kind',
  'line',
  'account',
  'owner',
  'currency',
  'amount',
  'channel',
  'show',
  'reverses',
  'facts',
];

/** What programs get. */
export const lineValue = (line: Line) => ({
  at: line.at.toISOString(),
  transfer: line.transferId,
  kind: line.kind,
  line: line.line,
  account: line.account,
  owner: line.owner || null,
  currency: line.currency,
  amount: line.amount,
  channel: line.channelId,
  show: line.showId,
  reverses: line.reverses,
  facts: JSON.parse(line.facts) as Record<string, unknown>,
});

/** In the order of the columns. */
export const lineCells = (line: Line): string[] =>
  Object.values({ ...lineValue(line), facts: line.facts }).map((value) => (value === null ? '' : String(value)));
