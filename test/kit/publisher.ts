/** A real encoder: ffmpeg, which loops a clip encoded once and sends it as it is, so that it costs next to nothing. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type ClipOptions = { width?: number; height?: number; fps?: number; keyframeSeconds?: number };

/** Encodes (once a machine) ten seconds of test picture and tone, H.264 and AAC, and returns its path. */
export function clip({ width = 640, height = 360, fps = 30, keyframeSeconds = 1 }: ClipOptions = {}): string {
  const folder = join(tmpdir(), 'stagedoor-clips');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${width}x${height}-${fps}-${keyframeSeconds}.flv`);
  if (existsSync(file)) return file;
  const made = `${file}.${process.pid}.flv`;
  const gop = String(fps * keyframeSeconds);
  // biome-ignore format: an argv reads best as pairs
  execFileSync('ffmpeg', ['-v', 'error', '-y',
    '-f', 'lavfi', '-i', `testsrc2=s=${width}x${height}:r=${fps}`, '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000',
    '-t', '10', '-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-b:v', '1000k',
    '-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-c:a', 'aac', '-b:a', '96k', '-f', 'flv', made]);
  renameSync(made, file);
  return file;
}

export type Publisher = { pid: number; stderr(): string; stop(): Promise<void>; ended: Promise<number | null> };

/** Publishes a clip for ever to `<rtmpUrl>/<key>`, in real time. */
export function publish(rtmpUrl: string, key: string, options: ClipOptions = {}): Publisher {
  // biome-ignore format: an argv reads best as pairs
  const child: ChildProcess = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'info', '-nostdin',
    '-re', '-stream_loop', '-1', '-i', clip(options), '-c', 'copy', '-f', 'flv', `${rtmpUrl}/${key}`],
    { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr?.on('data', (chunk) => {
    text = (text + chunk).slice(-20_000);
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    pid: child.pid ?? 0,
    stderr: () => text,
    ended,
    // SIGKILL: an encoder whose network went away says no goodbye.
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
