/** `stagedoor ledger`: prove it, ask it, take it away. */
import type { Command } from 'commander';
import { VERIFIED } from '../../server/src/admin/store.ts';
import { audit } from '../../server/src/platform/audit.ts';
import { csvRow } from '../../server/src/platform/csv.ts';
import { outsideSeals } from '../../server/src/wallet/outside-seal.ts';
import { SEAL_EVERY_MS } from '../../server/src/wallet/seals.ts';
import {
  type AccountBalance,
  accountsNamed,
  allLines,
  STATEMENT_LINES_MAX,
  statementOf,
} from '../../server/src/wallet/statements.ts';
import { type Report, verifyLedger } from '../../server/src/wallet/verify.ts';
import { ACTOR, stamp, withDb } from './database.ts';
import { LINE_COLUMNS, lineCells, lineValue } from './ledger-text.ts';
import { type CommandContext, CommandError, table } from './output.ts';

const ACCOUNTS = `
An ACCOUNT is a person's id (all of theirs), or kind:person[:currency], or an account of the house:
  usr_…   fan:usr_…   creator:usr_…:TOKEN   creator:usr_…:eur   payout:usr_…   debt:usr_…
  platform   platform:eur   issued   reserve   stripe   bank   gift   tax
Tokens are whole; cash is in the smallest unit of its currency, cents for eur.`;

function reportText(report: Report, seconds: number): string {
  const { transfers, entries, accounts, seals, unsealed, outsideSeal, problems, problemCount } = report;
  const waiting =
    unsealed.transfers === 0
      ? 'Everything is sealed.'
      : `${unsealed.transfers} transfers are not sealed yet, the oldest for ${unsealed.oldestSeconds} s; usual is at most ${(2 * SEAL_EVERY_MS) / 1000} s.`;
  const kept =
    outsideSeal === null
      ? 'No seal is kept outside the database on this machine: a tail that was cut off would not show.'
      : `Seal ${outsideSeal} is kept outside the database too.`;
  const head = `${transfers} transfers, ${entries} entries, ${accounts} accounts, ${seals} seals in ${seconds.toFixed(1)} s. ${waiting} ${kept}`;
  if (report.ok) return `The ledger adds up.\n${head}`;
  const more = problemCount > problems.length ? [`… and ${problemCount - problems.length} more.`] : [];
  const rows = problems.map(({ row, what, text }) => [row, what, text]);
  return [
    `THE LEDGER DOES NOT ADD UP: ${problemCount} ${problemCount === 1 ? 'problem' : 'problems'}.`,
    head,
    table(rows),
    ...more,
  ].join('\n');
}

async function verify(context: CommandContext): Promise<void> {
  const from = performance.now();
  const report = await withDb(context, async (db, { secrets, varDir }) => {
    // Before the snapshot, so that a seal which is made meanwhile is not taken for lost.
    const done = await verifyLedger(db, secrets.ledgerKey, await outsideSeals(varDir));
    const { ok, transfers, problemCount } = done;
    const line = { kind: VERIFIED, actor: ACTOR, subject: 'ledger', details: { ok, transfers, problemCount } };
    // The operator's page says when it was proved last; a database that takes no line must not hide what was found.
    await audit(db, line).catch(() => undefined);
    return done;
  });
  const seconds = (performance.now() - from) / 1000;
  context.out({ ...report, seconds: Math.round(seconds * 1000) / 1000 }, reportText(report, seconds));
  if (!report.ok) process.exitCode = 1;
}

/** Throws one sentence where the name names nothing. */
function found(accounts: AccountBalance[] | null, name: string): AccountBalance[] {
  if (accounts === null) throw new CommandError(`"${name}" is not an account. See: stagedoor ledger balance --help`);
  if (accounts.length === 0) throw new CommandError(`No account "${name}" has ever been used.`);
  return accounts;
}

async function balance(context: CommandContext, name: string): Promise<void> {
  const accounts = found(await withDb(context, (db) => accountsNamed(db, name)), name);
  const value = accounts.map(({ kind, owner, currency, balance: held }) => ({
    kind,
    owner: owner || null,
    currency,
    balance: Number(held),
  }));
  const rows = value.map((one) => [one.kind, one.owner ?? '-', one.currency, String(one.balance)]);
  context.out(value, table([['KIND', 'OWNER', 'CURRENCY', 'BALANCE'], ...rows]));
}

function monthOf(text: string | undefined): { from: Date; until: Date; month: string } {
  const month = text ?? new Date().toISOString().slice(0, 7);
  if (!/^20\d\d-(0[1-9]|1[0-2])$/.test(month)) throw new CommandError('--month takes a month like 2026-11.');
  const [year = 0, number = 0] = month.split('-').map(Number);
  return { from: new Date(Date.UTC(year, number - 1, 1)), until: new Date(Date.UTC(year, number, 1)), month };
}

async function statement(context: CommandContext, name: string, wanted: string | undefined): Promise<void> {
  const { from, until, month } = monthOf(wanted);
  const { account, read } = await withDb(context, async (db) => {
    const accounts = found(await accountsNamed(db, name), name);
    const [one] = accounts;
    if (!one || accounts.length > 1) {
      const names = accounts.map(({ kind, owner, currency }) => [kind, owner, currency].filter(Boolean).join(':'));
      throw new CommandError(`"${name}" is several accounts; name one: ${names.join(', ')}.`);
    }
    return { account: one, read: await statementOf(db, one.id, from, until) };
  });
  const { opening, closing, lines } = read;
  const { kind, owner, currency } = account;
  const value = {
    account: { kind, owner: owner || null, currency },
    month,
    opening: Number(opening),
    closing: Number(closing),
    lines: lines.map(lineValue),
  };
  let held = opening;
  const rows = lines.map((line) => {
    held += BigInt(line.amount);
    return [stamp(line.at), line.kind, String(line.amount), String(held), line.transferId];
  });
  const head = [
    ['AT (UTC)', 'KIND', 'AMOUNT', 'BALANCE', 'TRANSFER'],
    [`${month}-01 00:00`, 'opening', '', String(opening), ''],
  ];
  const more = lines.length === STATEMENT_LINES_MAX ? '\nThere are more: see stagedoor ledger export.' : '';
  context.out(value, table([...head, ...rows]) + more);
}

async function write(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}

async function exportAll(context: CommandContext): Promise<void> {
  const json = context.json();
  await withDb(context, async (db) => {
    await write(json ? '[' : csvRow(LINE_COLUMNS));
    let first = true;
    for await (const page of allLines(db)) {
      const texts = page.map((line) => (json ? JSON.stringify(lineValue(line)) : csvRow(lineCells(line))));
      await write(json ? `${first ? '\n' : ',\n'}${texts.join(',\n')}` : texts.join(''));
      first = false;
    }
    if (json) await write('\n]\n');
  });
}

/** Adds `ledger` to the program. */
export function registerLedgerCommands(program: Command, context: CommandContext): void {
  const ledger = program.command('ledger').description('the ledger: verify, balance, statement, export');
  ledger
    .command('verify')
    .description('prove every entry, balance and seal; names each row that is wrong')
    .addHelpText(
      'after',
      '\nReads one snapshot while sales go on, and changes nothing of it. Ends with 1 where something is wrong.\n\nExamples:\n  stagedoor ledger verify\n  stagedoor ledger verify --json',
    )
    .action(() => verify(context));
  ledger
    .command('balance')
    .description('say what an account holds')
    .argument('<account>', 'whose, or which')
    .addHelpText(
      'after',
      `${ACCOUNTS}\n\nExamples:\n  stagedoor ledger balance platform\n  stagedoor ledger balance fan:usr_…`,
    )
    .action((name: string) => balance(context, name));
  ledger
    .command('statement')
    .description("list an account's entries of a month, with the balance before and after")
    .argument('<account>', 'one account')
    .option('--month <yyyy-mm>', 'which month, UTC; this one by default')
    .addHelpText('after', `${ACCOUNTS}\n\nExample:\n  stagedoor ledger statement creator:usr_…:eur --month 2026-11`)
    .action((name: string, { month }: { month?: string }) => statement(context, name, month));
  ledger
    .command('export')
    .description('write every entry to standard output')
    .option('--csv', 'as CSV, which is the default; --json writes one JSON list')
    .addHelpText(
      'after',
      '\nExamples:\n  stagedoor ledger export > ledger.csv\n  stagedoor ledger export --json > ledger.json',
    )
    .action(async ({ csv }: { csv?: boolean }) => {
      if (csv && context.json()) throw new CommandError('Choose --csv or --json.');
      await exportAll(context);
    });
}
