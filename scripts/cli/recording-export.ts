/** Makes MP4 files of a recording by copy: one for each stretch that the encoder sent with the same settings. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { TARGET_DURATION_S } from '../../media/src/packager/rules.ts';
import type { Recording } from '../../media/src/recording/archive.ts';
import type { Entry } from '../../media/src/recording/playlist.ts';
import { CommandError } from './output.ts';

/** Segments that follow one another without a break. */
type Run = readonly Entry[];
/** Runs with the same tracks: what one file can hold. */
type Stretch = Run[];

const MAX_ERROR_CHARS = 500;

/** Cuts the entries at each break, and joins neighbours with the same init segment. */
async function stretchesOf({ folder, index }: Recording): Promise<Stretch[]> {
  const stretches: Stretch[] = [];
  const inits = new Map<string, string>();
  let run: Entry[] = [];
  for (const entry of index.entries) {
    const { initFile, breaks } = entry;
    if (!inits.has(initFile)) inits.set(initFile, await readFile(join(folder, initFile), 'latin1'));
    const before = run.at(-1);
    const sameTracks = before && inits.get(before.initFile) === inits.get(initFile);
    if (before && sameTracks && !breaks) {
      run.push(entry);
      continue;
    }
    run = [entry];
    if (sameTracks) stretches.at(-1)?.push(run);
    else stretches.push([run]);
  }
  return stretches;
}

/** A playlist of one run, for ffmpeg. */
function runPlaylist(folder: string, run: Run): string {
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${TARGET_DURATION_S}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
  ];
  // One init segment for the run: a renewed one has the same content under another name.
  lines.push(`#EXT-X-MAP:URI="${join(folder, run[0]?.initFile ?? '')}"`);
  for (const { seconds, file } of run) lines.push(`#EXTINF:${seconds.toFixed(5)},`, join(folder, file));
  return `${[...lines, '#EXT-X-ENDLIST'].join('\n')}\n`;
}

async function runFfmpeg(args: readonly string[]): Promise<void> {
  const child = spawn('ffmpeg', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-MAX_ERROR_CHARS);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new CommandError(`ffmpeg could not make the file: ${said.trim()}`);
}

/** The gaps between runs are closed, so that the file plays from one to the next. */
async function writeStretch(folder: string, stretch: Stretch, output: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'stagedoor-export-'));
  const unfinished = `${output}.part`;
  try {
    const list: string[] = ['ffconcat version 1.0'];
    for (const [i, run] of stretch.entries()) {
      const playlist = join(work, `run-${i}.m3u8`);
      await writeFile(playlist, runPlaylist(folder, run));
      list.push(`file '${playlist.replaceAll("'", "'\\''")}'`);
    }
    const file = join(work, 'runs.ffconcat');
    await writeFile(file, `${list.join('\n')}\n`);
    const input = ['-protocol_whitelist', 'file', '-f', 'concat', '-safe', '0', '-i', file];
    await runFfmpeg([
      '-v',
      'error',
      '-nostdin',
      '-y',
      ...input,
      '-map',
      '0',
      '-c',
      'copy',
      '-movflags',
      '+faststart',
      '-f',
      'mp4',
      unfinished,
    ]);
    await rename(unfinished, output);
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(unfinished, { force: true });
  }
}

export type Exported = { readonly file: string; readonly seconds: number };

/** `show.mp4`, then `show-2.mp4` and so on. Throws `CommandError`. */
export async function exportRecording(recording: Recording, output: string): Promise<Exported[]> {
  const made: Exported[] = [];
  const suffix = extname(output);
  const stem = output.slice(0, output.length - suffix.length);
  for (const [i, stretch] of (await stretchesOf(recording)).entries()) {
    const file = i === 0 ? output : `${stem}-${i + 1}${suffix}`;
    await writeStretch(recording.folder, stretch, file);
    made.push({ file, seconds: stretch.flat().reduce((sum, entry) => sum + entry.seconds, 0) });
  }
  return made;
}
