/** The segments that a playlist lists, oldest first, and which of them its window still covers. */
import type { PartBytes } from './arena.ts';
import { TARGET_DURATION_S } from './rules.ts';
import type { Boundary } from './samples.ts';

export type Part = {
  readonly index: number;
  readonly address: string;
  /** Its range of the segment's file. */
  readonly offset: number;
  readonly bytes: number;
  readonly durationMs: number;
  readonly independent: boolean;
  /** It could not be written. */
  readonly gap: boolean;
};

/** A part that is announced: where it will stand. */
export type Hint = { readonly msn: number; readonly index: number; readonly address: string; readonly offset: number };

/** What the assembler hands over. */
export type NewPart = {
  readonly content: PartBytes;
  readonly durationMs: number;
  readonly independent: boolean;
};

/** A segment whose file is whole, for whoever wants to keep it. */
export type WholeSegment = {
  readonly boundary: Boundary;
  readonly durationMs: number;
  readonly bytes: number;
  /** Names of files in the rendition's folder. */
  readonly file: string;
  readonly initFile: string;
};

export type Segment = {
  readonly boundary: Boundary;
  readonly initAddress: string;
  readonly initFile: string;
  readonly address: string;
  readonly madeMs: number;
  /** So long it may be listed: its address is good for a little longer, Unix milliseconds. */
  readonly expiresMs: number;
  durationMs: number;
  bytes: number;
  parts: readonly Part[];
  /** `open`: parts are still coming. `gap`: it will never be there. */
  state: 'open' | 'whole' | 'gap';
};

/** RFC 8216, 6.2.2: a playlist never holds less than three target durations. */
const LEAST_MS = 3 * TARGET_DURATION_S * 1000;
/** Shared by all segments whose parts are gone: a long window holds thousands of them. */
const NO_PARTS: readonly Part[] = [];

/** Adding and dropping cost the same however long the window is. */
export class SegmentList {
  readonly segments: Segment[] = [];
  /** Length of the segments that are closed. */
  #closedMs = 0;

  add(segment: Segment): void {
    this.segments.push(segment);
  }

  /** From now on the segment's length counts. */
  close(segment: Segment): void {
    this.#closedMs += segment.durationMs;
  }

  /** Drops what the window no longer covers, or whose address is no longer good; returns it. */
  trim(windowSeconds: number, nowMs: number): Segment[] {
    const windowMs = Math.max(windowSeconds * 1000, LEAST_MS);
    let count = 0;
    for (const { durationMs, expiresMs, state } of this.segments) {
      const restMs = this.#closedMs - durationMs;
      const isOver = restMs >= windowMs || (expiresMs <= nowMs && restMs >= LEAST_MS);
      if (!isOver || state === 'open') break;
      this.#closedMs = restMs;
      count += 1;
    }
    return count > 0 ? this.segments.splice(0, count) : [];
  }

  /** Forgets the parts of the segment that has `kept` newer ones; those are the last that had any. */
  dropOldParts(kept: number): void {
    const old = this.segments.at(-1 - kept);
    if (old) old.parts = NO_PARTS;
  }
}
