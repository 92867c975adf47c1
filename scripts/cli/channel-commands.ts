/** `stagedoor channel`: what a channel's creator can set on the studio page, for the operator. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { editChannel } from '#contract/channels.ts';
import { channelBySlug, edit, settingsOf } from '../../server/src/channels/service.ts';
import { ACTOR, wakeMedia, withDb } from './database.ts';
import type { CommandContext } from './output.ts';
import { CommandError, table } from './output.ts';

function onOff(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new InvalidArgumentError('It takes on or off.');
}

function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.');
  return Number(text);
}
const list = (text: string): string[] => text.split(',').map((word) => word.trim());

/** Commander turns null into an empty text, so the word stays until all options are read. */
const wholeOrServer = (text: string): number | 'server' => (text === 'server' ? text : whole(text));

const shown = (value: unknown): string =>
  value === null ? "the server's" : value === true ? 'on' : value === false ? 'off' : String(value);

/** Adds `channel` to the program. */
export function registerChannelCommands(program: Command, context: CommandContext): void {
  const channel = program.command('channel').description('channels: show and change settings');
  channel
    .command('show')
    .description("list a channel's settings")
    .argument('<slug>', 'the channel')
    .action(async (slug: string) => {
      const settings = settingsOf(await withDb(context, (db) => channelBySlug(db, slug)));
      context.out(settings, table(Object.entries(settings).map(([name, value]) => [name, shown(value)])));
    });
  channel
    .command('set')
    .description("change a channel's settings; what is not named stays")
    .argument('<slug>', 'the channel')
    .option('--window-seconds <number>', 'how far back viewers may seek, 12 to 14400, or "server"', wholeOrServer)
    .option('--record-shows <on|off>', 'keep recordings of its shows', onOff)
    .option('--public-thumbnail <on|off>', 'show a live picture on public pages', onOff)
    .option('--grace-seconds <number>', 'how long a show waits for its encoder, 0 to 1800, or "server"', wholeOrServer)
    .option('--viewer-limit <number>', 'how many may watch at once', whole)
    .option('--listed <on|off>', 'stand on the public list', onOff)
    .option('--audience <ways>', 'who may watch: everybody, code, membership, with commas between', list)
    .option('--go-live-mode <auto|manual>', 'begin with the encoder, or by a button')
    .addHelpText('after', '\nExample:\n  stagedoor channel set demo --window-seconds 3600 --record-shows off')
    .action(async (slug: string, { json: _json, ...options }: Record<string, unknown>) => {
      const named = Object.entries(options).map(([name, value]) => [name, value === 'server' ? null : value]);
      const changes = editChannel.body.safeParse(Object.fromEntries(named));
      if (!changes.success) {
        const [issue] = changes.error.issues;
        throw new CommandError(`${issue?.path.join('.')}: ${issue?.message}.`);
      }
      if (Object.keys(changes.data).length === 0) throw new CommandError('Say what to change; see --help.');
      const settings = await withDb(context, async (db) => {
        const found = await channelBySlug(db, slug);
        return settingsOf(await db.transaction((tx) => edit(tx, found, changes.data, ACTOR)));
      });
      await wakeMedia(context.config());
      context.out(settings, 'Changed.');
    });
}
