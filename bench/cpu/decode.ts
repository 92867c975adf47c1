/** Are the files that were made meanwhile whole? They are put aside, and ffmpeg, which has to be silent, decodes them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../lib/process.ts';
import type { Channels } from './channels.ts';
import type { Peer } from './peer.ts';
import { grantCookie } from './watch.ts';

/** Newest segments put aside of each stream: about a minute. */
const SEGMENTS = 30;
/** Decoders at once. */
const AT_ONCE = 2;

export type Kept = { readonly file: string; readonly segments: number; readonly ours: boolean };
export type Verdict = { readonly streams: number; readonly frames: number; readonly complaints: readonly string[] };

const uris = (playlist: string) => playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

function keep(file: string, init: string | null, segments: readonly string[]): Kept {
  writeFileSync(file, Buffer.concat([...(init ? [init] : []), ...segments].map((path) => readFileSync(path))));
  return { file, segments: segments.length, ours: init !== null };
}

/** The source renditions' newest segments, as the playlists list them. */
export async function keepOurs(channels: Channels, shows: readonly string[], folder: string): Promise<Kept[]> {
  const { url, settings } = channels.install;
  const onDisk = (uri: string) => join(settings.mediaDir, (uri.split('?')[0] ?? '').replace(/^\/media\//, ''));
  return Promise.all(
    shows.map(async (show, n) => {
      const headers = { cookie: grantCookie(channels, show, `keeper_${n}`) };
      const answer = await fetch(`${url}/hls/${show}/source.m3u8`, { headers });
      const text = await answer.text();
      // What came before the newest init segment has another one.
      const run = text.slice(text.lastIndexOf('#EXT-X-MAP:'));
      const init = /^#EXT-X-MAP:URI="([^"]+)"/.exec(run)?.[1];
      if (!answer.ok || !init) throw new Error(`no playlist of ${show}: ${answer.status}`);
      return keep(join(folder, `ours-${n}.mp4`), onDisk(init), uris(run).slice(-SEGMENTS).map(onDisk));
    }),
  );
}

export function keepPeers(peer: Peer, names: readonly string[], folder: string): Kept[] {
  return names.map((name) => {
    const text = readFileSync(join(peer.folder, peer.playlist(name)), 'utf8');
    const run = text.slice(Math.max(0, text.lastIndexOf('#EXT-X-DISCONTINUITY')));
    const segments = uris(run).slice(-SEGMENTS);
    return keep(
      join(folder, `peer-${name}.ts`),
      null,
      segments.map((uri) => join(peer.folder, 'hls', uri)),
    );
  });
}

async function decode({ file, segments }: Kept): Promise<{ frames: number; complaint: string }> {
  const ffmpeg = run('ffmpeg', ['-v', 'error', '-nostdin', '-progress', 'pipe:1', '-i', file, '-f', 'null', '-']);
  let told = '';
  ffmpeg.child.stdout?.on('data', (chunk: Buffer) => {
    told += chunk.toString();
  });
  const code = await ffmpeg.ended;
  const frames = Number([...told.matchAll(/^frame=\s*(\d+)/gm)].at(-1)?.[1] ?? 0);
  const few = segments === 0 || frames < segments ? `${frames} frames in ${segments} segments` : '';
  const said = [ffmpeg.stderr().trim(), code === 0 ? '' : `ended with ${code}`, few].join(' ').trim();
  return { frames, complaint: said && `${basename(file)}: ${said}` };
}

/** Decodes everything that was put aside. */
export async function decodeAll(kept: readonly Kept[]): Promise<Verdict> {
  const waiting = [...kept];
  const done: { frames: number; complaint: string }[] = [];
  const worker = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) done.push(await decode(next));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return {
    streams: kept.length,
    frames: done.reduce((sum, one) => sum + one.frames, 0),
    complaints: done.flatMap((one) => one.complaint || []),
  };
}
