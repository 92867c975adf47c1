/**
 * What everybody must have in the end, worked out a second time from what was paid and acknowledged, by other
 * arithmetic than the server's: no lines, no locks, one sum after the other.
 */
import type { Env } from './clients.ts';
import type { Command } from './commands.ts';
import { type Intent, takenOf } from './stripe.ts';
import type { Ledger } from './tables.ts';

/** Sums by `whose currency`: a person's with what is owed taken off, or an account of the house. */
type Sums = Map<string, number>;

const add = (sums: Sums, name: string, amount: number): void => void sums.set(name, (sums.get(name) ?? 0) + amount);

type Sale = { readonly gross: number; readonly back: number; readonly creator: string; readonly bps: number };

/** Shares of a sale of which something went back: the platform's is rounded down each time, the creator has the rest. */
function addShares(sums: Sums, { gross, back, creator, bps }: Sale, currency: string): void {
  const whole = Math.floor((gross * (10_000 - bps)) / 10_000);
  const platform = whole - Math.floor((whole * back) / gross);
  add(sums, `platform ${currency}`, platform);
  add(sums, `${creator} ${currency}`, gross - back - platform);
}

/** Sales that were acknowledged, or whose client went away while they were booked, by their transfer. */
function tokenSales(env: Env, ledger: Ledger) {
  const { told, place } = env;
  const keys = new Map(ledger.bookings.map((one) => [one.key, one.publicId]));
  const sales = new Map<string, { fan: string; gross: number; creator: string; bps: number; show: string | null }>();
  const lost = told.unknown.flatMap(({ command, key }) => {
    const transferId = keys.get(`http:${key}`);
    return transferId === undefined ? [] : [{ command, transferId }];
  });
  const known = told.acknowledged.map(({ command, answer }) => ({ command, transferId: answer.transferId ?? '' }));
  // What was acknowledged comes last: under a lost client's key another amount may have been booked.
  for (const { command, transferId } of [...lost, ...known]) {
    if (command.kind !== 'tip' && command.kind !== 'ticket') continue;
    const slug = command.kind === 'tip' ? command.channel : command.show.channel;
    const channel = place.channels.find((one) => one.slug === slug);
    if (!channel) continue;
    const gross = command.kind === 'tip' ? command.tokens : command.show.price;
    const show = command.kind === 'ticket' ? command.show.id : null;
    sales.set(transferId, { fan: command.fan, gross, creator: channel.ownerId, bps: channel.bps, show });
  }
  return sales;
}

/** What was given back of sales in tokens; all of a cancelled show's tickets. */
function givenBack(env: Env, sales: ReturnType<typeof tokenSales>): Map<string, number> {
  const back = new Map<string, number>();
  const seen = new Set<string | null>();
  for (const { command, answer } of env.told.acknowledged) {
    if (command.kind !== 'refund' || !sales.has(command.transferId) || seen.has(answer.transferId)) continue;
    seen.add(answer.transferId);
    back.set(command.transferId, (back.get(command.transferId) ?? 0) + Number(answer.says['amount']));
  }
  const cancelled = new Set(
    env.told.acknowledged.flatMap(({ command }) => (command.kind === 'cancel_show' ? [String(command.show.id)] : [])),
  );
  for (const [transferId, { show, gross }] of sales)
    if (show !== null && cancelled.has(show)) back.set(transferId, gross);
  return back;
}

/** What was bought by each payment at Stripe: the command that began it. */
function boughtBy(env: Env, intent: Intent) {
  const page =
    intent.subscriptionId === null
      ? [...env.stripe.pages.values()].find((one) => one.intent === intent)
      : env.stripe.memberships.get(intent.subscriptionId)?.page;
  return env.told.acknowledged.find(({ answer }) => page !== undefined && answer.id === page.checkoutId)?.command;
}

function addCash(sums: Sums, env: Env): void {
  for (const intent of env.stripe.intents.values()) {
    const command = boughtBy(env, intent);
    const gross = intent.amountMinor;
    const back = Math.min(gross, takenOf(intent));
    add(sums, 'stripe eur', back - gross);
    // Of what goes back the tax is found first; what is left is shared.
    const taxBack = Math.floor((intent.taxMinor * back) / gross);
    add(sums, 'tax eur', intent.taxMinor - taxBack);
    const net = { gross: gross - intent.taxMinor, back: back - taxBack };
    if (command?.kind === 'tokens') {
      const tokens = command.tokens - Math.floor((command.tokens * back) / gross);
      add(sums, 'reserve eur', net.gross - net.back);
      add(sums, 'issued TOKEN', -tokens);
      add(sums, `${command.fan} TOKEN`, tokens);
    } else if (command?.kind === 'code' || command?.kind === 'membership') {
      const channel = env.place.channels.find(({ slug }) => slug === command.channel);
      addShares(sums, { ...net, creator: channel?.ownerId ?? '?', bps: channel?.bps ?? 0 }, 'eur');
    } else env.fail(`a payment ${intent.id} that nobody began`);
  }
}

/** How a payout ended. Where the answer to it was lost, the next try hears that it is over: then the booking says how. */
function endOf(env: Env, ledger: Ledger, payoutId: string | null): string | undefined {
  const { acknowledged, refused } = env.told;
  const isEnd = ({ command }: { command: Command }) =>
    (command.kind === 'payout_paid' || command.kind === 'payout_rejected') && command.payoutId === payoutId;
  const end = acknowledged.find(isEnd);
  if (end || !refused.some((one) => isEnd(one) && one.code === 'payout.state')) return end?.command.kind;
  const booked = ledger.bookings.find(({ key }) => key === `payout:${payoutId}`);
  return booked && (booked.kind === 'payout_paid' ? 'payout_paid' : 'payout_rejected');
}

function addPayouts(sums: Sums, env: Env, ledger: Ledger): void {
  const { acknowledged } = env.told;
  const seen = new Set<string | null>();
  for (const { command, answer } of acknowledged) {
    if (command.kind !== 'payout' || seen.has(answer.id)) continue;
    seen.add(answer.id);
    const { creator, currency, amount } = command;
    const end = endOf(env, ledger, answer.id);
    if (end === 'payout_rejected') continue;
    add(sums, `${creator} ${currency}`, -amount);
    if (end === undefined) add(sums, `payout:${creator} ${currency}`, amount);
    else if (currency === 'TOKEN') {
      const cash = Math.floor((amount * 90) / 100);
      add(sums, 'issued TOKEN', amount);
      add(sums, 'reserve eur', -cash);
      add(sums, 'bank eur', cash);
    } else add(sums, 'bank eur', amount);
  }
}

/** What must be there. */
function expected(env: Env, ledger: Ledger): Sums {
  const sums: Sums = new Map();
  for (const { command } of env.told.acknowledged) {
    if (command.kind !== 'gift') continue;
    add(sums, 'gift TOKEN', -command.tokens);
    add(sums, `${command.fan} TOKEN`, command.tokens);
  }
  const sales = tokenSales(env, ledger);
  const back = givenBack(env, sales);
  for (const [transferId, sale] of sales) {
    const returned = back.get(transferId) ?? 0;
    add(sums, `${sale.fan} TOKEN`, returned - sale.gross);
    addShares(sums, { ...sale, back: returned }, 'TOKEN');
  }
  addCash(sums, env);
  addPayouts(sums, env, ledger);
  return sums;
}

/** What is there, by the same names. */
function actual(ledger: Ledger): Sums {
  const sums: Sums = new Map();
  for (const { kind, row, sum } of ledger.accounts.values()) {
    const owner = String(row['owner']);
    const name = owner === '' ? kind : kind === 'payout' ? `payout:${owner}` : owner;
    add(sums, `${name} ${String(row['currency'])}`, sum);
  }
  return sums;
}

/** How the two differ. */
export function differences(env: Env, ledger: Ledger): string[] {
  const wanted = expected(env, ledger);
  const found = actual(ledger);
  const names = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  return names.flatMap((name) => {
    const [is, should] = [found.get(name) ?? 0, wanted.get(name) ?? 0];
    return is === should ? [] : [`${name}: there is ${is}, there should be ${should}`];
  });
}

/** A fan's wallet and debt, one booking after the other; the first thing that is not as it must be. */
export function walletProblem(ledger: Ledger, fan: string): string | null {
  let wallet = 0;
  let owed = 0;
  for (const one of ledger.bookings) {
    const change = one.lines.reduce(
      (sum, { account, amount }) => (account.split(':')[1] === fan ? sum + amount : sum),
      0,
    );
    if (change === 0 && !one.lines.some(({ account }) => account.split(':')[1] === fan)) continue;
    const debtFirst = one.kind === 'topup' || one.kind === 'dispute_won';
    const takes = (one.kind === 'refund' || one.kind === 'dispute') && change < 0;
    if (debtFirst && change > 0) {
      const paid = Math.min(owed, change);
      owed -= paid;
      wallet += change - paid;
    } else if (takes) {
      const taken = Math.min(wallet, -change);
      wallet -= taken;
      owed += -change - taken;
    } else wallet += change;
    if (wallet < 0) return `${fan} was below zero after ${one.publicId}`;
  }
  const of = (kind: string) =>
    [...ledger.accounts.values()].find(({ name }) => name === `${kind}:${fan}:TOKEN`)?.sum ?? 0;
  if (of('fan') !== wallet) return `${fan} has ${of('fan')}, and one booking after the other would leave ${wallet}`;
  return of('debt') === -owed
    ? null
    : `${fan} owes ${-of('debt')}, and one booking after the other would leave ${owed}`;
}
