/**
 * A show's numbers, kept in small files so that no crash lets them go back: they are reserved ahead,
 * and after a restart media goes on above everything that was reserved. The files also hold what
 * media needs to let a publisher return while the control plane is away.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ShowId } from '#contract/ids.ts';
import { WantedShow } from '#contract/media-port.ts';
import { readSlots, removeSlots, type Slot, slotsExist, writeSlot, writeSlotNow } from './slots.ts';

const RESERVE = 64;
/** The next block is reserved when this few numbers are left. */
const RESERVE_AT = 32;
/** Where the newer of two files is lost, so many numbers are left out: far more than it can have reserved. */
const TORN_SKIP = 16 * RESERVE;
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
  #generation: number;
  /** Where the running save writes. */
  #writing: Slot | null = null;
  #outdated = false;
  #removed = false;

  private constructor(path: string, data: TimelineFile, generation: number) {
    this.#path = path;
    this.#data = data;
    this.#generation = generation;
    this.#nextSegment = data.segmentLimit;
    this.#nextDiscontinuity = data.discontinuityLimit;
    this.#durable = { segmentLimit: data.segmentLimit, discontinuityLimit: data.discontinuityLimit };
  }

  /** Throws where the disk takes no new file. */
  static create(directory: string, wanted: WantedShow, nowMs: number): Timeline {
    const path = join(directory, wanted.showId);
    // A file that cannot be read: of its numbers it is only sure that there were fewer than seconds since 1970.
    const first = slotsExist(path) ? Math.floor(nowMs / 1000) : 0;
    const data = { wanted, lastSeenMs: nowMs, epochMs: nowMs, segmentLimit: first, discontinuityLimit: first };
    const timeline = new Timeline(path, data, 0);
    timeline.#reserveNow();
    // Both places from the beginning: no later write needs room, and each has another one to fall back on.
    timeline.#writeNow();
    return timeline;
  }

  /** Reads the timelines of earlier runs; outdated ones are removed. */
  static loadAll(directory: string, nowMs: number): Timeline[] {
    const found: Timeline[] = [];
    for (const showId of showsIn(directory)) {
      const path = join(directory, showId);
      const kept = readTimeline(path);
      const lastSeenMs = kept?.data.lastSeenMs ?? statSync(join(directory, `${showId}.json`), QUIETLY)?.mtimeMs ?? 0;
      if (lastSeenMs <= nowMs - MAX_AGE_MS) removeSlots(path);
      if (!kept || lastSeenMs <= nowMs - MAX_AGE_MS) continue;
      const timeline = new Timeline(path, kept.data, kept.generation);
      if (kept.torn) timeline.#mend();
      found.push(timeline);
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
    removeSlots(this.#path);
  }

  /** Makes both files whole again, so that the next loss finds the numbers left out in the other one. */
  #mend(): void {
    try {
      this.#writeNow();
      this.#writeNow();
    } catch {
      // A full disk: the first number that is taken tries again.
    }
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
    const limits = { segmentLimit, discontinuityLimit };
    return { generation: this.#generation, text: JSON.stringify(this.#data), limits };
  }

  /** Kept is what was last written: a save that is under way and older does not count any more. */
  #kept(generation: number, limits: { segmentLimit: number; discontinuityLimit: number }): void {
    if (generation === this.#generation) this.#durable = limits;
  }

  #writeNow(): void {
    const { generation, text, limits } = this.#snapshot();
    const slot: Slot = this.#writing === 0 || (this.#writing === null && generation % 2 === 1) ? 1 : 0;
    writeSlotNow(this.#path, slot, generation, text);
    this.#kept(generation, limits);
  }

  /** Saves without holding anybody up. Failing is harmless: the limits that count are those on disk. */
  async #save(): Promise<void> {
    this.#outdated = true;
    if (this.#writing !== null) return;
    while (this.#outdated && !this.#removed) {
      this.#outdated = false;
      const { generation, text, limits } = this.#snapshot();
      this.#writing = generation % 2 === 1 ? 1 : 0;
      try {
        await writeSlot(this.#path, this.#writing, generation, text);
        this.#kept(generation, limits);
      } catch {
        // The next change tries again.
      }
    }
    this.#writing = null;
    // Removed while it was being written: then the write made it anew.
    if (this.#removed) removeSlots(this.#path);
  }
}

const QUIETLY = { throwIfNoEntry: false } as const;

function showsIn(directory: string): Set<string> {
  const names = readdirSync(directory).map((name) => name.replace(/(\.b)?\.json$/, ''));
  return new Set(names.filter((name) => ShowId.safeParse(name).success));
}

function readTimeline(path: string): { data: TimelineFile; generation: number; torn: boolean } | null {
  const kept = readSlots(path);
  if (!kept) return null;
  try {
    const data = TimelineFile.parse(JSON.parse(kept.text));
    const more = kept.torn ? TORN_SKIP : 0;
    data.segmentLimit += more;
    data.discontinuityLimit += more;
    return { data, generation: kept.generation, torn: kept.torn };
  } catch {
    return null;
  }
}
