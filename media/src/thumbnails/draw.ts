/**
 * Keyframes in, JPEGs out, by one short-lived ffmpeg. Each frame has a decoder, an input and an output of its own,
 * so that neither a damaged frame nor a missing one can put one show's picture in another's place.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { forgetProcess, killGroup, rememberProcess } from '../transcoder/pids.ts';

/** Pixels across; the height follows the picture's shape. */
const WIDTH = 640;
/** Of mjpeg's scale, 2 (best) to 31. */
const JPEG_QUALITY = '6';
/** A larger picture is not decoded: 3840 × 2160. */
const MAX_PIXELS = '8294400';
/** A JPEG of this width is far smaller. */
const MAX_JPEG_BYTES = 1024 * 1024;
const TIMEOUT_MS = 5000;
/** Viewers and encoders come first. */
const NICENESS = 15;
const FIRST_PIPE = 3;
const SIZE = `scale=w='min(${WIDTH},iw)':h=-2:flags=fast_bilinear`;

/** Everything is pinned: nothing of a stream's own says how it is read, and nothing but pipes can be opened. */
function drawArguments(count: number): string[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error', '-protocol_whitelist', 'pipe'],
    ...['-filter_threads', '1'],
    ...numbers.flatMap((n) => [
      ...['-threads', '1', '-skip_loop_filter', 'all', '-max_pixels', MAX_PIXELS],
      ...['-probesize', '32', '-analyzeduration', '0', '-f', 'h264', '-i', `pipe:${FIRST_PIPE + n}`],
    ]),
    ...numbers.flatMap((n) => [
      ...['-map', `${n}:v:0`, '-frames:v', '1', '-vf', SIZE, '-threads', '1', '-c:v', 'mjpeg'],
      ...['-q:v', JPEG_QUALITY, '-f', 'mjpeg', `pipe:${FIRST_PIPE + count + n}`],
    ]),
  ];
}

/** What an output gave: one whole JPEG, or null. */
function collect(output: Readable, tooLarge: () => void): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    output.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_JPEG_BYTES) tooLarge();
      else chunks.push(chunk);
    });
    output.on('error', () => resolve(null));
    output.on('close', () => {
      const jpeg = Buffer.concat(chunks);
      const whole = jpeg.length > 4 && jpeg.readUInt16BE(0) === 0xffd8 && jpeg.readUInt16BE(jpeg.length - 2) === 0xffd9;
      resolve(whole ? jpeg : null);
    });
  });
}

function feed(input: Writable, frame: Buffer): void {
  // ffmpeg may have seen enough, or have ended: what it made of it shows at the output.
  input.on('error', () => undefined);
  input.end(frame);
}

function watch(child: ChildProcess, pidDir: string): { kill(): void; done: Promise<void> } {
  const { pid } = child;
  const kill = () => pid && killGroup(pid, 'SIGKILL');
  const timer = setTimeout(kill, TIMEOUT_MS);
  if (pid) {
    rememberProcess(pidDir, pid);
    // It may be over already.
    try {
      setPriority(pid, NICENESS);
    } catch {}
  }
  const done = new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      if (pid) forgetProcess(pidDir, pid);
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  return { kill, done };
}

/** Draws each keyframe (Annex B). null where one gave no picture. Never rejects; takes at most `TIMEOUT_MS`. */
export async function drawPictures(frames: readonly Buffer[], pidDir: string): Promise<(Buffer | null)[]> {
  const pipes = frames.flatMap(() => ['pipe', 'pipe'] as const);
  const child = spawn('ffmpeg', drawArguments(frames.length), {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', ...pipes],
    cwd: '/',
  });
  const { kill, done } = watch(child, pidDir);
  const drawn = frames.map((frame, n) => {
    feed(child.stdio[FIRST_PIPE + n] as Writable, frame);
    return collect(child.stdio[FIRST_PIPE + frames.length + n] as Readable, kill);
  });
  await done;
  return Promise.all(drawn);
}
