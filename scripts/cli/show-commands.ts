/** `stagedoor show`: what runs, how it does, and its end. */
import type { Command } from 'commander';
import { channelBySlug } from '../../server/src/channels/service.ts';
import { isRunning } from '../../server/src/shows/rules.ts';
import * as shows from '../../server/src/shows/service.ts';
import { allRunning, recent, running } from '../../server/src/shows/store.ts';
import { ACTOR, mediaOf, stamp, wakeMedia, withDb } from './database.ts';
import { healthText } from './health-text.ts';
import type { CommandContext } from './output.ts';
import { CommandError, table } from './output.ts';

const stateText = ({ state, test }: shows.Show): string => (test === 1 ? `${state} (test)` : state);

async function list(context: CommandContext, channel: string | undefined): Promise<void> {
  const found = await withDb(context, async (db) =>
    channel === undefined ? allRunning(db) : recent(db, (await channelBySlug(db, channel)).id),
  );
  const rows = found.map((one) => [
    one.publicId,
    one.slug,
    stateText(one),
    isRunning(one.state) ? (one.ingestLight ?? '-') : '-',
    stamp(one.startedAt),
    String(isRunning(one.state) ? one.viewers : 0),
    String(one.peakViewers),
    one.title ?? '',
  ]);
  const head = ['ID', 'CHANNEL', 'STATE', 'LIGHT', 'BEGAN', 'VIEWERS', 'PEAK', 'TITLE'];
  const nothing = channel === undefined ? 'No show runs.' : 'This channel has had no show.';
  context.out(found.map(shows.showView), rows.length > 0 ? table([head, ...rows]) : nothing);
}

async function health(context: CommandContext, id: string): Promise<void> {
  const show = await withDb(context, (db) => shows.showById(db, id));
  if (!isRunning(show.state)) throw new CommandError(`This show does not run: it is ${show.state}.`);
  const report = await mediaOf(context.config())
    .health(id, 0)
    .catch(() => {
      throw new CommandError('Media does not answer. See: stagedoor status');
    });
  if (!report) throw new CommandError('Media does not carry this show: no encoder has come yet.');
  context.out(report, healthText(show, report));
}

/** Adds `show` to the program. */
export function registerShowCommands(program: Command, context: CommandContext): void {
  const show = program.command('show').description('shows: list, health, end');
  show
    .command('list')
    .description("list what runs now, or a channel's newest shows")
    .option('--channel <slug>', 'the channel')
    .addHelpText('after', '\nExample:\n  stagedoor show list --channel demo --json')
    .action(({ channel }: { channel?: string }) => list(context, channel));
  show
    .command('health')
    .description('say how a running show does, on one screen')
    .argument('<show>', 'a show that "show list" names')
    .action((id: string) => health(context, id));
  show
    .command('end')
    .description('end the show that runs, or the one named')
    .requiredOption('--channel <slug>', 'the channel')
    .option('--id <show>', 'a show that "show list" names')
    .action(async ({ channel, id }: { channel: string; id?: string }) => {
      const ended = await withDb(context, async (db) => {
        const owned = await channelBySlug(db, channel);
        const publicId = id ?? (await running(db, owned.id))?.publicId;
        if (publicId === undefined) throw new CommandError('No show runs on this channel.');
        return db.transaction((tx) => shows.terminate(tx, owned, publicId, ACTOR));
      });
      await wakeMedia(context.config());
      context.out(shows.showView(ended), 'Ended.');
    });
}
