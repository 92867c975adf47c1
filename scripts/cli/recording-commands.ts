/** `stagedoor recording`: what was recorded, as files, and away with it. */
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '#config/index.ts';
import { keptUntilMs, listRecordings, type Recording, readRecording } from '../../media/src/recording/archive.ts';
import { type CommandContext, CommandError, table } from './output.ts';
import { exportRecording } from './recording-export.ts';

const MEGABYTE = 1024 * 1024;

const secondsOf = ({ index }: Recording) => index.entries.reduce((sum, { seconds }) => sum + seconds, 0);
const minutes = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;
const stamp = (iso: string | null) => iso?.replace('T', ' ').slice(0, 16) ?? '-';

/** What programs get. */
function view(recording: Recording, { recordingDays }: Config) {
  const { showId, index, bytes, touchedMs } = recording;
  const beganMs = index.entries[0]?.dateMs;
  return {
    showId,
    state: index.ended ? 'complete' : 'recording',
    beganAt: beganMs === undefined ? null : new Date(beganMs).toISOString(),
    seconds: Math.round(secondsOf(recording)),
    bytes,
    keptUntil: index.ended && recordingDays > 0 ? new Date(keptUntilMs(touchedMs, recordingDays)).toISOString() : null,
  };
}

async function recordingOf(config: Config, showId: string): Promise<Recording> {
  const found = await readRecording(config.recordingsDir, showId);
  if (found) return found;
  throw new CommandError(`There is no recording of "${showId}". "stagedoor recording list" shows which there are.`);
}

async function exportTo(context: CommandContext, showId: string, output: string): Promise<void> {
  if (!output.endsWith('.mp4')) throw new CommandError('--output must be the name of an .mp4 file.');
  const recording = await recordingOf(context.config(), showId);
  if (recording.index.entries.length === 0) throw new CommandError('Nothing was recorded of this show.');
  const files = await exportRecording(recording, resolve(output));
  const lines = files.map(({ file, seconds }) => `${file}  ${minutes(seconds)}`);
  const changed = `The encoder's settings changed during the show, and one file cannot hold both: these are ${files.length} files.`;
  const open = recording.index.ended ? [] : ['The show is still being recorded: this is what there is of it so far.'];
  const parts = files.length > 1 ? [changed] : [];
  context.out({ showId, complete: recording.index.ended, files }, [...open, ...parts, ...lines].join('\n'));
}

/** Adds `recording` to the program. */
export function registerRecordingCommands(program: Command, context: CommandContext): void {
  const recording = program.command('recording').description('recordings of shows: list, export, remove');
  recording
    .command('list')
    .description('list the recordings on this machine, oldest first')
    .addHelpText('after', '\nExample:\n  stagedoor recording list --json')
    .action(async () => {
      const config = context.config();
      const found = (await listRecordings(config.recordingsDir)).map((one) => view(one, config));
      const rows = found.map((one) => [
        one.showId,
        one.state,
        stamp(one.beganAt),
        minutes(one.seconds),
        `${Math.ceil(one.bytes / MEGABYTE)} MB`,
        stamp(one.keptUntil),
      ]);
      context.out(found, table([['SHOW', 'STATE', 'BEGAN', 'LENGTH', 'SIZE', 'KEPT UNTIL'], ...rows]));
    });
  recording
    .command('export')
    .description('make an MP4 file of a recording, without encoding it again')
    .argument('<show>', 'the show that "recording list" names')
    .requiredOption('--output <file.mp4>', 'where to; a change of resolution begins a new file: file-2.mp4 …')
    .addHelpText('after', '\nExample:\n  stagedoor recording export shw_… --output concert.mp4')
    .action((showId: string, { output }: { output: string }) => exportTo(context, showId, output));
  recording
    .command('remove')
    .description('delete a recording for good')
    .argument('<show>', 'the show that "recording list" names')
    .action(async (showId: string) => {
      const found = await recordingOf(context.config(), showId);
      if (!found.index.ended) throw new CommandError('This show is still being recorded. End it first.');
      await rm(found.folder, { recursive: true, force: true });
      context.out({ showId, removed: true }, 'Removed.');
    });
}
