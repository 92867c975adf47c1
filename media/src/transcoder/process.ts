/** One supervised ffmpeg. Whatever happens to it, the caller only sees packets, and then `onExit` once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { FlvReader, flvHeader, flvTag } from '../packager/flv-stream.ts';
import type { MediaPacket } from '../types.ts';
import { forgetProcess, isAtWork, killGroup, rememberProcess } from './pids.ts';

/** ffmpeg is given up when this much waits for it, bytes: it has fallen behind real time. */
const MAX_QUEUE_BYTES = 8 * 1024 * 1024;
/** … or when it gave pictures before and now gives none, though so much time's worth goes in, milliseconds. */
const STALL_MS = 1500;
/** A large picture on a busy machine may take this long, to begin with or whenever it is at work, milliseconds. */
const BUSY_STALL_MS = 10_000;
/** A pause of the source counts as no more than this, milliseconds. */
const LONGEST_STEP_MS = 500;
const KILL_AFTER_MS = 5000;
const MAX_ERROR_CHARS = 500;

export type EncoderOptions = {
  readonly argv: readonly string[];
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

/**
 * Counts for how long pictures went in while none came out; a source that pauses is not counted.
 * `isBusy`: it would go on if only the machine let it; then to start it again would make all worse.
 */
export function createStallWatch(isBusy: () => boolean) {
  let silentMs = 0;
  let lastInputMs: number | null = null;
  let gave = false;
  return {
    output(): void {
      silentMs = 0;
      gave = true;
    },
    /** True where it is stuck. `nowMs`: monotonic. */
    input(nowMs: number): boolean {
      silentMs += lastInputMs === null ? 0 : Math.min(nowMs - lastInputMs, LONGEST_STEP_MS);
      lastInputMs = nowMs;
      return silentMs > BUSY_STALL_MS || (silentMs > STALL_MS && gave && !isBusy());
    },
  };
}

function launch(argv: readonly string[], pidDir: string) {
  const child = spawn('ffmpeg', argv, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
  const { pid } = child;
  if (!pid) return child;
  rememberProcess(pidDir, pid);
  try {
    // At once, before ffmpeg makes its threads, which inherit it: what viewers already see comes first.
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already; `exit` tells.
  }
  return child;
}

export function startEncoder({ argv, pidDir, onPacket, onExit }: EncoderOptions): Encoder {
  const child = launch(argv, pidDir);
  const watch = createStallWatch(() => child.pid !== undefined && isAtWork(child.pid));
  let over = false;
  let messages = '';
  const reader = new FlvReader((packet) => {
    watch.output();
    if (!over) onPacket(packet);
  });

  function finish(why: string, signal: NodeJS.Signals): void {
    if (over) return;
    over = true;
    endProcess(child, signal);
    onExit(messages ? `${why}: ${messages.trim()}` : why);
  }

  child.on('error', (error) => finish(error.message, 'SIGKILL'));
  child.on('exit', (code, signal) => {
    if (child.pid) forgetProcess(pidDir, child.pid);
    finish(`ffmpeg ended (${signal ?? code})`, 'SIGKILL');
  });
  child.stdin.on('error', () => finish('ffmpeg closed its input', 'SIGTERM'));
  child.stderr.on('data', (chunk: Buffer) => {
    messages = (messages + chunk.toString('utf8')).slice(-MAX_ERROR_CHARS);
  });
  child.stdout.on('data', (chunk: Buffer) => {
    if (over) return;
    try {
      reader.push(chunk);
    } catch (error) {
      finish(String(error), 'SIGTERM');
    }
  });
  child.stdin.write(flvHeader({ audio: false, video: true }));

  return {
    video(timestampMs, head, data) {
      if (over) return;
      if (child.stdin.writableLength > MAX_QUEUE_BYTES) return finish('ffmpeg is slower than real time', 'SIGTERM');
      // One that is stuck would not hear a polite signal.
      if (watch.input(performance.now())) return finish('ffmpeg gives nothing', 'SIGKILL');
      const tag = flvTag('video', timestampMs, head.length + data.length);
      child.stdin.cork();
      child.stdin.write(Buffer.concat([tag.head, head]));
      child.stdin.write(data);
      child.stdin.write(tag.tail);
      child.stdin.uncork();
    },
    stop() {
      over = true;
      endProcess(child, 'SIGTERM');
    },
  };
}

function endProcess(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child;
  child.stdin?.destroy();
  if (!pid || child.exitCode !== null || child.signalCode !== null) return;
  killGroup(pid, signal);
  const timer = setTimeout(() => killGroup(pid, 'SIGKILL'), KILL_AFTER_MS);
  timer.unref();
  child.once('exit', () => clearTimeout(timer));
}
