/**
 * One rendition of a show: its segments and parts as the playlist lists them, kept in step with its
 * files. Nothing is listed before its bytes can be read.
 */
import { type AddressOptions, createAddresses, FILE_GRACE_S, INIT_RENEWAL_S, partAddress } from './addresses.ts';
import { fileNames, RenditionFiles } from './files.ts';
import type { Boundary } from './samples.ts';
import { type Hint, type NewPart, type Part, type Segment, SegmentList, type WholeSegment } from './segments.ts';

export type { Hint, Part, Segment } from './segments.ts';

/** Parts are listed in the newest segments only; RFC 8216bis wants them gone after 3 target durations. */
export const LISTED_PART_SEGMENTS = 3;
/** Parts are known one segment longer than they are listed, for readers of the last playlist. */
const KEPT_PART_SEGMENTS = LISTED_PART_SEGMENTS + 1;
export type RenditionOptions = AddressOptions & {
  readonly mediaDir: string;
  readonly onWhole?: (segment: WholeSegment) => void;
  readonly onChange: () => void;
  readonly onFileError: (error: Error) => void;
};

/** What the master playlist says of a rendition. */
export type RenditionInfo = {
  readonly codecs: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
  /** Promised peak, bits a second; null: measured. */
  readonly bandwidth: number | null;
};

export class Rendition {
  readonly name: string;
  readonly #list = new SegmentList();
  /** Oldest first. */
  readonly segments: Segment[] = this.#list.segments;
  info: RenditionInfo | null = null;
  /** Largest part so far, milliseconds. */
  largestPartMs = 0;
  /** Rises with every change that a playlist shows. */
  version = 0;
  ended = false;
  bytesWritten = 0;
  partsWritten = 0;
  /** Parts that the disk has not taken yet. */
  partsWaiting = 0;
  readonly #options: RenditionOptions;
  readonly #files: RenditionFiles;
  readonly #doomed: { atMs: number; name: string }[] = [];
  /** The init segment of the segments from now on. */
  #init: { bytes: Buffer; file: string; address: string; madeMs: number } | null = null;
  /** Init segments that could not be written: without them nothing can be decoded. */
  readonly #failedInits = new Set<string>();
  #peakBits = 0;
  #filling: Segment | null = null;
  #nextIndex = 0;
  #hint: Hint | null = null;
  readonly #addresses: ReturnType<typeof createAddresses>;

  constructor(options: RenditionOptions) {
    this.name = options.name;
    this.#options = options;
    this.#addresses = createAddresses(options);
    this.#files = new RenditionFiles(`${options.mediaDir}/${options.showId}/${options.name}`);
  }

  /** The part that comes next; null while nothing is being made. */
  get hint(): Hint | null {
    return this.#hint;
  }

  /** A part that can be read; null where there is none. */
  part(msn: number, index: number): Part | null {
    const segment = this.segments.findLast(({ boundary }) => boundary.msn === msn);
    return segment?.parts.find((part) => part.index === index && !part.gap) ?? null;
  }

  /** True where this part is announced, so that a request for it may wait. */
  isHinted(msn: number, index: number): boolean {
    return this.#hint?.msn === msn && this.#hint.index === index;
  }

  /** Bits a second that the master playlist promises. */
  get bandwidth(): number {
    if (this.info?.bandwidth) return this.info.bandwidth;
    if (this.#peakBits > 0) return this.#peakBits;
    const last = this.segments.at(-1);
    return last && last.durationMs > 0 ? Math.ceil((last.bytes * 8000) / last.durationMs) : 0;
  }

  /** Writes the init segment for the segments from `msn` on. */
  init(msn: number, bytes: Buffer, info: RenditionInfo): void {
    this.info = info;
    const file = fileNames.init(msn);
    this.#init = { bytes, file, address: this.#addresses.init(file), madeMs: Date.now() };
    this.#files.init(msn, bytes, (error) => {
      if (!error) return;
      this.#failedInits.add(file);
      this.#options.onFileError(error);
    });
  }

  openSegment(boundary: Boundary): void {
    const outdated = this.#init && Date.now() - this.#init.madeMs >= INIT_RENEWAL_S * 1000;
    if (this.#init && this.info && (outdated || this.#failedInits.has(this.#init.file))) {
      this.init(boundary.msn, this.#init.bytes, this.info);
    }
    this.#filling = this.#newSegment(boundary, 'open');
    this.#nextIndex = 0;
  }

  /** Adds the next part to the open segment; it is listed once it is written. */
  addPart(part: NewPart): void {
    const segment = this.#filling;
    if (!segment) return;
    this.#write(segment, part, (made) => {
      this.#listPart(segment, made);
      this.#hint = this.#hintOf(segment.boundary.msn, made.index + 1, segment.bytes);
      this.#changed();
    });
  }

  /**
   * Ends the open segment with its last part, if there is one left. Both are listed together: before
   * that nobody could say which part follows. `hintNext` is false where nothing follows for now.
   */
  closeSegment(hintNext: boolean, lastPart: NewPart | null): void {
    const segment = this.#filling;
    this.#filling = null;
    if (!segment) return;
    const { msn } = segment.boundary;
    let last: Part | null = null;
    if (lastPart) {
      this.#write(segment, lastPart, (made) => {
        last = made;
      });
    }
    this.#files.segment(msn, (error) => {
      if (error) this.#options.onFileError(error);
      if (last) this.#listPart(segment, last);
      if (segment.parts.length === 0) return;
      this.#hint = hintNext ? this.#hintOf(msn + 1, 0, 0) : null;
      this.#close(segment, error === null && !this.#failedInits.has(segment.initFile));
    });
  }

  /** Gives the open segment up: the rest of it never comes, so it is listed as missing, as long as the source's. */
  tearSegment(durationMs: number): void {
    const segment = this.#filling;
    this.#filling = null;
    if (!segment) return;
    this.#files.segment(segment.boundary.msn, () => {
      if (segment.parts.length === 0) this.#list.add(segment);
      segment.parts = [];
      segment.durationMs = durationMs;
      this.#hint = null;
      this.#close(segment, false);
    });
  }

  /** Lists a segment that this rendition does not have. */
  addGap(boundary: Boundary, durationMs: number): void {
    const segment = this.#newSegment(boundary, 'gap');
    segment.durationMs = durationMs;
    const { msn } = boundary;
    // In its turn: what is listed has to keep its order.
    this.#files.settled(() => {
      this.#list.add(segment);
      this.#list.close(segment);
      if (this.#hint?.msn === msn) this.#hint = this.#hintOf(msn + 1, 0, 0);
      this.#trim();
      this.#changed();
    });
  }

  /** Nothing follows any more; listed after the last files. */
  end(): void {
    this.#files.settled(() => {
      this.ended = true;
      this.#hint = null;
      this.#changed();
    });
  }

  /** Resolves once everything asked for so far is on disk, or has failed. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.#files.settled(resolve));
  }

  /** Removes files whose time has come. */
  sweep(nowMs: number): void {
    while (this.#doomed[0] && this.#doomed[0].atMs <= nowMs) this.#files.remove(this.#doomed.shift()?.name ?? '');
  }

  /** Frees disk at once: what the window no longer covers goes without its grace time. */
  shed(): void {
    if (this.#trim()) this.#changed();
    this.sweep(Number.POSITIVE_INFINITY);
  }

  #write(segment: Segment, { content, durationMs, independent }: NewPart, done: (part: Part) => void): void {
    const index = this.#nextIndex;
    this.#nextIndex += 1;
    const bytes = content.bytes.length;
    this.partsWaiting += 1;
    this.#files.part(segment.boundary.msn, content, (error) => {
      this.partsWaiting -= 1;
      if (error) this.#options.onFileError(error);
      const offset = segment.bytes;
      segment.bytes += bytes;
      this.bytesWritten += bytes;
      this.partsWritten += 1;
      const gap = error !== null || this.#failedInits.has(segment.initFile);
      done({ index, address: partAddress(segment.address, index), offset, bytes, durationMs, independent, gap });
    });
  }

  #listPart(segment: Segment, part: Part): void {
    if (segment.parts.length === 0) this.#list.add(segment);
    segment.parts = [...segment.parts, part];
    segment.durationMs += part.durationMs;
    this.largestPartMs = Math.max(this.largestPartMs, part.durationMs);
  }

  #close(segment: Segment, isWhole: boolean): void {
    const { boundary, durationMs, bytes } = segment;
    segment.state = isWhole ? 'whole' : 'gap';
    this.#list.close(segment);
    if (isWhole) {
      this.#peakBits = Math.max(this.#peakBits, Math.ceil((bytes * 8000) / durationMs));
      const file = fileNames.segment(boundary.msn);
      this.#options.onWhole?.({ boundary, durationMs, bytes, file, initFile: segment.initFile });
    }
    this.#trim();
    this.#changed();
  }

  /** Drops what the window no longer covers; true where that was something. */
  #trim(): boolean {
    const dropped = this.#list.trim(this.#options.windowSeconds(), Date.now());
    for (const { bytes, boundary } of dropped) if (bytes > 0) this.#doom(fileNames.segment(boundary.msn));
    this.#doomInits(dropped);
    this.#list.dropOldParts(KEPT_PART_SEGMENTS);
    return dropped.length > 0;
  }

  /** Init segments follow each other: one that the oldest listed segment does not need, nobody needs any more. */
  #doomInits(dropped: readonly Segment[]): void {
    const needed = this.segments[0]?.initFile;
    if (needed === undefined) return;
    const files = new Set(dropped.map(({ initFile }) => initFile));
    for (const file of files) if (file !== '' && file !== needed) this.#doom(file);
  }

  #newSegment(boundary: Boundary, state: Segment['state']): Segment {
    const madeMs = Date.now();
    const { address, listedUntilMs: expiresMs } = this.#addresses.segment(boundary.msn);
    const { address: initAddress, file: initFile } = this.#init ?? { address: '', file: '' };
    const made = { boundary, initAddress, initFile, address, madeMs, expiresMs };
    return { ...made, durationMs: 0, bytes: 0, parts: [], state };
  }

  #hintOf(msn: number, index: number, offset: number): Hint {
    return { msn, index, offset, address: partAddress(this.#addresses.segment(msn).address, index) };
  }

  /** Whoever has the last playlist that lists a file may still ask for it. */
  #doom(name: string): void {
    this.#doomed.push({ atMs: Date.now() + FILE_GRACE_S * 1000, name });
  }

  #changed(): void {
    this.version += 1;
    this.#options.onChange();
  }
}
