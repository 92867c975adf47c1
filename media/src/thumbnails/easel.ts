/** Draws keyframes of all shows: one process at a time on this machine, several pictures each. */
import { drawPictures } from './draw.ts';

/** Pictures of one process: starting it costs more than a picture, and each takes up to 15 MB while it runs. */
const BATCH = 10;
/** How long a show's first picture waits for others, milliseconds. */
const GATHER_FIRST_MS = 500;

type Sitting = {
  readonly frame: Buffer;
  readonly first: boolean;
  /** Its last frame could not be drawn: it is drawn alone, where it can spoil nothing but itself. */
  readonly alone: boolean;
  readonly done: (jpeg: Buffer | null) => void;
};

/** One bad frame can keep ffmpeg from beginning at all: then each is drawn by itself. */
async function drawAll(frames: readonly Buffer[], pidDir: string): Promise<(Buffer | null)[]> {
  const together = await drawPictures(frames, pidDir);
  if (frames.length === 1 || together.some((jpeg) => jpeg !== null)) return together;
  const alone: (Buffer | null)[] = [];
  for (const frame of frames) alone.push(...(await drawPictures([frame], pidDir)));
  return alone;
}

export type Easel = { add(sitting: Sitting): void; stop(): void };

/** `gatherMs`: how long a frame waits for others, so that they share a process. */
export function createEasel(pidDir: string, gatherMs: number): Easel {
  let waiting: Sitting[] = [];
  let drawing = false;
  let stopped = false;
  let timer: { readonly handle: NodeJS.Timeout; readonly atMs: number } | null = null;

  function next(): Sitting[] {
    const together = waiting.filter(({ alone }) => !alone).slice(0, BATCH);
    const batch = together.length > 0 ? together : waiting.slice(0, 1);
    waiting = waiting.filter((one) => !batch.includes(one));
    return batch;
  }

  async function draw(): Promise<void> {
    if (timer) clearTimeout(timer.handle);
    timer = null;
    if (drawing) return;
    drawing = true;
    while (waiting.length > 0 && !stopped) {
      const batch = next();
      const jpegs = await drawAll(
        batch.map(({ frame }) => frame),
        pidDir,
      );
      for (const [n, { done }] of batch.entries()) done(jpegs[n] ?? null);
    }
    drawing = false;
  }

  function drawWithin(ms: number): void {
    const atMs = performance.now() + ms;
    if (timer && timer.atMs <= atMs) return;
    if (timer) clearTimeout(timer.handle);
    timer = { handle: setTimeout(() => void draw(), ms), atMs };
  }

  return {
    add(sitting) {
      if (stopped) return;
      waiting.push(sitting);
      const full = waiting.filter(({ alone }) => !alone).length >= BATCH;
      drawWithin(full ? 0 : sitting.first ? GATHER_FIRST_MS : gatherMs);
    },
    stop() {
      stopped = true;
      waiting = [];
      if (timer) clearTimeout(timer.handle);
    },
  };
}
