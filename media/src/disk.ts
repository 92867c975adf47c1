/**
 * Watches how much disk is left. When it runs short, media gives way in this order: expired recordings go,
 * recordings stop, windows shrink to what live needs, new publishers are refused. Running shows go on.
 */
import { mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';

const LOOK_EVERY_MS = 5000;
const SWEEP_EVERY_MS = 60_000;
/** Window while disk is short, seconds. */
const SHORT_WINDOW_S = 12;
/** There is room again once this much more than the floor is free: else it would be given up at once. */
const ROOM_MARGIN_PERCENT = 1;
const FULL_CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export type DiskOptions = {
  readonly mediaDir: string;
  readonly recordingsDir: string;
  readonly floorPercent: number;
  /** How much of a folder's disk is free, percent. */
  readonly freePercent?: (dir: string) => Promise<number>;
  /** Removes what nobody needs any more. Called once a minute, and at each look while disk is short. */
  readonly sweep: () => Promise<void>;
  /** Where media is: renditions shrink at once. */
  readonly onShort: (short: boolean, freePercent: number) => void;
  readonly onError: (error: unknown) => void;
};

export type DiskWatch = {
  /** Of media: no new publisher may start. */
  readonly isShort: () => boolean;
  readonly hasRoomForRecordings: () => boolean;
  /** The window that the disk allows where `wanted` seconds are wished for. */
  readonly windowSeconds: (wanted: number) => number;
  /** A file could not be written. Where the disk is full (or a quota is used up), it is short from now on. */
  failed(error: Error): void;
  stop(): void;
};

/** Blocks and names alike: a disk without names left takes no file either. */
export async function freePercentOf(dir: string): Promise<number> {
  const { bavail, blocks, ffree, files } = await statfs(dir);
  const free = blocks > 0 ? (100 * bavail) / blocks : 100;
  // Some file systems make names as they are needed, and count none.
  return files > 0 ? Math.min(free, (100 * ffree) / files) : free;
}

/** Whether one disk is short, with some distance between giving up and going on. */
function createGauge(dir: string, floorPercent: number, freePercent: (dir: string) => Promise<number>) {
  let short = false;
  let wasFull = false;
  return {
    isShort: () => short,
    full() {
      short = true;
      wasFull = true;
    },
    /** Returns what is free, percent. */
    async look(): Promise<number> {
      const free = await freePercent(dir);
      // A quota may be used up while the disk looks empty: then the next write shows whether that has changed.
      const enough = short && !wasFull ? floorPercent + ROOM_MARGIN_PERCENT : floorPercent;
      wasFull = false;
      short = free < enough || free <= 0;
      return free;
    },
  };
}

export async function watchDisk(options: DiskOptions): Promise<DiskWatch> {
  const { mediaDir, recordingsDir, floorPercent, freePercent = freePercentOf } = options;
  mkdirSync(mediaDir, { recursive: true, mode: 0o755 });
  mkdirSync(recordingsDir, { recursive: true, mode: 0o700 });
  const media = createGauge(mediaDir, floorPercent, freePercent);
  const recordings = createGauge(recordingsDir, floorPercent, freePercent);

  const measure = () => Promise.all([media.look(), recordings.look()]);
  async function look(): Promise<void> {
    const was = media.isShort();
    const [free] = await measure();
    if (media.isShort() !== was) options.onShort(!was, free);
    if (media.isShort() || recordings.isShort()) await options.sweep();
  }

  await measure();
  const timers = [
    setInterval(() => void look().catch(options.onError), LOOK_EVERY_MS),
    setInterval(() => void options.sweep().catch(options.onError), SWEEP_EVERY_MS),
  ];
  return {
    isShort: () => media.isShort(),
    // On one disk both are short together; recordings are the first to go.
    hasRoomForRecordings: () => !media.isShort() && !recordings.isShort(),
    windowSeconds: (wanted) => (media.isShort() ? Math.min(SHORT_WINDOW_S, wanted) : wanted),
    failed(error) {
      if (media.isShort() || !FULL_CODES.has((error as NodeJS.ErrnoException).code ?? '')) return;
      media.full();
      options.onShort(true, 0);
      options.sweep().catch(options.onError);
    },
    stop: () => timers.forEach(clearInterval),
  };
}
