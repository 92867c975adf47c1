/** What the tests of the ladder ask of a media process: playlists, pictures, health, and its encoders. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HealthReport } from '#contract/health.ts';
import type { WantedShow } from '#contract/media-port.ts';
import { lintMedia, type Parsed } from '../kit/playlist-lint.ts';
import { type Rig, until } from './rig.ts';

/** Never blocks: the test is also the control plane, and connections time out. */
const run = promisify(execFile);

type Segment = Parsed['segments'][number];

/** A viewer of one show, and its creator's view of the show's health. */
export function watch(rig: Rig, show: WantedShow) {
  const grant = rig.grant(show);
  const at = (name: string) => rig.get(`/hls/${show.showId}/${name}.m3u8`, grant);
  return {
    async load(name: string): Promise<Parsed> {
      const response = await at(name);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${name}: ${response.status} ${text}`);
      return lintMedia(text);
    },
    /** `360p 640x360 30.000 avc1.…` of each variant that a new player is offered. */
    async master(): Promise<string[]> {
      const response = await at('master');
      const found = (await response.text()).matchAll(
        /RESOLUTION=(\d+x\d+),FRAME-RATE=([\d.]+),CODECS="(\S+?),.*\n(\w+)/g,
      );
      return [...found].map(([, size, fps, codec, name]) => `${name} ${size} ${fps} ${codec?.slice(0, 7)}`);
    },
    /** What is promised of each variant that a new player is offered, bits a second. */
    async promises(): Promise<Map<string, number>> {
      const found = (await (await at('master')).text()).matchAll(/BANDWIDTH=(\d+),.*\n(\w+)/g);
      return new Map([...found].map(([, bits, name]) => [name ?? '', Number(bits)]));
    },
    async health() {
      const headers = { authorization: `Bearer ${rig.secrets.mediaSecret}` };
      const response = await fetch(`${rig.base}/control/shows/${show.showId}/health?since=0`, { headers });
      return HealthReport.parse(await response.json()).now;
    },
  };
}

export const playing = (rig: Rig, show: WantedShow) =>
  until('a show that plays', () => rig.control.reported.get(show.showId)?.state === 'playing');

export const wholeOf = ({ segments }: Parsed): Segment[] => segments.filter(({ uri, gap }) => uri !== null && !gap);

/** Waits until a rendition lists so many whole segments. */
export const wholeSegments = (look: () => Promise<Parsed>, count: number): Promise<Segment[]> =>
  until(`${count} whole segments`, async () => {
    const found = wholeOf(await look().catch(() => ({ segments: [] }) as unknown as Parsed));
    return found.length >= count ? found : null;
  });

function fileOf(rig: Rig, uri: string | null): Buffer {
  const path = new URL(uri ?? '', 'http://media').pathname;
  return readFileSync(join(rig.mediaDir, path.slice('/media/'.length)));
}

/** A segment's rate, bits a second. */
export const bitsOf = (rig: Rig, { uri, duration }: Segment): number => (fileOf(rig, uri).length * 8) / duration;

/** The segments as one file that plays by itself. */
function asFile(rig: Rig, segments: readonly Segment[]): string {
  const file = join(rig.varDir, `segments-${randomUUID()}.mp4`);
  const map = segments[0]?.map ?? null;
  writeFileSync(file, Buffer.concat([fileOf(rig, map), ...segments.map(({ uri }) => fileOf(rig, uri))]));
  return file;
}

/** What ffmpeg has to say about the segments when it decodes them. */
export async function complaints(rig: Rig, segments: readonly Segment[]): Promise<string> {
  // In milliseconds: in a time base of whole pictures a group of odd length would seem to repeat timestamps.
  const args = ['-fps_mode', 'passthrough', '-enc_time_base', '1:1000', '-f', 'null', '-'];
  return (await run('ffmpeg', ['-v', 'error', '-i', asFile(rig, segments), ...args])).stderr;
}

/** Size of the picture, and presentation times in seconds with `K` behind those of keyframes. */
export async function pictures(rig: Rig, segment: Segment): Promise<{ size: string; times: string[] }> {
  const entries = 'stream=width,height:packet=pts_time,flags';
  const args = ['-v', 'error', '-select_streams', 'v', '-show_entries', entries, '-of', 'csv=p=0'];
  const { stdout } = await run('ffprobe', [...args, asFile(rig, [segment])]);
  const lines = stdout.trim().split('\n');
  const times = lines.filter((line) => line.includes('.')).map((line) => line.replace(/,(K?).*/, '$1'));
  return { size: (lines.at(-1) ?? '').replace(',', 'x'), times };
}

/** The ffmpeg processes that media says it has; with `rendition` as the size in their command line. */
export function encoders(rig: Rig, scale = ''): number[] {
  const pids = readdirSync(join(rig.varDir, 'run')).map((name) => Number(/^ffmpeg-(\d+)$/.exec(name)?.[1]));
  return pids.filter((pid) => pid > 0 && read(`/proc/${pid}/cmdline`).includes(`scale=${scale}`));
}

export function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** State and nice value of each of a process's threads. */
export function threads(pid: number): { state: string; nice: number }[] {
  const stats = readdirSync(`/proc/${pid}/task`).map((id) => read(`/proc/${pid}/task/${id}/stat`));
  return stats.map((text) => {
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', nice: Number(fields[16]) };
  });
}
