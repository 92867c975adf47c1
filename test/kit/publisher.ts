/** A real encoder: ffmpeg, which loops a clip encoded once and sends it as it is, so that it costs next to nothing. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type ClipOptions = {
  width?: number;
  height?: number;
  fps?: number;
  keyframeSeconds?: number;
  profile?: 'baseline' | 'main' | 'high';
  sampleRate?: 44_100 | 48_000;
  /** Of the picture, a second. */
  kilobits?: number;
};

/** Encodes (once a machine) ten seconds of test picture and tone, H.264 and AAC, and returns its path. */
export function clip(options: ClipOptions = {}): string {
  const { width = 640, height = 360, fps = 30, keyframeSeconds = 1, profile = 'high', sampleRate = 48_000 } = options;
  const { kilobits = 1000 } = options;
  const folder = join(tmpdir(), 'stagedoor-clips');
  mkdirSync(folder, { recursive: true });
  const file = join(
    folder,
    `${width}x${height}-${fps}-${keyframeSeconds}-${profile}-${sampleRate}${kilobits === 1000 ? '' : `-${kilobits}k`}.flv`,
  );
  if (existsSync(file)) return file;
  const made = `${file}.${process.pid}.flv`;
  const gop = String(fps * keyframeSeconds);
  // biome-ignore format: an argv reads best as pairs
  execFileSync('ffmpeg', ['-v', 'error', '-y',
    '-f', 'lavfi', '-i', `testsrc2=s=${width}x${height}:r=${fps}`, '-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${sampleRate}`,
    '-t', '10', '-c:v', 'libx264', '-profile:v', profile, '-preset', 'veryfast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-b:v', `${kilobits}k`,
    '-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-c:a', 'aac', '-b:a', '96k', '-f', 'flv', made]);
  renameSync(made, file);
  return file;
}

export type Publisher = {
  pid: number;
  stderr(): string;
  stop(): Promise<void>;
  ended: Promise<number | null>;
  /** When the server took the stream, Unix milliseconds; null where it never did. */
  accepted: Promise<number | null>;
};

/** What ffmpeg prints once the server has taken the stream and the first bytes go out. */
const TAKEN = 'Output #0';

/** Publishes a clip for ever to `<rtmpUrl>/<key>`, in real time. */
export const publish = (rtmpUrl: string, key: string, options: ClipOptions = {}): Publisher =>
  publishFile(rtmpUrl, key, clip(options));

/** The same with an FLV file of H.264 and AAC. */
export function publishFile(rtmpUrl: string, key: string, file: string): Publisher {
  // biome-ignore format: an argv reads best as pairs
  const child: ChildProcess = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'info', '-nostdin',
    '-re', '-stream_loop', '-1', '-i', file, '-c', 'copy', '-f', 'flv', `${rtmpUrl}/${key}`],
    { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  const accepted = Promise.withResolvers<number | null>();
  child.stderr?.on('data', (chunk) => {
    text = (text + chunk).slice(-20_000);
    if (text.includes(TAKEN)) accepted.resolve(Date.now());
  });
  child.once('exit', () => accepted.resolve(null));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    pid: child.pid ?? 0,
    stderr: () => text,
    ended,
    accepted: accepted.promise,
    // SIGKILL: an encoder whose network went away says no goodbye.
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
