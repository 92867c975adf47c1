/** `stagedoor payments`: prices, refunds, and catching up with Stripe. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Config } from '#config/index.ts';
import { channelBySlug, edit, setSplit } from '../../server/src/channels/service.ts';
import type { Payments } from '../../server/src/payments/payments.ts';
import { reconcile } from '../../server/src/payments/reconcile.ts';
import { giveBack } from '../../server/src/payments/refunds.ts';
import { openStripe } from '../../server/src/payments/stripe.ts';
import { transfersToCreators } from '../../server/src/payouts/reversals.ts';
import type { Db } from '../../server/src/platform/db.ts';
import { makeLog } from '../../server/src/platform/log.ts';
import { ACTOR, wakeMedia, withDb } from './database.ts';
import { type CommandContext, CommandError } from './output.ts';

const HELP = `
Amounts are in the smallest unit of the currency, cents for eur; of tickets and tips in tokens.

Examples:
  stagedoor payments reconcile
  stagedoor payments price --channel demo --code 999 --membership 499
  stagedoor payments price --channel demo --membership off --split 8500
  stagedoor payments refund trf_… --reason "asked for by mail"
  stagedoor payments refund trf_… --amount 500 --reason "half of it"`;

/** Stripe's smallest charge, and a figure nobody means. */
const LEAST = 50;
const MOST = 100_000_000;

/** The feature without pages to tell: they ask again by themselves. */
export const paymentsOf = (db: Db, config: Config): Payments => ({
  config,
  db,
  log: makeLog('warn', 'cli'),
  media: { wake: () => undefined },
  stripe: openStripe(config),
  announcePaid: () => undefined,
  above: transfersToCreators,
});

function amount(text: string | undefined, name: string, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > MOST) {
    throw new CommandError(`${name} takes a whole number from ${least} to ${MOST}.`);
  }
  return value;
}

const price = (text: string | undefined, name: string): number | null | undefined =>
  text === 'off' ? null : amount(text, name, LEAST);

async function setPrices(
  context: CommandContext,
  given: { channel: string; code?: string; membership?: string; split?: string },
): Promise<void> {
  const prices = {
    codePriceMinor: price(given.code, '--code'),
    membershipPriceMinor: price(given.membership, '--membership'),
  };
  const bps = amount(given.split, '--split', 0);
  if (bps !== undefined && bps > 10_000) throw new CommandError('--split takes basis points, 0 to 10000.');
  const channel = await withDb(context, (db) =>
    db.transaction(async (tx) => {
      const before = await channelBySlug(tx, given.channel);
      if (bps !== undefined) await setSplit(tx, before, bps, ACTOR);
      return edit(tx, before, prices, ACTOR);
    }),
  );
  const { codePriceMinor, membershipPriceMinor, creatorBps } = channel;
  const shown = (minor: number | null) => (minor === null ? 'not sold' : String(minor));
  context.out(
    { channel: channel.slug, codePriceMinor, membershipPriceMinor, creatorBps },
    `${channel.slug}: code ${shown(codePriceMinor)}, membership ${shown(membershipPriceMinor)}, the creator's share ${creatorBps / 100} %.`,
  );
}

async function refund(
  context: CommandContext,
  transferId: string,
  given: { amount?: string; reason: string },
): Promise<void> {
  const wanted = amount(given.amount, '--amount', 1) ?? null;
  const config = context.config();
  const done = await withDb(context, (db) =>
    giveBack(paymentsOf(db, config), {
      transferId,
      amount: wanted,
      reason: given.reason,
      actor: ACTOR,
      key: `${ACTOR}:${randomUUID()}`,
    }),
  );
  await wakeMedia(config);
  const later = done.state === 'pending' ? ' Stripe is away: it is carried out as soon as it answers.' : '';
  context.out(done, `${done.amount} given back, ${done.refunded} of this sale in all.${later}`);
}

async function catchUp(context: CommandContext): Promise<void> {
  const config = context.config();
  const done = await withDb(context, (db) => reconcile(paymentsOf(db, config), true));
  await wakeMedia(config);
  const { events, checkouts, subscriptions, refunds, accounts, transfers, failed } = done;
  context.out(
    done,
    `${events} events had been missed; asked Stripe of ${checkouts} open purchases, ${subscriptions} subscriptions, ${refunds} refunds, ${accounts} accounts of creators, ${transfers} transfers to them; ${failed} failed.`,
  );
  if (failed > 0) process.exitCode = 1;
}

/** Adds `payments` with its commands. */
export function registerPaymentCommands(program: Command, context: CommandContext): void {
  const payments = program.command('payments').description('prices, refunds and Stripe').addHelpText('after', HELP);
  payments
    .command('reconcile')
    .description('ask Stripe for everything that may have been missed')
    .action(() => catchUp(context));
  payments
    .command('price')
    .description("set what a channel's codes and memberships cost, and the creator's share")
    .requiredOption('--channel <slug>', 'the channel')
    .option('--code <minor|off>', 'price of an access code')
    .option('--membership <minor|off>', 'price of a month')
    .option('--split <bps>', "the creator's share, basis points: 8000 is 80 %")
    .action((given) => setPrices(context, given));
  payments
    .command('refund')
    .description('give a sale back, wholly or in part')
    .argument('<transfer>', 'the booking of the sale, trf_…')
    .requiredOption('--reason <text>', 'why; it stands in the ledger')
    .option('--amount <minor>', 'what to give back; all that is left where it is not given')
    .action((transfer: string, given) => refund(context, transfer, given));
}
