/** `stagedoor payout`: what creators asked for, and the operator's word on it. */
import type { Command } from 'commander';
import { PayoutId } from '#contract/ids.ts';
import { type AdminPayout, PayoutState } from '#contract/payouts.ts';
import { openStripe } from '../../server/src/payments/stripe.ts';
import { sendPayout } from '../../server/src/payouts/send.ts';
import * as payouts from '../../server/src/payouts/service.ts';
import { adminPage, adminView } from '../../server/src/payouts/view.ts';
import { makeLog } from '../../server/src/platform/log.ts';
import { ACTOR, stamp, withDb } from './database.ts';
import { type CommandContext, CommandError, table } from './output.ts';

const withPayouts = <T>(context: CommandContext, work: (ctx: payouts.Payouts) => Promise<T>): Promise<T> =>
  withDb(context, (db, config) => work({ db, config, log: makeLog('silent', 'cli'), stripe: openStripe(config) }));

/** Cash in its unit with two decimals is not true of every currency, so the smallest unit is named. */
const amountText = ({ amount, currency, cashMinor, cashCurrency }: AdminPayout): string =>
  currency === 'TOKEN' ? `${amount} tokens = ${cashMinor} ${cashCurrency} (minor)` : `${amount} ${currency} (minor)`;

const HEAD = ['ID', 'STATE', 'AMOUNT', 'CREATOR', 'STRIPE', 'ASKED FOR', 'NOTE'];
const rowOf = (payout: AdminPayout): string[] => [
  payout.id,
  payout.state,
  amountText(payout),
  `${payout.creator.name} <${payout.creator.email}>`,
  payout.creator.connect,
  stamp(new Date(payout.requestedAt)),
  payout.problem ?? payout.reason ?? payout.reference ?? '',
];

async function list(context: CommandContext, wanted: string | undefined): Promise<void> {
  const state = PayoutState.optional().safeParse(wanted);
  if (!state.success) throw new CommandError(`--state is one of ${PayoutState.options.join(', ')}.`);
  const page = await withPayouts(context, (ctx) => adminPage(ctx, { state: state.data }));
  const text = page.payouts.length > 0 ? table([HEAD, ...page.payouts.map(rowOf)]) : 'There are none.';
  context.out(page, page.next === null ? text : `${text}\n… and more.`);
}

/** Runs one decision on a payout and shows it as it is then. */
async function decide(
  context: CommandContext,
  id: string,
  work: (ctx: payouts.Payouts) => Promise<unknown>,
): Promise<void> {
  if (!PayoutId.safeParse(id).success) throw new CommandError(`"${id}" is not a payout. See: stagedoor payout list`);
  const payout = await withPayouts(context, async (ctx) => {
    const { state } = await payouts.payoutById(ctx, id);
    await work(ctx).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'payout.state')
        throw new CommandError(`This payout is ${state}: that cannot be done with it any more.`);
      throw error;
    });
    return adminView(ctx, id);
  });
  const note = payout.problem ?? payout.reason;
  context.out(payout, `${payout.id} is ${payout.state}: ${amountText(payout)}.${note ? ` ${note}` : ''}`);
}

/** Adds `payout` to the program. */
export function registerPayoutCommands(program: Command, context: CommandContext): void {
  const payout = program.command('payout').description('payouts to creators: list, approve, reject, paid');
  payout
    .command('list')
    .description('list payouts, newest first; those of a state that waits, oldest first')
    .option('--state <state>', PayoutState.options.join(', '))
    .addHelpText('after', '\nExample:\n  stagedoor payout list --state requested')
    .action(({ state }: { state?: string }) => list(context, state));
  payout
    .command('approve')
    .description("send it through Stripe where the creator's account is ready, else let it wait to be paid by hand")
    .argument('<payout>', 'a payout that "payout list" names')
    .action((id: string) =>
      decide(context, id, async (ctx) => {
        await payouts.approvePayout(ctx, id, ACTOR);
        await sendPayout(ctx, id);
      }),
    );
  payout
    .command('reject')
    .description('give the amount back to the creator, who is told why')
    .argument('<payout>', 'a payout that "payout list" names')
    .requiredOption('--reason <text>', 'what the creator is told')
    .action((id: string, { reason }: { reason: string }) =>
      decide(context, id, (ctx) => payouts.rejectPayout(ctx, id, reason.slice(0, 200), ACTOR)),
    );
  payout
    .command('paid')
    .description('say that it was paid by hand')
    .argument('<payout>', 'a payout that "payout list" names')
    .requiredOption('--reference <text>', "what the bank's statement says of it")
    .action((id: string, { reference }: { reference: string }) =>
      decide(context, id, (ctx) => payouts.markPaid(ctx, id, reference.slice(0, 200), ACTOR)),
    );
}
