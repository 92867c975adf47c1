/** `stagedoor person`: what is kept about somebody, taken along or erased, with an account or without. */
import type { Command } from 'commander';
import { closeChannels } from '../../server/src/accounts/closing.ts';
import * as own from '../../server/src/accounts/own.ts';
import { collect } from '../../server/src/accounts/personal-store.ts';
import { userByEmail } from '../../server/src/accounts/store.ts';
import { ACTOR, wakeMedia, withDb } from './database.ts';
import { type CommandContext, CommandError, table } from './output.ts';
import { paymentsOf } from './payment-commands.ts';

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,189}$/;
const HELP = `
First make sure that whoever asks is the one whose address it is, e.g. by an answer from that address. A backup that
was made before still holds everything: see docs/privacy.md.

Examples:
  stagedoor person export ana@example.org > ana.json
  stagedoor person erase ana@example.org              says what would be erased
  stagedoor person erase ana@example.org --yes`;

function checked(email: string): string {
  if (!EMAIL.test(email)) throw new CommandError(`"${email}" is not an e-mail address.`);
  return email;
}

async function found(context: CommandContext, email: string) {
  return withDb(context, async (db) => {
    const user = await userByEmail(db, email);
    const { data, incomplete } = await collect(db, user?.id ?? null, email);
    return { user, data, incomplete };
  });
}

async function exportPerson(context: CommandContext, email: string): Promise<void> {
  const { user, data, incomplete } = await found(context, checked(email));
  const value = { exportedAt: new Date().toISOString(), email, account: user, data, incomplete };
  context.out(value, JSON.stringify(value, null, 2));
}

type Wanted = { readonly yes?: boolean; readonly giveUpTokens?: boolean; readonly closeChannels?: boolean };

async function erasePerson(
  context: CommandContext,
  email: string,
  { yes = false, giveUpTokens = false, closeChannels: closing = false }: Wanted,
): Promise<void> {
  const { user, data } = await found(context, checked(email));
  const rows = Object.entries(data).flatMap(([name, { length }]) => (length > 0 ? [[name, String(length)]] : []));
  const userId = user?.id ?? null;
  if (userId === null && rows.length === 0) throw new CommandError(`Nothing is kept about ${email}.`);
  const counts = Object.fromEntries(rows.map(([name, count]) => [name, Number(count)]));
  if (!yes) {
    const text = table([['TABLE', 'ROWS'], ...rows]);
    context.out({ erased: false, userId, counts }, `${text}\nNothing was erased: add --yes.`);
    return;
  }
  await withDb(context, async (db, config) => {
    const ctx = paymentsOf(db, config);
    if (userId !== null && closing) await closeChannels(ctx, userId, ACTOR);
    if (userId !== null) await own.eraseAccount(ctx, { userId, giveUpTokens, withAddress: true, actor: ACTOR });
    await own.eraseAddress(ctx, email, ACTOR);
  });
  await wakeMedia(context.config());
  context.out({ erased: true, userId, counts }, `Erased. Bookings stay, under ${userId ?? 'no name'}.`);
}

/** Adds `person` to the program. */
export function registerPersonCommands(program: Command, context: CommandContext): void {
  const person = program.command('person').description("somebody's data: export, erase").addHelpText('after', HELP);
  person
    .command('export')
    .description('print everything that is kept about an address and its account, as JSON')
    .argument('<email>', 'the address')
    .action((email: string) => exportPerson(context, email));
  person
    .command('erase')
    .description('take name, address and words of a person out of everything, for good; bookings stay')
    .argument('<email>', 'the address')
    .option('--yes', 'do it')
    .option('--give-up-tokens', 'also where tokens are left in the wallet, which are then lost')
    .option('--close-channels', "close a creator's channels first: memberships end, keys are revoked, their words go")
    .action((email: string, options) => erasePerson(context, email, options));
}
