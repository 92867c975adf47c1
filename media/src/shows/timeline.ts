/**
 * A show's numbers, kept in a small file so that no crash lets them go back: they are reserved ahead,
 * and after a restart media goes on above everything that was reserved. The file also holds what
 * media needs to let a publisher return while the control plane is away.
 */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ShowId } from '#contract/ids.ts';
import { WantedShow } from '#contract/media-port.ts';

const RESERVE = 64;
/** The next block is reserved when this few numbers are left. */
const RESERVE_AT = 32;
/** A show that nobody published to for this long is over, milliseconds: far beyond any grace time. */
const MAX_AGE_MS = 24 * 3600 * 1000;

const TimelineFile = z.object({
  wanted: WantedShow,
  lastSeenMs: z.number().int(),
  /** Unix milliseconds of the show timeline's zero. */
  epochMs: z.number().int(),
  segmentLimit: z.number().int().nonnegative(),
  discontinuityLimit: z.number().int().nonnegative(),
  /** Shown size of the first broadcast's picture: transcoded renditions keep its shape. */
  shape: z.object({ width: z.number().int().positive(), height: z.number().int().positive() }).optional(),
});
type TimelineFile = z.infer<typeof TimelineFile>;

export class Timeline {
  readonly #path: string;
  readonly #data: TimelineFile;
  #nextSegment: number;
  #nextDiscontinuity: number;
  /** What the file on disk is known to hold. */
  #durable: { segmentLimit: number; discontinuityLimit: number };
  #generation = 0;
  #saving = false;
  #removed = false;

  private constructor(path: string, data: TimelineFile) {
    this.#path = path;
    this.#data = data;
    this.#nextSegment = data.segmentLimit;
    this.#nextDiscontinuity = data.discontinuityLimit;
    this.#durable = { segmentLimit: data.segmentLimit, discontinuityLimit: data.discontinuityLimit };
  }

  static create(directory: string, wanted: WantedShow, nowMs: number): Timeline {
    const data = { wanted, lastSeenMs: nowMs, epochMs: nowMs, segmentLimit: 0, discontinuityLimit: 0 };
    const timeline = new Timeline(join(directory, `${wanted.showId}.json`), data);
    timeline.#reserveNow();
    return timeline;
  }

  /** Reads the timelines of earlier runs; unreadable and outdated ones are removed. */
  static loadAll(directory: string, nowMs: number): Timeline[] {
    const found: Timeline[] = [];
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      const data = name.endsWith('.json') ? readTimeline(path) : null;
      const isOurs = data !== null && ShowId.safeParse(name.slice(0, -'.json'.length)).success;
      if (isOurs && data.lastSeenMs > nowMs - MAX_AGE_MS) found.push(new Timeline(path, data));
      else rmSync(path, { force: true });
    }
    return found;
  }

  get wanted(): WantedShow {
    return this.#data.wanted;
  }

  get epochMs(): number {
    return this.#data.epochMs;
  }

  get lastSeenMs(): number {
    return this.#data.lastSeenMs;
  }

  /** A media sequence number that was never used. */
  takeSegment(): number {
    if (this.#nextSegment >= this.#durable.segmentLimit) this.#reserveNow();
    else if (this.#nextSegment >= this.#data.segmentLimit - RESERVE_AT) this.#reserveSoon();
    this.#nextSegment += 1;
    return this.#nextSegment - 1;
  }

  /** A discontinuity sequence number that was never used. */
  takeDiscontinuity(): number {
    if (this.#nextDiscontinuity >= this.#durable.discontinuityLimit) this.#reserveNow();
    this.#nextDiscontinuity += 1;
    return this.#nextDiscontinuity - 1;
  }

  get shape(): { width: number; height: number } | null {
    return this.#data.shape ?? null;
  }

  keepShape(shape: { width: number; height: number }): void {
    this.#data.shape = shape;
    void this.#save();
  }

  setWanted(wanted: WantedShow): void {
    if (JSON.stringify(wanted) === JSON.stringify(this.#data.wanted)) return;
    this.#data.wanted = wanted;
    void this.#save();
  }

  /** Notes that a publisher is there. */
  seen(nowMs: number): void {
    this.#data.lastSeenMs = nowMs;
    void this.#save();
  }

  /** Writes the file before it returns; for the orderly stop. */
  saveNow(): void {
    if (!this.#removed) this.#writeNow();
  }

  remove(): void {
    this.#removed = true;
    rmSync(this.#path, { force: true });
  }

  #reserveNow(): void {
    this.#raiseLimits();
    this.#writeNow();
  }

  #reserveSoon(): void {
    this.#raiseLimits();
    void this.#save();
  }

  #raiseLimits(): void {
    this.#data.segmentLimit = this.#nextSegment + RESERVE;
    this.#data.discontinuityLimit = this.#nextDiscontinuity + RESERVE;
  }

  #snapshot() {
    this.#generation += 1;
    const { segmentLimit, discontinuityLimit } = this.#data;
    const temporary = `${this.#path}.${this.#generation}.tmp`;
    return {
      generation: this.#generation,
      temporary,
      text: JSON.stringify(this.#data),
      limits: { segmentLimit, discontinuityLimit },
    };
  }

  #writeNow(): void {
    const { temporary, text, limits } = this.#snapshot();
    const fd = openSync(temporary, 'w', 0o600);
    writeSync(fd, text);
    fsyncSync(fd);
    closeSync(fd);
    renameSync(temporary, this.#path);
    syncDirectory(this.#path);
    this.#durable = limits;
  }

  /** Saves without holding anybody up. Failing is harmless: the limits that count are those on disk. */
  async #save(): Promise<void> {
    if (this.#saving || this.#removed) return;
    this.#saving = true;
    const { generation, temporary, text, limits } = this.#snapshot();
    try {
      const file = await open(temporary, 'w', 0o600);
      await file.writeFile(text);
      await file.sync();
      await file.close();
      // A newer state may have been written meanwhile; it must not be replaced by this one.
      if (generation === this.#generation && !this.#removed) {
        renameSync(temporary, this.#path);
        this.#durable = limits;
      } else rmSync(temporary, { force: true });
    } catch {
      rmSync(temporary, { force: true });
    } finally {
      this.#saving = false;
    }
  }
}

function syncDirectory(path: string): void {
  const fd = openSync(join(path, '..'), 'r');
  fsyncSync(fd);
  closeSync(fd);
}

function readTimeline(path: string): TimelineFile | null {
  try {
    return TimelineFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}
