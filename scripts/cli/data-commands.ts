/** Commands on keys, codes and creators. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { Slug } from '#contract/ids.ts';
import * as access from '../../server/src/access/service.ts';
import * as accounts from '../../server/src/accounts/service.ts';
import { channelBySlug, createChannel } from '../../server/src/channels/service.ts';
import * as keys from '../../server/src/keys/service.ts';
import { ACTOR, wakeMedia, withDb } from './database.ts';
import type { CommandContext } from './output.ts';
import { CommandError, table } from './output.ts';

const WHOLE_NUMBER = /^[1-9]\d{0,3}$/;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,189}$/;

function wholeNumber(text: string): number {
  if (!WHOLE_NUMBER.test(text) || Number(text) > 1000) throw new InvalidArgumentError('It takes 1 to 1000.');
  return Number(text);
}

function checkedSlug(slug: string): string {
  const parsed = Slug.safeParse(slug);
  if (parsed.success) return parsed.data;
  throw new CommandError(`"${slug}" cannot be a channel: ${parsed.error.issues[0]?.message}.`);
}

function registerKeys(program: Command, context: CommandContext): void {
  const key = program.command('key').description('stream keys: make, list, revoke, rotate');
  key
    .command('create')
    .description('make a stream key and show it this once')
    .requiredOption('--channel <slug>', 'the channel')
    .requiredOption('--label <text>', 'what it is for, e.g. OBS')
    .addHelpText('after', '\nExample:\n  stagedoor key create --channel demo --label "OBS desktop"')
    .action(async ({ channel, label }: { channel: string; label: string }) => {
      if (label.trim().length === 0 || label.length > 80) throw new CommandError('--label takes 1 to 80 characters.');
      const made = await withDb(context, async (db) => {
        const { id } = await channelBySlug(db, channel);
        return db.transaction((tx) => keys.createKey(tx, { channelId: id, label: label.trim() }, ACTOR));
      });
      await wakeMedia(context.config());
      context.out({ id: made.id, key: made.key }, `${made.key}\nShown this once. Its id is ${made.id}.`);
    });
  key
    .command('list')
    .description("list a channel's keys (not the keys themselves)")
    .requiredOption('--channel <slug>', 'the channel')
    .action(async ({ channel }: { channel: string }) => {
      const views = await withDb(context, async (db) => {
        const { id } = await channelBySlug(db, channel);
        return (await keys.keysOfChannel(db, id)).map(keys.keyView);
      });
      const rows = views.map((v) => [v.id, v.label, v.lastUsedAt ?? 'never used']);
      context.out(views, table([['ID', 'LABEL', 'LAST USED'], ...rows]));
    });
  key
    .command('revoke')
    .description('revoke a key; its encoder is cut within 2 seconds')
    .argument('<id>', 'the id that "key list" shows')
    .action(async (id: string) => {
      await withDb(context, (db) => db.transaction((tx) => keys.revokeKey(tx, id, ACTOR)));
      await wakeMedia(context.config());
      context.out({ id, revoked: true }, 'Revoked.');
    });
  key
    .command('rotate')
    .description('make a new key in place of an old one')
    .argument('<id>', 'the id that "key list" shows')
    .action(async (id: string) => {
      const made = await withDb(context, (db) => db.transaction((tx) => keys.rotateKey(tx, id, ACTOR)));
      await wakeMedia(context.config());
      context.out({ id: made.id, key: made.key }, `${made.key}\nShown this once. Its id is ${made.id}.`);
    });
}

function registerCodes(program: Command, context: CommandContext): void {
  const code = program.command('code').description('access codes: issue, list, revoke');
  code
    .command('create')
    .description('issue access codes by hand')
    .requiredOption('--channel <slug>', 'the channel')
    .option('--count <number>', 'how many, at most 1000', wholeNumber, 1)
    .option('--label <text>', 'a note, e.g. press')
    .addHelpText('after', '\nExample:\n  stagedoor code create --channel demo --count 3 --json')
    .action(async (options: { channel: string; count: number; label?: string }) => {
      const { count } = options;
      if ((options.label?.length ?? 0) > 80) throw new CommandError('--label takes at most 80 characters.');
      const issued = await withDb(context, async (db, config) => {
        const channel = await channelBySlug(db, options.channel);
        return db.transaction((tx) => access.issueCodes(tx, config, channel, { count, label: options.label }, ACTOR));
      });
      const value = issued.map(({ code: text, expiresAt }) => ({ code: text, expiresAt: expiresAt.toISOString() }));
      context.out(value, value.map((c) => `${c.code}  until ${c.expiresAt}`).join('\n'));
    });
  code
    .command('list')
    .description("list a channel's newest codes (their last four symbols)")
    .requiredOption('--channel <slug>', 'the channel')
    .action(async ({ channel }: { channel: string }) => {
      const views = await withDb(context, async (db, config) =>
        access.listCodes(db, config, (await channelBySlug(db, channel)).id),
      );
      const rows = views.map((v) => [`…${v.hint}`, v.state, v.expiresAt, String(v.usageCount), v.label ?? '']);
      context.out(views, table([['CODE', 'STATE', 'UNTIL', 'USED', 'LABEL'], ...rows]));
    });
  code
    .command('revoke')
    .description('withdraw a code; whoever watches with it stops within seconds')
    .argument('<code>', 'the code')
    .action(async (typed: string) => {
      await withDb(context, async (db, config) => {
        const row = await access.codeByText(db, config, typed);
        await db.transaction((tx) => access.revokeCode(tx, row, ACTOR));
      });
      await wakeMedia(context.config());
      context.out({ revoked: true }, 'Revoked.');
    });
}

function registerCreators(program: Command, context: CommandContext): void {
  const creator = program.command('creator').description('creators: add, set a password');
  creator
    .command('add')
    .description('make an account and its channel; prints the password once')
    .requiredOption('--email <address>', 'for signing in')
    .requiredOption('--channel <slug>', "the channel's address, /c/<slug>")
    .requiredOption('--name <text>', 'shown on the page')
    .addHelpText('after', '\nExample:\n  stagedoor creator add --email ana@example.org --channel ana --name "Ana"')
    .action(async (options: { email: string; channel: string; name: string }) => {
      const slug = checkedSlug(options.channel);
      if (!EMAIL.test(options.email)) throw new CommandError(`"${options.email}" is not an e-mail address.`);
      if (options.name.trim() === '' || options.name.length > 80)
        throw new CommandError('--name takes 1 to 80 characters.');
      const password = accounts.newPassword();
      await withDb(context, (db) =>
        db.transaction(async (tx) => {
          const { userId } = await accounts.createAccount(tx, { email: options.email, name: options.name, password });
          await createChannel(tx, { slug, name: options.name, ownerId: userId });
        }),
      );
      const value = { email: options.email.toLowerCase(), channel: slug, password };
      context.out(value, `Password: ${password}\nShown this once. Sign in at /studio.`);
    });
  creator
    .command('password')
    .description('set a new password and sign the account out everywhere')
    .argument('<email>', 'the account')
    .action(async (email: string) => {
      const password = accounts.newPassword();
      await withDb(context, (db) => db.transaction((tx) => accounts.setPassword(tx, email, password)));
      context.out({ email: email.toLowerCase(), password }, `Password: ${password}\nShown this once.`);
    });
}

/** Adds `key`, `code` and `creator` to the program. */
export function registerDataCommands(program: Command, context: CommandContext): void {
  registerKeys(program, context);
  registerCodes(program, context);
  registerCreators(program, context);
}
