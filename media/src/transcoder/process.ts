/** One supervised ffmpeg. Whatever happens to it, the caller only sees packets, and then `onExit` once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { FlvReader, flvHeader, flvTag } from '../packager/flv-stream.ts';
import type { MediaPacket } from '../types.ts';
import { transcodeArguments } from './args.ts';
import { forgetProcess, killGroup, rememberProcess } from './pids.ts';

/** ffmpeg is given up when this much waits for it, bytes: it has fallen behind real time. */
const MAX_QUEUE_BYTES = 8 * 1024 * 1024;
/** … or when nothing came out for this long while something went in, milliseconds. */
const STALL_MS = 10_000;
const KILL_AFTER_MS = 1000;
const MAX_ERROR_CHARS = 500;

export type EncoderOptions = {
  readonly height: number;
  readonly pidDir: string;
  readonly onPacket: (packet: MediaPacket) => void;
  readonly onExit: (why: string) => void;
};

export type Encoder = {
  /** Writes one video tag: five bytes of FLV header and the access unit. */
  video(timestampMs: number, head: Buffer, data: Buffer): void;
  /** Ends it; nothing it still gives counts. */
  stop(): void;
};

export function startEncoder({ height, pidDir, onPacket, onExit }: EncoderOptions): Encoder {
  const child = spawn('ffmpeg', transcodeArguments(height), {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
  });
  const { pid } = child;
  if (pid) rememberProcess(pidDir, pid);
  let over = false;
  let lastOutput = performance.now();
  let messages = '';
  const reader = new FlvReader((packet) => {
    lastOutput = performance.now();
    if (!over) onPacket(packet);
  });

  function finish(why: string): void {
    if (over) return;
    over = true;
    endProcess(child);
    onExit(messages ? `${why}: ${messages.trim()}` : why);
  }

  child.on('error', (error) => finish(error.message));
  child.on('exit', (code, signal) => {
    if (pid) forgetProcess(pidDir, pid);
    finish(`ffmpeg ended (${signal ?? code})`);
  });
  child.stdin.on('error', () => finish('ffmpeg closed its input'));
  child.stderr.on('data', (chunk: Buffer) => {
    messages = (messages + chunk.toString('utf8')).slice(-MAX_ERROR_CHARS);
  });
  child.stdout.on('data', (chunk: Buffer) => {
    if (over) return;
    try {
      reader.push(chunk);
    } catch (error) {
      finish(String(error));
    }
  });
  child.stdin.write(flvHeader({ audio: false, video: true }));

  return {
    video(timestampMs, head, data) {
      if (over) return;
      if (child.stdin.writableLength > MAX_QUEUE_BYTES) return finish('ffmpeg is slower than real time');
      if (performance.now() - lastOutput > STALL_MS) return finish('ffmpeg gives nothing');
      const tag = flvTag('video', timestampMs, head.length + data.length);
      child.stdin.cork();
      child.stdin.write(Buffer.concat([tag.head, head]));
      child.stdin.write(data);
      child.stdin.write(tag.tail);
      child.stdin.uncork();
    },
    stop() {
      over = true;
      endProcess(child);
    },
  };
}

function endProcess(child: ChildProcess): void {
  const { pid } = child;
  child.stdin?.destroy();
  if (!pid || child.exitCode !== null || child.signalCode !== null) return;
  killGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => killGroup(pid, 'SIGKILL'), KILL_AFTER_MS);
  child.once('exit', () => clearTimeout(timer));
}
