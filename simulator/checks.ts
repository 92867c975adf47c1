/** What must hold: after every commit what can be seen there, after every seed all of it. */

import { checkHandedOver } from './checks-handed-over.ts';
import type { Env } from './clients.ts';
import type { Command } from './commands.ts';
import type { Model } from './database/driver.ts';
import type { Entry } from './database/rows.ts';
import { differences, walletProblem } from './oracle.ts';
import { type Booking, committed, type Ledger, ledgerOf, number, text } from './tables.ts';

type Fail = (problem: string) => void;

/** Lines of a booking sum to zero in each currency, and there are two at least. */
function checkBalanced(lines: readonly { currency: string; amount: number }[], of: string, fail: Fail): void {
  const sums = new Map<string, number>();
  for (const { currency, amount } of lines) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  for (const [currency, sum] of sums) if (sum !== 0) fail(`${of} is off by ${sum} ${currency}`);
  if (lines.length < 2) fail(`${of} has ${lines.length} lines`);
}

/** Seats of codes are given away as a purchase begins: then those and the codes there are must fit. */
function checkRoom(model: Model, channelId: number, fail: Fail): void {
  // Codes that a won dispute gave back may be one too many, as they are meant to.
  if (committed(model, 'audit_event').some((row) => row['kind'] === 'code.restored')) return;
  const channel = committed(model, 'channel').find((row) => row['id'] === channelId);
  const codes = committed(model, 'access_code').filter(
    (row) => row['channelId'] === channelId && row['revokedAt'] === null,
  );
  const open = committed(model, 'checkout').filter(
    (row) => row['channelId'] === channelId && row['kind'] === 'code' && row['state'] === 'open',
  );
  const seats = number(channel ?? {}, 'viewerLimit');
  if (codes.length + open.length > seats) fail(`${codes.length + open.length} codes promised in a room of ${seats}`);
}

/** Looks at what one commit has changed. */
export function checkCommit(model: Model, changed: readonly Entry[], fail: Fail): void {
  const booked = changed.filter(({ table }) => table.shape.name === 'ledger_transfer');
  const accounts = new Map(committed(model, 'ledger_account').map((row) => [number(row, 'id'), row]));
  for (const { committed: row } of booked) {
    const lines = committed(model, 'ledger_entry')
      .filter((entry) => row && entry['transferId'] === row['id'])
      .map((entry) => ({
        currency: text(accounts.get(number(entry, 'accountId')) ?? {}, 'currency'),
        amount: number(entry, 'amount'),
      }));
    checkBalanced(lines, `a ${text(row ?? {}, 'kind')} just committed`, fail);
  }
  for (const { table, committed: row } of changed) {
    if (!row) continue;
    if (table.shape.name === 'live_show' && number(row, 'ticketsSold') > number(row, 'viewerLimit'))
      fail('a show is oversold');
    if (table.shape.name === 'checkout' && row['kind'] === 'code' && number(row, 'version') === 0) {
      checkRoom(model, number(row, 'channelId'), fail);
    }
  }
}

/** What a purchase is known by: one that its buyer has begun must not be refused to the same buyer. */
const requestKeyOf = (command: Command, key: string): string | null =>
  command.kind === 'code'
    ? `code:${key}`
    : command.kind === 'tokens' || command.kind === 'membership'
      ? `${command.kind}:${command.fan}:${key}`
      : null;

/** True where the key of this very command is there. Null for commands of which nobody can tell. */
export function isBookedIn(model: Model, command: Command, key: string): boolean | null {
  const requestKey = requestKeyOf(command, key);
  if (requestKey !== null) {
    const begun = committed(model, 'checkout').find((row) => row['requestKey'] === requestKey);
    return begun !== undefined && (command.kind !== 'tokens' || number(begun, 'tokens') === command.tokens);
  }
  if (command.kind !== 'tip' && command.kind !== 'ticket' && command.kind !== 'payout') return null;
  const row = committed(model, 'ledger_transfer').find((one) => one['idempotencyKey'] === `http:${key}`);
  if (!row || row['kind'] !== (command.kind === 'payout' ? 'payout_hold' : command.kind)) return false;
  return command.kind !== 'tip' || JSON.parse(text(row, 'facts'))['gross'] === command.tokens;
}

function checkAccounts(ledger: Ledger, fail: Fail): void {
  for (const { id, name, kind, row, sum } of ledger.accounts.values()) {
    if ((kind === 'fan' || kind === 'creator' || kind === 'payout') && sum < 0) fail(`${name} is below zero: ${sum}`);
    if (kind === 'debt' && sum > 0) fail(`${name} is above zero: ${sum}`);
    const settledTo = number(row, 'settledTo');
    const keeps = kind === 'fan' || kind === 'payout' || kind === 'debt';
    const proven = keeps
      ? sum
      : ledger.bookings
          .filter((one) => one.id <= settledTo)
          .flatMap(({ lines }) => lines)
          .reduce((all, line) => (line.account === name ? all + line.amount : all), 0);
    if (number(row, 'balance') !== proven) fail(`${name} says ${number(row, 'balance')}, its entries say ${proven}`);
    const numbers = ledger.bookings.filter(({ payerId }) => payerId === id).map(({ payerNumber }) => payerNumber);
    const sorted = [...numbers].sort((a, b) => a - b);
    if (sorted.some((one, at) => one !== at + 1)) fail(`${name} paid as ${sorted.join(', ')}`);
    if (number(row, 'lastNumber') !== numbers.length)
      fail(`${name} says that it paid ${number(row, 'lastNumber')} times`);
  }
}

/** What a wallet had after each payment, as it was told then. */
function checkRunning(ledger: Ledger, fail: Fail): void {
  const balances = new Map<string, number>();
  for (const one of ledger.bookings) {
    for (const { account, amount } of one.lines) balances.set(account, (balances.get(account) ?? 0) + amount);
    const payer = ledger.accounts.get(one.payerId);
    if (payer?.kind !== 'fan') continue;
    const is = balances.get(payer.name) ?? 0;
    if (one.payerBalance !== is) fail(`${payer.name} was told ${one.payerBalance} after ${one.key}, and had ${is}`);
  }
}

const sizeAt = (booking: Booking, account: string): number =>
  Math.abs(booking.lines.find((line) => line.account === account)?.amount ?? 0);

/** What went back of anything is no more than it was. */
function checkReversals(ledger: Ledger, fail: Fail): void {
  for (const one of ledger.bookings) {
    const source = one.lines.find(({ kind }) => kind === 'stripe') ?? one.lines.find(({ kind }) => kind === 'fan');
    if (!source) continue;
    const net = (of: Booking): number =>
      ledger.bookings
        .filter(({ reverses }) => reverses === of.publicId)
        .reduce((sum, reversal) => sum + sizeAt(reversal, source.account) - net(reversal), 0);
    const back = net(one);
    const most = Math.abs(source.amount);
    if (back > most || back < 0) fail(`${back} went back of ${most} of ${one.kind} ${one.key}`);
  }
}

/** Every acknowledged booking is there once, every refused one is not. */
function checkKeys(env: Env, ledger: Ledger, fail: Fail): void {
  const { acknowledged, refused, unknown } = env.told;
  const byKey = new Map<string, Booking[]>();
  for (const one of ledger.bookings) byKey.set(one.key, [...(byKey.get(one.key) ?? []), one]);
  const ids = new Set(ledger.bookings.map(({ publicId }) => publicId));
  for (const { command, key, answer } of acknowledged) {
    if (answer.transferId !== null && !ids.has(answer.transferId))
      fail(`${command.kind} ${key} was acknowledged and is not there`);
    if (command.kind !== 'tip' && command.kind !== 'payout' && command.kind !== 'gift') continue;
    const found = byKey.get(command.kind === 'gift' ? `gift:${key}` : `http:${key}`) ?? [];
    if (found.length !== 1 || found[0]?.publicId !== answer.transferId)
      fail(`${command.kind} ${key} is there ${found.length} times`);
    const amount = 'tokens' in command ? command.tokens : command.amount;
    if (Math.abs(found[0]?.lines[0]?.amount ?? 0) !== amount)
      fail(`${command.kind} ${key} is there with another amount`);
  }
  const answered = new Set([...acknowledged, ...unknown].map(({ key }) => key));
  for (const { command, key, code } of refused) {
    if (!answered.has(key) && byKey.has(`http:${key}`))
      fail(`${command.kind} ${key} was refused as ${code} and is there`);
  }
  const asked = new Set([...acknowledged, ...unknown].map(({ key }) => `http:${key}`));
  for (const { key, kind } of ledger.bookings)
    if (key.startsWith('http:') && !asked.has(key)) fail(`a ${kind} ${key} that nobody asked for`);
}

/** Looks at everything once a seed has come to rest. */
export function checkEnd(model: Model, env: Env, fail: Fail): void {
  for (const { entries, shape } of model.tables.values()) {
    for (const { owner } of entries) if (owner) fail(`a row of ${shape.name} is locked for ever`);
  }
  const ledger = ledgerOf(model);
  for (const one of ledger.bookings) checkBalanced(one.lines, `${one.kind} ${one.key}`, fail);
  checkAccounts(ledger, fail);
  checkRunning(ledger, fail);
  checkReversals(ledger, fail);
  checkKeys(env, ledger, fail);
  for (const problem of differences(env, ledger)) fail(problem);
  for (const fan of env.place.fans) {
    const problem = walletProblem(ledger, fan);
    if (problem !== null) fail(problem);
  }
  checkHandedOver(model, env, ledger, fail);
}
