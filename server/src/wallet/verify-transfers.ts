/** One transfer with its lines: does it hold, and if not, which row is wrong? Pure. */
import type { Currency } from '#contract/money.ts';
import { leafOf, makeSigner } from './proofs.ts';
import type { EntryRow, ItemRow, TransferRow } from './verify-store.ts';

/** A row that is not as it was written, and how that shows. */
export type Problem = {
  /** Table and id, e.g. `ledger_entry 17`. */
  readonly row: string;
  readonly what: 'changed' | 'missing' | 'inserted' | 'moved' | 'unbalanced' | 'below_floor' | 'cut';
  readonly text: string;
};

/** An account as it is known by the rows read so far. */
export type Tally = {
  readonly id: number;
  /** `kind:owner:currency`. */
  readonly name: string;
  readonly kind: string;
  readonly currency: Currency;
  readonly settledTo: number;
  sum: bigint;
  /** Of entries up to `settledTo`. */
  settledSum: bigint;
  lastNumber: number;
};
export type Tallies = ReadonlyMap<number, Tally>;

/** Lines by which the true number may differ from what is there, when rows were added or removed. */
const LINES_SEARCHED = 16;

const signsOf = (key: string, row: TransferRow, lines: number) =>
  makeSigner(key, { ...row, payerBalance: row.payerBalance === null ? null : BigInt(row.payerBalance) }, lines);

function holds(sign: ReturnType<typeof makeSigner>, entry: EntryRow, tallies: Tallies): boolean {
  const account = tallies.get(entry.accountId)?.name ?? '';
  const { line, accountId, amount } = entry;
  return sign({ line, accountId, account, amount: BigInt(amount) }).equals(entry.mac);
}

/** Some line is wrong: the number of lines under which most are right tells which were changed, added or removed. */
function wrongLines(key: string, row: TransferRow, entries: readonly EntryRow[], tallies: Tallies): Problem[] {
  let best: { lines: number; right: Set<number> } = { lines: entries.length, right: new Set() };
  for (let lines = 1; lines <= entries.length + LINES_SEARCHED; lines += 1) {
    const sign = signsOf(key, row, lines);
    const right = new Set(entries.filter((entry) => holds(sign, entry, tallies)).map(({ id }) => id));
    if (right.size > best.right.size) best = { lines, right };
  }
  const where = `of ${row.publicId}`;
  if (best.right.size === 0) {
    const ids = entries.map(({ id }) => id).join(', ');
    const text = `no line ${where} proves: the transfer, an account or all of its lines (ledger_entry ${ids}) were changed, or it was added`;
    return [{ row: `ledger_transfer ${row.id}`, what: 'changed', text }];
  }
  const present = new Set(entries.map(({ line }) => line));
  const wrong = entries
    .filter(({ id }) => !best.right.has(id))
    .map<Problem>(({ id, line }) =>
      line < best.lines
        ? { row: `ledger_entry ${id}`, what: 'changed', text: `line ${line} ${where} was changed or swapped` }
        : { row: `ledger_entry ${id}`, what: 'inserted', text: `line ${line} ${where} was added` },
    );
  const lost = Array.from({ length: best.lines }, (_, line) => line).filter((line) => !present.has(line));
  const missing = lost.map<Problem>((line) => ({
    row: `ledger_transfer ${row.id}`,
    what: 'missing',
    text: `line ${line} of ${best.lines} ${where} was deleted`,
  }));
  return [...wrong, ...missing];
}

function sumsOf(entries: readonly EntryRow[], tallies: Tallies): Map<Currency, bigint> {
  const sums = new Map<Currency, bigint>();
  for (const { accountId, amount } of entries) {
    const currency = tallies.get(accountId)?.currency ?? '?';
    sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amount));
  }
  return sums;
}

/** Adds the lines to their accounts. */
function tally(row: TransferRow, entries: readonly EntryRow[], tallies: Tallies): void {
  for (const { accountId, amount } of entries) {
    const account = tallies.get(accountId);
    if (!account) continue;
    account.sum += BigInt(amount);
    if (row.id <= account.settledTo) account.settledSum += BigInt(amount);
  }
}

const KEEPS = new Set(['fan', 'payout', 'debt']);

/** The payer's number follows on its last one; what it had afterwards is what its entries sum to. */
function checkPayer(row: TransferRow, tallies: Tallies): Problem[] {
  if (row.payerId === 0) return [];
  const name = `ledger_transfer ${row.id}`;
  const payer = tallies.get(row.payerId);
  if (!payer) return [{ row: name, what: 'changed', text: `its payer, account ${row.payerId}, does not exist` }];
  const problems: Problem[] = [];
  const expected = payer.lastNumber + 1;
  if (row.payerNumber !== expected) {
    const from = `${payer.name} number ${expected}`;
    const text =
      (row.payerNumber ?? 0) > expected
        ? `${from}${row.payerNumber === expected + 1 ? '' : ` to ${(row.payerNumber ?? 0) - 1}`} is missing before it`
        : `${from} was expected, and it says ${row.payerNumber}`;
    problems.push({ row: name, what: (row.payerNumber ?? 0) > expected ? 'missing' : 'moved', text });
  }
  payer.lastNumber = Math.max(payer.lastNumber, row.payerNumber ?? 0);
  if (KEEPS.has(payer.kind) && row.payerBalance !== null && BigInt(row.payerBalance) !== payer.sum) {
    const text = `${payer.name} had ${row.payerBalance} after it, but its entries sum to ${payer.sum}`;
    problems.push({ row: name, what: 'unbalanced', text });
  }
  if (row.payerBalance !== null && row.payerBalance < 0)
    problems.push({ row: name, what: 'below_floor', text: `${payer.name} had ${row.payerBalance} after it` });
  return problems;
}

/** Checks a transfer, and counts it into its accounts. Amounts are in the account's units. */
export function checkTransfer(
  key: string,
  row: TransferRow,
  entries: readonly EntryRow[],
  item: ItemRow | undefined,
  tallies: Tallies,
): Problem[] {
  const name = `ledger_transfer ${row.id}`;
  tally(row, entries, tallies);
  const problems = checkPayer(row, tallies);
  if (entries.length === 0)
    return [...problems, { row: name, what: 'missing', text: `all lines of ${row.publicId} were deleted` }];
  const sign = signsOf(key, row, entries.length);
  const proves = entries.every((entry, index) => entry.line === index && holds(sign, entry, tallies));
  if (!proves) problems.push(...wrongLines(key, row, entries, tallies));
  for (const [currency, sum] of sumsOf(entries, tallies)) {
    if (sum === 0n) continue;
    problems.push({
      row: name,
      what: 'unbalanced',
      text: `the lines of ${row.publicId} are off by ${sum} ${currency}`,
    });
  }
  const leaf = leafOf(
    row.id,
    row.publicId,
    entries.map(({ mac }) => mac),
  );
  if (proves && item && !item.leaf.equals(leaf)) {
    const text = `${row.publicId} is not what seal ${item.sealId} holds at ${item.position}: its rows, or that item, were changed or swapped`;
    problems.push({ row: name, what: 'changed', text });
  }
  return problems;
}
